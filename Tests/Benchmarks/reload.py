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
        server, changed = Server("-d 9 -l w1", port), Server("-d 1 -l w1", port + 9)
        daemon = Daemon(folder)
        time.sleep(5)
        server.open_window()
        changed.open_window()
        begin, reloads = time.monotonic(), 0
        while time.monotonic() - begin < SECONDS:
            reloads += 1
            open(assets, "w").write(re.sub(r"(D9: \{.*unit: 1)\}", rf"\1, timeout: {300 + reloads}ms}}", text))
            daemon.child.send_signal(signal.SIGHUP)
            time.sleep(3)
        time.sleep(1)
        served, served_changed = server.close(), changed.close()
        done = open(f"{folder}/log").read().count("config.reloaded")
        daemon.stop()
    kept = lambda counted, asked: min(100.0, 100 * counted["points_per_s"] / asked)
    report.line("reloads done", done, f"of {reloads}", reloads, "=")
    report.line("kept by the nine others", kept(served, 9000), "%", 99.5, "≥")
    report.line("longest wait of the nine others", served["cycle_s"]["max"], "s", 1.5, digits=3)
    report.line("connections of theirs made anew", served.get("conns_new", 0), "", 0)
    report.line("kept by the changed one", kept(served_changed, 1000), "%")
    report.line("longest wait of the changed one", served_changed["cycle_s"]["max"], "s", digits=3)
    return report.missed


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
