#!/usr/bin/env python3
"""bench.py - Sheaf beside other archive formats, on the same articles.

    make bench                        the default: bbc,reuters:10000
    SHEAF_BENCH=reuters make bench    all of one corpus
    SHEAF_BENCH=all make bench        all of all corpora: takes hours
    SHEAF_BENCH=newsroom make bench   the articles that come with Sheaf

Corpora are JSONL packed with zstd, NAME.jsonl.zst, an object a line with id,
title, date, section, url, lang, file and text. They are looked for in
SHEAF_CORPORA, or else in ../shared/corpora beside the source; without any,
tests/newsroom is used. They are not part of Sheaf: bring your own.

Every system holds the same bodies and the same metadata. For sheaf that is
the JSONL. All others get a folder with a file for each body and one file,
metadata.jsonl, with the rest: one file, because it is smaller in all of
them than one beside each body, though with it they can't look up the
metadata of one article. Two put it with the article instead: ZIM, in the
head of an HTML page; and gzip members, one for each article, as in WARC.gz.

Programs that can use two threads are told to use two. Everything is warm,
since it was just written. Times are of whole processes:

    pack   wall and CPU time, and the largest resident process in it; below
           about 20 MB that is this script's own size
    get    one body to standard output: median of up to 20 articles, evenly
           spread (fewer where one takes long)
    cold   the same after the archive was put out of the page cache (not the
           programs), and what had to be read from the disk for it, with the
           kernel's read-ahead; empty where the file system can't do that
    in     find and read one article in one process that keeps the archive
           open: half of 1,000 articles take less, and 99 %. Sheaf by
           libsheaf in C (tests/bench/get.c), with all its checks but the
           key's, which the second row adds; sqlar, zip and gzip by Python's
           modules, whose interpreter costs some microseconds; others have no
           library that we have a program for
    calls  system calls of one get, and the bytes that they read from the
           archive, by strace; what is read through a mapping isn't seen
    test   whatever the format has to check itself; for sheaf, everything
           up to the signature
    all    all articles to files (one file, for gzip members), on a file
           system in memory where there is room on one. On a disk the first
           of several such runs can be ten times as fast as those after it,
           whoever makes it; so there an extra one, not counted, goes before

A last table has what sheaf stores beside the articles, by beside.py: the goal
is 58 bytes an article of index, tree and checks, and 46 with --small, where
IDs and metadata are not counted, nor dictionaries with their parity.

One body from each archive is compared with the original first, so that
what is measured also works. The default run begins nothing more after nine
minutes. The result is a Markdown table on standard output, and
build/bench/NAME.json, NAME.md and NAME.svg: a picture of size against the
time to get one article.
"""

import gzip
import html
import json
import math
import os
import re
import shutil
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib

import beside

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHEAF = os.environ.get("SHEAF", os.path.join(ROOT, "build/release/sheaf"))
CORPORA = os.environ.get("SHEAF_CORPORA",
                         os.path.join(ROOT, "../shared/corpora"))
GETTER = os.environ.get("SHEAF_GETTER",
                        os.path.join(ROOT, "build/release/tests/bench/get"))
RESULTS = os.path.join(ROOT, "build/bench")
DEFAULT = "bbc,reuters:10000"
DEFAULT_SECONDS = 540  # after so long, the default run begins nothing more
THREADS = 2
GETS = 20
GETS_SECONDS = 6  # after so long, fewer gets have to do
GETS_MIN = 3
COLD_GETS = 7
INSIDE_GETS = 1000

# The base system for all ratios.
BASE = "sheaf"

MEMORY_FS = "/dev/shm"


def fail(message):
    print("bench: " + message, file=sys.stderr)
    sys.exit(1)


def note(message):
    """To a person who waits."""
    print("bench: " + message, file=sys.stderr, flush=True)


# --- Processes --------------------------------------------------------------

class Run:
    """What a process and those that it waited for have used."""

    def __init__(self, argv, cwd=None, output=os.devnull):
        argv = [str(a) for a in argv]
        if cwd is not None:
            argv = ["env", "-C", cwd] + argv
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, output,
             os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
            (os.POSIX_SPAWN_OPEN, 2, "errors",
             os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
        ]
        began = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ,
                              file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        self.wall = time.perf_counter() - began
        self.cpu = usage.ru_utime + usage.ru_stime
        self.rss = usage.ru_maxrss * 1024
        self.disk = usage.ru_inblock * 512
        self.code = os.waitstatus_to_exitcode(status)
        if self.code != 0:
            with open("errors", errors="replace") as f:
                fail("%s: exit code %d\n%s"
                     % (" ".join(argv)[:300], self.code, f.read()[-2000:]))


def shell(text):
    return ["sh", "-c", text]


def quote(text):
    return "'" + str(text).replace("'", "'\\''") + "'"


def have(program):
    return shutil.which(program) is not None


