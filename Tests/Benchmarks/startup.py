#!/usr/bin/env python3
"""From process start to READY, and the memory of an idle site of 1,000 points.

  startup.py      SITEWATCH=binary  LOAD=folder with modbus_load.c

READY is what the service manager would receive: the script stands in for it with a socket of its own.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import sites
from harness import BINARY, LOAD, free_ports, tool


def resident(pid, key):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return 0


def start(folder):
    path = f"{folder}/notify.sock"
    if os.path.exists(path):
        os.unlink(path)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(path)
    manager.settimeout(30)
    begin = time.monotonic()
    daemon = subprocess.Popen(
        [BINARY, "run", "--config", f"{folder}/site", "--data", f"{folder}/data"],
        env=dict(os.environ, NOTIFY_SOCKET=path), stdout=subprocess.DEVNULL,
        stderr=open(f"{folder}/log", "w"))
    while b"READY=1" not in manager.recv(4096):
        pass
    return daemon, time.monotonic() - begin


def main():
    if not os.path.exists(f"{LOAD}/modbus_load.c"):
        print(f"startup: SKIPPED, no load server at {LOAD}")
        return
    port = free_ports(10)
    server = subprocess.Popen([tool("modbus_load"), "-d", "10", "-l", "h:0:f32*100", "-p", str(port), "-q"],
                              stdout=subprocess.DEVNULL)
    folder = tempfile.mkdtemp(prefix="sitewatch-bench-startup-")
    try:
        points = [(f"holding:{2 * i}", "float32") for i in range(100)]
        sites.endpoints(f"{folder}/site", f"{folder}/api.sock", 10, "5s", points, port)
        times = []
        for _ in range(5):
            daemon, seconds = start(folder)
            times.append(seconds)
            time.sleep(2)
            daemon.terminate()
            daemon.wait(10)
        daemon, _ = start(folder)
        time.sleep(30)
        print(f"startup: process start to READY, 1,000 points, 5 starts: median {1000 * sorted(times)[2]:.0f} ms, "
              f"worst {1000 * max(times):.0f} ms")
        print(f"memory: idle site of 1,000 points polled every 5 s after 30 s: "
              f"{resident(daemon.pid, 'VmRSS'):.1f} MiB resident, {resident(daemon.pid, 'VmHWM'):.1f} MiB peak")
        daemon.terminate()
        daemon.wait(10)
    finally:
        server.terminate()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
