"""tap.py - what tests in Python share: results as TAP, and where the command is."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SHEAF = os.path.abspath(os.environ.get("SHEAF", HERE + "/../build/release/sheaf"))
os.environ.setdefault("SHEAF_LIBEXEC", os.path.dirname(SHEAF))
NEWSROOM = os.environ.get("NEWSROOM", HERE + "/newsroom")
counts = {"done": 0, "failed": 0}


def ok(what, good, *notes):
    counts["done"] += 1
    print(f"{'' if good else 'not '}ok {counts['done']} - {what}", flush=True)
    if not good:
        counts["failed"] += 1
        for note in notes:
            print("\n".join("# " + line for line in str(note)[:900].split("\n")), flush=True)


def same(what, got, wanted):
    ok(what, got == wanted, f"got    {got!r}", f"wanted {wanted!r}")


def skip(what, why):
    ok(f"{what} # SKIP {why}", True)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def finish():
    print(f"1..{counts['done']}")
    sys.exit(counts["failed"] != 0)
