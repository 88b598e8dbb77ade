#!/usr/bin/env python3
"""Orders: how long the board, a dossier and the due list take with 100,000 orders, and an alarm's way to its order.

  orders.py      ORDER_LOAD=binary  ORDERS=100000
"""
import json
import os
import subprocess
import sys

LOAD = os.environ.get("ORDER_LOAD", ".build/release/OrderLoad")
BOUND = 50.0


def main():
    done = subprocess.run([LOAD, os.environ.get("ORDERS", "100000")], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    failed = False
    for name, what in (("board_ms", "board with what is due"), ("list_ms", "list of 100 open orders"),
                       ("dossier_ms", "dossier of an asset")):
        middle, worst = told[name]
        verdict = "ok" if worst <= BOUND else "TOO SLOW"
        failed |= worst > BOUND
        print(f"{what:28} {told['orders']} orders   {middle:7.2f} ms, worst {worst:7.2f} ms (bound {BOUND:.0f})  {verdict}")
    step, commit = told["step_ms"], told["commit_ms"]
    print(f"an alarm to its order: {told['opened']} of 200 opened in the step of their alarm; "
          f"step {step[0]:.2f} ms (worst {step[1]:.2f}), commit {commit[0]:.2f} ms (worst {commit[1]:.2f})")
    failed |= told["opened"] != 200
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
