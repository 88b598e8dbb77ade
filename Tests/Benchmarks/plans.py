#!/usr/bin/env python3
"""Plans: 2,000 assets with ten plans each through ten virtual years, and the longest time any rule takes.

  plans.py      PLAN_LOAD=binary
"""
import json
import os
import subprocess

from harness import Report, wait_for_quiet

LOAD = os.environ.get("PLAN_LOAD", ".build/release/PlanLoad")


def load(verb, *arguments):
    done = subprocess.run([LOAD, verb, *map(str, arguments)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    wait_for_quiet()
    report = Report("plans")
    found = load("years", 10)
    report.line(f"{found['series']} series, {found['years']} years", found["seconds"], "s")
    report.line("occurrences", found["occurrences"])
    report.line("occurrences per second", found["per_second"] / 1e3, "k")
    report.line("longest day", found["longest_step_ms"], "ms", 250)
    report.line("memory", found["memory_mb"], "MB", 100)
    found = load("rules", 20000)
    report.line("next day of a rule, longest", found["longest_ms"], "ms", 5, digits=2)
    report.line("next day of a rule, mean", found["mean_us"], "µs")
    raise SystemExit(1 if report.missed else 0)


main()
