#!/usr/bin/env python3
"""damage.py - what damage costs, beside other archive formats.

    make bench-damage
    SHEAF_DAMAGES=1000 make bench-damage    this many of each kind, not 60

Every system holds the same 400 articles of the corpus bbc (see bench.py for
where it is looked for; without it those of tests/newsroom). Each archive is
damaged in one place, at random but for all systems at the same fractions of
their lengths:

    bit      one bit is flipped
    sector   4,096 bytes, aligned, are zeroed
    insert   a byte is inserted
    delete   a byte is missing
    cut      the last tenth is missing

Then everything is extracted. Where nothing at all comes out, what the system
has for that is tried: `sheaf recover`, `zip -FF`, `.recover` of sqlite3. An
article that doesn't come back as it went in is lost; one that comes back
changed while the program says nothing (exit code 0) is wrong as well.

Prints a Markdown table, mean and worst loss for each kind and how many were
wrong, and leaves it in build/bench/damage.md.
"""

import os
import random
import subprocess
import sys
import tempfile
import urllib.parse

import bench

ARTICLES = 400
SECONDS = 30  # then a program is taken to hang, and all is lost
KINDS = ("bit", "sector", "insert", "delete", "cut")
SECTOR = 4096


def damage(data, kind, fraction, bit):
    at = int(fraction * len(data))
    out = bytearray(data)
    if kind == "bit":
        out[at] ^= 1 << bit
    elif kind == "sector":
        at -= at % SECTOR
        out[at:at + SECTOR] = bytes(len(out[at:at + SECTOR]))
    elif kind == "insert":
        out[at:at] = bytes([out[at] ^ 1 << bit])
    elif kind == "delete":
        del out[at]
    else:
        del out[len(out) * 9 // 10:]
    return out


class Signed(bench.Sheaf):
    """Read with the key."""

    def extract(self, folder):
        return [bench.SHEAF, "extract", "-q", "-p", "pub", "--no-pins", "-C",
                folder, self.path]


def systems():
    for system in bench.all_systems():
        if system.name.startswith(("tar", "gzip", "WARC", "sheaf --fast")):
            continue
        yield system
        if system.name == "sheaf":
            yield Signed("sheaf, with the key", [])


def salvage(system):
    """Makes another archive of what is left; whether there is a way to."""
    tool = {".sheaf": "%s recover A -o B" % bench.quote(bench.SHEAF),
            ".zip": "echo y | zip -FF A --out B",
            ".sqlar": "sqlite3 A .recover | sqlite3 B",
            }.get(os.path.splitext(system.path)[1])
    if tool is None or isinstance(system, Signed):
        return False
    whole = "whole" + os.path.splitext(system.path)[1]
    if os.path.exists(whole):
        os.remove(whole)
    run(bench.shell(tool.replace(" A", " " + bench.quote(system.path))
                    .replace(" B", " " + whole)))
    if not os.path.exists(whole):
        return False
    os.replace(whole, system.path)
    return True


def run(argv):
    """The exit code; None after too long."""
    try:
        return subprocess.run([str(a) for a in argv],
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              timeout=SECONDS).returncode
    except subprocess.TimeoutExpired:
        return None


def extract(system, wanted):
    """What came out, by path: only what is in `wanted`, unless that is
    None."""
    out = {}
    with tempfile.TemporaryDirectory(dir=bench.MEMORY_FS) as base:
        folder = os.path.join(base, "all")
        os.mkdir(folder)
        code = run(system.extract(folder))
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                inner = os.path.relpath(path, folder)
                if (wanted is None or inner in wanted) and \
                        os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as f:
                        out[inner] = f.read()
    return code, out


def is_article(path, files):
    """Paths in archives may be escaped, or have a folder in front and a
    suffix."""
    path = urllib.parse.unquote(path)
    return any(part in files for part in
               (path, path.removesuffix(".html"), path.removesuffix(".txt"),
                path.partition("/")[2],
                path.partition("/")[2].removesuffix(".html")))


def measure(system, corpus, places):
    bench.note(system.name)
    packed = system.pack(corpus)
    if not isinstance(packed, bench.Run):
        bench.Run(packed)
    with open(system.path, "rb") as f:
        data = f.read()
    files = set(corpus.files) | set(corpus.ids)
    whole = {path: body for path, body in extract(system, None)[1].items()
             if is_article(path, files)}
    if len(whole) != corpus.count:
        bench.fail("%s: %d of %d articles come out of the whole archive"
                   % (system.name, len(whole), corpus.count))
    result = {"system": system.name, "wrong": 0}
    for kind in KINDS:
        losses = []
        for fraction, bit in places if kind != "cut" else places[:1]:
            with open(system.path, "wb") as f:
                f.write(damage(data, kind, fraction, bit))
            code, out = extract(system, whole)
            if not out and salvage(system):
                code, out = extract(system, whole)
            kept = sum(out.get(path) == body for path, body in whole.items())
            if code == 0:
                result["wrong"] += sum(whole[path] != body
                                       for path, body in out.items())
            losses.append(len(whole) - kept)
        result[kind] = losses
    os.remove(system.path)
    return result


def table(results, count):
    lines = ["| lost of %d articles, mean (worst) | %s | wrong |"
             % (count, " | ".join(KINDS)),
             "| :-- |" + " --: |" * (len(KINDS) + 1)]
    for result in results:
        cells = ["%.1f (%d)" % (sum(result[kind]) / len(result[kind]),
                                max(result[kind])) for kind in KINDS]
        lines.append("| %s | %s | %d |" % (result["system"],
                                           " | ".join(cells),
                                           result["wrong"]))
    return "\n".join(lines) + "\n"


def main():
    rounds = int(os.environ.get("SHEAF_DAMAGES", "60"))
    rng = random.Random(400)
    places = [(rng.random(), rng.randrange(8)) for _ in range(rounds)]
    known = os.path.exists(os.path.join(bench.CORPORA, "bbc.jsonl.zst"))
    results, left_out = [], []
    with tempfile.TemporaryDirectory(prefix="sheaf-damage-") as folder:
        os.chdir(folder)
        os.environ["XDG_STATE_HOME"] = folder
        corpus = bench.Corpus("bbc" if known else "newsroom", ARTICLES)
        bench.Run([bench.SHEAF, "keygen", "-W", "-p", "pub", "-s", "key"])
        for system in systems():
            if all(bench.have(program) for program in system.needs):
                results.append(measure(system, corpus, places))
            else:
                left_out.append(system.name)
        os.chdir("/")
    text = table(results, corpus.count)
    os.makedirs(bench.RESULTS, exist_ok=True)
    with open(os.path.join(bench.RESULTS, "damage.md"), "w") as f:
        f.write(text)
    sys.stdout.write(text)
    for name in left_out:
        bench.note("not there: " + name)


if __name__ == "__main__":
    main()
