#!/usr/bin/env python3
"""guard.py - has Sheaf become larger or slower than it was?

    make bench-check             compare with tests/bench/guard.json
    make bench-check UPDATE=1    write it anew

Instructions are counted by valgrind, not seconds, so that a busy machine
makes no difference. All of it is about tests/newsroom, on one thread; the
importer is a process of its own and not counted. `in_get` and the like are
for one article within a process (tests/bench/get.c), of an archive with
twelve variants of each; `in_bare` is what zstd and BLAKE2b alone take for
the same.

Sizes must be the very same under the libzstd that they were taken with, and
within 1 % under another. Instructions may grow by 3 %, and only builds with
the same compiler, flags and libraries are compared. What has become less by
more than that is said, and is no failure.

Prints TAP. Commit guard.json with the change that explains it.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILT = os.environ.get("RELEASE", os.path.join(ROOT, "build/release"))
SHEAF = os.path.join(BUILT, "sheaf")
GETTER = os.path.join(BUILT, "tests/bench/get")
FIGURES = os.path.join(HERE, "guard.json")
NEWSROOM = os.path.join(ROOT, "tests/newsroom")
CORRECTIONS = os.path.join(ROOT, "tests/newsroom-corrections")
SIZE_TOLERANCE = 0.01
STEP_TOLERANCE = 0.03
ADVICE = ("if this is meant, run make bench-check UPDATE=1 and commit "
          "tests/bench/guard.json with the reason")


def run(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=ENV, check=False)
    text = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        print("Bail out! %s: exit code %d: %s"
              % (" ".join(argv), done.returncode, text[-300:]))
        sys.exit(1)
    return text


def steps(argv):
    """Instructions of a process, without its children."""
    if not COUNTING:
        run(argv)
        return 1
    text = run(["valgrind", "--tool=callgrind",
                "--callgrind-out-file=/dev/null"] + argv)
    return int(re.search(r"Collected : (\d+)", text).group(1))


def steps_of_one(mode, rounds, options):
    """Instructions of one get in one process: start and end cancel out."""
    few, many = rounds
    count = [steps([GETTER, "-m", mode, "-n", "40", "-r", str(n)] + options)
             for n in rounds]
    return (count[1] - count[0]) // ((many - few) * ARTICLES)


ENV = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C",
       "SHEAF_LIBEXEC": BUILT, "HOME": "/", "TMPDIR": "/tmp"}
COUNTING = True
ARTICLES = 40
COPIES = 12
KEY = ["-p", "pub"]


def write_many():
    """The articles again and again, each time a little different, so that
    the map and the tree have several pages."""
    with open("all.jsonl", encoding="utf-8") as f:
        records = [json.loads(line) for line in f]
    with open("many.jsonl", "w", encoding="utf-8") as out:
        for copy in range(COPIES):
            for record in records:
                text = record.get("text") or record.get("body") or ""
                lines = text.split("\n")
                at = copy * len(lines) // COPIES
                out.write(json.dumps({
                    "id": "%d/%s" % (copy, record["id"]),
                    "title": record.get("headline", "None"),
                    "text": "\n".join(lines[at:] + lines[:at])},
                    ensure_ascii=False) + "\n")


def measure():
    sizes, counts = {}, {}
    fixed = ["-q", "-j", "1", "--time", "2024-01-01T00:00:00Z"]
    ENV["XDG_STATE_HOME"] = ENV["XDG_CACHE_HOME"] = os.getcwd()
    run([SHEAF, "keygen", "-W"] + KEY + ["-s", "key"])

    def pack(name, options):
        return [SHEAF, "pack", "-s", "key", "-n", "example.org/" + name,
                "-o", name + ".sheaf"] + fixed + options + [NEWSROOM]

    counts["pack"] = steps(pack("a", []))
    run(pack("fast", ["--fast"]))
    run(pack("small", ["--small"]))
    counts["extract"] = steps([SHEAF, "extract", "-q", "a.sheaf", "--format",
                               "jsonl", "-o", "all.jsonl"])
    write_many()
    run([SHEAF, "pack", "-s", "key", "-n", "example.org/many", "-o",
         "many.sheaf", "--fast"] + fixed + ["many.jsonl"])
    for name in ("a", "fast", "small"):
        sizes[name] = os.path.getsize(name + ".sheaf")
    article = "science/2024-04-08-eel-count.txt"
    counts["get"] = steps([SHEAF, "get", "a.sheaf", article])
    counts["get, again"] = steps([SHEAF, "get", "a.sheaf", article])
    counts["get -p"] = steps([SHEAF, "get", "--no-cache", "a.sheaf"] + KEY +
                             [article])
    counts["get, --small"] = steps([SHEAF, "get", "small.sheaf", article])
    counts["verify"] = steps([SHEAF, "verify", "-q", "-j", "1", "a.sheaf"])
    counts["verify -p"] = steps(
        [SHEAF, "verify", "-q", "-j", "1", "a.sheaf"] + KEY)
    counts["list"] = steps([SHEAF, "list", "a.sheaf"])
    counts["in_get"] = steps_of_one("w", (5, 45), ["many.sheaf"])
    counts["in_get -p"] = steps_of_one("w", (5, 15), KEY + ["many.sheaf"])
    counts["in_bare"] = steps_of_one("b", (5, 45), ["many.sheaf"])
    shutil.copy("a.sheaf", "b.sheaf")
    counts["append"] = steps([SHEAF, "append", "-s", "key"] + fixed +
                             ["b.sheaf", CORRECTIONS])
    sizes["appended"] = os.path.getsize("b.sheaf")
    return sizes, counts


def first_line(argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, check=False,
                          text=True).stdout.split("\n")[0]


def circumstances():
    """What instruction counts depend on, beside the source."""
    with open(os.path.join(BUILT, "flags")) as f:
        compiler = f.read().split(" -std=c11")[0].split()
    with open("/proc/cpuinfo") as f:
        vectors = "avx2" if " avx2 " in f.read() else "no avx2"
    version = {name: first_line(["pkg-config", "--modversion", name])
               for name in ("libzstd", "libsodium", "libcrypto")}
    return {
        "compiler": first_line([compiler[0], "--version"]),
        "flags": " ".join(compiler[1:]),
        "libzstd": version["libzstd"],
        "libsodium": version["libsodium"],
        "libcrypto": version["libcrypto"],
        "libc": " ".join(platform.libc_ver()),
        "machine": "%s, %s" % (platform.machine(), vectors),
        "valgrind": first_line(["valgrind", "--version"]),
    }


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, why=""):
        self.count += 1
        print("%sok %d - %s" % ("" if good else "not ", self.count, name))
        if not good:
            self.failed += 1
            print("# " + why)
            print("# " + ADVICE)

    def skip(self, name, why):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, why))


def change(new, old):
    return "%s, was %s (%+.2f %%)" % ("{:,}".format(new), "{:,}".format(old),
                                      100 * (new / old - 1))


def check_sizes(tap, sizes, old, same_zstd):
    for name, size in sizes.items():
        what = "size: " + name
        was = old["sizes"].get(name)
        if was is None:
            tap.ok(False, what, "no figure for it")
        elif same_zstd:
            tap.ok(size == was, what, change(size, was) + ", exactly")
        else:
            tap.ok(abs(size / was - 1) <= SIZE_TOLERANCE, what,
                   change(size, was) + ", under another libzstd")


def check_steps(tap, counts, old, other):
    for name, count in counts.items():
        what = "instructions: " + name
        was = old["instructions"].get(name)
        if other:
            tap.skip(what, "figures are for another " + ", ".join(other))
        elif was is None:
            tap.ok(False, what, "no figure for it")
        else:
            tap.ok(count <= was * (1 + STEP_TOLERANCE), what,
                   change(count, was))
            if count < was * (1 - STEP_TOLERANCE):
                print("# less than before: %s; make bench-check UPDATE=1 "
                      "keeps that" % change(count, was))


def main():
    global COUNTING
    if shutil.which("valgrind") is None:
        print("1..0 # SKIP no valgrind")
        return 0
    now = circumstances()
    with open(FIGURES) as f:
        old = json.load(f)
    other = [key for key in now if now[key] != old["with"].get(key)]
    # There is nothing to compare with; and valgrind may not even know what
    # another compiler writes for debuggers.
    COUNTING = not other or "--update" in sys.argv
    with tempfile.TemporaryDirectory(prefix="sheaf-guard-") as folder:
        os.chdir(folder)
        sizes, counts = measure()
        os.chdir(ROOT)
    if COUNTING:
        print("# one article in one process: %.2f times bare zstd and "
              "BLAKE2b, %.2f with a key" %
              (counts["in_get"] / counts["in_bare"],
               counts["in_get -p"] / counts["in_bare"]))
    if "--update" in sys.argv:
        with open(FIGURES, "w") as f:
            json.dump({"with": now, "sizes": sizes, "instructions": counts},
                      f, indent=1)
            f.write("\n")
        print("# written: %s" % os.path.relpath(FIGURES, ROOT))
        return 0
    tap = Tap()
    check_sizes(tap, sizes, old, "libzstd" not in other)
    check_steps(tap, counts, old, other)
    print("1..%d" % tap.count)
    return tap.failed != 0


if __name__ == "__main__":
    sys.exit(main())
