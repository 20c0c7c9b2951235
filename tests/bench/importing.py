#!/usr/bin/env python3
"""importing.py - how fast sheaf-import reads each format, on the same articles.

The articles are those of tests/newsroom, again and again with other IDs, until
there are SHEAF_IMPORT_MB megabytes of text (32). Times are of the processor, so
that other programs count less. The unit is the time that `cat` and `wc -l` take
for the same articles as lines of JSON; it depends on the machine less than
megabytes a second do. For crawls it is also the time of `zstd -dc` and `wc` for
the same crawl.
"""
import csv
import email.message
import email.utils
import gzip
import hashlib
import html
import io
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
NEWSROOM = HERE.parent / "newsroom"
IMPORT = os.path.join(os.environ.get("SHEAF_LIBEXEC", "build/release"), "sheaf-import")
WANTED = int(os.environ.get("SHEAF_IMPORT_MB", "32")) << 20


def articles():
    texts = [p.read_text() for p in sorted(NEWSROOM.rglob("*.txt"))]
    size = number = 0
    while size < WANTED:
        text = texts[number % len(texts)]
        yield {"id": "a%d" % number, "title": text.lstrip().split("\n")[1], "text": text}
        size += len(text.encode())
        number += 1


def write_all(folder, records):
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()
    (folder / "lines.jsonl").write_bytes(lines)
    (folder / "array.json").write_text(json.dumps(records, ensure_ascii=False))
    with gzip.open(folder / "gzip.jsonl.gz", "wb", 6) as f:
        f.write(lines)
    subprocess.run(["zstd", "-q", "lines.jsonl", "-o", "zstd.jsonl.zst"], cwd=folder, check=True)
    subprocess.run(["xz", "-0", "-k", "-c", "lines.jsonl"], cwd=folder, check=True,
                   stdout=open(folder / "xz.jsonl.xz", "wb"))
    with open(folder / "table.csv", "w", newline="") as f:
        table = csv.DictWriter(f, ["id", "title", "text"])
        table.writeheader()
        table.writerows(records)
    base = sqlite3.connect(folder / "table.db")
    base.execute("create table news(id text, title text, text text)")
    base.executemany("insert into news values(:id, :title, :text)", records)
    base.commit()
    base.close()
    with tarfile.open(folder / "files.tar", "w") as t, \
            zipfile.ZipFile(folder / "files.zip", "w", zipfile.ZIP_DEFLATED) as z:
        (folder / "folder").mkdir()
        for r in records:
            name, data = r["id"] + ".txt", r["text"].encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
            z.writestr(name, data)
            (folder / "folder" / name).write_bytes(data)


def page(record):
    paragraphs = "".join("<p>%s</p>\n" % html.escape(p) for p in record["text"].split("\n\n"))
    return ("<!doctype html><html lang=en><head><title>%s</title>"
            "<meta property='article:published_time' content='2024-03-11T10:00:00Z'></head>\n"
            "<body><nav><a href=/>Home</a></nav><article><h1>%s</h1>\n%s</article></body></html>\n"
            % (html.escape(record["title"]), html.escape(record["title"]), paragraphs)).encode()


def capture(record):
    """A response as crawlers write it, and the request before it."""
    body = page(record)
    block = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
             b"Content-Length: %d\r\nServer: nginx\r\n\r\n" % len(body)) + body
    out = []
    for kind, data in ("request", b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"), \
            ("response", block):
        head = ("WARC/1.1\r\nWARC-Type: %s\r\nWARC-Target-URI: https://news.example/%s\r\n"
                "WARC-Date: 2024-03-11T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:%s>\r\n"
                "WARC-Block-Digest: sha1:%s\r\nContent-Type: application/http; msgtype=%s\r\n"
                "Content-Length: %d\r\n\r\n" % (
                    kind, record["id"], hashlib.md5(data).hexdigest(),
                    hashlib.sha1(data).hexdigest(), kind, len(data)))
        out.append(head.encode() + data + b"\r\n\r\n")
    return out


def write_crawls(folder, records):
    captures = [c for r in records for c in capture(r)]
    members = b"".join(gzip.compress(c, 6) for c in captures)
    (folder / "crawl.warc").write_bytes(b"".join(captures))
    (folder / "crawl.warc.gz").write_bytes(members)
    subprocess.run(["zstd", "-q", "crawl.warc", "-o", "crawl.warc.zst"], cwd=folder, check=True)
    with zipfile.ZipFile(folder / "crawl.wacz", "w", zipfile.ZIP_STORED) as z:
        z.writestr("archive/data.warc.gz", members)
        z.writestr("datapackage.json", json.dumps({"resources": [{
            "path": "archive/data.warc.gz",
            "hash": "sha256:" + hashlib.sha256(members).hexdigest()}]}))


def write_others(folder, records):
    """Pages, a feed, and a mailbox."""
    (folder / "pages").mkdir()
    with open(folder / "mail.mbox", "wb") as mbox, open(folder / "feed.xml", "w") as feed:
        feed.write("<rss version='2.0'><channel><title>News</title>\n")
        for r in records:
            (folder / "pages" / (r["id"] + ".html")).write_bytes(page(r))
            feed.write("<item><guid>%s</guid><title>%s</title><pubDate>%s</pubDate>"
                       "<description>%s</description></item>\n" % (
                           r["id"], html.escape(r["title"]), email.utils.formatdate(0),
                           html.escape(r["text"])))
            mail = email.message.EmailMessage()
            mail["From"] = "Desk <desk@news.example>"
            mail["Subject"] = r["title"].strip()
            mail["Message-ID"] = "<%s@news.example>" % r["id"]
            mail["Date"] = email.utils.formatdate(0)
            mail.set_content(r["text"])
            mbox.write(b"From desk@news.example Thu Jan  1 00:00:00 1970\n" +
                       mail.as_bytes().replace(b"\nFrom ", b"\n>From ") + b"\n")
        feed.write("</channel></rss>\n")


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def best(command):
    times = []
    for _ in range(3):
        before = processor()
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)
        times.append(processor() - before)
    return min(times)


def main():
    if not shutil.which("zstd") or not shutil.which("xz"):
        sys.exit("importing.py: needs zstd and xz")
    records = list(articles())
    size = sum(len(r["text"].encode()) for r in records)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_all(folder, records)
        write_crawls(folder, records)
        write_others(folder, records)
        unit = best("cat '%s' | wc -l" % (folder / "lines.jsonl"))
        print("| Input | MB/s of text | times as long as cat and wc -l |")
        print("| :-- | --: | --: |")
        for path in sorted(folder.iterdir()):
            taken = best("'%s' '%s' > /dev/null" % (IMPORT, path))
            print("| %s | %.0f | %.1f |" % (path.name, size / taken / 1e6, taken / unit))
            if path.name == "crawl.warc.zst":
                crawl = taken / best("zstd -dc '%s' | wc" % path)
        print("\ncrawl.warc.zst: %.1f times as long as zstd -dc and wc" % crawl)


main()
