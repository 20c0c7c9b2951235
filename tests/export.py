"""export.py - see export.sh."""

import csv
import hashlib
import html
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zipfile
import zlib

from tap import HERE, NEWSROOM, SHEAF, finish, same, skip

os.environ["LC_ALL"] = "C.UTF-8"


def run(*args, code=0, **how):
    p = subprocess.run(args, capture_output=True, **how)
    if p.returncode != code:
        print(f"# {args}: {p.returncode} {p.stderr.decode(errors='replace')[:500]}")
    return p


def sheaf(*args, code=0, **how):
    return run(SHEAF, *args, code=code, **how)


def files_below(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


PAGE = ("<html><head><title>Gatehouse</title></head><body><h1>Gatehouse</h1>"
        "<p>%s</p></body></html>" % ("The keeper opened the gate. " * 20)).encode()


def record(uri, block):
    return (f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\n"
            "WARC-Date: 2024-03-11T10:00:00Z\r\nContent-Type: application/http\r\n"
            f"Content-Length: {len(block)}\r\n\r\n").encode() + block + b"\r\n\r\n"


def make():
    """Files, records, a crawl and an attachment: everything articles can be."""
    os.mkdir("in")
    with open("in/crawl.warc", "wb") as f:
        f.write(record("http://x.example/a?b=ü c", b"HTTP/1.1 200 Fine\r\n"
                       b"Content-Type: text/html\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
                       b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PAGE) + PAGE +
                       b"\r\n0\r\n\r\n"))
    with open("in/lines.jsonl", "w", encoding="utf-8") as f:
        f.write(json.dumps({"id": "desk/1", "title": 'Say "no", twice', "text": "One,\n\"two\".\n",
                            "keywords": ["a", "b"], "date": "2024-02-03",
                            # It was never in a response.
                            "http": {"status": "as it was said", "headers": {}}}) + "\n")
        f.write(json.dumps({"id": "desk/2", "title": "=1+1", "text": "Größe 漢字\r\n",
                            "author": "Ada Moss"}, ensure_ascii=False) + "\n")
    with open("in/letter.eml", "wb") as f:
        f.write(b"From: a@x.example\nMessage-ID: <1@x.example>\nSubject: Letter\n"
                b"Date: Mon, 11 Mar 2024 10:00:00 +0000\nMIME-Version: 1.0\n"
                b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
                b"Dear editor.\n--b\nContent-Type: image/png; name=p.png\n"
                b"Content-Disposition: attachment; filename=p.png\n"
                b"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n")
    shutil.copytree(NEWSROOM, "in/newsroom")
    sheaf("pack", "-q", "-o", "a.sheaf", "--time", "2025-01-02T03:04:05Z", "in")


def check_files():
    sheaf("extract", "a.sheaf", "-q", "-C", "dir")
    files = files_below("dir")
    originals = {"newsroom/" + k: v for k, v in files_below("in/newsroom").items()
                 if not k.endswith(".jsonl")}
    same("a folder has all files of the newsroom",
         {k: v for k, v in files.items() if k in originals}, originals)
    same("records have folders and extensions",
         [k for k in sorted(files) if k.startswith(("desk", "x.example"))],
         ["desk/1.txt", "desk/2.txt", "x.example/a%3Fb=ü%20c.html"])
    sheaf("extract", "a.sheaf", "-q", "--format", "tar", "-o", "a.tar")
    with tarfile.open("a.tar") as t:
        same("tar, by Python", {m.name: t.extractfile(m).read() for m in t}, files)
    sheaf("extract", "a.sheaf", "-q", "--format", "zip", "-o", "a.zip")
    with zipfile.ZipFile("a.zip") as z:
        same("zip, by Python", {n: z.read(n) for n in z.namelist()}, files)
        same("its times", {i.date_time for i in z.infolist() if i.filename == "desk/1.txt"},
             {(2024, 2, 3, 0, 0, 0)})
    p = sheaf("extract", "a.sheaf", "-q", "--format", "zip")
    with open("a.zip", "rb") as f:
        same("zip to a pipe, the same bytes", p.stdout == f.read(), True)
    if shutil.which("unzip"):
        os.mkdir("unzipped")
        same("unzip finds no error", run("unzip", "-q", "a.zip", "-d", "unzipped").returncode, 0)
        same("and the same files", files_below("unzipped"), files)
    else:
        skip("unzip", "there is no unzip")
    for kind in "tar", "zip":
        if not shutil.which("bsdtar"):
            skip("bsdtar", "there is no bsdtar")
            continue
        os.mkdir("bsd" + kind)
        run("bsdtar", "-xf", "a." + kind, "-C", "bsd" + kind)
        same("bsdtar reads the " + kind, files_below("bsd" + kind), files)


