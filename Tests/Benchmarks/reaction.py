#!/usr/bin/env python3
"""From an answer on the wire to the rule evaluated, measured from outside.

  reaction.py      SITEWATCH=binary  BENCH_FAULTS=200

A Modbus server of this script notes when it sends the first answer with the alarm bit set; an HTTP server of this
script notes when the notice comes. What lies between is more than the aim speaks of: decoding, the rule, the alarm in
the ledger, and the webhook. The disk's own time is no part of the aim: once the ledger lies on the disk, once in
memory. What the aim does speak of, the daemon counts itself: from the arrival of a sample until the rules have seen it.
"""
import http.server
import json
import os
import random
import socket
import socketserver
import struct
import subprocess
import threading
import time

import sites
from harness import Daemon, Folder, Report, percentile, wait_for_quiet

FAULTS = int(os.environ.get("BENCH_FAULTS", "200"))


class Receiver:
    """Takes notices and remembers when the last raise and clear came."""

    def __init__(self):
        self.arrived = {"raise": threading.Event(), "clear": threading.Event()}
        self.at = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                now = time.monotonic()
                notice = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if notice["kind"] in outer.arrived:
                    outer.at[notice["kind"]] = now
                    outer.arrived[notice["kind"]].set()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def expect(self, kind):
        self.arrived[kind].clear()

    def wait(self, kind):
        """When the notice came; None after 10 s without one."""
        return self.at[kind] if self.arrived[kind].wait(10) else None

    def close(self):
        self.server.shutdown()


class Bit:
    """A Modbus unit with one alarm bit, and the time of the first answer that said what it is now."""

    def __init__(self):
        self.value, self.said = 0, None
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while True:
                    head = self.request.recv(12, socket.MSG_WAITALL)
                    if len(head) < 12:
                        return
                    transaction, _, _, unit, function, _, count = struct.unpack(">HHHBBHH", head)
                    value = outer.value
                    body = struct.pack(f">BB{count}H", function, 2 * count, *([value] * count))
                    if outer.said is None:
                        outer.said = time.monotonic()
                    self.request.sendall(struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def set(self, value):
        self.value, self.said = value, None


class Probe:
    """Faults published over MQTT beside a load, four a second."""

    def __init__(self, port, receiver):
        self.seconds, self.published, self.missed, self._end = [], 0, 0, threading.Event()
        self._port, self._receiver = port, receiver
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        publisher = subprocess.Popen(
            ["mosquitto_pub", "-p", str(self._port), "-q", "1", "-t", "probe/x1", "-l"],
            stdin=subprocess.PIPE, text=True)
        time.sleep(0.5)
        while not self._end.is_set():
            for kind, word in (("raise", "true"), ("clear", "false")):
                self._receiver.expect(kind)
                start = time.monotonic()
                publisher.stdin.write('{"leak": %s}\n' % word)
                publisher.stdin.flush()
                self.published += 1
                came = self._receiver.wait(kind)
                if came is None:
                    self.missed += 1
                    self.seconds.append(10.0)
                else:
                    self.seconds.append(came - start)
                time.sleep(0.1 + random.random() * 0.1)
        publisher.stdin.close()
        publisher.wait(5)

    def finish(self):
        self._end.set()
        self._thread.join(15)


def delays(within, receiver, bit):
    """Seconds from an answer to its notice, with the data in some folder, and the daemon's own reaction times."""
    found = []
    with Folder("reaction", within) as folder:
        sites.probe(f"{folder}/site", f"{folder}/api.sock", bit.port, receiver.port)
        daemon = Daemon(folder)
        time.sleep(2)
        for _ in range(FAULTS // 2):
            for kind, value in (("raise", 1), ("clear", 0)):
                receiver.expect(kind)
                bit.set(value)
                came = receiver.wait(kind)
                if came is None:
                    daemon.fail(f"no {kind} within 10 s")
                found.append(came - bit.said)
            time.sleep(random.random() * 0.1)
        inside = daemon.reactions()
        daemon.stop()
    return found, inside


def main():
    report = Report("reaction")
    wait_for_quiet()
    receiver, bit = Receiver(), Bit()
    bit.set(0)
    on_disk, inside = delays(None, receiver, bit)
    in_memory, _ = delays("/dev/shm", receiver, bit)
    report.line("answer to rule evaluated", inside["50"] * 1000, "ms p50")
    report.line("answer to rule evaluated", inside["99"] * 1000, "ms", 20, beside="p99, as the daemon counts it")
    report.line("answer to notice, ledger on disk", percentile(on_disk, 0.5) * 1000, "ms p50")
    report.line("answer to notice, ledger on disk", percentile(on_disk, 0.99) * 1000, "ms p99")
    report.line("answer to notice, ledger in memory", percentile(in_memory, 0.5) * 1000, "ms p50")
    report.line("answer to notice, ledger in memory", percentile(in_memory, 0.99) * 1000, "ms",
                beside=f"p99, max {max(in_memory) * 1000:.1f}")
    return report.missed


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
