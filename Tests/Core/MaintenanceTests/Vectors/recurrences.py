#!/usr/bin/env python3
"""Random rules of recurrence and what python-dateutil makes of them.

recurrences.py SEED COUNT: one line per rule: the start, the rule, how many of the first 60 days before the
year 2200 there are, and the FNV-1a hash (32 bits) of their numbers since 1970. `recurrences.txt` was written
by `recurrences.py 20260306 10000`.
"""
import datetime
import itertools
import random
import sys

from dateutil.rrule import rrulestr

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
EPOCH = datetime.date(1970, 1, 1).toordinal()
# A rule that never falls on a day is followed to the end of the calendar, and that takes seconds.
datetime.MAXYEAR = 2200


def some(source, values, most):
    values = list(values)
    return source.sample(values, source.randint(1, min(most, len(values))))


def rule(source):
    frequency = source.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    most = {"DAILY": 40, "WEEKLY": 12, "MONTHLY": 18, "YEARLY": 6}[frequency]
    parts = ["FREQ=" + frequency]
    if source.random() < 0.6:
        parts.append(f"INTERVAL={source.randint(1, most)}")
    has_part = False
    has_months = source.random() < 0.3
    if has_months:
        has_part = True
        parts.append("BYMONTH=" + ",".join(map(str, some(source, range(1, 13), 4))))
    if source.random() < 0.35:
        has_part = True
        days = [d for d in range(-31, 32) if d]
        parts.append("BYMONTHDAY=" + ",".join(map(str, some(source, days, 4))))
    if source.random() < 0.45:
        has_part = True
        days = some(source, DAYS, 5)
        # python-dateutil wants a day to be both where plain days and ordinals are mixed; the RFC wants either.
        if frequency in ("MONTHLY", "YEARLY") and source.random() < 0.6:
            top = 53 if frequency == "YEARLY" and not has_months and source.random() < 0.5 else 5
            days = [f"{source.choice([-1, 1]) * source.randint(1, top)}{day}" for day in days]
        parts.append("BYDAY=" + ",".join(days))
    if has_part and source.random() < 0.2:
        places = [p for p in range(-6, 7) if p]
        parts.append("BYSETPOS=" + ",".join(map(str, some(source, places, 3))))
    if source.random() < 0.25:
        parts.append("WKST=" + source.choice(DAYS))
    start = datetime.date(source.randint(1996, 2032), source.randint(1, 12), source.randint(1, 28))
    start += datetime.timedelta(days=source.randint(0, 6))
    if source.random() < 0.1:
        parts.append(f"COUNT={source.randint(1, 70)}")
    elif source.random() < 0.1:
        end = start + datetime.timedelta(days=source.randint(0, 4000))
        parts.append(f"UNTIL={end:%Y%m%d}")
    return start, ";".join(parts)


def fingerprint(numbers):
    value = 0x811C9DC5
    for number in numbers:
        for byte in number.to_bytes(4, "big"):
            value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def main():
    source = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        start, text = rule(source)
        dates = rrulestr(text, dtstart=datetime.datetime.combine(start, datetime.time()))
        known = itertools.takewhile(lambda day: day.year < 2200, dates)
        numbers = [d.toordinal() - EPOCH for d in itertools.islice(known, 60)]
        print(start, text.removeprefix("FREQ="), len(numbers), f"{fingerprint(numbers):08x}")


main()
