"""rebuilt.py - see rebuilt.sh."""

import json
import os
import random
import re
import shutil
import tempfile

import http_server
from command import data, good, said, sheaf
from tap import HERE, finish, ok, same

KEY = HERE + "/cli/key"
COUNT = 3000
WORDS = ("harbour council ferry weather market school bridge museum station "
         "minister report budget water village festival season election "
         "hospital railway library garden river mountain coast tide").split()
store = http_server.Store()


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


def text_of(n):
    r = random.Random(n)
    return " ".join(r.choice(WORDS) + str(r.randrange(1000)) for _ in range(90)) + "\n"


def pack(path, numbers, *options, changed=()):
    with open("in.jsonl", "w", encoding="utf-8") as f:
        for n in numbers:
            f.write(json.dumps({"id": "a/%d" % n, "title": "Article %d" % n,
                                "text": ("New. " if n in changed else "") + text_of(n)}) + "\n")
    good("pack", "-q", "-f", "--no-lines", "--time", "@1000", "-o", path, "--new-log",
         "-s", KEY + ".sec", *options, "in.jsonl")


def sync(url, *options):
    return sheaf("sync", url, "copy.sheaf", "-p", KEY + ".pub", "--no-pins", "--no-cache", "-v",
                 "--json", *options)


def serve(path):
    store.files["a.sheaf"] = data(path)


def over_the_wire(p):
    m = re.search(r"requests, (\d+) bytes", said(p))
    return int(m[1]) if m else 0


def check(what, url, new, most, changes):
    """The new archive comes, and at most this part of it over the wire."""
    write("copy.sheaf", data("old.sheaf"))
    serve(new)
    p = sync(url, "--rebuilt")
    size = os.path.getsize(new)
    got = json.loads(p.stdout or "{}")
    ok(what + ": the same bytes", p.returncode == 0 and data("copy.sheaf") == data(new),
       p.returncode, said(p)[-400:])
    ok(what + ": fetched %d of %d" % (over_the_wire(p), size),
       0 < over_the_wire(p) < most * size and got["fetched"] <= over_the_wire(p), got)
    same(what + ": what became of the articles",
         [got.get(k) for k in ("dropped", "changed", "redacted")], changes)
    return said(p)


def main_checks(url):
    good("keygen", "-W", "-p", "o.pub", "-s", "o.sec")
    pack("old.sheaf", range(COUNT), "-n", "example.org/old")
    good("dict", "old.sheaf", "-C", "d")

    # Merged with another one.
    pack("more.sheaf", range(COUNT, COUNT + 100), "-n", "example.org/more")
    good("merge", "-q", "--time", "@2000", "more.sheaf", "old.sheaf", "-o", "new.sheaf", "-s",
         KEY + ".sec", "-n", "example.org/new")
    write("copy.sheaf", data("old.sheaf"))
    serve("new.sheaf")
    p = sync(url)
    ok("without --rebuilt it is refused", p.returncode == 5 and
       data("copy.sheaf") == data("old.sheaf"), said(p)[-300:])
    check("merged", url, "new.sheaf", 0.3, [0, 0, 0])
    p = sync(url, "--rebuilt")
    same("nothing new", (p.returncode, json.loads(p.stdout)["fetched"]), (0, 0))

    # With what was left out and changed, by the same dictionary.
    good("split", "old.sheaf", "-C", "parts", "--by", "200K", "-s", KEY + ".sec", "--time", "@1500")
    parts = ["parts/" + name for name in sorted(os.listdir("parts"))]
    pack("fix.sheaf", range(COUNT - 5, COUNT), "-n", "example.org/fix",
         changed=range(COUNT - 5, COUNT))
    good("merge", "-q", "-f", "--time", "@2000", *parts[1:], "fix.sheaf", "-o", "new.sheaf", "-s",
         KEY + ".sec", "-n", "example.org/new2")
    first = json.loads(good("info", parts[0], "--json").stdout)["articles"]
    told = check("a part left out, five changed", url, "new.sheaf", 0.25, [first, 5, 0])
    ok("they are named", told.count("sheaf: dropped: a/") == first and
       "sheaf: dropped: a/0\n" in told and "sheaf: changed: a/%d\n" % (COUNT - 1) in told)

    # The same log, with an article redacted: other dictionaries, the same tree.
    good("redact", "-q", "--time", "@2000", "old.sheaf", "a/77", "-o", "red.sheaf", "--reason", "r",
         "-s", KEY + ".sec")
    check("redacted", url, "red.sheaf", 1.1, [0, 0, 1])
    # Compressed anew: nothing of the copy can be used.
    good("repack", "old.sheaf", "-q", "-f", "--level", "3", "-o", "new.sheaf")
    check("repacked", url, "new.sheaf", 1.1, [0, 0, 0])

    # A copy that is damaged, or lies, gives nothing wrong.
    # An older copy of a log counts for what it is if its key is given.
    good("merge", "-q", "-f", "--time", "@2000", "old.sheaf", "more.sheaf", "-o", "new.sheaf", "-s",
         KEY + ".sec", "-n", "example.org/new3", "-p", KEY + ".pub", "--no-pins")
    bad = bytearray(data("old.sheaf"))
    r = random.Random(5)
    for _ in range(40):
        bad[r.randrange(200000, len(bad) - 150000)] ^= 255
    write("copy.sheaf", bytes(bad))
    serve("new.sheaf")
    p = sync(url, "--rebuilt")
    ok("a damaged copy", p.returncode in (0, 4) and
       data("copy.sheaf") == (data("new.sheaf") if p.returncode == 0 else bytes(bad)),
       p.returncode, said(p)[-300:])


