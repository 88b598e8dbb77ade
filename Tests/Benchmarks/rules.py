#!/usr/bin/env python3
"""Rules: how many evaluations, how soon a decision is durable, how fast tests and backtests run; beside Prometheus.

  rules.py      RULE_LOAD=binary  BENCH_SECONDS=30

Prometheus gets the same 10,000 instances: 2,000 pumps, five rules each, with `for: 10s`. It sweeps all of them every
few seconds whether anything changed or not; sitewatch looks at what changed.
"""
import http.client
import http.server
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time

from harness import Process, Report, SECONDS, free_ports, wait_for_quiet

LOAD = os.environ.get("RULE_LOAD", ".build/release/RuleLoad")
PROMETHEUS = shutil.which("prometheus")
PUMPS = 2000
POINTS = {"pressure": (0.3, 0.4), "current": (20, 30), "temperature": (40, 45), "flow": (20, 21), "level": (1, 2)}
RULES = {
    "pressure_low": "pressure < 0.2", "current_high": "current > 90 and on (pump) pressure > 0.1",
    "hot": "temperature > 80 or temperature < -20", "no_flow": "flow < 1 and on (pump) current > 5",
    "level_high": "level > 3",
}


def load(verb, *arguments):
    done = subprocess.run([LOAD, verb, *map(str, arguments)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        lines = [f'{name}{{pump="P{pump}"}} {random.uniform(*span):.4f}'
                 for name, span in POINTS.items() for pump in range(PUMPS)]
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def prometheus():
    """Seconds for one sweep of 10,000 instances, and the memory."""
    if not PROMETHEUS:
        return None
    with tempfile.TemporaryDirectory() as folder:
        port = free_ports(2)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Exporter)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # One rule for each pump and condition, as a site's instances are.
        rules = [{"alert": f"{name}_{pump}", "for": "10s",
                  "expr": " ".join(f'{word}{{pump="P{pump}"}}' if word in POINTS else word
                                   for word in text.split())}
                 for name, text in RULES.items() for pump in range(PUMPS)]
        with open(f"{folder}/rules.yml", "w", encoding="utf-8") as file:
            json.dump({"groups": [{"name": "site", "interval": "5s", "rules": rules}]}, file)
        with open(f"{folder}/prometheus.yml", "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "5s"}, "rule_files": [f"{folder}/rules.yml"],
                       "scrape_configs": [{"job_name": "pumps",
                                           "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]}, file)
        peer = Process([PROMETHEUS, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                        f"--web.listen-address=127.0.0.1:{port + 1}"])
        try:
            time.sleep(SECONDS)
            connection = http.client.HTTPConnection("127.0.0.1", port + 1, timeout=60)
            connection.request("GET", "/api/v1/rules?type=alert")
            group = json.load(connection.getresponse())["data"]["groups"][0]
            status = open(f"/proc/{peer.pid}/status", encoding="utf-8").read()
            memory = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
            return group["evaluationTime"], memory
        finally:
            peer.child.kill()
            peer.child.wait()
            server.shutdown()


def main():
    wait_for_quiet()
    report = Report("rules")
    peer = prometheus()
    beside = lambda text: text if peer else "Prometheus: not installed"
    found = load("evaluate")
    report.line("evaluations per second and core", found["evaluations_per_second"] / 1e6, "M", 1, True, 2,
                beside(f"Prometheus {PUMPS * 5 / peer[0] / 1e3:.1f} k/s" if peer else ""))
    report.line("memory, 10,000 instances", found["memory"], "MB", 100, beside=beside(
        f"Prometheus {peer[1]:.0f} MB" if peer else ""))
    found = load("react", int(SECONDS))
    report.line("5,000 changes/s: durable, p99", found["p99"], "ms", 100)
    report.line("5,000 changes/s: transactions", found["transactions"])
    report.line("5,000 changes/s: memory", found["memory"], "MB", 100)
    report.line("10,000 instances restored", load("restore")["seconds"], "s", 1, digits=2)
    report.line("1,000 rule tests", load("stories")["seconds"], "s", 1, digits=2)
    found = load("backtest")
    report.line("backtest, samples per second", found["samples_per_second"] / 1e6, "M", 2, True, 2)
    raise SystemExit(1 if report.missed else 0)


main()
