#!/usr/bin/env python3
"""far.py - what one article of a collection on a server costs.

  far.py ARTICLES.jsonl [COUNT]

Packs the articles with sheaf in several ways, serves the archives from this
process, and gets COUNT (25) of them, each by a process of its own, without a
cache. Prints bytes, requests and dependent round trips: the median, and the
most. "list" is a whole listing.

  ZIM         by zimwriterfs, if it is there, read by a reader that is written
              below: it reads blocks of 4 KiB and keeps them, and then the
              cluster with the article. Libraries for ZIM read more.
  JSONL.zst   by zstd -19; the whole file must be fetched.

SHEAF is the command, SHEAF_LIBEXEC the folder of its helpers.
"""

import html
import json
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True
import http_server  # noqa: E402

SHEAF = os.path.abspath(os.environ.get("SHEAF", HERE + "/../../build/release/sheaf"))
os.environ.setdefault("SHEAF_LIBEXEC", os.path.dirname(SHEAF))
WAYS = [("sheaf", []), ("sheaf --web", ["--web"]), ("sheaf --small", ["--small"])]


def run(*args):
    return subprocess.run(args, check=True, capture_output=True)


def counted(*args):
    said = run(SHEAF, *args).stderr.decode()
    return tuple(map(int, re.search(r"(\d+) round trips, (\d+) requests, (\d+) bytes",
                                    said).groups()))


def row(name, size, base, costs, listing=None):
    trips, requests, sizes = zip(*costs)
    cells = [name, f"{size:,} ({size / base:.2f})",
             f"{statistics.median(sizes) / 1000:,.0f}", f"{max(sizes) / 1000:,.0f}",
             f"{statistics.median(requests):.0f}", f"{max(trips)}",
             f"{listing[2] / 1e6:.1f}, {listing[0]}" if listing else "-"]
    print("| " + " | ".join(cells) + " |", flush=True)


# ---- ZIM -----------------------------------------------------------------------

class Zim:
    BLOCK = 4096

    def __init__(self, url):
        self.url, self.blocks, self.count, self.bytes = url, {}, 0, 0

    def fetch(self, first, last):
        request = urllib.request.Request(self.url, headers={"Range": f"bytes={first}-{last}"})
        with urllib.request.urlopen(request) as answer:
            data = answer.read()
        self.count += 1
        self.bytes += len(data)
        return data

    def read(self, at, length):
        out = b""
        for block in range(at // self.BLOCK, (at + length - 1) // self.BLOCK + 1):
            if block not in self.blocks:
                first = block * self.BLOCK
                self.blocks[block] = self.fetch(first, first + self.BLOCK - 1)
            out += self.blocks[block]
        return out[at % self.BLOCK :][:length]

    def entry(self, pointers, i):
        at, = struct.unpack("<Q", self.read(pointers + 8 * i, 8))
        head = self.read(at, 16)
        kind, space, cluster, blob = struct.unpack("<H1xc4xII", head)
        text = b""
        while b"\0" not in text:
            text += self.read(at + (12 if kind == 0xFFFF else 16) + len(text), 64)
        return space + text.split(b"\0")[0], cluster, blob

    def get(self, name):
        """The cluster with the article, and its number there."""
        entries, _, pointers, _, clusters = struct.unpack("<IIQQQ", self.read(24, 32))
        low, high = 0, entries
        while low < high:
            middle = (low + high) // 2
            found, cluster, blob = self.entry(pointers, middle)
            if found == b"C" + name.encode():
                first, last = struct.unpack("<QQ", self.read(clusters + 8 * cluster, 16))
                return self.fetch(first, last - 1), blob
            low, high = (middle + 1, high) if found < b"C" + name.encode() else (low, middle)
        raise KeyError(name)


def text_of(cluster, blob):
    if cluster[0] & 15 != 5:
        raise ValueError("a cluster that is not compressed with zstd")
    data = subprocess.run(["zstd", "-dcq"], input=cluster[1:], capture_output=True).stdout
    first, last = struct.unpack_from("<II", data, 4 * blob)
    return data[first:last].decode()


def measure_zim(articles, chosen, server, store, base):
    os.mkdir("pages")
    with open("pages/index.html", "w") as f:
        f.write("<html><head><title>news</title></head><body></body></html>")
    shutil.copy("icon.png", "pages/icon.png")
    for i, a in enumerate(articles):
        with open(f"pages/{i}.html", "w") as f:
            f.write(f"<html><head><title>{html.escape(a.get('title') or str(i))}</title></head>"
                    f"<body><pre>{html.escape(a['text'], False)}</pre></body></html>")
    run("zimwriterfs", "-j", "-J", "2", "-w", "index.html", "-I", "icon.png", "-l", "eng", "-t",
        "news", "-d", "news", "-c", "news", "-p", "news", "-n", "news", "pages", "a.zim")
    with open("a.zim", "rb") as f:
        store.files["a.zim"] = f.read()
    costs = []
    for i in chosen:
        zim = Zim("http://127.0.0.1:%d/good/a.zim" % server.server_address[1])
        if html.escape(articles[i]["text"], False)[:60] not in text_of(*zim.get(f"{i}.html")):
            raise ValueError("another article")
        costs.append((zim.count, zim.count, zim.bytes))
    row("ZIM, zimwriterfs, no full text", len(store.files["a.zim"]), base, costs)


# A picture of one pixel, which zimwriterfs asks for.
ICON = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ff"
    "ff3f0005fe02fe0def46b80000000049454e44ae426082")


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        articles = [json.loads(line) for line in f]
    chosen = random.Random(1).sample(range(len(articles)),
                                     int(sys.argv[2]) if len(sys.argv) > 2 else 25)
    store = http_server.Store()
    server = http_server.serve(store)
    url = "http://127.0.0.1:%d/good/" % server.server_address[1]
    source = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ.update(HOME=folder, XDG_CACHE_HOME=folder, XDG_STATE_HOME=folder)
        run(SHEAF, "keygen", "-W", "-p", "k.pub", "-s", "k.sec")
        print(f"{len(articles):,} articles\n\n| | bytes | KB, median | most | requests | round trips"
              " | list: MB, trips |\n| :-- | --: | --: | --: | --: | --: | --: |")
        base = 0
        for name, how in WAYS:
            run(SHEAF, "pack", "-q", "-f", "-o", "a.sheaf", "-s", "k.sec", "-n", "x", "--new-log",
                *how, source)
            with open("a.sheaf", "rb") as f:
                store.files["a.sheaf"] = f.read()
            size = len(store.files["a.sheaf"])
            base = base or size
            far = ["-v", url + "a.sheaf", "--no-cache"]
            listing = counted("list", *far)
            for what, key in (name, []), (name + " -p", ["-p", "k.pub", "--no-pins"]):
                row(what, size, base, [counted("get", *far, *key, articles[i]["id"])
                                       for i in chosen], None if key else listing)
        with open("icon.png", "wb") as f:
            f.write(ICON)
        if shutil.which("zimwriterfs"):
            measure_zim(articles, chosen, server, store, base)
        run("zstd", "-19", "-q", source, "-o", "a.zst")
        size = os.path.getsize("a.zst")
        row("JSONL.zst, level 19", size, base, [(1, 1, size)])
        os.chdir("/")


main()