READ = re.compile(r"^(\d+) +p?read(?:v|64|v2)?\(\d+<([^>]*)>")
RESUMED = re.compile(r"^(\d+) +<\.\.\. p?read(?:v|64|v2)? resumed>")
RESULT = re.compile(r"= (\d+)$")


def count_calls(argv, path):
    """System calls of a process and its children, and the bytes they read
    from the file; None without strace."""
    if not have("strace"):
        return None, None
    log = os.path.abspath("strace")
    path = os.path.abspath(path)
    Run(["strace", "-f", "-y", "-o", log] + list(argv))
    calls = size = 0
    reading = {}  # by process, the path of a read that isn't through
    with open(log, errors="replace") as f:
        for line in f:
            line = line.rstrip()
            name = None
            begun, resumed = READ.match(line), RESUMED.match(line)
            if begun:
                name = begun.group(2)
                reading[begun.group(1)] = name
            elif resumed:
                name = reading.get(resumed.group(1))
            result = RESULT.search(line)
            if name == path and result:
                size += int(result.group(1))
            if "(" in line and " resumed>" not in line:
                calls += 1
    return calls, size


def evict(path):
    """Put a file out of the page cache, where that can be done."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def quantiles(times):
    times = sorted(times)
    return times[len(times) // 2], times[len(times) * 99 // 100]


def tree_size(path):
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names)


def extract_folder(corpus):
    """Where to extract to, and whether that is memory. Each file takes whole
    blocks; and what is in memory must leave room for the programs."""
    need = 2 * (corpus.bodies + 8192 * corpus.count) + (64 << 20)
    try:
        room = os.statvfs(MEMORY_FS)
        if need < min(room.f_bavail * room.f_frsize, free_memory() // 4):
            return tempfile.mkdtemp(prefix="sheaf-bench-", dir=MEMORY_FS), True
    except OSError:
        pass
    return tempfile.mkdtemp(prefix="out-", dir="."), False


def free_memory():
    with open("/proc/meminfo") as f:
        for line in f:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


# --- Corpora ----------------------------------------------------------------

FIELDS = ("id", "title", "date", "section", "url", "lang", "file")


def read_jsonl(path, limit):
    """The first `limit` records; None for all."""
    tool = subprocess.Popen(["zstd", "-dc", "--long=27", path],
                            stdout=subprocess.PIPE)
    for number, line in enumerate(tool.stdout):
        if number == limit:
            break
        yield json.loads(line)
    tool.stdout.close()
    tool.terminate()
    tool.wait()


def read_newsroom():
    base = os.path.join(ROOT, "tests/newsroom")
    for folder, folders, names in os.walk(base):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if name.endswith(".jsonl"):
                for line in text.splitlines():
                    record = json.loads(line)
                    record["file"] = record["id"] + ".txt"
                    yield record
            else:
                lines = [s for s in text.splitlines() if s.strip()]
                path = os.path.relpath(path, base)
                yield {"id": path, "file": path, "text": text,
                       "title": lines[min(1, len(lines) - 1)].strip()}


def safe_path(path, number, taken):
    """`path` as a name below a folder, and of no other article."""
    parts = [p for p in path.split("/") if p not in ("", ".", "..")]
    parts = [p.encode()[:200].decode(errors="ignore") for p in parts]
    path = "/".join(parts) or "article"
    if path in taken:
        path = "%s~%d" % (path, number)
    taken.add(path)
    return path


def png(side):
    """A grey square: ZIM files have to have a picture."""

    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))

    rows = (b"\0" + b"\x80" * side) * side
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def page(record, text):
    """An article as ZIM wants it, with its metadata in the head."""
    head = "".join('<meta name="%s" content="%s">'
                   % (key, html.escape(str(record[key]), True))
                   for key in record if key not in ("title", "text"))
    return ('<!DOCTYPE html><html><head><meta charset="utf-8"><title>%s'
            "</title>%s</head><body><pre>%s</pre></body></html>\n"
            % (html.escape(record.get("title") or record["id"]), head,
               html.escape(text, False)))


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


class Corpus:
    """Articles laid out in the current folder: articles.jsonl for sheaf,
    docs/ for the others, pages/ for ZIM. Only names are kept in memory, since
    a process that starts inherits our size as its first peak."""

    def __init__(self, name, limit):
        self.name = name if limit is None else "%s, first %d" % (name, limit)
        self.ids = []
        self.files = []
        self.bodies = 0  # bytes
        taken = {"metadata.jsonl", "index.html", "icon.png"}
        if name == "newsroom":
            records = read_newsroom()
        else:
            path = os.path.join(CORPORA, name + ".jsonl.zst")
            records = read_jsonl(path, limit)
        os.makedirs("docs")
        put("pages/index.html", page({"id": "index"}, "").encode())
        put("pages/icon.png", png(48))
        seen = set()
        with open("articles.jsonl", "wb") as lines, \
                open("docs/metadata.jsonl", "wb") as metadata:
            for record in records:
                if record["id"] in seen:
                    continue
                seen.add(record["id"])
                self.add(record, taken, lines, metadata)
        self.count = len(self.ids)

    def add(self, record, taken, lines, metadata):
        text = record["text"]
        body = text.encode("utf-8", "replace")
        text = body.decode()
        path = safe_path(record.get("file") or record["id"], self.bodies,
                         taken)
        meta = {key: record[key] for key in FIELDS if record.get(key)}
        meta["file"] = path
        self.ids.append(meta["id"])
        self.files.append(path)
        self.bodies += len(body)
        metadata.write(json.dumps(meta, ensure_ascii=False).encode() + b"\n")
        meta["text"] = text
        lines.write(json.dumps(meta, ensure_ascii=False).encode() + b"\n")
        put("docs/" + path, body)
        put("pages/" + path + ".html", page(meta, text).encode())

    def sample(self):
        """Numbers of articles, evenly spread."""
        n = min(GETS, self.count)
        return [(2 * i + 1) * self.count // (2 * n) for i in range(n)]


# --- Systems ----------------------------------------------------------------

class System:
    """Paths are relative to the corpus's folder. `needs` are programs."""

    name = ""
    needs = ()
    path = ""
    test_command = None

    def pack(self, corpus):
        """The command; or a Run, when it was done here."""
        raise NotImplementedError

    def get(self, corpus, number):
        raise NotImplementedError

    def extract(self, folder):
        """The command; `folder` is an absolute path."""
        raise NotImplementedError

    def test(self):
        return self.test_command

    def same(self, output, body):
        return output == body

    def inside(self, corpus):
        """Times of one get in one process: (p50, p99) in seconds, or None."""
        return None


