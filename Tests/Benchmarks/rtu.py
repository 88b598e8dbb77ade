#!/usr/bin/env python3
"""How much of a serial line's time is used: twenty units at 9600 baud, asked for 94 % of what the wire can carry.

  rtu.py      SITEWATCH=binary  BENCH_SECONDS=30

The line is a pseudo terminal. Its other end keeps time as a wire would: a request has arrived after its bytes would
have passed, and the answer comes byte by byte. The theory counts every byte at 11 bits and two silences of 3.5 bytes.
"""
import os
import pty
import select
import threading
import time
import tty

import sites
from harness import SECONDS, Daemon, Folder, Report, wait_for_quiet

CHARACTER = 11 / 9600
SILENCE = 3.5 * CHARACTER
MAPS = [10] * 10 + [11] * 10


def checksum(frame):
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


class Line:
    """All units of the line; keeps what passed."""

    def __init__(self):
        self.master, worker = pty.openpty()
        tty.setraw(self.master)
        tty.setraw(worker)
        self.device, self._keep = os.ttyname(worker), worker
        self.passed = []  # (end, theoretical seconds, bytes)
        self.strange = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        request = b""
        while True:
            ready, _, _ = select.select([self.master], [], [], 0.05 if request else None)
            if not ready:
                self.strange += 1
                request = b""
                continue
            began = time.monotonic()
            request += os.read(self.master, 256)
            if len(request) < 8:
                continue
            self._answer(request[:8], began)
            request = b""

    def _answer(self, request, began):
        unit, function, count = request[0], request[1], int.from_bytes(request[4:6], "big")
        if checksum(request[:6]) != request[6:8] or function != 3 or not 1 <= unit <= len(MAPS):
            self.strange += 1
            return
        answer = bytes([unit, function, 2 * count]) + b"".join(
            ((unit * 256 + i) & 0xFFFF).to_bytes(2, "big") for i in range(count))
        answer += checksum(answer)
        # The last byte of the request arrives eight characters after the first; then the unit keeps silence.
        due = began + 8 * CHARACTER + SILENCE
        for byte in answer:
            due += CHARACTER
            time.sleep(max(0, due - time.monotonic()))
            os.write(self.master, bytes([byte]))
        self.passed.append((time.monotonic(), (8 + len(answer)) * CHARACTER + 2 * SILENCE, count))


def main():
    report = Report("rtu")
    wait_for_quiet()
    line = Line()
    with Folder("rtu") as folder:
        sites.serial(f"{folder}/site", f"{folder}/api.sock", line.device, MAPS)
        daemon = Daemon(folder)
        time.sleep(10)
        begin = time.monotonic()
        used = daemon.watch(SECONDS)
        end = time.monotonic()
        stop = daemon.stop()
    window = [(at, theory, count) for at, theory, count in line.passed if begin <= at < end]
    theory = sum(item[1] for item in window)
    asked = sum((8 + 5 + 2 * count + 7) * CHARACTER for count in MAPS)
    report.line("theoretical wire time asked for", 100 * asked, "%")
    report.line("theoretical wire time used", 100 * theory / (end - begin), "%", 90, "≥",
                beside=f"{len(window)} reads in {end - begin:.0f} s")
    gaps = [later[0] - earlier[0] - later[1] for earlier, later in zip(window, window[1:])]
    report.line("lost per read beyond theory, median", 1000 * sorted(gaps)[len(gaps) // 2], "ms", digits=2,
                beside="the pseudo terminal's and this script's own time included")
    report.line("points kept", 100 * sum(i[2] for i in window) / (sum(MAPS) * (end - begin)), "%")
    report.line("frames that are no read", line.strange, "", 0)
    report.line("stop after SIGTERM", stop, "s", 2.0, digits=2)
    report.line("CPU", 100 * used["cpu"] / used["seconds"], "% core", digits=2)
    return report.missed


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
