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
  WACZ        the same pages as responses in one WARC, with an index in blocks
              of 300 lines, as py-wacz lays it out; written below, and sheaf
              must find all pages in it. The reader below reads the directory of
              the zip file, the index of the index, its block, and the record. A
              list of pages, which replayweb.page also loads, is not counted.
  JSONL.zst   by zstd -19; the whole file must be fetched.

SHEAF is the command, SHEAF_LIBEXEC the folder of its helpers.
"""

import gzip
import hashlib
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
import zipfile
import zlib

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


# ---- WACZ ----------------------------------------------------------------------

def page_of(article, i):
    return (f"<html><head><title>{html.escape(article.get('title') or str(i))}</title></head>"
            f"<body><pre>{html.escape(article['text'], False)}</pre></body></html>").encode()


def write_wacz(articles):
    lines, at = [], 0
    with open("a.warc.gz", "wb") as f:
        for i, a in enumerate(articles):
            page = page_of(a, i)
            block = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(page)) + page
            head = ("WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: "
                    f"<urn:uuid:00000000-0000-4000-8000-{i:012d}>\r\n"
                    "WARC-Date: 2025-01-02T03:04:05Z\r\n"
                    f"WARC-Target-URI: https://news.example/{i}\r\n"
                    "Content-Type: application/http; msgtype=response\r\n"
                    f"Content-Length: {len(block)}\r\n\r\n")
            record = gzip.compress(head.encode() + block + b"\r\n\r\n", 9, mtime=0)
            f.write(record)
            fields = {"url": f"https://news.example/{i}", "mime": "text/html", "status": "200",
                      "length": str(len(record)), "offset": str(at), "filename": "a.warc.gz"}
            lines.append(f"example,news)/{i} 20250102030405 {json.dumps(fields)}\n")
            at += len(record)
    lines.sort()
    index, blocks = '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n', b""
    for i in range(0, len(lines), 300):
        block = gzip.compress("".join(lines[i:i + 300]).encode(), 9, mtime=0)
        place = {"offset": len(blocks), "length": len(block)}
        index += " ".join(lines[i].split(" ")[:2]) + " " + json.dumps(place) + "\n"
        blocks += block
    with open("a.warc.gz", "rb") as f:
        files = {"archive/a.warc.gz": f.read(), "indexes/index.cdx.gz": blocks,
                 "indexes/index.idx": index.encode()}
    pages = '{"format": "json-pages-1.0", "id": "pages", "title": "All"}\n' + "".join(
        json.dumps({"url": f"https://news.example/{i}", "ts": "2025-01-02T03:04:05Z"}) + "\n"
        for i in range(len(articles)))
    files["pages/pages.jsonl"] = pages.encode()
    package = {"profile": "data-package", "wacz_version": "1.1.1", "resources": [
        {"name": name.split("/")[-1], "path": name, "bytes": len(data),
         "hash": "sha256:" + hashlib.sha256(data).hexdigest()} for name, data in files.items()]}
    with zipfile.ZipFile("a.wacz", "w") as z:
        for name, data in files.items():
            z.writestr(name, data, zipfile.ZIP_DEFLATED if name.endswith("l") else
                       zipfile.ZIP_STORED)
        z.writestr("datapackage.json", json.dumps(package))


class Wacz(Zim):
    """Reads by the directory of the zip file, in as few requests as there can be."""

    TAIL = 16384

    def __init__(self, url, size):
        super().__init__(url)
        tail = self.fetch(max(0, size - self.TAIL), size - 1)
        end = tail.rindex(b"PK\5\6")
        length, at = struct.unpack_from("<II", tail, end + 12)
        if at < size - len(tail):
            raise ValueError("a longer directory")
        directory, self.files = tail[at - (size - len(tail)):][:length], {}
        while directory[:4] == b"PK\1\2":
            method, = struct.unpack_from("<H", directory, 10)
            packed, = struct.unpack_from("<I", directory, 20)
            name, extra, comment = struct.unpack_from("<HHH", directory, 28)
            offset, = struct.unpack_from("<I", directory, 42)
            self.files[directory[46:46 + name].decode()] = (method, packed, offset, name)
            directory = directory[46 + name + extra + comment:]

    def start(self, name):
        """Where the bytes of a file are: one request for its header."""
        method, packed, offset, length = self.files[name]
        head = self.fetch(offset, offset + 29)
        return method, packed, offset + 30 + length + struct.unpack_from("<H", head, 28)[0]

    def whole(self, name):
        """Header and bytes by one request; extra fields of the header are short."""
        method, packed, offset, length = self.files[name]
        data = self.fetch(offset, offset + 30 + length + packed + 63)
        data = data[30 + length + struct.unpack_from("<H", data, 28)[0]:][:packed]
        return zlib.decompress(data, -15) if method == 8 else data

    def get(self, number):
        key = f"example,news)/{number} "
        lines = self.whole("indexes/index.idx").decode().splitlines()
        lines = [line for line in lines if not line.startswith("!")]
        block = [line for line in lines if line < key + "~"][-1]
        place = json.loads(block[block.index("{"):])
        method, _, at = self.start("indexes/index.cdx.gz")
        if method != 0:
            raise ValueError("a compressed index")
        data = gzip.decompress(self.fetch(at + place["offset"],
                                          at + place["offset"] + place["length"] - 1))
        line = [x for x in data.decode().splitlines() if x.startswith(key)][0]
        record = json.loads(line[line.index("{"):])
        method, _, at = self.start("archive/" + record["filename"])
        if method != 0:
            raise ValueError("a compressed WARC")
        first = at + int(record["offset"])
        return gzip.decompress(self.fetch(first, first + int(record["length"]) - 1))


def measure_wacz(articles, chosen, server, store, base):
    write_wacz(articles)
    said = run(SHEAF, "pack", "--dry-run", "--json", "a.wacz").stdout
    if json.loads(said)["articles"] != len(articles):
        raise ValueError("sheaf finds other pages in the WACZ")
    with open("a.wacz", "rb") as f:
        store.files["a.wacz"] = f.read()
    size, costs = len(store.files["a.wacz"]), []
    for i in chosen:
        wacz = Wacz("http://127.0.0.1:%d/good/a.wacz" % server.server_address[1], size)
        if page_of(articles[i], i) not in wacz.get(i):
            raise ValueError("another article")
        costs.append((wacz.count, wacz.count, wacz.bytes))
    row("WACZ, index in blocks of 300", size, base, costs)


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
        measure_wacz(articles, chosen, server, store, base)
        run("zstd", "-19", "-q", source, "-o", "a.zst")
        size = os.path.getsize("a.zst")
        row("JSONL.zst, level 19", size, base, [(1, 1, size)])
        os.chdir("/")


main()