def time_inside(corpus, read):
    """`read(number)` gives a body, in this process."""
    n = min(INSIDE_GETS, corpus.count)
    numbers = [(2 * i + 1) * corpus.count // (2 * n) for i in range(n)]
    numbers = [numbers[i * 7919 % n] for i in range(n)]
    times = []
    for number in numbers[:20] + numbers:
        began = time.perf_counter()
        body = read(number)
        times.append(time.perf_counter() - began)
        if len(times) <= 20:
            with open("docs/" + corpus.files[number], "rb") as f:
                if f.read() != body:
                    fail("an article came back changed in one process")
    return quantiles(times[20:])


class Sheaf(System):
    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.path = name.replace(" ", "") + ".sheaf"

    def pack(self, corpus):
        return [SHEAF, "pack", "-q", "-j", THREADS, "-s", "key", "-o",
                self.path] + self.options + ["articles.jsonl"]

    def get(self, corpus, number):
        return [SHEAF, "get", "--no-cache", self.path, corpus.ids[number]]

    def extract(self, folder):
        return [SHEAF, "extract", "-q", "-C", folder, self.path]

    def test(self):
        return [SHEAF, "verify", "-q", "-j", THREADS, "-p", "pub", self.path]

    def inside(self, corpus):
        if not os.access(GETTER, os.X_OK):
            return None
        runs = []
        for key in ([], ["-p", "pub"]):
            Run([GETTER, "-n", INSIDE_GETS] + key + [self.path], output="got")
            with open("got") as f:
                runs.append(json.load(f))
        self.in_process = {"plain": runs[0], "with key": runs[1]}
        warm = runs[0]["warm"]
        return warm["p50"] * 1e-6, warm["p99"] * 1e-6


class Zip(System):
    name = "zip -9"
    needs = ("zip", "unzip")
    path = "a.zip"
    test_command = ["unzip", "-tqq", path]

    def pack(self, corpus):
        return shell("cd docs && exec zip -9qr ../%s ." % self.path)

    def get(self, corpus, number):
        name = corpus.files[number]
        for c in "\\[]*?":  # they would be patterns
            name = name.replace(c, "\\" + c)
        return ["unzip", "-p", self.path, name]

    def extract(self, folder):
        return ["unzip", "-q", "-d", folder, self.path]

    def inside(self, corpus):
        with zipfile.ZipFile(self.path) as z:
            # zip may write names as UTF-8 without the flag that says so.
            found = {}
            for info in z.infolist():
                name = info.filename
                if not info.flag_bits & 0x800:
                    name = name.encode("cp437").decode("utf-8", "replace")
                found[name] = info
            return time_inside(corpus,
                               lambda i: z.read(found[corpus.files[i]]))


class Sqlar(System):
    name = "sqlite3 -A (sqlar)"
    needs = ("sqlite3",)
    path = "a.sqlar"
    test_command = ["sqlite3", path, "PRAGMA integrity_check"]

    def pack(self, corpus):
        return ["sqlite3", self.path, "-Ac", "docs"]

    def get(self, corpus, number):
        name = "docs/" + corpus.files[number]
        return ["sqlite3", self.path,
                "SELECT sqlar_uncompress(data, sz) FROM sqlar WHERE name = "
                "'%s'" % name.replace("'", "''")]

    def extract(self, folder):
        return shell("exec env -C %s sqlite3 \"$PWD/%s\" -Ax"
                     % (folder, self.path))

    def same(self, output, body):
        return output == body + b"\n"

    def inside(self, corpus):
        db = sqlite3.connect("file:%s?mode=ro" % self.path, uri=True)

        def read(i):
            data, size = db.execute(
                "SELECT data, sz FROM sqlar WHERE name = ?",
                ("docs/" + corpus.files[i],)).fetchone()
            return data if len(data) == size else zlib.decompress(data)

        times = time_inside(corpus, read)
        db.close()
        return times


class Gzip(System):
    """As in WARC.gz: a gzip member for each article. Where a member lies is
    taken as known; an index (CDX) would be a file of its own."""

    name = "gzip members (as WARC.gz)"
    needs = ("gzip", "dd")
    path = "a.gz"
    test_command = ["gzip", "-t", path]

    def __init__(self):
        self.places = []

    def pack(self, corpus):
        began, cpu = time.perf_counter(), time.process_time()
        self.places = []
        at = 0
        with open("docs/metadata.jsonl", "rb") as metadata, \
                open(self.path, "wb") as out:
            for name, meta in zip(corpus.files, metadata):
                with open("docs/" + name, "rb") as f:
                    member = gzip.compress(meta + f.read(), 9, mtime=0)
                out.write(member)
                self.places.append((at, len(member), len(meta)))
                at += len(member)
        run = Run(["true"])
        run.wall = time.perf_counter() - began
        run.cpu = time.process_time() - cpu
        run.rss = None
        return run

    def get(self, corpus, number):
        offset, length, line = self.places[number]
        return shell("dd if=%s bs=64K iflag=skip_bytes,count_bytes skip=%d "
                     "count=%d status=none | gzip -dc | tail -c +%d"
                     % (self.path, offset, length, line + 1))

    def extract(self, folder):
        return shell("gzip -dc %s > %s/all" % (self.path, folder))

    def inside(self, corpus):
        fd = os.open(self.path, os.O_RDONLY)

        def read(i):
            offset, length, line = self.places[i]
            return gzip.decompress(os.pread(fd, length, offset))[line:]

        times = time_inside(corpus, read)
        os.close(fd)
        return times


def zstd_frame_end(data, at):
    """Where the zstd frame that begins at `at` ends (RFC 8878, 3.1.1)."""
    flags = data[at + 4]
    at += 5 + (not flags & 32) + (0, 1, 2, 4)[flags & 3]
    at += (flags >> 5 & 1, 2, 4, 8)[flags >> 6]
    last = False
    while not last:
        block = int.from_bytes(data[at:at + 3], "little")
        last = block & 1
        at += 3 + (1 if block & 6 == 2 else block >> 3)
    return at + (flags & 4)


class WarcZstd(System):
    """WARC.zst as IIPC's draft has it: a dictionary in a skippable frame,
    then a zstd frame for each record, level 19. Where a record lies is taken
    as known; an index (CDX) would be a file of its own. Whoever reads one
    record unpacks the dictionary first."""

    name = "WARC.zst, a frame a record"
    needs = ("zstd", "dd")
    path = "a.warc.zst"
    dict_max = 1 << 20

    def __init__(self):
        self.places = []

    def write_records(self, corpus):
        os.makedirs("warc")
        with open("docs/metadata.jsonl") as metadata, \
                open("warc.list", "w") as names:
            for number, (name, meta) in enumerate(zip(corpus.files,
                                                      metadata)):
                with open("docs/" + name, "rb") as f:
                    body = f.read()
                meta = json.loads(meta)
                head = ["WARC/1.1", "WARC-Type: resource",
                        "WARC-Record-ID: <urn:sheaf:%d>" % number,
                        "WARC-Target-URI: " + meta["id"].replace(" ", "%20"),
                        "WARC-Date: 2024-01-01T00:00:00Z",
                        "Content-Type: text/plain"]
                head += ["X-%s: %s" % (key.capitalize(), meta[key])
                         for key in ("title", "date", "section", "url",
                                     "lang", "file") if meta.get(key)]
                head.append("Content-Length: %d" % len(body))
                head = "\r\n".join(head).encode() + b"\r\n\r\n"
                record = "warc/%07d" % number
                put(record, head + body + b"\r\n\r\n")
                names.write(record + "\n")
                self.places.append((len(head), len(body)))

    def pack(self, corpus):
        self.places = []
        self.write_records(corpus)
        run = Run(shell(
            "zstd -q --train -T%d -r warc --maxdict=%d -o warc.dict && "
            "zstd -q -19 warc.dict -o warc.dict.zst && "
            "xargs zstd -q -19 -D warc.dict -c < warc.list > warc.frames"
            % (THREADS, self.dict_max)))
        with open("warc.dict.zst", "rb") as f:
            packed = f.read()
        with open("warc.frames", "rb") as f:
            frames = f.read()
        with open(self.path, "wb") as f:
            f.write(struct.pack("<II", 0x184D2A5D, len(packed)))
            f.write(packed)
            f.write(frames)
        at, start = 0, 8 + len(packed)
        self.dict_len = len(packed)
        for i, (head, body) in enumerate(self.places):
            end = zstd_frame_end(frames, at)
            self.places[i] = (start + at, end - at, head, body)
            at = end
        if at != len(frames):
            fail("WARC.zst: frames are not one for each record")
        for name in ("warc.frames", "warc.dict.zst"):
            os.remove(name)
        shutil.rmtree("warc")
        return run

    def get(self, corpus, number):
        offset, length, head, body = self.places[number]
        return shell("dd if=%s bs=64K iflag=skip_bytes,count_bytes skip=8 "
                     "count=%d status=none | zstd -q -dc > dict.raw; "
                     "dd if=%s bs=64K iflag=skip_bytes,count_bytes skip=%d "
                     "count=%d status=none | zstd -q -dc -D dict.raw "
                     "| tail -c +%d | head -c %d"
                     % (self.path, self.dict_len, self.path, offset, length,
                        head + 1, body))

    def test(self):
        return shell("zstd -tq -D warc.dict " + self.path)

    def extract(self, folder):
        return shell("zstd -dcq -D warc.dict %s > %s/all"
                     % (self.path, folder))


class Zim(System):
    name = "zimwriterfs, no full text"
    needs = ("zimwriterfs", "zimdump")
    path = "a.zim"

    def pack(self, corpus):
        return ["zimwriterfs", "-j", "-J", THREADS, "-w", "index.html", "-I",
                "icon.png", "-l", "eng", "-t", "news", "-d", "news", "-c",
                "news", "-p", "news", "-n", "news", "pages", self.path]

    def get(self, corpus, number):
        return ["zimdump", "show", "--url=%s.html" % corpus.files[number],
                self.path]

    def extract(self, folder):
        return ["zimdump", "dump", "--dir=" + folder, self.path]

    def test(self):
        if not have("zimcheck"):
            return None
        return ["zimcheck", "-C", self.path]

    def same(self, output, body):
        return html.escape(body.decode(), False).encode() in output


class Squashfs(System):
    name = "mksquashfs -comp zstd"
    needs = ("mksquashfs", "unsquashfs", "sqfscat")
    path = "a.squashfs"

    def pack(self, corpus):
        return ["mksquashfs", "docs", self.path, "-comp", "zstd", "-quiet",
                "-no-progress", "-processors", THREADS]

    def get(self, corpus, number):
        return ["sqfscat", self.path, corpus.files[number]]

    def extract(self, folder):
        return ["unsquashfs", "-q", "-n", "-f", "-processors", THREADS, "-d",
                folder, self.path]


class Tar(System):
    def __init__(self, name, path, packer, unpacker, tester):
        self.name = name
        self.path = path
        self.packer = packer
        self.unpacker = unpacker
        self.needs = ("tar", packer.split()[0])
        self.test_command = tester.split() + [path]

    def pack(self, corpus):
        return shell("tar --sort=name -cf - docs | %s > %s"
                     % (self.packer, self.path))

    def get(self, corpus, number):
        return shell("%s %s | tar -xOf - --no-wildcards %s"
                     % (self.unpacker, self.path,
                        quote("docs/" + corpus.files[number])))

    def extract(self, folder):
        return shell("%s %s | tar -xf - -C %s"
                     % (self.unpacker, self.path, folder))


class SevenZip(System):
    path = "a.7z"

    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.program = next((p for p in ("7zz", "7z", "7za") if have(p)),
                            "7zz")
        self.needs = (self.program,)

    def pack(self, corpus):
        return [self.program, "a", "-mx=9", "-ms=on", "-mmt=%d" % THREADS,
                "-bd", "-bso0", "-bsp0"] + self.options + [self.path, "docs"]

    def get(self, corpus, number):
        return [self.program, "e", "-so", "-bd", self.path,
                "docs/" + corpus.files[number]]

    def extract(self, folder):
        return [self.program, "x", "-y", "-bd", "-bso0", "-bsp0",
                "-o" + folder, self.path]

    def test(self):
        return [self.program, "t", "-bd", "-bso0", "-bsp0", self.path]


def all_systems():
    return [
        Sheaf("sheaf", []),
        Sheaf("sheaf --fast", ["--fast"]),
        Sheaf("sheaf --small", ["--small"]),
        Sheaf("sheaf --plain", ["--plain"]),
        Zim(),
        Zip(),
        Sqlar(),
        Gzip(),
        WarcZstd(),
        Squashfs(),
        Tar("tar, zstd -19 --long=27", "a.tar.zst",
            "zstd -19 --long=27 -q -T1", "zstd -dc -q --long=27",
            "zstd -tq --long=27"),
        Tar("tar, xz -9e", "a.tar.xz", "xz -9e -T1", "xz -dc", "xz -t"),
        SevenZip("7z -mx=9, solid LZMA2", ["-m0=LZMA2"]),
        SevenZip("7z -mx=9, solid PPMd", ["-m0=PPMd"]),
    ]


# --- Measuring --------------------------------------------------------------

def check_get(system, corpus):
    """One article from the archive is what it was."""
    number = corpus.sample()[0]
    Run(system.get(corpus, number), output="got")
    with open("got", "rb") as f:
        output = f.read()
    with open("docs/" + corpus.files[number], "rb") as f:
        body = f.read()
    if not system.same(output, body):
        fail("%s: article %s came back changed"
             % (system.name, corpus.ids[number]))


def time_gets(system, corpus):
    sample = corpus.sample()
    Run(system.get(corpus, sample[-1]))
    times = []
    for number in sample:
        times.append(Run(system.get(corpus, number)).wall)
        if len(times) >= GETS_MIN and sum(times) > GETS_SECONDS:
            break
    return statistics.median(times)


def time_cold_gets(system, corpus):
    """Median time, and bytes from the disk; None where nothing can be put
    out of the cache."""
    times, sizes = [], []
    for number in corpus.sample()[::-1][:COLD_GETS]:
        evict(system.path)
        run = Run(system.get(corpus, number))
        times.append(run.wall)
        sizes.append(run.disk)
        if len(times) >= GETS_MIN and sum(times) > GETS_SECONDS:
            break
    if min(sizes) == 0:
        return None, None
    return statistics.median(times), statistics.median(sizes)


def extract_once(system, corpus):
    base, in_memory = extract_folder(corpus)
    folder = os.path.abspath(os.path.join(base, "all"))
    try:
        os.mkdir(folder)
        wall = Run(system.extract(folder)).wall
        if tree_size(folder) < corpus.bodies:
            fail("%s: extracted less than went in" % system.name)
    finally:
        shutil.rmtree(base)
    return wall, in_memory


def time_extract(system, corpus):
    wall, in_memory = extract_once(system, corpus)
    if not in_memory:
        wall, _ = extract_once(system, corpus)
    return wall


def measure(system, corpus):
    note("%s: %s" % (corpus.name, system.name))
    packed = system.pack(corpus)
    if not isinstance(packed, Run):
        packed = Run(packed)
    result = {
        "system": system.name,
        "bytes": os.path.getsize(system.path),
        "pack_wall": packed.wall,
        "pack_cpu": packed.cpu,
        "pack_rss": packed.rss,
    }
    check_get(system, corpus)
    result["get"] = time_gets(system, corpus)
    result["get_cold"], result["get_disk"] = time_cold_gets(system, corpus)
    inside = system.inside(corpus)
    result["in_p50"], result["in_p99"] = inside or (None, None)
    if getattr(system, "in_process", None):
        result["in_process"] = system.in_process
    result["get_calls"], result["get_read"] = count_calls(
        system.get(corpus, corpus.sample()[0]), system.path)
    tester = system.test()
    result["test"] = Run(tester).wall if tester is not None else None
    result["extract"] = time_extract(system, corpus)
    if isinstance(system, Sheaf) and have("zstd"):
        result["beside"] = beside.beside(system.path)
    os.remove(system.path)
    return result


def measure_corpus(name, limit, systems, deadline):
    results, late = [], []
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        os.chdir(folder)
        try:
            note("%s: laying out" % name)
            corpus = Corpus(name, limit)
            os.environ["XDG_STATE_HOME"] = folder
            Run([SHEAF, "keygen", "-W", "-p", "pub", "-s", "key"])
            for system in systems:
                if results and time.monotonic() > deadline:
                    late.append(system.name)
                else:
                    results.append(measure(system, corpus))
        finally:
            os.chdir(ROOT)
    return {"corpus": corpus.name, "articles": corpus.count,
            "body_bytes": corpus.bodies, "results": results, "late": late}


# --- The table --------------------------------------------------------------

# Heading, key, digits, divisor, and whether to show the ratio to sheaf too.
COLUMNS = (
    ("bytes", "bytes", 0, 1, True),
    ("pack s", "pack_wall", 1, 1, True),
    ("CPU s", "pack_cpu", 1, 1, False),
    ("MB", "pack_rss", 0, 1e6, False),
    ("get ms", "get", 1, 1e-3, True),
    ("cold ms", "get_cold", 1, 1e-3, False),
    ("disk KB", "get_disk", 0, 1e3, False),
    ("in µs", "in_p50", 0, 1e-6, True),
    ("p99", "in_p99", 0, 1e-6, False),
    ("calls", "get_calls", 0, 1, False),
    ("KB read", "get_read", 0, 1e3, False),
    ("test s", "test", 2, 1, True),
    ("all s", "extract", 2, 1, True),
)


def cell(result, base, column):
    _, key, digits, unit, ratio = column
    value = result[key]
    if value is None:
        return "-"
    text = "{:,.{}f}".format(value / unit, digits)
    if ratio and base.get(key):
        text += " (%.2f)" % (value / base[key])
    return text


def table(measured):
    base = next(r for r in measured["results"] if r["system"] == BASE)
    lines = [
        "%s: %s articles, %s bytes of bodies. In brackets: times that of %s."
        % (measured["corpus"], "{:,}".format(measured["articles"]),
           "{:,}".format(measured["body_bytes"]), BASE),
        "",
        "| | " + " | ".join(c[0] for c in COLUMNS) + " |",
        "| :-- |" + " --: |" * len(COLUMNS),
    ]
    for result in measured["results"]:
        lines.append("| %s | %s |" % (result["system"], " | ".join(
            cell(result, base, c) for c in COLUMNS)))
    return "\n".join(lines)


def in_process_text(measured):
    """What get.c says of sheaf: rows of (what, figures)."""
    lines = []
    for result in measured["results"]:
        for key, run in result.get("in_process", {}).items():
            lines.append(
                "| %s, %s | %.1f | %.1f | %.1f | %.2f | %.0f | %.1f | %.0f |"
                " %.0f |"
                % (result["system"], key, run["warm"]["mean"],
                   run["warm"]["p99"], run["bare"]["mean"], run["ratio"],
                   run["cold"]["p50"], run["reads"], run["read_bytes"],
                   run["allocations"]))
    if not lines:
        return ""
    return "\n".join([
        "", "One article in one process, microseconds; bare is zstd with a "
        "ready dictionary, and BLAKE2b, of the same frames:", "",
        "| | get | p99 | bare | ratio | open and get | reads | bytes | "
        "allocations |", "| :-- |" + " --: |" * 8] + lines)


def beside_text(measured):
    rows = [(r["system"], r["beside"]) for r in measured["results"]
            if r.get("beside")]
    return "\n\nBytes an article beside the articles:\n\n" + \
        beside.table(rows) if rows else ""


# --- The picture ------------------------------------------------------------

WIDTH, HEIGHT = 900, 560
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 50, 60


def ticks(low, high):
    """1, 2 and 5 times powers of ten between two values."""
    power = 10.0 ** math.floor(math.log10(low))
    while power <= high:
        for factor in (1, 2, 5):
            if low <= power * factor <= high:
                yield power * factor
        power *= 10


def si(value, unit):
    if not unit and value < 1:
        return "%.3g" % value
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""),
                           (1e-3, "m"), (1e-6, "µ")):
        if value >= factor * 0.9999:
            return "%.3g %s%s" % (value / factor, prefix, unit)
    return "%.3g %s" % (value, unit)


