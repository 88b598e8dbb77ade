#!/usr/bin/env python3
"""Reloads under load: ten devices of 1,000 floats polled every second, one asset changed again and again.

  reload.py      SITEWATCH=binary  LOAD=folder with modbus_load.c  BENCH_SECONDS=30

The server says how long any device had to wait for its next reading: a poll left out would be two periods.
"""
import re
import signal
import time

import sites
from acquisition import Server
from harness import SECONDS, Daemon, Folder, Report, free_ports, require_tools, wait_for_quiet


def main():
    require_tools("reload")
    wait_for_quiet()
    report = Report("reload")
    port = free_ports(10)
    with Folder("reload") as folder:
        sites.endpoints(f"{folder}/site", f"{folder}/api.sock", 10, "1s", sites.W1, port)
        assets = f"{folder}/site/assets/devices.yaml"
        text = open(assets).read()
        server = Server("-d 10 -l w1", port)
        daemon = Daemon(folder)
        time.sleep(5)
        server.open_window()
        begin, reloads = time.monotonic(), 0
        while time.monotonic() - begin < SECONDS:
            reloads += 1
            open(assets, "w").write(re.sub(r"(D3: \{.*unit: 1)\}", rf"\1, timeout: {300 + reloads}ms}}", text))
            daemon.child.send_signal(signal.SIGHUP)
            time.sleep(3)
        time.sleep(1)
        served = server.close()
        done = open(f"{folder}/log").read().count("config.reloaded")
        daemon.stop()
    kept = min(100.0, 100 * served["points_per_s"] / 10_000)
    report.line("reloads done", done, f"of {reloads}", reloads, "=")
    report.line("kept, the changed device included", kept, "%", 99.0, "≥")
    report.line("longest wait of any device", served["cycle_s"]["max"], "s", 1.5, digits=3)
    report.line("connections made anew", served.get("conns_new", 0))
    return report.missed


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
