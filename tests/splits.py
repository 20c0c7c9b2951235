"""splits.py - see splits.sh."""

import json
import os
import re
import shutil
import subprocess
import tempfile

import http_server
from command import good, said, sheaf
from tap import HERE, finish, ok, same, skip

KEY = HERE + "/cli/key"
P = ["-p", KEY + ".pub", "--no-pins"]


def write(path, some):
    with open(path, "w", encoding="utf-8") as f:
        for n in some:
            f.write(json.dumps({"id": "a/%d" % n, "title": "Article %d" % n,
                                "text": "Text of %d. " % n * (n % 9 + 1)}) + "\n")


def make():
    """Three generations, with revisions and redactions, also at borders."""
    write("in.jsonl", range(1500))
    good("pack", "-q", "--time", "@1000", "-s", KEY + ".sec", "-o", "a.sheaf", "in.jsonl")
    with open("in.jsonl", "w", encoding="utf-8") as f:
        for n in [*range(0, 1500, 50), *range(2000, 2400)]:
            f.write(json.dumps({"id": "a/%d" % n, "title": "New", "text": "New %d.\n" % n}) + "\n")
    good("append", "-q", "--time", "@2000", "-s", KEY + ".sec", "a.sheaf", "in.jsonl")
    write("in.jsonl", range(3000, 3100))
    good("append", "-q", "--time", "@3000", "-s", KEY + ".sec", "a.sheaf", "in.jsonl")
    good("redact", "-q", "--time", "@4000", "a.sheaf", "a/256", "a/255", "a/3000", "-o", "r.sheaf",
         "-s", KEY + ".sec", "--reason", "test")
    os.replace("r.sheaf", "a.sheaf")


def splits(archive, n):
    p = good("info", archive, "--splits", str(n), "--json")
    return [json.loads(line) for line in p.stdout.splitlines()]


def lines(archive, *options):
    p = sheaf("extract", archive, "--format", "jsonl", *options)
    if p.returncode != 0:
        ok("extract " + " ".join(options), False, said(p))
    return p.stdout.splitlines()


def check_cover():
    info = json.loads(good("info", "a.sheaf", "--json").stdout)
    every = lines("a.sheaf", "--revisions")
    newest = lines("a.sheaf")
    same("there are revisions, and articles that are gone", [len(every), len(newest)],
         [1500 + 430 + 100 - 3, 1500 + 400 + 100 - 3])
    for n in (1, 2, 3, 7, 20, 1000):
        s = splits("a.sheaf", n)
        leaves = [tuple(map(int, x["leaves"].split("-"))) for x in s]
        ok("%d ranges: leaves follow each other, and all are in one" % n,
           leaves[0][0] == 0 and leaves[-1][1] == info["size"] - 1 and
           all(a[1] + 1 == b[0] for a, b in zip(leaves, leaves[1:])) and
           0 < len(s) <= n, leaves)
        ok("%d ranges: bytes, too" % n, s[0]["offset"] == 64 and
           all(a["offset"] + a["length"] == b["offset"] and a["length"] > 0
               for a, b in zip(s, s[1:])))
        for what, options, wanted in (("each revision", ["--revisions"], every),
                                      ("each newest one", [], newest),
                                      ("with a key", P, newest)):
            got = [line for x in s
                   for line in lines("a.sheaf", "--leaves", x["leaves"], *options)]
            ok("%d ranges: %s once" % (n, what), got == wanted, len(got), len(wanted))
    p = good("info", "a.sheaf", "--splits", "3")
    same("as a table", [line.split(b"\t")[0].decode() for line in p.stdout.splitlines()],
         [x["leaves"] for x in splits("a.sheaf", 3)])
    same("one leaf", len(lines("a.sheaf", "--leaves", "7")), 1)
    same("a redacted one", lines("a.sheaf", "--leaves", "255"), [])
    same("within a group, with a filter",
         len(lines("a.sheaf", "--leaves", "10-19", "--title", "Article 1")), 10)
    same("past the end", lines("a.sheaf", "--leaves", "999999-1000000"), [])
    out = good("extract", "a.sheaf", "-C", "out", "-q", "--leaves", "300-310", "--json").stdout
    same("as files", json.loads(out)["articles"], 10)