def articles():
    p = sheaf("list", "a.sheaf", "--json")
    return [json.loads(line) for line in p.stdout.splitlines()]


def check_csv():
    sheaf("extract", "a.sheaf", "-q", "--format", "csv", "--text", "-o", "a.csv", code=0)
    with open("a.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, strict=True))
    by_id = {r["id"]: r for r in rows}
    same("csv has all articles", [r["id"] for r in rows], [a["id"] for a in articles()])
    one = by_id["desk/1"]
    same("a row", {k: one[k] for k in ("headline", "published", "keywords", "rev", "type", "text")},
         {"headline": 'Say "no", twice', "published": "2024-02-03", "keywords": "a; b", "rev": "1",
          "type": "text/plain; charset=utf-8", "text": 'One,\n"two".\n'})
    same("another", (by_id["desk/2"]["byline"], by_id["desk/2"]["headline"],
                     by_id["desk/2"]["text"]), ("Ada Moss", "=1+1", "Größe 漢字\r\n"))
    same("the text of a page", by_id["http://x.example/a?b=ü c"]["text"].count("opened"), 20)
    return rows


def check_sqlite():
    sheaf("extract", "a.sheaf", "-q", "--format", "sqlite", "-o", "a.db")
    db = sqlite3.connect("a.db")
    same("the database is whole", db.execute("pragma integrity_check").fetchone(), ("ok",))
    same("it has all articles", [r[0] for r in db.execute("select id from articles order by leaf")],
         [a["id"] for a in articles()])
    found = "select id from articles where leaf in (select rowid from search where search match ?)"
    same("words of a text are found", db.execute(found, ("keeper AND opened AND gate",)).fetchall(),
         [("http://x.example/a?b=ü c",)])
    same("without regard to accents", db.execute(found, ("große AND 漢字",)).fetchall(),
         [("desk/2",)])
    same("and of headlines", ("desk/1",) in db.execute(found, ("say AND twice",)).fetchall(), True)
    same("the metadata", json.loads(db.execute("select meta from articles where id='desk/1'")
                                    .fetchone()[0])["keywords"], ["a", "b"])
    same("no text is stored", [r[1] for r in db.execute("pragma table_info(articles)")][-2:],
         ["meta", "words"])
    db.close()
    sheaf("extract", "a.sheaf", "-q", "--format", "sqlite", "--text", "-o", "b.db", "desk/*")
    db = sqlite3.connect("b.db")
    same("unless it is asked for", db.execute("select id, text from articles").fetchall(),
         [("desk/1", 'One,\n"two".\n'), ("desk/2", "Größe 漢字\r\n")])
    db.close()
    p = sheaf("extract", "a.sheaf", "-q", "--format", "sqlite")
    with open("a.db", "rb") as f:
        same("to a pipe, the same bytes", p.stdout == f.read(), True)
    if shutil.which("sqlite3"):
        same("sqlite3 reads it", run("sqlite3", "a.db", "select count(*) from articles")
             .stdout.decode().strip(), str(len(articles())))
    else:
        skip("sqlite3", "there is no sqlite3")


def read_warc(data):
    """Its records: headers and block. Strict."""
    found = []
    f = io.BytesIO(data)
    while line := f.readline():
        assert line == b"WARC/1.1\r\n", line
        headers = []
        while (line := f.readline()) != b"\r\n":
            name, _, value = line.decode().partition(": ")
            headers.append((name, value[:-2]))
        block = f.read(int(dict(headers)["Content-Length"]))
        assert f.read(4) == b"\r\n\r\n"
        found.append((dict(headers), block))
    return found


def check_warc():
    sheaf("extract", "a.sheaf", "-q", "--format", "warc", "-o", "a.warc")
    with open("a.warc", "rb") as f:
        records = read_warc(f.read())
    wrong = 0
    for headers, block in records:
        payload = block.partition(b"\r\n\r\n")[2] if headers["WARC-Type"] == "response" else block
        sums = [("WARC-Block-Digest", block), ("WARC-Payload-Digest", payload)]
        for name, data in sums:
            if name in headers:
                wrong += headers[name] != "sha256:" + hashlib.sha256(data).hexdigest()
    same("the digests of the crawl are right", wrong, 0)
    ids = [h["WARC-Record-ID"] for h, _ in records]
    same("no record ID comes twice", len(ids), len(set(ids)))
    response = [(h, b) for h, b in records if h["WARC-Type"] == "response"]
    same("a response", [(h["WARC-Target-URI"], h["WARC-Date"]) for h, _ in response],
         [("http://x.example/a?b=%C3%BC%20c", "2024-03-11T10:00:00Z")])
    same("its headers", response[0][1],
         b"HTTP/1.1 200 Fine\r\nContent-Type: text/html\r\n"
         b"X-Archive-Orig-Transfer-Encoding: chunked\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
         b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
    metas = [json.loads(b)["id"] for h, b in records if h["WARC-Type"] == "metadata"]
    same("metadata of all articles", metas, [a["id"] for a in articles()])
    same("the picture of a mail", [b for h, b in records if h["WARC-Target-URI"].endswith("#part1")
                                   or h.get("Content-Type") == "image/png"],
         [b"\x89PNG\r\n\x1a\n"])
    sheaf("pack", "-q", "-o", "again.sheaf", "a.warc")
    p = sheaf("get", "again.sheaf", "http://x.example/a?b=%C3%BC%20c")
    same("sheaf reads it, too", p.stdout, PAGE)


WARCIO = """
import fs from 'fs'; import crypto from 'crypto';
import {WARCParser} from 'warcio'; import Papa from 'papaparse';
let n = 0, wrong = 0, kinds = {};
for await (const r of new WARCParser(fs.createReadStream('a.warc'))) {
  const data = Buffer.from(await r.readFully(false));
  const sum = 'sha256:' + crypto.createHash('sha256').update(data).digest('hex');
  const want = r.warcHeaders.headers.get('WARC-Payload-Digest') ||
               r.warcHeaders.headers.get('WARC-Block-Digest');
  n++; kinds[r.warcType] = (kinds[r.warcType] || 0) + 1;
  if (sum !== want) { wrong++; console.error(r.warcTargetURI, sum, want); }
}
const rows = Papa.parse(fs.readFileSync('a.csv', 'utf8'), {header: true, skipEmptyLines: true});
console.log(JSON.stringify({n, wrong, response: kinds.response, errors: rows.errors,
                            rows: rows.data}));
"""


def check_others():
    """What README makes of these with other programs."""
    with open(HERE + "/../README.md", encoding="utf-8") as f:
        lines = f.read().replace("\n      FROM articles", " FROM articles").splitlines()
    lines = {p: line[2:] for line in lines for p in ("zimwriterfs", "pandoc")
             if line.startswith("$ ") and p in line}
    sheaf("pack", "-q", "-o", "news.sheaf", NEWSROOM)
    sheaf("extract", "news.sheaf", "-q", "-C", "pages")
    sheaf("extract", "news.sheaf", "-q", "--format", "sqlite", "--text", "-o", "texts.db")
    with open("pages/index.html", "w", encoding="ascii") as f:
        f.write("<title>Start</title><h1>Start</h1><p>Here.")
    with open("pages/icon.png", "wb") as f:
        f.write(square_png(48))
    if not shutil.which("zimwriterfs"):
        skip("zimwriterfs", "there is none")
    elif b" 3.1" not in run("zimwriterfs", "--version").stdout:
        skip("zimwriterfs", "README's line is for zim-tools 3.1")
    else:
        run("sh", "-c", lines["zimwriterfs"])
        pages = [n for n in files_below("pages") if n.endswith(".html")]
        p = run("zimdump", "list", "news.zim")
        same("zimwriterfs packs the pages", sorted(set(pages) - set(p.stdout.decode().split("\n"))), [])
    if shutil.which("pandoc") and shutil.which("sqlite3"):
        run("sh", "-c", lines["pandoc"])
        with zipfile.ZipFile("news.epub") as z:
            text = b"".join(z.read(n) for n in z.namelist()).decode(errors="replace")
        titles = [json.loads(a)["headline"] for a in
                  sheaf("list", "news.sheaf", "--lang", "en", "--json").stdout.splitlines()]
        same("pandoc makes a book of all", [t for t in titles if html.escape(t, False) not in text], [])
    else:
        skip("pandoc", "there is none")


def square_png(side):
    def chunk(kind, data):
        return (len(data).to_bytes(4, "big") + kind + data +
                zlib.crc32(kind + data).to_bytes(4, "big"))
    head = side.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 3 * side) * side)) + chunk(b"IEND", b""))


