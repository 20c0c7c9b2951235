"""memory.py - reading does not take more and more memory."""

import gc
import os
import sys

import sheaf
from world import KEY, raises, write

READS = int(os.environ.get("PYTHON_READS", "20000"))


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grows(function, times, most=1 << 20):
    """The bytes by which the process grows after a first tenth."""
    if not os.path.exists("/proc/self/statm"):
        raise NotImplementedError("no /proc")
    if os.environ.get("FLAVOUR") == "asan":
        times, most = times // 10, 1 << 40
    for _ in range(times // 10):
        function()
    gc.collect()
    before, blocks = resident(), sys.getallocatedblocks()
    for _ in range(times):
        function()
    gc.collect()
    grown = resident() - before
    assert grown < most, "%d bytes after %d times" % (grown, times)
    new = sys.getallocatedblocks() - blocks
    assert new < times // 20 + 200, "%d blocks after %d times" % (new, times)


def test_reading(folder):
    with sheaf.open(write(folder, 100), key=KEY) as a:
        ids = list(a) * 2
        state = iter(())

        def read():
            nonlocal state
            id = next(state, None)
            if id is None:
                state = iter(ids)
                id = next(state)
            x = a[id]
            assert x.meta["id"] == id and x.body

        grows(read, READS)


def test_iterating(folder):
    with sheaf.open(write(folder, 100)) as a:
        grows(lambda: sum(1 for _ in a.articles()), READS // 100)
        grows(lambda: sum(1 for _ in a.list()), READS // 100)
        grows(lambda: next(a.articles()), READS // 100)
        grows(lambda: next(a.list()), READS // 100)


def test_failures(folder):
    with sheaf.open(write(folder), key=KEY) as a:
        grows(lambda: raises(sheaf.NotFound, a.read, "none"), READS // 10)
    grows(lambda: raises(sheaf.Corrupt, sheaf.open, b"x" * 5000),
          READS // 20)


def test_opening(folder):
    path = write(folder)
    with open(path, "rb") as file:
        data = file.read()

    def all_of_it():
        for source in (path, data):
            a = sheaf.open(source, key=KEY)
            a["a/1"], len(a)
            proof = a.prove("a/1", newest=True)
            sheaf.check(proof, KEY, id="a/1", body=a["a/1"].body)

    grows(all_of_it, READS // 200, 2 << 20)


def test_writing(folder):
    def pack():
        with sheaf.create(folder + "/w.sheaf", replace=True, level=1) as w:
            for n in range(10):
                w.add(str(n), "x" * n, headline="h")

    grows(pack, READS // 400, 2 << 20)
