"""shards.py - see shards.sh."""

import json
import os
import random
import shutil
import struct
import subprocess
import tempfile

from command import data, good, said, sheaf
from tap import HERE, finish, ok, same

KEYS = HERE + "/cli/key"
TIME = ["--time", "2025-01-02T03:04:05Z"]
COUNT = 1000
WORDS = ("harbour council ferry weather market school bridge museum station "
         "minister report budget water village festival season election "
         "hospital railway library garden river mountain coast tide").split()


def sentence(r):
    return " ".join(r.choice(WORDS) for _ in range(12)).capitalize() + ".\n"


def make_articles():
    """Articles with corrections, with what comes twice, and with a text that
    comes back after a correction."""
    r = random.Random(7)
    all_ = []
    for n in range(COUNT):
        all_.append({"id": "news/%d" % n, "title": sentence(r)[:40],
                     "date": "2024-%02d-%02d" % (n % 12 + 1, n % 28 + 1),
                     "url": "https://news.example/%d" % n,
                     "section": r.choice(WORDS[:4]),
                     "text": "".join(sentence(r) for _ in range(r.randrange(3, 9)))})
        if n % 10 == 9:
            old = all_[r.randrange(len(all_))]
            other = dict(old, text="Corrected. " + old["text"])
            all_.append(r.choice([dict(old), other]))
        if n % 100 == 50:
            first = all_[-40]
            all_ += [dict(first, text="Another text.\n"), dict(first), dict(first)]
    return all_


def write(path, articles):
    with open(path, "w", encoding="utf-8") as f:
        for a in articles:
            f.write(json.dumps(a) + "\n")


def cut(articles, places, stem, *options):
    """Packs the pieces between these places; returns the archives."""
    names = []
    edges = [0] + sorted(places) + [len(articles)]
    for i, (a, b) in enumerate(zip(edges, edges[1:])):
        write("piece.jsonl", articles[a:b])
        names.append("%s%d.sheaf" % (stem, i))
        good("pack", "-q", "-f", "--no-lines", *TIME, *options, "-o", names[-1], "piece.jsonl")
    return names


def check_train(articles):
    write("sample.jsonl", articles[:400])
    good("train", "-q", "-o", "one.dict", "-j", "1", "sample.jsonl")
    p = sheaf("train", "-q", "-o", "dict", "-j", "3", "--json", "sample.jsonl")
    same("train says what it made", json.loads(p.stdout),
         {"articles": 400, "raw_bytes": json.loads(p.stdout)["raw_bytes"],
          "full": False, "bytes": os.path.getsize("dict")})
    ok("the same sample gives the same dictionary, by any number of threads",
       data("one.dict") == data("dict") and len(data("dict")) > 1000)
    p = sheaf("train", "-q", "-o", "dict", "sample.jsonl")
    ok("an existing file is not replaced", p.returncode == 1 and "dict" in said(p))
    write("few.jsonl", articles[:3])
    p = sheaf("train", "-o", "none.dict", "few.jsonl")
    same("too few articles", (p.returncode, said(p), os.path.exists("none.dict")),
         (1, "sheaf: none.dict: no dictionary: the 3 articles are too few, or have too "
          "little in common\n", False))
    # The sample is at least 4 MiB, whatever the dictionary.
    big = [dict(a, id="%s/%d" % (a["id"], i)) for i in range(14) for a in articles[:1000]]
    write("big.jsonl", big)
    p = sheaf("train", "-q", "--json", "--dict", "64K", "-o", "small.dict", "big.jsonl")
    got = json.loads(p.stdout)
    ok("it stops reading when the sample is full",
       got["full"] and got["articles"] < len(big) and got["bytes"] < 64 << 10, got)
    write("big.jsonl", big[:got["articles"]])
    good("train", "-q", "--dict", "64K", "-o", "small2.dict", "big.jsonl")
    ok("what comes after it makes no difference", data("small.dict") == data("small2.dict"))