def check_npm(rows):
    if not shutil.which("npm") or run(
            "timeout", "60", "npm", "install", "--fetch-retries=0", "--silent", "--no-audit",
            "--no-fund", "warcio@2", "papaparse@5").returncode != 0:
        skip("warcio and papaparse", "npm cannot install them")
        return
    with open("read.mjs", "w", encoding="utf-8") as f:
        f.write(WARCIO)
    p = run("node", "read.mjs")
    got = json.loads(p.stdout) if p.returncode == 0 else {"failed": p.stderr.decode()}
    with open("a.warc", "rb") as f:
        n = len(read_warc(f.read()))
    same("warcio reads all records", (got.get("n"), got.get("response")), (n, 1))
    same("and finds their digests right", got.get("wrong"), 0)
    same("papaparse reads the csv", (got.get("errors"), got.get("rows")), ([], rows))


def check_failures():
    p = sheaf("extract", "a.sheaf", "--format", "zip", "-o", "a.zip", code=1)
    same("an existing file stays", p.stderr, b"sheaf: a.zip: file exists; -f replaces it\n")
    same("-f replaces it", sheaf("extract", "a.sheaf", "-q", "-f", "--format", "zip", "-o",
                                 "a.zip").returncode, 0)
    for kind in "zip", "sqlite", "tar", "csv", "warc", "jsonl":
        with open("/dev/full", "wb") as full:
            p = subprocess.run([SHEAF, "extract", "a.sheaf", "-q", "--format", kind],
                               stdout=full, stderr=subprocess.PIPE, check=False)
        same("a full disk: " + kind, (p.returncode, p.stderr),
             (1, b"sheaf: standard output: No space left on device\n"))
    env = dict(os.environ, SHEAF_LIBEXEC="/nowhere")
    p = sheaf("extract", "a.sheaf", "--format", "zip", "-o", "b.zip", code=1, env=env)
    same("without sheaf-export", p.stderr, b"sheaf: sheaf-export: not found in /nowhere; "
         b"SHEAF_LIBEXEC says where it is\n")
    same("nothing is left behind", os.path.exists("b.zip"), False)
    os.mkdir("bin")
    with open("bin/sheaf-export", "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nhead -c 10\nexit 1\n")
    os.chmod("bin/sheaf-export", 0o755)
    env["SHEAF_LIBEXEC"] = "bin"
    p = sheaf("extract", "a.sheaf", "-q", "--format", "zip", "-o", "b.zip", code=1, env=env)
    same("one that fails", (p.returncode, p.stderr, os.path.exists("b.zip")),
         (1, b"sheaf: sheaf-export failed\n", False))
    p = sheaf("extract", "a.sheaf", "-q", "--format", "sqlite", "-o", "none.db", "none", code=3)
    same("a database without articles", (p.returncode, sqlite3.connect("none.db").execute(
        "select count(*) from articles").fetchone()), (3, (0,)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("tmp")
        os.environ.update(XDG_STATE_HOME=folder + "/state", TMPDIR=folder + "/tmp")
        make()
        check_files()
        rows = check_csv()
        check_sqlite()
        check_warc()
        check_npm(rows)
        check_others()
        check_failures()
        same("nothing is left in TMPDIR", os.listdir("tmp"), [])
        os.chdir("/")
    finish()


main()
