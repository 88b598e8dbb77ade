#!/usr/bin/env python3
"""From a change in a register to the notice at its receiver, through poll, rule, ledger and webhook.

  latency.py      SITEWATCH=binary  BENCH_FAULTS=100

A Modbus server of this script holds one alarm bit; the daemon polls it every 100 ms, a rule without delay raises
on it, and an HTTP server of this script takes the notice. So the time includes on average half a poll period.
"""
import http.server
import json
import os
import random
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time

BINARY = os.environ.get("SITEWATCH", ".build/release/sitewatch")
FAULTS = int(os.environ.get("BENCH_FAULTS", "100"))
state = {"bit": 0, "since": 0.0}
arrived = {"raise": threading.Event(), "clear": threading.Event()}
latencies = []


class Modbus(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            head = self.request.recv(12, socket.MSG_WAITALL)
            if len(head) < 12:
                return
            transaction, _, _, unit, function, _, count = struct.unpack(">HHHBBHH", head)
            body = struct.pack(f">BB{count}H", function, 2 * count, *([state["bit"]] * count))
            self.request.sendall(struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        notice = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        now = time.monotonic()
        if notice["kind"] == "raise":
            latencies.append(now - state["since"])
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()
        arrived.get(notice["kind"], threading.Event()).set()

    def log_message(self, *_):
        pass


class Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w", encoding="utf-8").write(text)


def configure(folder, modbus, receiver):
    write(f"{folder}/site/site.yaml",
          f'id: bench\nname: {{zh: 基准, en: Benchmark}}\ntimezone: Asia/Shanghai\nlanguage: en\n'
          f'web: {{listen: none, socket: "{folder}/api.sock"}}\nrule_packs: []\nplan_packs: []\n')
    write(f"{folder}/site/people.yaml", "people:\n  ann: {name: {zh: 安, en: Ann}, language: en}\n")
    write(f"{folder}/site/notify.yaml",
          f'channels:\n  hook: {{kind: webhook, url: "http://127.0.0.1:{receiver}/"}}\n'
          "routes:\n  default: {steps: [{after: 0s, to: [ann], via: [hook]}]}\n")
    write(f"{folder}/site/buses.yaml",
          f"buses:\n  b: {{kind: modbus-tcp, host: 127.0.0.1, port: {modbus}, timeout: 500ms}}\n")
    write(f"{folder}/site/assets/a.yaml",
          "assets:\n  X1: {class: sensor, name: {zh: 探头, en: Probe}, location: bench, profile: probe, "
          "bus: b, unit: 1}\n")
    write(f"{folder}/site/profiles/probe.yaml",
          'profile: probe\nclass: sensor\nname: {zh: 探头, en: Probe}\nsource: "benchmark"\nverified: true\n'
          "poll: {fast: 100ms, normal: 5s, slow: 60s}\npoints:\n"
          '  leak: {register: "holding:0", bit: 0, poll: fast, name: {zh: 漏水, en: leak}}\n')
    write(f"{folder}/site/rules/leak.yaml",
          "rules:\n  - id: probe.leak\n    match: {class: sensor}\n    when: leak\n"
          "    delay: {raise: 0s, clear: 0s}\n    priority: p3\n    text: {zh: 漏水, en: leak}\n")


def main():
    folder = tempfile.mkdtemp(prefix="sitewatch-bench-latency-")
    modbus = Threaded(("127.0.0.1", 0), Modbus)
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    for server in (modbus, receiver):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    configure(folder, modbus.server_address[1], receiver.server_address[1])
    daemon = subprocess.Popen([BINARY, "run", "--config", f"{folder}/site", "--data", f"{folder}/data"],
                              stdout=subprocess.DEVNULL, stderr=open(f"{folder}/log", "w"))
    try:
        time.sleep(3)
        for _ in range(FAULTS):
            for kind, bit in (("raise", 1), ("clear", 0)):
                arrived[kind].clear()
                state["since"], state["bit"] = time.monotonic(), bit
                if not arrived[kind].wait(10):
                    sys.exit(f"latency: no {kind} within 10 s:\n" + open(f"{folder}/log").read()[-2000:])
            time.sleep(random.random() * 0.1)
        latencies.sort()
        at = lambda share: 1000 * latencies[min(len(latencies) - 1, int(share * len(latencies)))]
        print(f"latency: register to notice received, {len(latencies)} faults, polled every 100 ms: "
              f"p50 {at(0.5):.0f} ms   p99 {at(0.99):.0f} ms   max {1000 * latencies[-1]:.0f} ms")
    finally:
        daemon.terminate()
        daemon.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
