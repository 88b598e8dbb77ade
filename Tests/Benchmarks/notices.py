#!/usr/bin/env python3
"""From a committed alarm to its message on the wire, and a flood of alarms to one robot with its limits.

  notices.py      NOTICE_LOAD=binary  BENCH_ALARMS=300
"""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from harness import Report, percentile

LOAD = os.environ.get("NOTICE_LOAD", ".build/release/NoticeLoad")
ALARMS = int(os.environ.get("BENCH_ALARMS", "300"))
arrived = {}


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        now = time.time()
        arrived.setdefault(self.headers["Idempotency-Key"], now)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def single(report):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    output = subprocess.run([LOAD, "single", f"http://127.0.0.1:{server.server_port}/", str(ALARMS)],
                            check=True, capture_output=True, text=True).stdout
    committed = dict(line.rsplit(" ", 1) for line in output.splitlines())
    spans = [1000 * (arrived[key] - float(at)) for key, at in committed.items() if key in arrived]
    report.line("alarms that arrived", len(spans), aim=ALARMS, at_least="=")
    report.line("committed to on the wire, p50", percentile(spans, 0.50), "ms", aim=50)
    report.line("committed to on the wire, p99", percentile(spans, 0.99), "ms", aim=250)


def flood(report):
    folder = tempfile.mkdtemp(prefix="sitewatch-bench-notices-")
    peer = subprocess.Popen(
        ["python3", "simulators/NoticeServices/notice_services.py", "--folder", folder],
        stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{int(peer.stdout.readline())}/robot/send"
        secrets = {"ding-token": "ding-token-0001", "ding-secret": "SECdemo0123456789"}
        output = subprocess.run([LOAD, "flood", url, "2500"], check=True, capture_output=True, text=True,
                                env={**os.environ, **secrets}).stdout
        told = dict(line.split(" ", 1) for line in output.splitlines())
        received = [json.loads(line) for line in open(f"{folder}/log", encoding="utf-8")]
        refused = [one for one in received if '"errcode": 0' not in one["reply"]]
        states = dict(pair.split("=") for pair in told["states"].split())
        busiest = max(sum(first["at"] <= one["at"] < first["at"] + 60 for one in received) for first in received)
        report.line("2,500 alarms committed within", float(told["committed"]), "s")
        report.line("slowest of the most urgent", float(told["slowest-p1"]), "s", aim=5)
        report.line("requests refused by the robot", len(refused), aim=0)
        report.line("most requests in a minute", busiest, aim=18, beside="the robot takes 20, then blocks for 600 s")
        report.line("requests in all", len(received), beside="Alertmanager: 500 at once, 25 minutes of the quota")
        report.line("alarms told", int(states.get("delivered", 0)) + int(states.get("merged", 0)), aim=2500,
                    at_least="=", beside=f"{states.get('delivered', 0)} singly, {states.get('merged', 0)} in digests")
    finally:
        peer.terminate()
        peer.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    report = Report("notices")
    single(report)
    flood(report)
    if report.missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