def refusals(url):
    write("copy.sheaf", data("old.sheaf"))

    def refused(what, code, *options, at=url):
        p = sync(at, "--rebuilt", *options)
        ok(what, p.returncode == code and data("copy.sheaf") == data("old.sheaf"), p.returncode,
           said(p)[-300:])

    serve("new.sheaf")
    for how in ("flipped", "zeros"):
        p = sync(url.replace("/good/", "/" + how + "/"), "--rebuilt")
        ok(how + ": the copy stays", p.returncode in (1, 4, 5) and
           data("copy.sheaf") == data("old.sheaf"), p.returncode, said(p)[-200:])
    breaking = url.replace("/good/", "/breaking/")
    store.good = 1000
    store.begin()
    ok("what the copy has not takes several requests",
       sync(breaking, "--rebuilt").returncode == 0 and len(store.asked) > 4, len(store.asked))
    for n in range(1, len(store.asked)):
        write("copy.sheaf", data("old.sheaf"))
        store.good, store.then = n, "gone"
        refused("the archive is removed after %d answers: the copy stays" % n, 1, at=breaking)
    store.good = 1000
    ok("and the next one works", sync(breaking, "--rebuilt").returncode == 0 and
       data("copy.sheaf") == data("new.sheaf"))
    write("copy.sheaf", data("old.sheaf"))
    refused("another origin than was asked for", 5, "--origin", "example.org/old")
    p = sheaf("sync", url, "copy.sheaf", "--rebuilt")
    same("it needs a key", p.returncode, 2)
    pack("fork.sheaf", range(1, COUNT), "-n", "example.org/old")
    serve("fork.sheaf")
    refused("another tree of the same log is a fork", 5)
    good("pack", "-q", "-f", "-o", "x.sheaf", "in.jsonl")
    serve("x.sheaf")
    refused("nobody signed it", 5)
    good("pack", "-q", "-f", "-o", "x.sheaf", "-s", "o.sec", "in.jsonl")
    serve("x.sheaf")
    refused("somebody else signed it", 5)
    shutil.copy("new.sheaf", "x.sheaf")
    with open("in.jsonl", "w", encoding="utf-8") as f:
        f.write('{"id":"unsigned","text":"x\\n"}\n')
    good("append", "-q", "--unsigned", "x.sheaf", "in.jsonl")
    serve("x.sheaf")
    refused("not all of it is signed", 5)


def main():
    folder = tempfile.mkdtemp()
    os.environ.update(XDG_STATE_HOME=folder + "/state", XDG_CACHE_HOME=folder + "/cache")
    server = http_server.serve(store)
    try:
        os.chdir(folder)
        url = "http://127.0.0.1:%d/good/a.sheaf" % server.server_address[1]
        main_checks(url)
        refusals(url)
    finally:
        store.stop.set()
        server.shutdown()
        os.chdir("/")
        shutil.rmtree(folder)
    finish()


main()