class Plot:
    """Log axes; lines and labelled points."""

    def __init__(self, title, x, y, x_unit, y_unit, x_range, y_range):
        self.out = []
        self.points = []
        self.taken = []  # boxes where no label may be
        self.x_range, self.y_range = x_range, y_range
        self.text(WIDTH / 2, 24, title, "middle", 15)
        self.text(WIDTH / 2, HEIGHT - 14, x, "middle")
        self.out.append('<text x="16" y="%d" text-anchor="middle" '
                        'transform="rotate(-90 16 %d)">%s</text>'
                        % (HEIGHT / 2, HEIGHT / 2, html.escape(y)))
        for value in ticks(*x_range):
            self.line([(value, y_range[0]), (value, y_range[1])], "#ddd", 1)
            self.text(self.at_x(value), HEIGHT - BOTTOM + 18,
                      si(value, x_unit), "middle", 11)
        for value in ticks(*y_range):
            self.line([(x_range[0], value), (x_range[1], value)], "#ddd", 1)
            self.text(LEFT - 6, self.at_y(value) + 4, si(value, y_unit),
                      "end", 11)

    @staticmethod
    def scale(value, low, high):
        return math.log(value / low) / math.log(high / low)

    def at_x(self, value):
        return LEFT + (WIDTH - LEFT - RIGHT) * self.scale(value,
                                                          *self.x_range)

    def at_y(self, value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * self.scale(
            value, *self.y_range)

    def text(self, x, y, text, anchor="start", size=12, color="#222"):
        self.out.append('<text x="%.1f" y="%.1f" text-anchor="%s" '
                        'font-size="%d" fill="%s">%s</text>'
                        % (x, y, anchor, size, color, html.escape(text)))

    def line(self, points, color, width):
        self.out.append('<polyline fill="none" stroke="%s" stroke-width="%g" '
                        'points="%s"/>'
                        % (color, width, " ".join(
                            "%.1f,%.1f" % (self.at_x(x), self.at_y(y))
                            for x, y in points)))

    def point(self, x, y, label, color):
        """A dot; its label is placed when all of them are known."""
        self.points.append((self.at_x(x), self.at_y(y), label, color))

    def place(self, x, y, label, taken, right_only):
        """Left and base of a label where there is nothing else."""
        width = 6.7 * len(label)
        sides = [x + 9] if right_only else [x + 9, x - 9 - width,
                                            x - width / 2]
        for step in range(12):
            for sign in (1, -1):
                for left in sides:
                    base = y + 4 + 13 * step * sign
                    box = (left, base - 10, left + width, base + 3)
                    if box[0] > LEFT and box[2] < WIDTH and not any(
                            box[0] < t[2] and t[0] < box[2] and
                            box[1] < t[3] and t[1] < box[3] for t in taken):
                        taken.append(box)
                        return left, base
        return x + 9, y + 4

    def put_points(self, right_only):
        taken = self.taken + [(x - 5, y - 5, x + 5, y + 5)
                              for x, y, _, _ in self.points]
        for x, y, label, color in self.points:
            self.out.append('<circle cx="%.1f" cy="%.1f" r="5" fill="%s"/>'
                            % (x, y, color))
            left, base = self.place(x, y, label, taken, right_only)
            self.text(left, base, label, color=color)

    def save(self, path, right_only=False):
        self.put_points(right_only)
        with open(path, "w", encoding="utf-8") as f:
            f.write('<svg xmlns="http://www.w3.org/2000/svg" '
                    'viewBox="0 0 %d %d" font-family="sans-serif" '
                    'font-size="12">\n<rect width="100%%" height="100%%" '
                    'fill="#fff"/>\n%s\n</svg>\n'
                    % (WIDTH, HEIGHT, "\n".join(self.out)))


def picture(measured, path):
    results = measured["results"]
    sizes = [r["bytes"] for r in results]
    times = [r["get"] for r in results]
    times += [r["in_p50"] for r in results if r["in_p50"]]
    plot = Plot("%s: %s articles, %s of bodies"
                % (measured["corpus"], "{:,}".format(measured["articles"]),
                   si(measured["body_bytes"], "B")),
                "time to get one article: filled by a whole process, ringed "
                "in one process that keeps the archive open",
                "size of the archive", "s", "B",
                (min(times) / 1.5, max(times) * 1.5),
                (min(sizes) / 1.15, max(sizes) * 1.15))
    for r in results:
        color = "#c0392b" if r["system"].startswith(BASE) else "#2c5d8f"
        if r["in_p50"]:
            plot.line([(r["in_p50"], r["bytes"]), (r["get"], r["bytes"])],
                      color, 0.7)
            x, y = plot.at_x(r["in_p50"]), plot.at_y(r["bytes"])
            plot.taken.append((x - 6, y - 3, plot.at_x(r["get"]), y + 3))
            plot.out.append('<circle cx="%.1f" cy="%.1f" r="5" fill="#fff" '
                            'stroke="%s" stroke-width="2"/>'
                            % (plot.at_x(r["in_p50"]), plot.at_y(r["bytes"]),
                               color))
    for r in results:
        color = "#c0392b" if r["system"].startswith(BASE) else "#2c5d8f"
        plot.point(r["get"], r["bytes"], r["system"], color)
    plot.save(path)


# --- All of it --------------------------------------------------------------

def wanted():
    """(name, limit) for each corpus to use."""
    text = os.environ.get("SHEAF_BENCH") or DEFAULT
    there = []
    if os.path.isdir(CORPORA):
        there = sorted(n[:-len(".jsonl.zst")] for n in os.listdir(CORPORA)
                       if n.endswith(".jsonl.zst"))
    if text == "all":
        return [(name, None) for name in there] or [("newsroom", None)]
    result = []
    for item in text.split(","):
        name, _, limit = item.strip().partition(":")
        if name == "newsroom" or name in there:
            result.append((name, int(limit) if limit else None))
        else:
            note("%s: no such corpus in %s" % (name, CORPORA))
    return result or [("newsroom", None)]


def main():
    if not os.access(SHEAF, os.X_OK):
        fail("there is no %s; run make first" % SHEAF)
    systems, missing = [], []
    for system in all_systems():
        lacks = [p for p in system.needs if not have(p)]
        if lacks:
            missing.append("%s (%s)" % (system.name, ", ".join(lacks)))
        else:
            systems.append(system)
    os.makedirs(RESULTS, exist_ok=True)
    deadline = float("inf")
    if not os.environ.get("SHEAF_BENCH"):
        deadline = time.monotonic() + DEFAULT_SECONDS
    for name, limit in wanted():
        measured = measure_corpus(name, limit, systems, deadline)
        measured["missing"] = missing
        base = "%s/%s" % (RESULTS, name)
        with open(base + ".json", "w") as f:
            json.dump(measured, f, indent=1)
            f.write("\n")
        text = table(measured) + "\n" + in_process_text(measured)
        text += beside_text(measured)
        if missing:
            text += "\n\nNot installed, so left out: %s." % "; ".join(missing)
        if measured["late"]:
            text += ("\n\nLeft out for want of time: %s."
                     % "; ".join(measured["late"]))
        with open(base + ".md", "w", encoding="utf-8") as f:
            f.write(text + "\n")
        picture(measured, base + ".svg")
        print(text + "\n", flush=True)


if __name__ == "__main__":
    main()
