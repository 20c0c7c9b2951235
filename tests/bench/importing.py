#!/usr/bin/env python3
"""importing.py - how fast sheaf-import reads each format, on the same articles.

The articles are those of tests/newsroom, again and again with other IDs, until
there are SHEAF_IMPORT_MB megabytes of text (32). Times are of the processor, so
that other programs count less. The unit is the time that `cat` and `wc -l` take
for the same articles as lines of JSON; it depends on the machine less than
megabytes a second do.
"""
import csv
import gzip
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
        unit = best("cat '%s' | wc -l" % (folder / "lines.jsonl"))
        print("| Input | MB/s of text | times as long as cat and wc -l |")
        print("| :-- | --: | --: |")
        for path in sorted(folder.iterdir()):
            taken = best("'%s' '%s' > /dev/null" % (IMPORT, path))
            print("| %s | %.0f | %.1f |" % (path.name, size / taken / 1e6, taken / unit))


main()