def check_stock():
    """A range of a plain archive, read by zstd alone."""
    if not shutil.which("zstd"):
        skip("a range by zstd", "there is no zstd")
        return
    write("in.jsonl", range(1200))
    good("pack", "-q", "--plain", "-o", "p.sheaf", "in.jsonl")
    s = splits("p.sheaf", 3)
    same("the dictionary that a range needs", {len(x["dictionaries"]) for x in s}, {1})
    good("dict", "p.sheaf", "-C", "d")
    with open("p.sheaf", "rb") as f:
        data = f.read()
    for x in s:
        p = subprocess.run(["zstd", "-dcq", "-D", "d/%d.dict" % x["dictionaries"][0]],
                           input=data[x["offset"]:x["offset"] + x["length"]],
                           capture_output=True, check=False)
        first, last = map(int, x["leaves"].split("-"))
        got = [int(n) for n in re.findall(rb'"id":"a/(\d+)"', p.stdout)]
        same("the range %s by zstd" % x["leaves"], got, list(range(first, min(last + 1, 1200))))


def check_far():
    write("in.jsonl", range(20000))
    good("pack", "-q", "--fast", "--dict", "64K", "-o", "f.sheaf", "in.jsonl")
    sizes = [x["length"] for x in splits("f.sheaf", 8)]
    ok("ranges are about equal", len(sizes) == 8 and max(sizes) < 1.3 * sum(sizes) / 8, sizes)
    store = http_server.Store()
    with open("f.sheaf", "rb") as f:
        store.files["f.sheaf"] = f.read()
    server = http_server.serve(store)
    address = "http://127.0.0.1:%d/good/f.sheaf" % server.server_address[1]
    s = splits(address, 8)
    same("ranges of an archive on a server", s, splits("f.sheaf", 8))
    x = s[5]
    p = good("extract", address, "--format", "jsonl", "--no-cache", "-v", "--revisions",
             "--leaves", x["leaves"])
    fetched = int(re.search(r"requests, (\d+) bytes", said(p))[1])
    ok("a range fetches little else",
       p.stdout.splitlines() == lines("f.sheaf", "--leaves", x["leaves"]) and
       fetched < 3 * x["length"] + 100000 < os.path.getsize("f.sheaf") / 2, x, said(p)[-300:])
    store.stop.set()
    server.shutdown()


def check_refusals():
    for options in (["--splits", "0"], ["--splits", "x"], ["--splits", "1000001"],
                    ["--splits", "2", "--plot"]):
        same("info " + " ".join(options), sheaf("info", "a.sheaf", *options).returncode, 2)
    for options in (["--leaves", ""], ["--leaves", "-"], ["--leaves", "5-4"], ["--leaves", "a-b"],
                    ["--leaves", "1-2-3"], ["--leaves", "1-99999999999999999999999"],
                    ["--leaves", "0-5", "a/1"], ["--revisions", "--format", "sqlite", "-o", "x"]):
        p = sheaf("extract", "a.sheaf", "--format", "jsonl", *options)
        same("extract " + " ".join(options), p.returncode, 2)
    os.makedirs("c")
    shutil.copy("a.sheaf", "c")
    same("a collection", sheaf("extract", "c", "--leaves", "1-2", "--format", "jsonl").returncode, 2)
    write("in.jsonl", [])
    good("pack", "-q", "-o", "e.sheaf", "in.jsonl")
    same("no articles, no ranges", splits("e.sheaf", 4), [])
    shutil.copy(HERE + "/../spec/vectors/F8.5-leaf.sheaf", "lie.sheaf")
    p = sheaf("info", "--splits", "2", "lie.sheaf")
    same("a group that lies is derived", (p.returncode, said(p)),
         (0, "sheaf: lie.sheaf: warning: damaged: rows of another table [F8.5 at 1152]; "
          "'sheaf repair' restores what can be derived\n"))
    # Damage: what is lost is named, and nothing of other ranges is touched.
    with open("a.sheaf", "rb") as f:
        bad = bytearray(f.read())
    s = splits("a.sheaf", 3)
    at = bad.index(b"\x28\xb5\x2f\xfd", s[1]["offset"]) + 30
    bad[at] ^= 255
    with open("bad.sheaf", "wb") as f:
        f.write(bad)
    codes = [sheaf("extract", "bad.sheaf", "--format", "jsonl", "--leaves", x["leaves"]).returncode
             for x in s]
    same("damage is of one range", codes, [0, 4, 0])
    # The index of groups is lost, and derived again.
    for m in re.finditer(b"DIR\1", bytes(bad)):
        bad[m.start() + 8] ^= 1
    with open("bad.sheaf", "wb") as f:
        f.write(bad)
    got = [line for x in s[::2] for line in lines("bad.sheaf", "--leaves", x["leaves"])]
    ok("without the index of groups", got == [line for x in s[::2] for line in
                                              lines("a.sheaf", "--leaves", x["leaves"])], len(got))


def main():
    folder = tempfile.mkdtemp()
    os.environ.update(XDG_STATE_HOME=folder + "/state", XDG_CACHE_HOME=folder + "/cache")
    try:
        os.chdir(folder)
        make()
        check_cover()
        check_stock()
        check_far()
        check_refusals()
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    finish()


main()
