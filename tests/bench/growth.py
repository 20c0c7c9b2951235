#!/usr/bin/env python3
"""growth.py - what grows with the number of articles, and what doesn't.

    make bench-growth
    SHEAF_GROWTH=1000,10000 make bench-growth    these numbers of articles
    SHEAF_GROWTH_CORPUS=bbc make bench-growth    of another corpus

The default is 1,000, 10 thousand, 100 thousand and a million articles of the
corpus reuters (see bench.py for where it is looked for, and without it of
tests/newsroom). Beyond those that it has, they are varied from them by
vary.c; how xz packs them, beside the real ones, is measured and printed.

    bytes    of the archive, packed with the default level and two threads
    pack     wall time, and the largest resident process
    open     in a process: open and close
    get      in a process that keeps all open: find, read and check
    first    in a process: open, get one article, close, dictionary and all
    whole    a process of `sheaf get`, median of 20
    KB       read from the archive by such a process
    append   100 articles more, by a process: wall time, largest resident
             process, and how many bytes longer the archive is
    verify   wall time of two threads with the key, largest resident process
    ten      ten articles of two sentences more, by a process of one thread:
             million instructions by valgrind, and how many bytes longer the
             archive is, signed and unsigned

Everything is warm. Prints a Markdown table, and leaves it in
build/bench/growth.md with growth.json and growth.svg, in which each curve is
relative to its first value.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import bench

NUMBERS = [1000, 10_000, 100_000, 1_000_000]
APPENDED = 100
TEN = 10
XZ_ARTICLES = 5000
VARY = os.path.join(os.path.dirname(bench.GETTER), "vary")

# Heading, key, digits, divisor, color in the plot or None.
COLUMNS = (
    ("bytes", "bytes", 0, 1, "#c0392b"),
    ("an article", "each", 0, 1, None),
    ("pack s", "pack_wall", 1, 1, None),
    ("MB", "pack_rss", 0, 1e6, "#8e44ad"),
    ("open µs", "open", 0, 1e-6, "#16a085"),
    ("get µs", "get", 1, 1e-6, "#2c5d8f"),
    ("with key µs", "get_key", 1, 1e-6, "#7f8c8d"),
    ("first µs", "first", 0, 1e-6, None),
    ("whole ms", "whole", 1, 1e-3, "#d35400"),
    ("KB", "read", 0, 1e3, None),
    ("append s", "append_wall", 2, 1, "#27ae60"),
    ("MB", "append_rss", 0, 1e6, None),
    ("bytes", "append_bytes", 0, 1, None),
    ("verify s", "verify_wall", 2, 1, "#000000"),
    ("MB", "verify_rss", 0, 1e6, "#b7950b"),
    ("ten M", "ten_steps", 1, 1e6, "#9aae04"),
    ("bytes", "ten_bytes", 0, 1, None),
    ("unsigned M", "ten_unsigned_steps", 1, 1e6, None),
    ("bytes", "ten_unsigned_bytes", 0, 1, None),
)


def make(first, count, out):
    with open("corpus.jsonl", "rb") as source, open(out, "wb") as f:
        subprocess.run([VARY, str(first), str(count)], stdin=source, stdout=f,
                       check=True)


def lay_out_corpus(name):
    path = os.path.join(bench.CORPORA, name + ".jsonl.zst")
    if not os.path.exists(path):
        name = "newsroom"
    records = (bench.read_newsroom() if name == "newsroom"
               else bench.read_jsonl(path, None))
    seen = set()
    with open("corpus.jsonl", "w", encoding="utf-8") as f:
        for record in records:
            if record["id"] in seen:
                continue
            seen.add(record["id"])
            strings = {k: v for k, v in record.items() if isinstance(v, str)}
            f.write(json.dumps(strings, ensure_ascii=False) + "\n")
    return name, len(seen)


def xz_size(path):
    run = bench.Run(bench.shell("xz -9e -T1 -c %s | wc -c > xz.size" % path))
    del run
    with open("xz.size") as f:
        return int(f.read()), os.path.getsize(path)


def compare_by_xz(there):
    """What share xz leaves of real articles and of varied ones."""
    count = min(XZ_ARTICLES, there)
    shares = []
    for first in (0, there, 5 * there):
        make(first, count, "xz.jsonl")
        packed, raw = xz_size("xz.jsonl")
        shares.append(packed / raw)
    os.remove("xz.jsonl")
    return {"articles": count, "real": shares[0], "varied": shares[1:]}


def inside(options):
    bench.Run([bench.GETTER, "-n", 500, "-r", 3] + options + ["a.sheaf"],
              output="got")
    with open("got") as f:
        return json.load(f)


def some_ids(path, number):
    """IDs, evenly spread over the archive's input."""
    ids = []
    step = max(1, number // bench.GETS)
    with open(path, "rb") as f:
        for i, line in enumerate(f):
            if i % step == step // 2:
                ids.append(json.loads(line)["id"])
    return ids[:bench.GETS]


def make_ten():
    """Of more.jsonl: the first two sentences of each of ten articles."""
    with open("more.jsonl", encoding="utf-8") as f, \
            open("ten.jsonl", "w", encoding="utf-8") as out:
        for line in list(f)[:TEN]:
            record = json.loads(line)
            text = record.get("text") or record.get("body") or ""
            short = {k: v for k, v in record.items()
                     if k not in ("text", "body")}
            short["text"] = ". ".join(text.split(". ")[:2])
            out.write(json.dumps(short, ensure_ascii=False) + "\n")


def append_ten(options):
    """Million instructions, and bytes; the archive is as before then."""
    before = os.path.getsize("a.sheaf")
    # A state of its own, which has not seen the archive.
    with tempfile.TemporaryDirectory(dir=".") as state:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind",
             "--callgrind-out-file=/dev/null", bench.SHEAF, "append", "-q",
             "-j", "1"] + options + ["a.sheaf", "ten.jsonl"], check=True,
            stderr=subprocess.PIPE, env=dict(os.environ, XDG_STATE_HOME=state))
    steps = re.search(rb"Collected : (\d+)", done.stderr).group(1)
    grown = os.path.getsize("a.sheaf") - before
    os.truncate("a.sheaf", before)
    return int(steps), grown