def check_same_bytes(articles):
    r = random.Random(11)
    options = ["--dict-file", "dict"]
    write("all.jsonl", articles)
    good("pack", "-q", "--no-lines", *TIME, *options, "-o", "all.sheaf", "all.jsonl")
    whole = data("all.sheaf")
    for pieces in (1, 2, 3, 7):
        for turn in range(3 if pieces > 1 else 1):
            places = sorted(r.sample(range(1, len(articles)), pieces - 1))
            if turn == 2:
                places[0] = 1
            names = cut(articles, places, "p", *options, "-j", str(1 + turn))
            p = sheaf("merge", "--shards", "-f", "--json", *TIME, "-o", "m.sheaf", *names)
            got = json.loads(p.stdout or "{}")
            ok("%d pieces, cut at %s" % (pieces, places),
               p.returncode == 0 and data("m.sheaf") == whole, said(p), got)
    ok("only the corrections that crossed a cut are compressed again",
       0 < got["frames_recompressed"] < 120 and got["frames"] > 1000, got)
    good("merge", "--shards", "-q", "-f", *TIME, "-o", "left.sheaf", *names[:3])
    good("merge", "--shards", "-q", "-f", *TIME, "-o", "right.sheaf", *names[3:])
    good("merge", "--shards", "-q", "-f", *TIME, "-j", "3", "-o", "m.sheaf", "left.sheaf",
         "right.sheaf")
    ok("merging what was merged", data("m.sheaf") == whole)
    good("merge", "--shards", "-q", "-f", *TIME, "-o", "s.sheaf", "-s", KEYS + ".sec",
         "-n", "example.org/shards", *names)
    good("pack", "-q", "--no-lines", *TIME, *options, "-o", "t.sheaf", "-s", KEYS + ".sec", "-n",
         "example.org/shards", "--new-log", "all.jsonl")
    ok("signed as well", data("s.sheaf") == data("t.sheaf"))
    p = sheaf("verify", "s.sheaf", "-p", KEYS + ".pub", "--no-pins", "-q")
    ok("and authentic", p.returncode == 0, said(p))
    for level in ([["--level", "3"], ["--plain", "--level", "12"]]):
        made = "plain.dict" if "--plain" in level else "dict"
        if made != "dict":
            good("train", "-q", "--plain", "-o", made, "sample.jsonl")
        write("all.jsonl", articles)
        good("pack", "-q", "-f", "--no-lines", *TIME, *level, "--dict-file", made, "-o", "l.sheaf", "all.jsonl")
        names = cut(articles, [5, 300, 301, 777], "l", *level, "--dict-file", made)
        good("merge", "--shards", "-q", "-f", *TIME, "-o", "m.sheaf", *names)
        ok("with %s, which merge need not be told" % " ".join(level),
           data("m.sheaf") == data("l.sheaf"))
    once = [a for n, a in enumerate(articles) if a["id"] not in {b["id"] for b in articles[:n]}]
    write("all.jsonl", once)
    good("pack", "-q", "-f", "--no-lines", *TIME, *options, "-o", "l.sheaf", "all.jsonl")
    names = cut(once, [256, 500, 900], "o", *options)
    good("merge", "-q", "-f", *TIME, "-o", "m.sheaf", *names)
    ok("without --shards where each ID comes once", data("m.sheaf") == data("l.sheaf"))


def check_files(articles):
    """Pieces that are lists of files: these keep their names."""
    os.mkdir("files")
    names = []
    for n, a in enumerate(articles[:60]):
        names.append("files/%02d.txt" % n)
        with open(names[-1], "w", encoding="utf-8") as f:
            f.write(a["title"] + "\n\n" + a["text"])
    for n, some in enumerate((names, names[:17], names[17:18], names[18:])):
        with open("list", "w", encoding="utf-8") as f:
            f.write("\n".join(some) + "\n")
        good("pack", "-q", "-f", *TIME, "--no-lines", "--dict-file", "dict", "-o",
             "f%d.sheaf" % n, "--files-from", "list")
    good("merge", "--shards", "-q", "-f", *TIME, "-o", "m.sheaf", *["f%d.sheaf" % n for n in (1, 2, 3)])
    ok("lists of files", data("m.sheaf") == data("f0.sheaf"))
    meta = json.loads(good("get", "all.sheaf", "news/3", "--meta").stdout)
    same("--no-lines leaves the place of a record out", list(meta["source"]), ["keys"])


def check_large(articles):
    """An article that does not fit into memory, first in its piece."""
    large = dict(articles[0], id="large", text=articles[1]["text"] * 60000)
    some = articles[:20] + [large] + articles[20:30]
    write("all.jsonl", some)
    good("pack", "-q", "-f", "--no-lines", *TIME, "--dict-file", "dict", "-o", "l.sheaf", "all.jsonl")
    names = cut(some, [20, 25], "g", "--dict-file", "dict")
    good("merge", "--shards", "-q", "-f", *TIME, "-o", "m.sheaf", *names)
    ok("a large article", data("m.sheaf") == data("l.sheaf") and
       len(json.dumps(large)) > 17 << 20)
    p = sheaf("verify", "m.sheaf", "-q")
    ok("the archive is whole", p.returncode == 0, said(p))


def check_nothing(articles):
    write("none.jsonl", [])
    good("pack", "-q", "-f", "--no-lines", *TIME, "--dict-file", "dict", "-o", "e.sheaf", "none.jsonl")
    good("pack", "-q", "-f", *TIME, "-o", "f.sheaf", "none.jsonl")
    ok("without articles there is no dictionary", data("e.sheaf") == data("f.sheaf"))
    names = cut(articles, [0, 0, 600, len(articles)], "n", "--dict-file", "dict")
    good("merge", "--shards", "-q", "-f", *TIME, "-o", "m.sheaf", *names)
    ok("pieces without articles", data("m.sheaf") == data("all.sheaf"))


def refused(what, clause, content):
    with open("bad.dict", "wb") as f:
        f.write(content)
    p = sheaf("pack", "-q", "-o", "x.sheaf", "--dict-file", "bad.dict", "few.jsonl")
    ok(what, p.returncode == 4 and clause in said(p) and "bad.dict" in said(p) and
       not os.path.exists("x.sheaf"), p.returncode, said(p))


