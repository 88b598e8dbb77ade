"""What the benchmarks share: tools to build, a daemon to run and measure, lines that say aim and result."""
import http.client
import json
import os
import re
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BINARY = os.environ.get("SITEWATCH", ".build/release/sitewatch")
LOAD = os.environ.get("LOAD", "../shared/tools")
SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
TICK = os.sysconf("SC_CLK_TCK")
LIBRARIES = {"floor_poll": ["-lmodbus"], "mqtt_load": ["-lmosquitto"], "mqtt_floor": ["-lmosquitto"],
             "gen_samples": ["-lm"]}


def tool(name):
    """One of the independent load tools, compiled."""
    out = os.path.abspath(f".build/bench/{name}")
    source = f"{LOAD}/{name}.c"
    if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(source):
        os.makedirs(os.path.dirname(out), exist_ok=True)
        subprocess.run(["cc", "-O2", "-I/usr/include/modbus", "-o", out, source, *LIBRARIES.get(name, [])],
                       check=True)
    return out


def require_tools(name):
    if not os.path.exists(f"{LOAD}/modbus_load.c"):
        print(f"{name}: SKIPPED, no load server at {LOAD}")
        sys.exit(0)


def free_ports(count):
    """The first of so many ports in a row that nobody uses."""
    while True:
        first = random.randrange(20_000, 30_000 - count)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


class Process:
    """A program under measurement."""

    def __init__(self, arguments, log=subprocess.DEVNULL, **more):
        self.child = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT, **more)
        self.pid = self.child.pid

    def is_running(self):
        return self.child.poll() is None

    def cpu(self):
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def status(self, key):
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith(key + ":"):
                return int(line.split()[1])
        return 0

    def watch(self, seconds):
        """CPU seconds, the most memory and the threads over a span of time."""
        begin, start, resident = self.cpu(), time.monotonic(), 0
        while time.monotonic() - start < seconds:
            time.sleep(0.25)
            resident = max(resident, self.status("VmRSS"))
        return {"cpu": self.cpu() - begin, "seconds": time.monotonic() - start, "rss": resident / 1024,
                "hwm": self.status("VmHWM") / 1024, "threads": self.status("Threads")}

    def stop(self, patience=20):
        """Seconds from SIGTERM to the end."""
        start = time.monotonic()
        self.child.terminate()
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        return time.monotonic() - start


class Daemon(Process):
    """The product on a site folder, ready when this returns."""

    def __init__(self, folder):
        self.folder = folder
        notify = f"{folder}/notify.sock"
        if os.path.exists(notify):
            os.unlink(notify)
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(notify)
        manager.settimeout(0.5)
        super().__init__([BINARY, "run", "--config", f"{folder}/site", "--data", f"{folder}/data"],
                         log=open(f"{folder}/log", "w"), env=dict(os.environ, NOTIFY_SOCKET=notify))
        start = time.monotonic()
        while True:
            try:
                if b"READY=1" in manager.recv(4096):
                    break
            except socket.timeout:
                if not self.is_running():
                    self.fail("ended early")
                if time.monotonic() > start + 60:
                    self.fail("not ready after 60 s")

    def fail(self, why):
        self.child.kill()
        sys.exit(f"the daemon: {why}\n" + open(f"{self.folder}/log").read()[-2000:])

    def get(self, path):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.connect(f"{self.folder}/api.sock")
        connection.request("GET", path)
        return connection.getresponse().read().decode()

    def reactions(self):
        """Seconds from the arrival of a sample until the rules had seen it, by percentile, as the daemon counts."""
        pattern = r'sitewatch_engine_reaction_seconds\{percentile="(\d+)"\} (\S+)'
        return {name: float(value) for name, value in re.findall(pattern, self.get("/metrics"))}

    def metric(self, name):
        """The sum of a metric over its labels; 0 if there is none."""
        return sum(float(line.split()[-1]) for line in self.get("/metrics").splitlines()
                   if line.startswith((name + " ", name + "{")))


class Folder:
    """A temporary folder."""

    def __init__(self, purpose, within=None):
        self.path = tempfile.mkdtemp(prefix=f"sitewatch-bench-{purpose}-", dir=within)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Report:
    """One line per figure: what was aimed at, what was measured."""

    def __init__(self, name):
        self.name, self.missed = name, []

    def line(self, what, value, unit="", aim=None, at_least=None, digits=1, beside=""):
        measured = f"{value:.{digits}f}" if isinstance(value, float) else str(value)
        verdict = ""
        if aim is not None:
            limit = f"{'≥' if at_least else '≤'} {aim} {unit}".rstrip()
            if at_least == "=":
                limit, is_met = f"= {aim}", round(value, digits) == aim
            else:
                is_met = round(value, digits) >= aim if at_least else round(value, digits) <= aim
            verdict = f"aim {limit:<14} {'met' if is_met else 'MISSED'}"
            if not is_met:
                self.missed.append(f"{self.name} {what}")
        print(f"{self.name:<10} {what:<34} {measured + ' ' + unit:<18} {verdict:<28} {beside}".rstrip(), flush=True)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def wait_for_quiet(limit=1.0, patience=float(os.environ.get("BENCH_PATIENCE", "60"))):
    """Other programs' work would be measured as well."""
    start = time.monotonic()
    while float(open("/proc/loadavg").read().split()[0]) > limit and time.monotonic() - start < patience:
        time.sleep(2)
    print(f"load average before: {open('/proc/loadavg').read().split()[0]}", flush=True)
