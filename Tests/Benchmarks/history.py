#!/usr/bin/env python3
"""The history store: bytes, speed, memory, answers, recovery and the wear of the disk, beside VictoriaMetrics.

  history.py [size|ingest|queries|recovery|wear|recordings ...] [--quick] [--minutes 30] [--no-peer]
             HISTORY_LOAD=binary  LOAD=folder with gen_samples.c  RECORDINGS=folder with time series

The readings are those of a generator independent of this code: by default 22.8 million of 5,040 points, 40 % of them
in tenths, 20 % float32 noise, 20 % counters, 20 % states. `HistoryLoad` gives them to the real store. `wear` needs
root: it makes file systems of its own in files and counts the sectors written to them.
"""
import argparse
import csv
import datetime
import glob
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter

import peer
from harness import LOAD, Folder, Process, Report, tool, wait_for_quiet

PROGRAM = os.environ.get("HISTORY_LOAD", ".build/release/HistoryLoad")
RECORDINGS = os.environ.get("RECORDINGS", "../shared/data/timeseries")
PARTS = ["size", "ingest", "queries", "recovery", "wear", "recordings"]
END = 1_795_132_800_000
DAY = 86_400_000
CLASSES = {0: "tenths", 1: "tenths", 2: "tenths", 3: "tenths", 4: "float32 noise", 5: "float32 noise",
           6: "counters in hundredths", 7: "whole counters", 8: "contacts", 9: "states"}


