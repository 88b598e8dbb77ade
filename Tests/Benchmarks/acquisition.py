#!/usr/bin/env python3
"""Acquisition under load: the daemon with its history store on, against an independent Modbus server.

  acquisition.py [w1] [w2] [w3]      SITEWATCH=binary  LOAD=folder with modbus_load.c and measure.py  SECONDS=30

The server counts what it served; a point counts only if one reply covered all its registers. CPU and memory
are those of the daemon. One line per workload, the best peer measured on the same workload beside it.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import sites

BINARY = os.environ.get("SITEWATCH", ".build/release/sitewatch")
LOAD = os.environ.get("LOAD", "../shared/tools")
SECONDS = os.environ.get("BENCH_SECONDS", "30")
WORK = {
    # name: (server arguments, writer of the site, points asked per second, best peer)
    "w1": ("-d 10 -l w1", lambda f, s: sites.endpoints(f, s, 10, "1s", sites.W1), 10_000,
           "mqmgateway 100 %, 3.1 CPU s, 68 MiB"),
    "w2": ("-d 500 -l w2", lambda f, s: sites.endpoints(f, s, 500, "500ms", sites.W2), 30_000,
           "mqmgateway 100 % (ranges by hand), 4.3 CPU s, 92 MiB"),
    "w3": ("-d 32 -g -l w3 -x 4,11,20,31", lambda f, s: sites.gateway(f, s, 32, "1s", sites.W3), 280,
           "Neuron tuned 100 %, defaults 0-8 %"),
}


def build_server():
    out = ".build/bench/modbus_load"
    os.makedirs(os.path.dirname(out), exist_ok=True)
    subprocess.run(["cc", "-O2", "-o", out, f"{LOAD}/modbus_load.c"], check=True)
    return os.path.abspath(out)


def run(name, server):
    arguments, write, asked, peer = WORK[name]
    folder = tempfile.mkdtemp(prefix=f"sitewatch-bench-{name}-")
    try:
        write(f"{folder}/site", f"{folder}/api.sock")
        out = f"{folder}/result.json"
        subprocess.run(
            [sys.executable, f"{LOAD}/measure.py", "--server", f"{server} {arguments} -q", "--warm", "10",
             "--secs", SECONDS, "--name", name, "--out", out, "--log", f"{folder}/daemon.log", "--wait-load",
             "60", "--", BINARY, "run", "--config", f"{folder}/site", "--data", f"{folder}/data"],
            check=True, stdout=subprocess.DEVNULL)
        result = json.loads(open(out).read())
        if result["client_exited_early"] is not None:
            sys.exit(f"{name}: the daemon ended early:\n" + open(f"{folder}/daemon.log").read()[-2000:])
        report(name, result, asked, peer)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(name, result, asked, peer):
    served = result["server"].get("points_per_s", 0)
    kept = min(100.0, 100 * served / asked)
    print(f"{name}: kept {kept:.1f} % of {asked}/s   {result['cpu_s_per_million_points']} CPU s per million points"
          f"   {result['hwm_mib']} MiB peak   {result['threads']} threads   (best peer: {peer})")
    details = {k: v for k, v in result["server"].items() if not isinstance(v, (list, dict))}
    print(f"    server: {json.dumps(details)}")


if __name__ == "__main__":
    if not os.path.exists(f"{LOAD}/modbus_load.c"):
        print(f"acquisition: SKIPPED, no load server at {LOAD}")
        sys.exit(0)
    server = build_server()
    for workload in sys.argv[1:] or ["w1", "w2"]:
        run(workload, server)
