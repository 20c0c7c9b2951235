"""tiles.py - see tiles.sh. Written from https://c2sp.org/tlog-tiles alone."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile

from tap import SHEAF, finish, ok, same


def sheaf(*args, fails=False):
    p = subprocess.run([SHEAF, *args], capture_output=True, timeout=600)
    assert fails or p.returncode == 0, (args, p.stderr)
    return p


def node(a, b):
    return hashlib.sha256(b"\1" + a + b).digest()


def tile_path(folder, level, number, width=256):
    name = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        name = f"x{number % 1000:03}/{name}"
    return f"{folder}/tile/{level}/{name}" + (f".p/{width}" if width < 256 else "")


def checkpoint(folder):
    with open(folder + "/checkpoint") as f:
        lines = f.read().split("\n")
    return lines[0], int(lines[1]), base64.b64decode(lines[2])


class Log:
    """Hashes of a tree, from the tiles of a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.origin, self.size, self.root = checkpoint(folder)

    def stored(self, level, index):
        count = self.size >> 8 * level
        width = min(256, count - index // 256 * 256)
        with open(tile_path(self.folder, level, index // 256, width), "rb") as f:
            data = f.read()
        assert len(data) == 32 * width
        return data[index % 256 * 32:index % 256 * 32 + 32]

    def hash(self, first, end):
        """Of the leaves from first to end."""
        n = end - first
        if n & (n - 1) == 0 and first % n == 0:
            height = n.bit_length() - 1
            level = height // 8
            got = [self.stored(level, i) for i in range(first >> 8 * level, end >> 8 * level)]
            while len(got) > 1:
                got = [node(a, b) for a, b in zip(got[::2], got[1::2])]
            return got[0]
        k = 1 << (n - 1).bit_length() - 1
        return node(self.hash(first, first + k), self.hash(first + k, end))

    def path(self, leaf, first, end):
        """The proof of a leaf, from it up."""
        if end - first == 1:
            return []
        k = 1 << (end - first - 1).bit_length() - 1
        if leaf < first + k:
            return self.path(leaf, first, first + k) + [self.hash(first + k, end)]
        return self.path(leaf, first + k, end) + [self.hash(first, first + k)]


def files_of(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            with open(at + "/" + name, "rb") as f:
                found[os.path.relpath(at + "/" + name, folder)] = f.read()
    return found


def main():
    home = tempfile.mkdtemp(prefix="tiles.")
    os.chdir(home)
    os.environ["XDG_STATE_HOME"] = home + "/state"
    sheaf("keygen", "-W", "-p", "k.pub", "-s", "k.sec")

    def write(name, first, end):
        with open(name, "w") as f:
            for i in range(first, end):
                f.write(json.dumps({"id": f"n/{i}", "title": str(i), "body": f"text {i}"}) + "\n")
    write("1.jsonl", 0, 3)
    write("2.jsonl", 3, 600)
    write("3.jsonl", 600, 70000)
    sheaf("pack", "-q", "--fast", "-n", "log.example", "-s", "k.sec", "-o", "a.sheaf", "1.jsonl")
    before = {}
    for step, more in enumerate((None, "2.jsonl", "3.jsonl")):
        if more is not None:
            sheaf("append", "-q", "--fast", "-s", "k.sec", "a.sheaf", more)
        got = json.loads(sheaf("checkpoint", "a.sheaf", "-p", "k.pub", "--tiles", "log",
                               "--json").stdout)
        log = Log("log")
        same(f"{log.size} leaves: the root is that of the checkpoint",
             log.hash(0, log.size), log.root)
        now = files_of("log")
        ok("only new files were written", all(now[n] == d for n, d in before.items()
                                              if n != "checkpoint") and
           got["written"] == len(now) - max(len(before), 1) and got["size"] == log.size, got,
           len(now), len(before))
        same("the checkpoint is that of the archive", now["checkpoint"],
             sheaf("checkpoint", "a.sheaf").stdout)
        before = now
    for i in 0, 2, 599, 65535, 69999:
        sheaf("prove", "a.sheaf", f"n/{i}", "-o", "p", )
        with open("p") as f:
            lines = f.read().split("\n\n")[0].split("\n")
        index = next(int(x.split()[1]) for x in lines if x.startswith("index "))
        hashes = [base64.b64decode(x) for x in lines[lines.index(f"index {index}") + 1:]]
        same(f"the proof of leaf {index}, from tiles alone", log.path(index, 0, log.size), hashes)
        os.remove("p")
    got = json.loads(sheaf("checkpoint", "a.sheaf", "--tiles", "log", "--json").stdout)
    same("once more: nothing is written", got["written"], 0)
    ok("a thousand tiles have folders", os.path.exists("log/tile/0/273.p/115") or
       any("tile/0/273" in n for n in before), sorted(before)[-5:])
    # What must not be mixed.
    shutil.copytree("log", "damaged")
    with open("damaged/tile/0/001", "r+b") as f:
        f.write(b"x")
    p = sheaf("checkpoint", "a.sheaf", "--tiles", "damaged", fails=True)
    ok("a damaged tile is named", p.returncode == 5 and b"tile/0/001" in p.stderr, p.stderr)
    sheaf("pack", "-q", "--fast", "-n", "other.example", "-s", "k.sec", "-o", "b.sheaf", "2.jsonl")
    p = sheaf("checkpoint", "b.sheaf", "--tiles", "log", fails=True)
    ok("a folder of another log is refused", p.returncode == 5, p.returncode, p.stderr)
    sheaf("pack", "-q", "--fast", "--new-log", "-n", "log.example", "-s", "k.sec", "-o",
          "c.sheaf", "1.jsonl")
    p = sheaf("checkpoint", "c.sheaf", "--tiles", "log", fails=True)
    ok("and one of more leaves", p.returncode == 5, p.returncode, p.stderr)
    sheaf("pack", "-q", "--fast", "-o", "plain.sheaf", "1.jsonl")
    p = sheaf("checkpoint", "plain.sheaf", "--tiles", "plain", fails=True)
    ok("an archive without a checkpoint has none", p.returncode != 0 and
       not os.path.exists("plain"), p.returncode, p.stderr)
    same("nothing was changed by these", files_of("log"), before)
    p = sheaf("checkpoint", "a.sheaf", "--tiles", "x", "-o", "y", fails=True)
    same("-o is not for tiles", p.returncode, 2)
    with open("file", "w"):
        pass
    p = sheaf("checkpoint", "a.sheaf", "--tiles", "file", fails=True)
    ok("a file is no folder", p.returncode == 1 and b"file" in p.stderr, p.stderr)
    os.chdir("/")
    shutil.rmtree(home)
    finish()


main()
