"""command.py - what tests in Python share that call the command sheaf."""

import subprocess

from tap import SHEAF, ok


def sheaf(*args, **how):
    return subprocess.run([SHEAF, *args], capture_output=True, check=False, timeout=300, **how)


def said(p):
    return p.stderr.decode(errors="replace")


def good(*args):
    """The same; another exit code than 0 is a failure."""
    p = sheaf(*args)
    if p.returncode != 0:
        ok(" ".join(args)[:60], False, said(p))
    return p


def data(path):
    with open(path, "rb") as f:
        return f.read()