def measure(number):
    bench.note("%d articles: making them" % number)
    make(0, number, "in.jsonl")
    make(number, APPENDED, "more.jsonl")
    result = {"articles": number, "raw": os.path.getsize("in.jsonl")}
    bench.note("%d articles: pack" % number)
    name = "example.org/%d" % number
    run = bench.Run([bench.SHEAF, "pack", "-q", "-f", "-j", bench.THREADS,
                     "-s", "key", "-n", name, "-o", "a.sheaf", "in.jsonl"])
    result["pack_wall"], result["pack_rss"] = run.wall, run.rss
    result["bytes"] = os.path.getsize("a.sheaf")
    result["each"] = result["bytes"] / number
    ids = some_ids("in.jsonl", number)
    os.remove("in.jsonl")
    plain, keyed = inside(["-m", "wco"]), inside(["-m", "w", "-p", "pub"])
    result["open"] = plain["open"]["p50"] * 1e-6
    result["get"] = plain["warm"]["p50"] * 1e-6
    result["get_reads"] = plain["reads"]
    result["get_key"] = keyed["warm"]["p50"] * 1e-6
    result["first"] = plain["cold"]["p50"] * 1e-6
    get = [bench.SHEAF, "get", "--no-cache", "a.sheaf"]
    gets = [bench.Run(get + [i]).wall for i in ids]
    result["whole"] = statistics.median(gets)
    _, result["read"] = bench.count_calls(get + [ids[0]], "a.sheaf")
    bench.note("%d articles: verify" % number)
    run = bench.Run([bench.SHEAF, "verify", "-q", "-j", bench.THREADS, "-p",
                     "pub", "a.sheaf"])
    result["verify_wall"], result["verify_rss"] = run.wall, run.rss
    if bench.have("valgrind"):
        make_ten()
        result["ten_steps"], result["ten_bytes"] = append_ten(["-s", "key"])
        (result["ten_unsigned_steps"],
         result["ten_unsigned_bytes"]) = append_ten(["--unsigned"])
    run = bench.Run([bench.SHEAF, "append", "-q", "-j", bench.THREADS, "-s",
                     "key", "a.sheaf", "more.jsonl"])
    result["append_wall"], result["append_rss"] = run.wall, run.rss
    result["append_bytes"] = os.path.getsize("a.sheaf") - result["bytes"]
    os.remove("a.sheaf")
    return result