def generator(**options):
    """The stream of readings; the store's reader takes it block by block."""
    words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
    return subprocess.Popen([tool("gen_samples"), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def load(verb, stream=None, cpu=None, **options):
    """Runs one verb and gives its lines."""
    words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
    pinned = ["taskset", "-c", str(cpu)] if cpu is not None else []
    done = subprocess.run([*pinned, PROGRAM, verb, *words], stdin=stream and stream.stdout, stdout=subprocess.PIPE)
    if stream:
        stream.stdout.close()
        stream.wait()
    if done.returncode != 0:
        sys.exit(f"HistoryLoad {verb} ended with {done.returncode}: {done.stdout.decode()[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_history(name):
    """The tail is as large as the settings say, whatever it holds."""
    return not name.startswith("tail-")


def is_roll_up(name):
    return name.endswith((".1min.sqlite", ".15min.sqlite", ".1h.sqlite"))


def reading_files(folder):
    return [path for path in glob.glob(f"{folder}/????-??*.sqlite") if not is_roll_up(path)]


def chunk_bytes(folder):
    """Bytes of chunks by point, of shared times, and how many chunks there are."""
    points, times, chunks = Counter(), 0, 0
    for path in reading_files(folder):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for point, size, count in base.execute(
                "SELECT key & 1048575, sum(length(body)), count(*) FROM chunk GROUP BY 1"):
            points[point] += size
            chunks += count
        times += base.execute("SELECT total(length(body)) FROM times").fetchone()[0]
        base.close()
    return points, times, chunks


def sample_counts(jitter, seed, hours):
    """How many readings the generator makes of each point."""
    stream = generator(jitter=jitter, seed=seed, hours=hours)
    counts = Counter()
    while block := stream.stdout.read(24 * 65536):
        counts.update(memoryview(block).cast("I")[4::6])
    return counts


class Filled:
    """A history filled with one data set, kept until the script ends."""
    made = {}

    @classmethod
    def get(cls, jitter, seed, hours):
        key = (jitter, seed, hours)
        if key not in cls.made:
            cls.made[key] = cls(*key)
        return cls.made[key]

    def __init__(self, jitter, seed, hours):
        self.name = f"{'jittered' if jitter else 'aligned'} seed {seed}"
        self.folder = tempfile.mkdtemp(prefix="sitewatch-bench-history-")
        # One core for the store: what it does at the same time on others is not speed.
        [self.figures] = load("burst", generator(jitter=jitter, seed=seed, hours=hours), cpu=0, folder=self.folder)
        self.samples = self.figures["appended"]
        self.aged = None

    @property
    def bytes(self):
        return peer.folder_bytes(self.folder, is_history)

    @property
    def roll_up_bytes(self):
        return peer.folder_bytes(self.folder, is_roll_up)

    def age(self):
        """The last day ends and is rolled up."""
        if not self.aged:
            [self.aged] = load("age", cpu=0, folder=self.folder)

    @classmethod
    def remove_all(cls):
        for filled in cls.made.values():
            shutil.rmtree(filled.folder, ignore_errors=True)


class Peer:
    """VictoriaMetrics fed with one data set."""
    made = {}

    @classmethod
    def get(cls, jitter, seed, hours):
        key = (jitter, seed, hours)
        if key not in cls.made:
            cls.made[key] = cls(*key)
        return cls.made[key]

    def __init__(self, jitter, seed, hours):
        self.folder = tempfile.mkdtemp(prefix="sitewatch-bench-peer-")
        self.server = peer.Victoria(self.folder)
        [fed] = load("remote", generator(jitter=jitter, seed=seed, hours=hours), cpu=0, port=self.server.port)
        self.server.get("/internal/force_flush")
        self.samples, self.wall = fed["sent"], fed["wall"]
        self.cpu, self.peak = self.server.cpu(), self.server.status("VmHWM") / 1024
        self.server.settle()
        self.bytes = peer.folder_bytes(self.folder)

    @classmethod
    def remove_all(cls):
        for made in cls.made.values():
            made.server.stop()
            shutil.rmtree(made.folder, ignore_errors=True)


def check(report, figures, what):
    """Whatever else a figure says, nothing may be lost on the way to it."""
    lost = figures["dropped"] + figures["refused"] + figures["damaged"]
    report.line(f"{what}: lost", lost, "", 0, beside=figures["fault"])


def size(report, options):
    runs = [(0, 2, 2), (1, 2, 2)] if options.quick else [(0, 1, 6), (1, 1, 6), (0, 2, 2), (1, 2, 2)]
    for jitter, seed, hours in runs:
        filled = Filled.get(jitter, seed, hours)
        filled.age()
        whole = hours == 6
        beside = f"{filled.samples / 1e6:.2f} M readings"
        if whole and options.peer:
            other = Peer.get(jitter, seed, hours)
            beside += f"; VictoriaMetrics {other.bytes / other.samples:.2f}, not every bit"
        report.line(f"{filled.name}, on disk with roll-ups", filled.bytes / filled.samples, "B/sample", 0.90 if whole else None,
                    digits=3, beside=beside)
        rolled = filled.roll_up_bytes
        report.line("  of these, roll-ups", rolled / filled.samples, "B/sample", digits=3,
                    beside=f"CPU {1e6 * filled.aged['cpu'] / filled.samples:.3f} s/M")
        check(report, filled.figures, filled.name)
        check(report, filled.aged, f"{filled.name}, rolled up")
        if whole:
            by_class(report, filled, sample_counts(jitter, seed, hours))


def by_class(report, filled, counts):
    points, times, chunks = chunk_bytes(filled.folder)
    sizes, samples = Counter(), Counter()
    for point, count in counts.items():
        sizes[CLASSES[point % 10]] += points[point]
        samples[CLASSES[point % 10]] += count
    for name in dict.fromkeys(CLASSES.values()):
        report.line(f"  chunks of {name}", sizes[name] / samples[name], "B/sample", digits=3,
                    beside=f"{samples[name] / 1e6:.1f} M readings")
    report.line("  times shared by chunks", times / filled.samples, "B/sample", digits=3,
                beside=f"of all readings; {chunks} chunks")
    rest = filled.bytes - filled.roll_up_bytes - sum(points.values()) - times
    report.line("  keys and pages", rest / filled.samples, "B/sample", digits=3)


def ingest(report, options):
    for jitter in (0, 1):
        filled = Filled.get(jitter, *((2, 2) if options.quick else (1, 6)))
        figures, millions = filled.figures, filled.samples / 1e6
        rate = speed = memory = ""
        if options.peer and not options.quick:
            other = Peer.get(jitter, 1, 6)
            rate = f"VictoriaMetrics {other.samples / other.cpu / 1e6:.2f}"
            speed = f"VictoriaMetrics {1e6 * other.cpu / other.samples:.2f}"
            memory = f"; VictoriaMetrics {other.peak:.0f}"
        report.line(f"{filled.name}, per core", millions / figures["cpu"], "M/s", 1.5, "≥", digits=2,
                    beside=f"{rate}; with the disk's and the generator's waits {millions / figures['wall']:.2f}")
        report.line(f"{filled.name}, CPU", figures["cpu"] / millions, "s/M", 0.4, digits=3, beside=speed)
        report.line(f"{filled.name}, peak memory", figures["peak"], "MB", 48, digits=1,
                    beside=f"{figures['before']:.0f} before, {figures['peakAtSeal']:.0f} at seal of all{memory}")
        check(report, figures, filled.name)


def queries(report, options):
    key = (0, 2, 2) if options.quick else (0, 1, 6)
    found = {line["question"]: line for line in load("query", folder=Filled.get(*key).folder)}
    beside = dict.fromkeys(found, "")
    if options.peer and not options.quick:
        beside.update(peer_answers(Peer.get(*key).server))
    for question, what, aim in [("day", "a day of 5 s as it is", 2), ("month", "a month of 1 min in 1,000", 2),
                                ("latest", "latest of 5,040 points", 1), ("latest-each", "the same one by one", None)]:
        line = found[question]
        report.line(what, line["median"], "ms", aim, digits=2,
                    beside=f"slowest point {line['slowest']:.2f}, {line['times']} times, {line['most']} in the answer"
                           f"{beside[question]}")


def peer_answers(server):
    """Over its socket: that is the only way to ask it."""
    day = [server.time(f"/api/v1/export?match[]=value%7Bpoint=%22p{point}%22%7D&start={(END - DAY) // 1000}"
                       f"&end={END // 1000}") for point in range(20, 40)]
    month = [server.time(f"/api/v1/query_range?query=rollup(value%7Bpoint=%22p{point}%22%7D%5B2592s%5D)"
                         f"&start={(END - 30 * DAY) // 1000}&end={END // 1000}&step=2592s") for point in range(20)]
    latest = server.time(f"/api/v1/query?query=value&time={END // 1000}")
    middle = lambda times: sorted(times)[len(times) // 2]
    return {"day": f"; VictoriaMetrics {middle(day):.1f}, over HTTP",
            "month": f"; VictoriaMetrics {middle(month):.1f}, over HTTP",
            "latest": f"; VictoriaMetrics {latest:.0f}, over HTTP"}


def recovery(report, options):
    with Folder("history") as folder:
        stream = generator(month_points=0, day_points=0, hours=8, jitter=1)
        writer = subprocess.Popen([PROGRAM, "fill", "--folder", folder, "--month-points", "0", "--day-points", "0"],
                                  stdin=stream.stdout, stdout=subprocess.PIPE)
        filled = json.loads(writer.stdout.readline())
        writer.kill()
        writer.wait()
        stream.kill()
        forget(folder)
        [first] = load("start", folder=folder, month_points=0, day_points=0)
        [again] = load("start", folder=folder, month_points=0, day_points=0)
        tail = peer.folder_bytes(folder, lambda name: not is_history(name))
    report.line("start with a full tail", first["seconds"], "s", 2.0, digits=2,
                beside=f"{tail / (1 << 20):.0f} MB, {first['recovered'] / 1e6:.1f} M readings, not in memory before; "
                       f"again {again['seconds']:.2f} s, CPU {again['cpu']:.2f} s, {again['peak']:.0f} MB")
    report.line("readings that were synced and are not there", filled["synced"] - first["recovered"] - filled["sealed"],
                "", 0)


def forget(folder):
    """As after a power cut: nothing of the files is in memory."""
    os.sync()
    for path in glob.glob(f"{folder}/*"):
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Disk:
    """A file system of its own in a file, and how many bytes were written to it."""

    def __init__(self, name, megabytes=1024):
        self.place = tempfile.mkdtemp(prefix="sitewatch-bench-disk-")
        self.image, self.folder = f"{self.place}/image", f"{self.place}/{name}"
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        self.device = output("losetup", "--find", "--show", self.image)
        # The inode tables at once: laid out later they would be counted.
        output("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.device)
        os.mkdir(self.folder)
        self.user = None
        output("mount", self.device, self.folder)

    def written(self):
        output("sync", "--file-system", self.folder)
        return 512 * int(open(f"/sys/block/{os.path.basename(self.device)}/stat").read().split()[6])

    def remove(self):
        if self.user:
            self.user.stop()
        for command in (["umount", self.folder], ["losetup", "--detach", self.device]):
            subprocess.run(command, check=False)
        shutil.rmtree(self.place, ignore_errors=True)


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().strip()


def wear(report, options):
    if os.geteuid() != 0:
        print("history    wear: SKIPPED, only root can make a file system of its own")
        return
    disks = []
    try:
        disks.append(Disk("history"))
        if options.peer:
            disks.append(Disk("peer"))
        measure_wear(report, options, *disks)
    finally:
        for disk in disks:
            disk.remove()


WINDOW = 128 * 60_000  # of a point read every 5 s


def measure_wear(report, options, disk, other=None):
    """What the tail takes a reading while the store lives, and what sealing takes a reading of whole chunks."""
    load("warm", folder=disk.folder, month_points=0, day_points=0)
    # All readings lie in one window, which is nearly over in the end.
    month = int(datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000
    end = month + 20 * WINDOW - 60_000
    since = end - int(options.minutes * 60_000)
    stream = lambda hours: generator(month_points=0, day_points=0, jitter=1, hours=hours, end_ms=end)
    words = ["--minutes", str(options.minutes), "--month-points", "0", "--day-points", "0"]
    with Folder("gate") as gate:
        gate += "/go"
        os.mkfifo(gate)
        mine = stream((WINDOW - 60_000) / 3_600_000)
        writer = subprocess.Popen([PROGRAM, "pace", "--folder", disk.folder, "--go", gate, "--from", str(since), *words],
                                  stdin=mine.stdout, stdout=subprocess.PIPE)
        filled = json.loads(writer.stdout.readline())
        before = disk.written()
        if other:
            # Ends before its disk goes, whatever happens.
            server = other.user = peer.Victoria(other.folder)
            other_before, other_cpu, theirs = other.written(), server.cpu(), stream(options.minutes / 60)
            sender = subprocess.Popen([PROGRAM, "remote", "--port", str(server.port), *words], stdin=theirs.stdout,
                                      stdout=subprocess.PIPE)
        open(gate, "w").close()
        live = json.loads(writer.stdout.readline())
        tail = (disk.written() - before) / live["live"]
        before = disk.written()
        open(gate, "w").close()
        sealed = json.loads(writer.stdout.readline())
        writer.wait()
        mine.kill()
    seal = (disk.written() - before) / (live["live"] + filled["synced"])
    beside = dict.fromkeys(("bytes", "memory", "cpu"), "")
    if other:
        sent = json.loads(sender.stdout.readline())["sent"]
        theirs.kill()
        beside = {"bytes": f"; VictoriaMetrics {(other.written() - other_before) / sent:.0f}, which loses about 5 s",
                  "memory": f"VictoriaMetrics {server.status('VmHWM') / 1024:.0f}",
                  "cpu": f"VictoriaMetrics {1e6 * (server.cpu() - other_cpu) / sent:.2f}"}
    report.line("written to the disk, sealed", tail + seal, "B/sample", 8.0, digits=2,
                beside=f"{options.minutes:g} min, 1 s sync: tail {tail:.2f}, seal {seal:.2f}{beside['bytes']}")
    report.line("memory at 1,000 a second", live["peak"], "MB", 48, digits=1,
                beside=f"with two hours unsealed, which came in a burst; {beside['memory']}")
    report.line("CPU at 1,000 a second, unsealed", 1e6 * live["cpu"] / live["live"], "s/M", digits=2,
                beside=beside["cpu"])
    check(report, sealed, "live")


def recordings(report, options):
    if not os.path.isdir(RECORDINGS):
        print(f"history    recordings: SKIPPED, no time series at {RECORDINGS}")
        return
    aims = {"skab": 1.55, "nab": 4.9}
    columns = list(all_columns())
    with Folder("history") as folder:
        store_columns(report, folder, columns)
        sizes, times, _ = chunk_bytes(f"{folder}/store")
        shared = times_by_set(f"{folder}/store", columns)
        for name in dict.fromkeys(column["set"] for column in columns):
            mine = [(index, column) for index, column in enumerate(columns) if column["set"] == name]
            samples = sum(len(column["rows"]) for _, column in mine)
            stored = sum(sizes[index] for index, _ in mine) + shared[name]
            general = zstd(b"".join(column["plain"] for _, column in mine))
            beside = f"{samples} readings, zstd -19 {general / samples:.2f}"
            if options.peer:
                beside += peer_recording(folder, [column for _, column in mine], samples)
            report.line(f"{name}, chunks and times", stored / samples, "B/sample", aims.get(name), digits=2,
                        beside=beside)
        whole = peer.folder_bytes(f"{folder}/store", is_history)
        report.line("all of them with keys and pages", whole / sum(len(column["rows"]) for column in columns),
                    "B/sample", digits=2)


def store_columns(report, folder, columns):
    with open(f"{folder}/list", "w") as listing:
        for index, column in enumerate(columns):
            path = f"{folder}/{index}.column"
            with open(path, "wb") as file:
                file.write(b"".join(struct.pack("<qd", *row) for row in column["rows"]))
            listing.write(f"{column['path']}\t{column['step']}\t{path}\n")
    os.mkdir(f"{folder}/store")
    figures, found = load("columns", folder=f"{folder}/store", list=f"{folder}/list")
    check(report, figures, "recordings")
    report.line("readings that came back different", found["wrong"], "", 0,
                beside=f"of {found['samples']}, compared bit for bit")


def times_by_set(folder, columns):
    """Shared times belong to the set whose chunks name them; the number stands behind a chunk's header."""
    shares = Counter()
    for path in reading_files(folder):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        sizes = dict(base.execute("SELECT id, length(body) FROM times"))
        # A month belongs to few sets: its shared times are split by their chunks' readings.
        owners = Counter()
        for (point,) in base.execute("SELECT key & 1048575 FROM chunk"):
            owners[columns[point]["set"]] += 1
        for name, count in owners.items():
            shares[name] += sum(sizes.values()) * count / sum(owners.values())
        base.close()
    return shares


def zstd(plain):
    return len(subprocess.run(["zstd", "-19", "--quiet", "--stdout"], input=plain, check=True,
                              stdout=subprocess.PIPE).stdout)


def peer_recording(folder, columns, samples):
    place = tempfile.mkdtemp(dir=folder)
    server = peer.Victoria(place)
    server.take({column["path"]: list(zip(*column["rows"])) for column in columns})
    server.settle()
    size = server.data_bytes()
    changed = 0
    for column in columns:
        found = server.values(column["path"])
        changed += sum(found.get(time) is None or bits(found[time]) != bits(number) for time, number in column["rows"])
    server.stop()
    return f"; VictoriaMetrics {size / samples:.2f}, {changed} changed"


def bits(number):
    return struct.pack("<d", number)


def all_columns():
    """Every numeric column of every recording: its set, its path, its readings by time."""
    for path in sorted(glob.glob(f"{RECORDINGS}/*/*.csv")):
        name = os.path.basename(os.path.dirname(path))
        file = re.sub(r"\W+", "-", os.path.basename(path)[:-4])
        with open(path, newline="", encoding="utf-8-sig") as text:
            content = text.read().splitlines()
        head, *lines = csv.reader(content, delimiter=";" if ";" in content[0] else ",")
        timed = time_of(lines[0][0]) is not None
        for place in range(1 if timed else 0, len(head)):
            rows = {}
            for index, line in enumerate(lines):
                stamp = time_of(line[0]) if timed else 1_600_000_000_000 + 250 * index
                number = number_of(line[place]) if place < len(line) else None
                if stamp is not None and number is not None:
                    rows[stamp] = number
            if not rows:
                continue
            rows = sorted(rows.items())
            steps = sorted(later[0] - earlier[0] for earlier, later in zip(rows, rows[1:]))
            labels = head[place] in ("anomaly", "changepoint")
            yield {"set": name + (" labels" if labels else ""), "path": f"{name}-{file}.c{place}",
                   "step": steps[len(steps) // 2], "rows": rows,
                   "plain": b"".join(struct.pack("<q", stamp) for stamp, _ in rows)
                            + b"".join(bits(number) for _, number in rows)}


def time_of(text):
    for form in ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"):
        try:
            moment = datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc)
            return int(moment.timestamp()) * 1000
        except ValueError:
            continue
    return None


def number_of(text):
    try:
        return float(text)
    except ValueError:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="2 hours instead of 6, no peer for them")
    parser.add_argument("--minutes", type=float, default=30, help="how long wear is measured")
    parser.add_argument("--no-peer", dest="peer", action="store_false", help="without VictoriaMetrics")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]}; there are: {', '.join(PARTS)}")
    if not os.path.exists(f"{LOAD}/gen_samples.c"):
        print(f"history: SKIPPED, no generator at {LOAD}")
        return 0
    if options.peer and not peer.PROGRAM:
        print("history: no victoria-metrics, nothing to compare with")
        options.peer = False
    report = Report("history")
    wait_for_quiet()
    try:
        for part in options.parts or PARTS:
            globals()[part](report, options)
    finally:
        Filled.remove_all()
        Peer.remove_all()
    if report.missed:
        print("out of bounds: " + ", ".join(report.missed))
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
