#!/usr/bin/env python3
"""Acquisition under load: the daemon with its history store on, against independent servers, beside the floors.

  acquisition.py [w1] [w2] [w3] [w3-serial] [w4]     default: all
  SITEWATCH=binary  LOAD=folder with modbus_load.c and the other tools  BENCH_SECONDS=30

The server counts what it served; a point counts only if one reply covered all its registers. CPU and memory are
those of the daemon alone. The floor is the least a C client can do on the same server, measured in the same run.
"""
import json
import os
import signal
import subprocess
import sys
import time

import sites
from gateway import Gateway
from harness import (SECONDS, Daemon, Folder, Process, Report, free_ports, percentile, require_tools, tool,
                     wait_for_quiet)

WARM = 10
DEAD = (4, 11, 20, 31)


class Server:
    """modbus_load, with the window it measures."""

    def __init__(self, arguments, port):
        self.child = subprocess.Popen([tool("modbus_load"), *arguments.split(), "-p", str(port), "-q"],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(0.5)

    def open_window(self):
        self.child.send_signal(signal.SIGUSR1)

    def close(self):
        """What was served in the window."""
        self.child.terminate()
        lines = [line for line in self.child.communicate()[0].splitlines() if line.startswith("{")]
        return json.loads(lines[-1])


def polled(name, arguments, devices, period, asked, ranges, points, aims):
    report = Report(name)
    port = free_ports(devices)
    with Folder(name) as folder:
        sites.endpoints(f"{folder}/site", f"{folder}/api.sock", devices, f"{int(period * 1000)}ms", points, port)
        server = Server(arguments, port)
        daemon = Daemon(folder)
        time.sleep(WARM)
        server.open_window()
        used = daemon.watch(SECONDS)
        served = server.close()
        # The stop is timed while devices answer.
        server = Server(arguments, port)
        time.sleep(5)
        stop = daemon.stop()
        floor, floor_served = measure_floor(server, port, devices, 0, period, ranges)
    kept = min(100.0, 100 * served["points_per_s"] / asked)
    million = served["points_per_s"] * served["window_s"] / 1e6
    cycle = served.get("cycle_s", {})
    reads = lambda counted: counted["req_per_s"] * len(points) / counted["points_per_s"]
    floor_million = floor_served["points_per_s"] * floor_served["window_s"] / 1e6
    floor_kept = min(100.0, 100 * floor_served["points_per_s"] / asked)
    # A cycle may lie across the window's edge; the longest one says whether any was left out.
    report.line("kept", kept, "%", 99.5, "≥", beside=f"floor {floor_kept:.1f} %; best peer {aims['peer_kept']}")
    report.line("reads per device and cycle", reads(served), "", aims["reads"], "=",
                beside=f"floor {reads(floor_served):.1f}")
    report.line("CPU s per million points", used["cpu"] / million, "s", aims["cpu"], digits=2,
                beside=f"floor {floor['cpu'] / floor_million:.2f}; best peer {aims['peer_cpu']}")
    report.line("resident, most in the window", used["rss"], "MiB", aims["rss"],
                beside=f"peak since start {used['hwm']:.1f}; floor {floor['rss']:.1f}; best peer {aims['peer_rss']}")
    report.line("threads", used["threads"], "", aims.get("threads"), beside=f"best peer {aims['peer_threads']}")
    report.line("cycle p99", cycle.get("p99", float("nan")), "s", aims.get("p99"), digits=3,
                beside=f"floor {floor_served.get('cycle_s', {}).get('p99', 0):.3f}")
    report.line("longest cycle", cycle.get("max", float("nan")), "s", 1.5 * period, digits=3,
                beside=f"floor {floor_served.get('cycle_s', {}).get('max', 0):.3f}")
    report.line("stop after SIGTERM", stop, "s", 2.0, digits=2)
    report.line("writes seen by the server", served["writes"] + served["bad"], "", 0)
    return report


def measure_floor(server, port, devices, is_gateway, period, ranges):
    floor = Process([tool("floor_poll"), str(port), str(devices), str(is_gateway), str(int(period * 1000)), "500",
                     *ranges.split()])
    time.sleep(3)
    server.open_window()
    used = floor.watch(min(SECONDS, 15))
    served = server.close()
    floor.stop()
    return used, served


def w1():
    ranges = " ".join(f"{124 * i}:{min(124, 2000 - 124 * i)}" for i in range(17))
    return polled("w1", "-d 10 -l w1", 10, 1.0, 10_000, ranges, sites.W1, {
        "reads": 17, "cpu": 3, "rss": 50, "peer_kept": "100 %", "peer_cpu": "2.55 (raw words), 3.14",
        "peer_rss": "24, 68", "peer_threads": "1, 12"})


def w2():
    return polled("w2", "-d 500 -l w2", 500, 0.5, 30_000, "0:110 200:101", sites.W2, {
        "reads": 2, "cpu": 4, "rss": 90, "p99": 0.51, "threads": 16, "peer_kept": "100 % (ranges by hand)",
        "peer_cpu": "4.28", "peer_rss": "92", "peer_threads": "502"})


def w3(name="w3", line=None, share=99):
    """Units die in the middle of the run; two of them come back."""
    report = Report(name)
    gateway = Gateway(32, line)
    with Folder(name) as folder:
        sites.gateway(f"{folder}/site", f"{folder}/api.sock", 32, "1s", sites.W3, gateway.port)
        daemon = Daemon(folder)
        time.sleep(WARM)
        gateway.silent = set(DEAD)
        died = time.monotonic()
        time.sleep(10)
        used = daemon.watch(SECONDS)
        end = time.monotonic()
        kept = lambda first, last: sum(
            1 for unit in range(1, 33) if unit not in DEAD for t in gateway.reads[unit] if first <= t < last)
        healthy = kept(died + 10, end)
        at_once = kept(died, died + 10)
        asked_dead = sum(1 for unit in DEAD for t in gateway.asked[unit] if died + 10 <= t < end)
        span = end - died - 10
        returned = time.monotonic()
        gateway.silent = {DEAD[1], DEAD[3]}
        back = {}
        while len(back) < 2 and time.monotonic() < returned + 90:
            time.sleep(0.1)
            for unit in (DEAD[0], DEAD[2]):
                later = [t for t in gateway.reads[unit] if t > returned]
                if later and unit not in back:
                    back[unit] = later[0] - returned
        time.sleep(2)
        stop = daemon.stop()
    # The floor: four units silent from the start.
    gateway.silent = set(DEAD)
    gateway.reads.clear()
    floor = Process([tool("floor_poll"), str(gateway.port), "32", "1", "1000", "500", "0:20"])
    time.sleep(5)
    begin = time.monotonic()
    time.sleep(15)
    floor_reads = sum(1 for unit in range(1, 33) for t in list(gateway.reads[unit]) if t >= begin)
    floor_share = 100 * floor_reads / (28 * (time.monotonic() - begin))
    floor.stop()
    peer = "tuned by hand and blind for 600 s 100 %, defaults 0-8 %" if line is None else "not measured"
    report.line("healthy units' points kept", min(100.0, 100 * healthy / (28 * span)), "%", share, "≥",
                beside=f"from 10 s after 4 units die; floor {floor_share:.0f} %; peers: {peer}")
    report.line("in the first 10 s after", min(100.0, 100 * at_once / 280), "%")
    report.line("requests to dead units", asked_dead / span, "/s", digits=2)
    if line is not None:
        report.line("gateway's line held by dead units", 100 * asked_dead * gateway.hold / span, "%",
                    beside="each request holds it for 1 s, longer than anybody waits")
    report.line("returning unit read after, worst", max(back.values()) if len(back) == 2 else float("inf"), "s", 60)
    report.line("CPU", 100 * used["cpu"] / used["seconds"], "% core", digits=2)
    report.line("resident, most in the window", used["rss"], "MiB")
    report.line("stop after SIGTERM", stop, "s", 2.0, digits=2)
    strange = {code: n for code, n in gateway.functions.items() if code not in (1, 2, 3, 4)}
    report.line("requests other than reads", sum(strange.values()), "", 0)
    return report


def w3_serial():
    return w3("w3-serial", line=0.020, share=90)


def w4(rate=5000, topics=2000):
    """MQTT: JSON messages with five values and a sequence number each, QoS 1; faults measured on the way."""
    import reaction
    report = Report("w4")
    port = free_ports(1)
    with Folder("w4") as folder:
        os.makedirs(f"{folder}/broker")
        open(f"{folder}/broker.conf", "w").write(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n")
        broker = Process(["/usr/sbin/mosquitto", "-c", f"{folder}/broker.conf"])
        time.sleep(1)
        receiver = reaction.Receiver()
        sites.mqtt(f"{folder}/site", f"{folder}/api.sock", topics, port, receiver.port)
        daemon = Daemon(folder)
        time.sleep(5)
        before = daemon.metric("sitewatch_history_samples_appended_total")
        load = subprocess.Popen([tool("mqtt_load"), "-P", str(port), "-n", str(topics), "-r", str(rate)],
                                stdout=subprocess.PIPE, text=True)
        time.sleep(3)
        delays = reaction.Probe(port, receiver)
        begin = daemon.cpu()
        window = time.monotonic()
        used = daemon.watch(SECONDS)
        cpu_share = (daemon.cpu() - begin) / (time.monotonic() - window)
        delays.finish()
        load.terminate()
        said = [line for line in load.communicate()[0].splitlines() if line.startswith("{")]
        sent = json.loads(said[-1])
        messages = round(sent["acked_per_s"] * sent["window_s"])
        time.sleep(3)
        stored = daemon.metric("sitewatch_history_samples_appended_total") - before - delays.published
        dropped = daemon.metric("sitewatch_history_dropped_samples_total")
        gaps, checked = sequence_gaps(daemon, topics, messages // topics)
        reacted = daemon.reactions()
        stop = daemon.stop()
        # The floor subscribes to the same load.
        floor = Process([tool("mqtt_floor"), str(port)])
        load = subprocess.Popen([tool("mqtt_load"), "-P", str(port), "-n", str(topics), "-r", str(rate)],
                                stdout=subprocess.DEVNULL)
        time.sleep(3)
        floor_used = floor.watch(min(SECONDS, 15))
        load.terminate()
        load.wait()
        floor.stop()
        broker.stop()
        receiver.close()
    values = rate * 5
    # A message may be stored whose acknowledgement the load no longer saw.
    lost = max(0, messages * 6 - stored)
    report.line("messages acknowledged", messages, f"= {sent['acked_per_s']:.0f}/s")
    report.line("values lost on the way to the store", lost, "", 0, beside=f"of {messages * 6}; dropped {dropped:.0f}")
    report.line("gaps in stored sequence numbers", gaps, "", 0, beside=f"{checked} numbers of 20 topics read back")
    report.line("CPU s per million values", cpu_share * 1e6 / values, "s", 10, digits=2,
                beside=f"floor {floor_used['cpu'] / floor_used['seconds'] * 1e6 / values:.2f}; best peer 12.5")
    report.line("arrival to notice received, p50", percentile(delays.seconds, 0.5) * 1000, "ms")
    report.line("arrival to rule evaluated, p99", reacted["99"] * 1000, "ms", 20,
                beside=f"p50 {reacted['50'] * 1000:.1f}, as the daemon counts it")
    report.line("arrival to notice received, p99", percentile(delays.seconds, 0.99) * 1000, "ms",
                beside=f"{len(delays.seconds)} faults; sample, rule, ledger on disk and webhook all included")
    report.line("resident, most in the window", used["rss"], "MiB", beside=f"peak since start {used['hwm']:.1f}")
    report.line("threads", used["threads"])
    report.line("stop after SIGTERM", stop, "s", 2.0, digits=2)
    return report


def sequence_gaps(daemon, topics, expected):
    """Reads numbers back from the store; every message of a topic has the next one."""
    gaps = checked = 0
    for topic in range(0, topics, topics // 20):
        numbers, cursor = [], ""
        while cursor is not None:
            page = json.loads(daemon.get(f"/api/v1/points/M{topic}.n/history?from=-1h&to=now&limit=1000{cursor}"))
            numbers += [int(sample["value"]) for sample in page["samples"] if sample["value"] is not None]
            cursor = f"&cursor={page['nextCursor']}" if page.get("nextCursor") else None
        checked += len(numbers)
        gaps += sum(later - earlier - 1 for earlier, later in zip(numbers, numbers[1:]))
        gaps += max(0, expected - len(numbers) - 1)
    return gaps, checked


WORK = {"w1": w1, "w2": w2, "w3": w3, "w3-serial": w3_serial, "w4": w4}


if __name__ == "__main__":
    require_tools("acquisition")
    missed = []
    for name in sys.argv[1:] or WORK:
        wait_for_quiet()
        missed += WORK[name]().missed
    if missed:
        sys.exit("aims missed: " + ", ".join(missed))