def table(growth):
    xz = growth["xz"]
    lines = [
        "Articles of %s; beyond %s of them varied. xz leaves %.4f of the "
        "first %s, and %s of as many varied ones."
        % (growth["corpus"], "{:,}".format(growth["there"]), xz["real"],
           "{:,}".format(xz["articles"]),
           " and ".join("%.4f (%+.1f %%)" % (v, 100 * (v / xz["real"] - 1))
                        for v in xz["varied"])), "",
        "| articles | " + " | ".join(c[0] for c in COLUMNS) + " |",
        "| --: |" + " --: |" * len(COLUMNS)]
    for r in growth["results"]:
        cells = ["{:,}".format(r["articles"])]
        for _, key, digits, unit, _ in COLUMNS:
            value = r.get(key)
            cells.append("-" if value is None
                         else "{:,.{}f}".format(value / unit, digits))
        lines.append("| %s |" % " | ".join(cells))
    return "\n".join(lines)


def picture(growth, path):
    results = growth["results"]
    names = {"bytes": "size", "pack_rss": "memory of pack", "open": "open",
             "get": "get in a process", "get_key": "get, with key",
             "whole": "get by a process", "append_wall": "append 100",
             "ten_steps": "append ten, instructions",
             "verify_wall": "verify", "verify_rss": "memory of verify"}
    curves = []
    for _, key, _, _, color in COLUMNS:
        if color is not None and key in results[0]:
            base = results[0][key]
            curves.append((names[key], color, [
                (r["articles"], r[key] / base) for r in results]))
    values = [y for _, _, points in curves for _, y in points]
    last = results[-1]["articles"]
    plot = bench.Plot("What grows with the number of articles: %s, varied "
                      "beyond %s" % (growth["corpus"],
                                     "{:,}".format(growth["there"])),
                      "articles", "times the first value", "", "",
                      (results[0]["articles"] / 1.2, last * 6),
                      (min(values) / 1.3, max(values) * 1.3))
    for name, color, points in curves:
        plot.line(points, color, 2)
        plot.point(*points[-1], name, color)
    plot.save(path, right_only=True)


def main():
    numbers = [int(n.replace("_", "")) for n in
               os.environ.get("SHEAF_GROWTH", "").split(",") if n] or NUMBERS
    os.makedirs(bench.RESULTS, exist_ok=True)
    base = os.path.join(bench.RESULTS, "growth")
    with tempfile.TemporaryDirectory(prefix="sheaf-growth-") as folder:
        os.chdir(folder)
        os.environ["XDG_STATE_HOME"] = folder
        bench.Run([bench.SHEAF, "keygen", "-W", "-p", "pub", "-s", "key"])
        name, there = lay_out_corpus(
            os.environ.get("SHEAF_GROWTH_CORPUS", "reuters"))
        bench.note("%s: %d articles; how xz packs them and varied ones"
                   % (name, there))
        growth = {"corpus": name, "there": there,
                  "xz": compare_by_xz(there), "results": []}
        for number in sorted(numbers):
            growth["results"].append(measure(number))
            with open(base + ".json", "w") as f:
                json.dump(growth, f, indent=1)
                f.write("\n")
            with open(base + ".md", "w", encoding="utf-8") as f:
                f.write(table(growth) + "\n")
            if len(growth["results"]) > 1:
                picture(growth, base + ".svg")
        os.chdir(bench.ROOT)
    print(table(growth))


if __name__ == "__main__":
    sys.exit(main())