def check_refusals(articles):
    d = data("dict")
    refused("an empty file", "empty", b"")
    refused("another kind of file", "[F2.1", b"{}\n" * 10)
    refused("an archive", "[F2.1", data("all.sheaf"))
    refused("a cut file", "[F2.2", d[:-1])
    refused("a file with more in it", "[F5.2", d + b"x")
    refused("a length over the limit", "[F5.1", d[:4] + struct.pack("<I", (16 << 20) + 1) + d[8:])
    refused("nothing in the frame", "[F5.2", d[:4] + struct.pack("<I", 0))
    r = random.Random(3)
    for _ in range(30):
        at = r.randrange(8, len(d))
        flipped = bytearray(d)
        flipped[at] ^= 1 << r.randrange(8)
        refused("a flipped bit at %d" % at, "[F", bytes(flipped))
    good("dict", "all.sheaf", "-C", "raw")
    raw = data("raw/" + os.listdir("raw")[0])
    refused("a dictionary as zstd has it", "[F2.1", raw)
    pack_zstd = shutil.which("zstd")
    if pack_zstd:
        for what, clause, content in (
                ("an ID that is too small", "[F5.2", raw[:4] + struct.pack("<I", 5) + raw[8:]),
                ("no dictionary in the frame", "[F5.2", b"text " * 1000),
                ("entropy tables of nonsense", "[F5.2", raw[:8] + b"\xff" * 64 + raw[72:]),
                ("a table of words that is cut", "[F17.1", raw[:-12] + b"\x7f\xff\xff\xff" + raw[-8:])):
            with open("bad.raw", "wb") as f:
                f.write(content)
            subprocess.run([pack_zstd, "-q", "-f", "--content-size", "bad.raw", "-o", "bad.zst"],
                           check=True)
            z = data("bad.zst")
            refused(what, clause, d[:4] + struct.pack("<I", len(z)) + z)
    p = sheaf("pack", "-q", "-o", "x.sheaf", "--plain", "--dict-file", "dict", "few.jsonl")
    ok("--plain with a table of words", p.returncode == 2 and "table of words" in said(p), said(p))
    p = sheaf("pack", "-q", "-o", "x.sheaf", "--dict-file", "missing", "few.jsonl")
    same("no such file", (p.returncode, said(p)),
         (1, "sheaf: missing: No such file or directory\n"))
    for more in (["--small"], ["--web"], ["--fast"], ["--dict", "1M"], ["--block", "8K"]):
        p = sheaf("pack", "-q", "-o", "x.sheaf", "--dict-file", "dict", *more, "few.jsonl")
        ok("--dict-file with " + more[0], p.returncode == 2 and "none of --dict" in said(p), said(p))
    for more in (["--dict", "none", "-o", "y"], ["-o", "-"], []):
        p = sheaf("train", *more, "few.jsonl")
        ok("train " + " ".join(more), p.returncode == 2, said(p))
    # Pieces that do not belong together.
    write("piece.jsonl", articles[:300])
    good("pack", "-q", *TIME, "-o", "own.sheaf", "piece.jsonl")
    for name, why in (("own.sheaf", "another dictionary"), ("s.sheaf", "it is signed")):
        p = sheaf("merge", "--shards", "-q", "-o", "x.sheaf", "all.sheaf", name)
        ok("merge --shards with %s" % name, p.returncode != 0 and why in said(p) and
           name in said(p) and not os.path.exists("x.sheaf"), said(p))
    good("redact", "-q", *TIME, "all.sheaf", "news/1", "-o", "red.sheaf", "--reason", "test",
         "--unsigned")
    p = sheaf("merge", "--shards", "-q", "-o", "x.sheaf", "red.sheaf")
    ok("merge --shards with redactions", p.returncode != 0 and "redacted" in said(p), said(p))
    # The default rule: what any archive before has is not added again.
    a = dict(articles[0], id="back")
    b = dict(a, text="Another text.\n")
    write("piece.jsonl", [a, b])
    good("pack", "-q", "-f", *TIME, "-o", "ab.sheaf", "piece.jsonl")
    write("piece.jsonl", [a])
    good("pack", "-q", "-f", *TIME, "-o", "a.sheaf", "piece.jsonl")
    counts = []
    for more in ([], ["--shards"]):
        p = good("merge", "--json", "-q", "-f", *TIME, *more, "-o", "m.sheaf", "ab.sheaf", "a.sheaf")
        counts.append(json.loads(p.stdout)["articles"])
    same("a text that comes back is a revision only with --shards", counts, [2, 3])


def main():
    folder = tempfile.mkdtemp()
    os.environ.update(XDG_STATE_HOME=folder + "/state", XDG_CACHE_HOME=folder + "/cache")
    try:
        os.chdir(folder)
        articles = make_articles()
        check_train(articles)
        check_same_bytes(articles)
        check_files(articles)
        check_large(articles)
        check_nothing(articles)
        check_refusals(articles)
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    finish()


main()
