"""crawl.py - makes crawls, good, damaged and hostile, and checks what
sheaf-import makes of them. crawl.sh runs it in an empty folder."""
import base64
import gzip
import hashlib
import io
import json
import os
import resource
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib

from decode import records
from tap import finish, ok, same, skip_all

IMPORT = os.environ["SHEAF_IMPORT"]
SANITIZED = os.environ.get("FLAVOUR") in ("asan", "tsan", "fuzz")
STEP = int(os.environ.get("CRAWL_STEP") or 7)  # bytes from one damage to the next


# ---- Making crawls ----

HTML = b"<!doctype html><html><head><title>%s</title></head><body><p>%s</body></html>\n"


def page(title, words="The gate is open."):
    return HTML % (title.encode(), words.encode())


def http(body, kind="text/html", status="200 OK", more="", end="\r\n"):
    head = "HTTP/1.1 %s\r\nContent-Type: %s\r\n%s\r\n" % (status, kind, more)
    return head.replace("\r\n", end).encode() + body


def record(block, uri="http://x.example/a", kind="response", version="1.0", mime=None,
           length=None, more="", end="\r\n", tail=b"\r\n\r\n"):
    if mime is None:
        mime = "application/http; msgtype=response"
    lines = ["WARC/" + version, "WARC-Type: " + kind,
             "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-%012x>" % zlib.crc32(block),
             "WARC-Date: 2024-03-11T10:00:00Z", "Content-Type: " + mime]
    if uri:
        lines.append("WARC-Target-URI: " + uri)
    if length != "":
        lines.append("Content-Length: %s" % (len(block) if length is None else length))
    head = end.join(lines + [m for m in [more] if m]) + end + end
    return head.encode("latin-1") + block + tail


def response(name, **how):
    return record(http(page(name)), "http://x.example/" + name, **how)


def sha1(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def members(recs):
    return b"".join(gzip.compress(r, mtime=0) for r in recs)


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def brotli(data):
    """A brotli stream with the bytes as they are."""
    assert 0 < len(data) < 65536
    return struct.pack("<I", (len(data) - 1) << 4 | 1 << 20)[:3] + data + b"\x03"


def brotli_bomb(blocks):
    """A brotli stream (RFC 7932) of `blocks` times 16 MiB of the letter x."""
    bits = []

    def put(value, count):
        bits.extend(value >> i & 1 for i in range(count))

    put(15, 4)                      # a window of 24 bits
    for _ in range(blocks):
        put(0, 1)                   # not the last block
        put(2, 2)                   # its length has six digits of four bits
        put((1 << 24) - 1, 24)
        put(0, 1)                   # compressed
        put(0, 3)                   # one type of literals, commands, distances
        put(0, 6)                   # no direct distances
        put(0, 4)                   # one tree of literals, one of distances
        for symbol, size in [(ord("x"), 8), (399, 10), (16, 6)]:
            put(1, 4)               # a tree of one symbol, which takes no bits:
            put(symbol, size)       # insert one literal, and copy from 1 back
        put((1 << 24) - 1 - 2118, 24)
        put(0, 1)
    put(3, 2)                       # the last block, which is empty
    bits.extend([0] * (-len(bits) % 8))
    return bytes(sum(bits[i + k] << k for k in range(8)) for i in range(0, len(bits), 8))


# ---- What becomes of them ----

class Result:
    def __init__(self, data, name="crawl.warc", options=(), stdin=False, limit=None):
        def bound():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        if not stdin:
            with open(name, "wb") as f:
                f.write(data)
        run = subprocess.run([IMPORT, *options, "-" if stdin else name],
                             input=data if stdin else None, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, preexec_fn=bound if limit else None)
        self.articles, self.left, self.warnings, self.rejects = [], [], [], []
        self.reports, self.failed, self.kept = [], None, []
        for r in records(io.BytesIO(run.stdout)):
            if r[0] == "A":
                meta = json.loads(r[2])
                again = json.dumps(meta, sort_keys=True, ensure_ascii=False,
                                   separators=(",", ":")).encode()
                assert again == r[2], "not canonical"
                self.articles.append((meta, r[3]))
            elif r[0] == "R":
                self.rejects.append(r[2])
                self.kept.append(r[3])
            elif r[0] == "F":
                self.failed = r[2]
            elif r[0] != "Z":
                {"S": self.left, "W": self.warnings, "I": self.reports}[r[0]].append(r[1])
        assert run.stderr == b"", run.stderr

    def ids(self):
        return [m["id"].rpartition("/")[2] for m, _ in self.articles]

    def bodies(self):
        return [p[0][2] for _, p in self.articles]

    def all(self):
        return (self.ids(), self.left, self.warnings, self.rejects, self.failed)


def body_of(block, **how):
    r = Result(record(block, **how))
    return r.bodies()[0] if r.bodies() else (r.left, r.rejects)


# ---- What a record is ----

def check_records():
    a = response("a")
    r = Result(a, options=["--report"])
    meta, parts = r.articles[0]
    ext = meta.pop("ext")
    same("a response is an article", (meta, parts), ({
        "headline": "a", "id": "http://x.example/a", "retrieved": "2024-03-11T10:00:00Z",
        "source": {"file": "crawl.warc", "record": 1}, "url": "http://x.example/a"},
        [(2, "text/html", page("a"))]))
    same("with its headers in ext", ext, {
        "http": {"headers": {"Content-Type": "text/html"}, "status": "HTTP/1.1 200 OK"},
        "warc": {"version": "WARC/1.0", "headers": {
            "Content-Length": str(len(http(page("a")))),
            "Content-Type": "application/http; msgtype=response",
            "WARC-Date": "2024-03-11T10:00:00Z", "WARC-Target-URI": "http://x.example/a",
            "WARC-Type": "response",
            "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-%012x>"
                              % zlib.crc32(http(page("a")))}}})
    same("versions 0.17 to 1.1, addresses in <>, lines that end with LF alone",
         Result(b"".join(record(http(page("v")), u, version=v, end=e, tail=e.encode() * 2)
                         for u, v, e in [("http://x.example/1", "0.17", "\r\n"),
                                         ("http://x.example/2", "0.18", "\n"),
                                         ("<http://x.example/3>", "1.0", "\n"),
                                         ("http://x.example/4", "1.1", "\r\n")])).all(),
         (["1", "2", "3", "4"], [], [], [], None))
    r = Result(record(b"x", kind="warcinfo") + record(b"x", kind="request") +
               record(b"x", kind="metadata") + record(b"x", kind="future") + a)
    same("what is no capture is passed over, and counted", (r.ids(), r.left), (["a"], [
        "warcinfo record", "request record", "metadata record",
        "crawl.warc: record 4: http://x.example/a: record of another type"]))
    r = Result(b"".join(record(http(b"body", k, s)) for k, s in [
        ("text/html", "301 Moved"), ("text/html", "404 Not Found"), ("text/html", "206 Part"),
        ("text/html", "204 No Content"), ("image/png", "200 OK"), ("text/css", "200 OK"),
        ("application/json", "200 OK"), ("application/x-odd", "200 OK"),
        ("application/pdf", "200 OK")]))
    same("redirects, errors, pictures and others are left out by kind", r.all(), (
        [], ["redirect", "HTTP 404 page", "part of a file", "empty page", "picture",
             "style sheet", "JSON file", "application/x-odd file",
             "crawl.warc: record 9: http://x.example/a: PDF file"], [], [], None))
    r = Result(record(http(b"\x89PNG\r\n\x1a\n....")) + record(http(b" \n")) +
               record(http(page("t"), "text/xml"), "http://x.example/xhtml") +
               record(http(b"<rss/>", "text/xml")) +
               record(http(b"User-agent: *\n", "text/plain"), "http://x.example/robots.txt"))
    same("the body counts, too", (r.ids(), r.left), (
        ["xhtml"], ["picture", "empty page", "XML file", "robots.txt file"]))
    r = Result(record(http(page("h"), "")) + record(http(b"words", ""), "http://x.example/t") +
               record(http(b"\0\1\2", "")))
    same("without a media type, the body decides", (
        [(p[0][1], m["id"][-1]) for m, p in r.articles], r.left), (
        [("text/html", "a"), ("text/plain; charset=utf-8", "t")],
        ["file of no media type"]))
    r = Result(record(page("r"), "file:///a b.html", "resource", mime="text/html") +
               record(b"Words.\n", "http://x.example/c", "conversion", mime="text/plain"))
    same("resources and conversions", [(m["id"], m.get("url"), p) for m, p in r.articles], [
        ("file:///a b.html", None, [(2, "text/html", page("r"))]),
        ("http://x.example/c", "http://x.example/c",
         [(2, "text/plain; charset=utf-8", b"Words.\n")])])
    same("a nested crawl is not opened", Result(
        record(a + a, kind="resource", mime="application/warc") + response("b")).all()[:2],
        (["b"], ["application/warc file"]))
    same("nor one in a page", (lambda b: body_of(b) == b.partition(b"\r\n\r\n")[2])(
        http(page("n") + a + a)), True)
    r = Result(record(http("Größe".encode("latin-1"), 'text/plain; charset="ISO-8859-1"')))
    for header, page_says, data in (("iso-8859-1", "utf-8", "utf-8"), ("iso-8859-1", "", "utf-8"),
                                    ("utf-8", "windows-1252", "cp1252"), ("utf-8", "", "cp1252"),
                                    ("utf-8", "shift_jis", "cp932")):
        word = "門が開いた" if data == "cp932" else "Tür auf"
        meta = "<meta charset=%s>" % page_says if page_says else ""
        other = Result(record(http(("%s<title>%s</title><p>%s" % (meta, word, word)).encode(data),
                                   "text/html; charset=" + header)))
        same("a charset of the header that is not the page's: %s, %s" % (header, page_says),
             other.articles[0][0]["headline"], word)
    same("the charset of the header", (r.articles[0][0]["headline"], r.articles[0][1][0][1]),
         ("Größe", "text/plain; charset=ISO-8859-1"))
    r = Result(record(http(page("x").replace(b"x<", b"\xcf\xf0<"),
                           "text/html; charset=windows-1251")))
    same("and of a page", r.articles[0][0]["headline"], "Пр")
    r = Result(record(http(page("x")), "http://x.example/" + "y" * 2000))
    same("an address too long for an ID", (r.articles[0][0]["id"][:9], len(r.warnings)),
         ("urn:uuid:", 1))
    r = Result(record(http(page("x"), more="X: a\r\nX: b\r\n  c\r\nno header\r\nY: \xc3\r\n")))
    same("headers that come twice, are folded, or are none",
         r.articles[0][0]["ext"]["http"]["headers"],
         {"$lines": ["no header"], "Content-Type": "text/html", "X": ["a", "b c"], "Y": "Ã"})
    same("no address", Result(response("a", uri="") if False else record(
        http(page("a")), uri="")).rejects,
        ["crawl.warc: record 1: there is nothing to make an ID of"])
    same("no HTTP in it", Result(record(b"x")).rejects,
         ["crawl.warc: record 1: http://x.example/a: no HTTP response in it"])
    same("a segment", len(Result(response("a", more="WARC-Segment-Number: 1")).rejects), 1)
    r = Result(response("a", more="WARC-Truncated: length"), options=["--report"])
    same("WARC-Truncated is a doubt", (r.ids(), len(r.warnings), json.loads(r.reports[0])
                                       ["doubts"]),
         (["a"], 1, ["the crawler cut it short (WARC-Truncated)"]))
    r = Result(a, options=["--keep", "raw"])
    same("--keep raw", r.articles[0][1], [(2, "text/html", page("a")),
                                          (4, "application/warc", a[:-4])])
    same("the end may have no line end, or many", Result(
        record(http(page("a")), tail=b"\n") + record(http(page("b")), tail=b"\r\n" * 20) +
        record(http(page("c")), tail=b"")).ids(), ["a"] * 3)
    page2 = page("a").replace(b"</head>", b'<link rel="canonical" href="http://x.example/z">')
    meta = Result(record(http(page2))).articles[0][0]
    same("the address is the one that was fetched", (meta["url"], meta["ext"]["canonical"]),
         ("http://x.example/a", "http://x.example/z"))


def check_revisits():
    same_page = record(b"", kind="revisit", more="WARC-Profile: x\r\n"
                       "WARC-Refers-To-Target-URI: http://x.example/a\r\n"
                       "WARC-Refers-To-Date: 2024-03-10T10:00:00Z")
    other = same_page.replace(b"Target-URI: http://x.example/a\r\nContent-L",
                              b"Target-URI: http://x.example/b\r\nContent-L")
    r = Result(response("a") + same_page + other)
    same("a revisit of what is packed is counted; other ones are named", r.all()[:2], (
        ["a"], ["revisit", "crawl.warc: record 3: http://x.example/b: repeats "
                "http://x.example/a of 2024-03-10T10:00:00Z, which is packed"]))
    same("those of pictures are only counted", Result(record(
        http(b"", "image/png"), kind="revisit")).left, ["revisit"])
    same("also what it repeats is not there", Result(same_page).left, [
        "crawl.warc: record 1: http://x.example/a: repeats http://x.example/a of "
        "2024-03-10T10:00:00Z, which was not found before it"])


def check_order():
    """Captures of a page count by when they were made, not by what the page states."""
    def capture(day, stated):
        body = page("a").replace(b"<title>", b'<meta property="article:modified_time" content="'
                                 b'%s"><title>' % stated)
        return record(http(body)).replace(b"WARC-Date: 2024-03-11", b"WARC-Date: " + day)

    early, late = b"2024-02-01T10:00:00Z", b"2024-02-02T10:00:00Z"
    first, second = capture(b"2024-03-11", late), capture(b"2024-03-12", early)
    same("captures in the order of their times", Result(first + second).warnings, [])
    same("captures of one time", Result(first + first).warnings, [])
    same("captures in another order than their times", Result(second + first).warnings, [
        "crawl.warc: record 2: http://x.example/a: it is older than the version of "
        "http://x.example/a before it ('retrieved' 2024-03-11T10:00:00Z, not "
        "2024-03-12T10:00:00Z), but becomes the newer revision: give versions from the oldest "
        "to the newest"])
    same("captures of one time go by what they state", [w.partition("(")[2].partition(")")[0]
         for w in Result(first + capture(b"2024-03-11", early)).warnings],
         ["'updated' 2024-02-01T10:00:00Z, not 2024-02-02T10:00:00Z"])


# ---- Codings ----

def deflated(data, window):
    z = zlib.compressobj(9, 8, window)
    return z.compress(data) + z.flush()


def check_codings():
    text = page("c", "The sluice gate was opened. " * 20)
    chunks = b"5\r\n" + text[:5] + b"\r\n%x;x=1\r\n" % len(text[5:]) + text[5:] + b"\r\n"
    chunked = "Transfer-Encoding: chunked\r\n"

    def coded(name):
        return "Content-Encoding: %s\r\n" % name

    for what, more, data in [
            ("chunks", chunked, chunks + b"0\r\nTrailer: x\r\n\r\n"),
            ("chunks undone, the header kept", chunked, text),
            ("gzip", coded("gzip"), gzip.compress(text)),
            ("gzip in two members", coded("x-gzip"),
             gzip.compress(text[:9]) + gzip.compress(text[9:])),
            ("gzip undone, the header kept", coded("gzip"), text),
            ("deflate", coded("deflate"), deflated(text, 15)),
            ("bare deflate", coded("deflate"), deflated(text, -15)),
            ("deflate undone", coded("deflate"), text),
            ("br", coded("br"), brotli(text)),
            ("br undone", coded("br"), text),
            ("zstd", coded("zstd"), zstd(text)),
            ("zstd undone", coded("zstd"), text),
            ("two codings", coded("br, gzip"), gzip.compress(brotli(text))),
            ("chunks of gzip", chunked + coded("gzip"),
             (lambda z: b"%x\r\n%s\r\n0\r\n\r\n" % (len(z), z))(gzip.compress(text))),
            ("identity", coded("identity"), text),
            ("a coding of no name that is known", coded("utf-8"), text)]:
        same("coding: " + what, body_of(http(data, more=more)), text)
    same("text that begins with a number is not in chunks",
         body_of(http(b"2024\r\nwords\r\n", "text/plain", more=chunked)), b"2024\r\nwords\r\n")
    r = Result(record(http(chunks, more=chunked)))
    same("a missing last chunk is a doubt", (r.bodies(), len(r.warnings)), ([text], 1))
    for what, more, data, want in [
            ("broken chunks", chunked, chunks + b"zz\r\nmore\r\n", "its chunks are broken"),
            ("truncated gzip", coded("gzip"), gzip.compress(text)[:-20], "truncated gzip data"),
            ("a wrong checksum", coded("gzip"), gzip.compress(text)[:-8] + b"\0" * 8,
             "its checksum is wrong"),
            ("damaged br", coded("br"), brotli(text)[:-1] + b"\xff" * 9, "damaged br data"),
            ("truncated br", coded("br"), brotli(text)[:-30], "truncated br data"),
            ("damaged zstd", coded("zstd"), zstd(text)[:9] + b"\xff" * 50, "zstd data"),
            ("an unknown coding", coded("xyz"), b"\0\1", "its content coding is not known"),
            ("many codings", coded("gzip, gzip, gzip, gzip"), text, "more than 3 content")]:
        r = Result(record(http(data, more=more)) + response("b"))
        ok("coding: %s is an error, the next record is taken" % what, r.ids() == ["b"] and
           len(r.rejects) == 1 and want in r.rejects[0], r.all())
    r = Result(record(http(gzip.compress(text)[:-20], more=coded("gzip")),
                      more="WARC-Truncated: length"))
    ok("truncated by the crawler: its start, with a warning", len(r.bodies()) == 1 and
       text.startswith(r.bodies()[0]) and len(r.warnings) == 1, r.all())
    bomb = gzip.compress(bytes(80 << 20), 9)
    for what, data in [("gzip", bomb), ("br", brotli_bomb(6)),
                       ("gzip, gzip", gzip.compress(bomb, 9)),
                       ("br, gzip", gzip.compress(brotli_bomb(6)))]:
        for inner in [members, b"".join]:
            r = Result(inner([record(http(data, more=coded(what))), response("b")]))
            ok("a bomb in %s is over the limit, and named" % what, r.ids() == ["b"] and
               len(r.rejects) == 1 and "record 1: http://x.example/a" in r.rejects[0] and
               "more than" in r.rejects[0], r.all())
    text = brotli_bomb(2)
    for options, want in [([], ["a", "b"]), (["--limit-expand", "1000,9000000"], ["b"])]:
        r = Result(record(http(text, "text/plain", more=coded("br"))) + response("b"),
                   options=options)
        ok("32 MiB in %d bytes of br, with %s" % (len(text), options or "no limit"),
           r.ids() == want and (want[0] == "a" or "--limit-expand" in r.rejects[0]), r.all())


# ---- Digests ----

def check_digests():
    block = http(page("d"))
    body = page("d")

    def digested(block_digest, payload_digest, block=block):
        return Result(record(block, more="WARC-Block-Digest: %s\r\nWARC-Payload-Digest: %s"
                             % (block_digest, payload_digest)))

    forms = [lambda n, b: n + ":" + base64.b32encode(b).decode().rstrip("="),
             lambda n, b: n + ":" + b.hex(), lambda n, b: n.upper() + ":" + b.hex().upper(),
             lambda n, b: n + ":" + base64.b64encode(b).decode(),
             lambda n, b: n + ":" + base64.urlsafe_b64encode(b).decode().rstrip("=")]
    for name in ["sha1", "sha256", "sha512", "md5"]:
        rs = [digested(f(name, hashlib.new(name, block).digest()),
                       f(name, hashlib.new(name, body).digest())) for f in forms]
        same("digests: %s in hex, base32 and base64" % name,
             [(r.ids(), r.warnings) for r in rs], [(["a"], [])] * 5)
    same("SHA-256 as a name", digested("SHA-256:" + hashlib.sha256(block).hexdigest(),
                                       "none:x").all()[2:4], ([], []))
    r = digested(sha1(block), sha1(b"other"))
    same("a payload digest of other bytes is a warning", (r.ids(), len(r.warnings)), (["a"], 1))
    r = digested(sha1(b"other"), sha1(b"other"))
    same("a block digest of other bytes is an error", (r.ids(), r.rejects), (
        [], ["crawl.warc: record 1: http://x.example/a: its bytes are not those of its "
             "WARC-Block-Digest"]))
    same("with the record for --rejects", r.kept[0].endswith(page("d")), True)
    r = digested(sha1(b"other"), sha1(body))
    same("unless that of the payload is right", (r.ids(), len(r.warnings)), (["a"], 1))
    packed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for form in [packed, body]:
        r = digested("x", sha1(form), http(packed, more="Transfer-Encoding: chunked\r\n"))
        same("a payload digest with or without chunks", (r.ids(), r.warnings), (["a"], []))
    packed = gzip.compress(body)
    for form in [packed, body]:
        r = digested("x", sha1(form), http(packed, more="Content-Encoding: gzip\r\n"))
        same("and with or without coding", (r.ids(), r.warnings), (["a"], []))


# ---- Wrong lengths, and what is no record ----

def check_lengths():
    good = response("b")
    block = http(page("a"))
    r = Result(record(block, length=len(block) - 5) + good)
    same("too short a length: the record is measured", (r.bodies()[0], r.ids(), len(
        r.warnings)), (page("a"), ["a", "b"], 1))
    r = Result(record(block, length=10) + good)
    same("far too short", (r.bodies()[0], r.ids()), (page("a"), ["a", "b"]))
    for length in [len(block) + 5, len(block) + len(good) - 3, 10**6, 10**9, 10**17]:
        r = Result(record(block, length=length) + good)
        ok("too large a length: %d" % length, r.ids() == ["b"] and len(r.rejects) == 1,
           r.all())
        r = Result(record(block, length=length) + good, stdin=True)
        ok("the same through a pipe", (r.ids() == ["b"] or length > 10**8) and
           len(r.rejects) == 1, r.all())
    whole = http(page("a"), more="Content-Length: %d\r\n" % len(page("a")))
    r = Result(record(whole, length=len(whole) + 9) + good)
    same("too large a length, but HTTP has the right one", (r.ids(), len(r.warnings)),
         (["a", "b"], 1))
    for length in ["-1", "", "x", "1e3", "0x10", "9" * 30, "+5"]:
        r = Result(record(block, length=length) + good)
        ok("a length of '%s'" % length, r.ids() == ["b"] and len(r.rejects) == 1, r.all())
    video = record(http(b"\0" * 3000000, "video/mp4"), length=10**7)
    r = Result(video + good + response("c"))
    same("too large a length of what is not held", (r.ids(), len(r.rejects)), (["b", "c"], 1))
    r = Result(members([record(block, length=10**9), good]), "crawl.warc.gz")
    same("in a member of its own, it hides nothing", (r.ids(), len(r.rejects)), (["b"], 1))
    for what, junk in [("words", b"not a record\r\n" * 9), ("zeros", bytes(99999)),
                       ("a header without an end", b"WARC/1.0\r\nWARC-Type: x\r\n" + b"x" * 99),
                       ("a header of 10 MB", b"WARC/1.0\r\nX: " + b"y" * 10**7 + b"\r\n\r\n"),
                       ("a header of 10 MB in lines", b"WARC/1.0\r\n" + b"X: y\r\n" * 10**6 +
                        b"\r\n"),
                       ("another version", b"WARC/2.0\r\nContent-Length: 0\r\n\r\n"),
                       ("no type", b"WARC/1.0\r\nContent-Length: 0\r\n\r\n")]:
        r = Result(good + junk + b"\r\n" + response("c"))
        ok("between two records: " + what, r.ids() == ["b", "c"] and len(r.rejects) in (1, 2),
           r.all())
        r = Result(members([good, junk, response("c")]), "crawl.warc.gz")
        ok("the same as a member", r.ids() == ["b", "c"] and len(r.rejects) in (1, 2), r.all())
    for what, head in [("no end", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
                       ("no status", b"HTTP/1.1 OK\r\n\r\nx"),
                       ("10 MB", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10**7 + b"\r\n\r\nx"),
                       ("a million lines", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 30000 +
                        b"\r\nx")]:
        r = Result(record(head) + good)
        ok("HTTP headers: " + what, r.ids() == ["b"] and len(r.rejects) == 1, r.all())
    fakes = b"".join(response("f", length=10**9) for _ in range(3000))
    r = Result(fakes + good)
    same("many wrong lengths take no time", (r.ids(), len(r.rejects)), (["b"], 3000))
    r = Result(b"WARC/1.0\r\n" * 300000 + good)
    same("nor do many headers without an end", (r.ids(), len(r.rejects)), (["b"], 300000))
    same("nothing but a name", Result(b"words", "x.warc").rejects,
         ["x.warc: record 1: no record begins where one should"])
    same("an empty file", Result(b"", "x.warc").all(), ([], [], [], [], None))


# ---- Damage ----

def check_damage(name, data, whole):
    """Cut at every STEP bytes, and with such a byte changed: no article is ever wrong, and what is
    missing is named."""
    bodies = [page(n) for n in "abc"]
    bad = None
    for at in range(0, len(data), STEP):
        r = Result(data[:at], name)
        n = len(r.bodies())
        if r.failed or r.bodies() != bodies[:n] or (n < 3 and at > 0 and not r.rejects and
                                                    at not in whole):
            bad = (at, r.all())
    ok("%s cut at every %d of %d bytes" % (name, STEP, len(data)), bad is None, bad)
    if name.endswith(".warc"):
        return
    bad = None
    for at in range(0, len(data), STEP):
        broken = bytearray(data)
        broken[at] ^= 0x11
        r = Result(bytes(broken), name)
        lost = [b for b in bodies if b not in r.bodies()]
        if r.failed or len(lost) > 1 or [b for b in r.bodies() if b not in bodies] or (
                lost and not r.rejects):
            bad = (at, r.all())
    ok("%s with every %d of its bytes changed" % (name, STEP), bad is None, bad)


def check_compressed():
    recs = [response(n) for n in "abc"]
    plain = b"".join(recs)
    gz = members(recs)
    same("gzip: a record in each member", Result(gz, "c.warc.gz").ids(), ["a", "b", "c"])
    same("gzip: of the whole file", Result(gzip.compress(plain), "c.warc.gz").ids(),
         ["a", "b", "c"])
    same("gzip: members with several records", Result(members(
        [recs[0] + recs[1], recs[2] + recs[0]]), "c").ids(), ["a", "b", "c", "a"])
    same("gzip: members that end anywhere", Result(members(
        [plain[i:i + 100] for i in range(0, len(plain), 100)]), "c").ids(), ["a", "b", "c"])
    same("gzip: an empty member, and zeros at the end", Result(
        members([recs[0], b"", recs[1]]) + bytes(999), "c").ids(), ["a", "b"])
    r = Result(members([recs[0]]) + b"other bytes" * 99 + members([recs[1]]), "c.warc.gz")
    same("gzip: other bytes between members", (r.ids(), r.rejects), (["a", "b"], [
        "c.warc.gz: behind record 1: other bytes between the compressed records"]))
    big = b"".join(response("p%d" % i) + record(http(os.urandom(99000), "image/png"))
                   for i in range(200))
    r = Result(gzip.compress(big, 1), "c.warc.gz")
    same("gzip: a whole file of 20 MB", (len(r.ids()), r.rejects), (200, []))
    cut = gzip.compress(big, 1)
    r = Result(cut[:len(cut) // 2], "c.warc.gz")
    ok("the same, cut in half: half of the articles, and an error", 90 < len(r.ids()) < 110 and
       len(r.rejects) == 1 and "truncated" in r.rejects[0], r.all())
    bomb = gzip.compress(record(http(bytes(200 << 20), "video/mp4")), 9)
    r = Result(gz + bomb + gz, "c.warc.gz")
    ok("gzip: a bomb ends the crawl, with an error", r.ids()[:3] == ["a", "b", "c"] and
       len(r.rejects) == 1 and "times its size" in r.rejects[0], r.all())
    check_damage("c.warc", plain, {len(recs[0]), len(recs[0] + recs[1])} |
                 {len(recs[0]) - i for i in range(5)} |
                 {len(recs[0] + recs[1]) - i for i in range(5)} )
    check_damage("c.warc.gz", gz, {len(members(recs[:1])), len(members(recs[:2]))})
    frames = [zstd(r) for r in recs]
    same("zstd: a record in each frame", Result(b"".join(frames), "c").ids(), ["a", "b", "c"])
    same("zstd: the whole file", Result(zstd(plain), "c").ids(), ["a", "b", "c"])
    check_damage("c.warc.zst", b"".join(frames), {len(frames[0]), len(frames[0] + frames[1])})
    for i in range(200):
        with open("t%d" % i, "wb") as f:
            f.write(response("t%d" % i))
    subprocess.run(["zstd", "-q", "--train", *["t%d" % i for i in range(200)], "-o", "dict",
                    "--maxdict=4096"], check=True, stderr=subprocess.DEVNULL)
    frames = [zstd(r, "-D", "dict") for r in recs]
    with open("dict", "rb") as f:
        raw = f.read()
    for what, kept in [("as it is", raw), ("compressed", zstd(raw))]:
        front = b"\x5d\x2a\x4d\x18" + struct.pack("<I", len(kept)) + kept
        same("zstd: a dictionary, " + what, Result(front + b"".join(frames), "c").ids(),
             ["a", "b", "c"])
        same("its crawls may be joined", Result((front + b"".join(frames)) * 2, "c").ids(),
             ["a", "b", "c"] * 2)
        r = Result(front + frames[0][:-3] + frames[1] + frames[2], "c")
        ok("a damaged frame is one record", r.ids() == ["b", "c"] and len(r.rejects) == 1,
           r.all())
    r = Result(b"".join(frames), "c.warc.zst")
    ok("without its dictionary", r.ids() == [] and r.rejects and "ictionary" in r.rejects[0],
       r.all())
    r = Result(b"\x5d\x2a\x4d\x18\xff\xff\xff\xff" + frames[0], "c.warc.zst")
    ok("a dictionary of 4 GB", r.ids() == [] and len(r.rejects) >= 1, r.all())
    r = Result(b"\x5d\x2a\x4d\x18\x09\0\0\0\x28\xb5\x2f\xfdabcde" + frames[0], "c.warc.zst")
    ok("a damaged dictionary", r.ids() == [] and len(r.rejects) >= 1, r.all())


def check_memory():
    if SANITIZED:
        return
    limit = 300 << 20
    film = record(http(bytes(1 << 20), "video/mp4"), length=None)
    head = film[:film.index(b"\r\n\r\n", film.index(b"HTTP")) + 4]
    with open("sparse.warc", "wb") as f:
        f.write(response("a"))
        f.write(head.replace(b"%d" % len(http(bytes(1 << 20), "video/mp4")), b"5000000047"))
        f.seek(5000000000, 1)
        f.write(b"\r\n\r\n" + response("b"))

    def bound():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    run = subprocess.run([IMPORT, "sparse.warc"], stdout=subprocess.PIPE, preexec_fn=bound)
    got = [r[0] for r in records(io.BytesIO(run.stdout))]
    os.unlink("sparse.warc")
    same("a film of 5 GB is skipped", got, ["A", "S", "A", "Z"])
    text = record(http(b"words " * (12 << 20), "text/plain"), "http://x.example/big")
    r = Result(text + response("b"), stdin=True, limit=limit)
    ok("a text of 72 MB is over the limit", r.ids() == ["b"] and len(r.rejects) == 1 and
       "64 MiB" in r.rejects[0], r.all())


# ---- ARC, and crawls in other files ----

def arc(uri, block, mime="text/html", length=None):
    return ("%s 192.0.2.1 20240311100000 %s %s\n" % (
        uri, mime, len(block) if length is None else length)).encode() + block + b"\n"


def check_arc():
    info = arc("filedesc://x.arc", b"1 0 X\nURL IP-address Archive-date Content-type "
               b"Archive-length\n", "text/plain")
    recs = [info, arc("http://x.example/a b", http(page("a"))),
            arc("http://x.example/c", page("c")), arc("dns:x.example", b"x", "text/dns")]
    for name, data in [("x.arc", b"".join(recs)), ("x.arc.gz", members(recs))]:
        r = Result(data, name)
        same(name, (r.ids(), r.left, r.rejects), (["a b", "c"], ["filedesc record",
                                                                "DNS record"], []))
    meta = Result(b"".join(recs), "x.arc").articles[0][0]
    same("its date and line", (meta["retrieved"], meta["ext"]["arc"]["headers"]["IP-address"]),
         ("2024-03-11T10:00:00Z", "192.0.2.1"))
    r = Result(recs[0] + arc("http://x.example/a", http(page("a")), length="abc") + recs[2])
    ok("a length that is none", r.ids() == ["c"] and len(r.rejects) == 1, r.all())


def check_inside():
    data = members([response("a"), record(http(b"x", "image/png"))])
    with tarfile.open("t.tar", "w") as t:
        info = tarfile.TarInfo("d/c.warc.gz")
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    with open("t.tar", "rb") as f:
        r = Result(f.read(), "t.tar")
    same("in a tar archive", (r.ids(), r.articles[0][0]["source"]),
         (["a"], {"file": "t.tar", "member": "d/c.warc.gz", "record": 1}))
    with zipfile.ZipFile("t.zip", "w") as z:
        z.writestr("c.warc.gz", data)
    with open("t.zip", "rb") as f:
        same("in a zip archive", Result(f.read(), "t.zip").ids(), ["a"])
    same("from standard input", Result(data, stdin=True).ids(), ["a"])
    r = Result(data, options=["--from", "bytes"])
    same("--from bytes keeps it whole", (r.ids(), r.bodies()), (["crawl.warc"], [data]))


def wacz(members, hashes=True, pages=(), package=None, digest=None):
    """A WACZ of these members; `hashes`: True, or one for a member to spoil."""
    listed = [{"name": os.path.basename(n), "path": n, "bytes": len(d),
               "hash": "sha256:" + hashlib.sha256(d if n != hashes else b"x").hexdigest()}
              for n, d in members]
    if package is None:
        package = json.dumps({"profile": "data-package", "wacz_version": "1.1.1",
                              "resources": listed}).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for name, data in members:
            z.writestr(name, data)
        z.writestr("indexes/index.cdx", "com,example)/ 2024\n")
        if pages:
            lines = [{"format": "json-pages-1.0", "id": "pages", "title": "All"}, *pages]
            z.writestr("pages/pages.jsonl", "".join(json.dumps(p) + "\n" for p in lines))
        if package:
            z.writestr("datapackage.json", package)
        if digest:
            z.writestr("datapackage-digest.json", json.dumps({"hash": digest}))
    return out.getvalue()


def check_wacz():
    untitled = record(http(b"<html><body><p>Words.</body></html>"), "http://x.example/u")
    crawls = [("archive/1.warc.gz", members([response("a"), untitled])),
              ("archive/2.warc.gz", members([response("b")]))]
    pages = [{"id": "1", "url": "http://x.example/u", "title": "Listed", "ts":
              "2024-03-11T10:00:00Z"}, {"url": "http://x.example/a", "title": "Other"}, 7]
    data = wacz(crawls, pages=pages)
    for name in ["x.wacz", "x.zip"]:
        r = Result(data, name)
        same("WACZ: %s, the pages behind the crawls" % name, (
            [m["headline"] for m, _ in r.articles], r.left, r.warnings, r.rejects),
            (["a", "Listed", "b"], ["index", "page list", "hash list"], [], []))
    same("WACZ: where it is from", r.articles[2][0]["source"],
         {"file": "x.zip", "member": "archive/2.warc.gz", "record": 1})
    same("WACZ: through a pipe", Result(data, stdin=True).ids(), ["a", "u", "b"])
    r = Result(wacz(crawls, hashes="archive/1.warc.gz"), "x.wacz")
    same("WACZ: a member with another hash is an error, the others are taken",
         (r.ids(), r.rejects), (["b"], ["x.wacz: archive/1.warc.gz: its hash is not that of "
                                       "datapackage.json"]))
    for what, how in [("without datapackage.json", {"package": b""}),
                      ("with one that is no JSON", {"package": b"{"}),
                      ("with one that is no object", {"package": b"[]"}),
                      ("with one without a list", {"package": b'{"resources":{}}'}),
                      ("with one that is not that of its hash", {"digest": "sha256:00"})]:
        r = Result(wacz(crawls, **how), "x.wacz")
        same("WACZ: %s: a warning" % what, (r.ids(), len(r.warnings), r.rejects),
             (["a", "u", "b"], 1, []))
    r = Result(wacz(crawls, package=b'{"resources":[{"path":7,"hash":[]},{},1]}'), "x.wacz")
    same("WACZ: members that are not listed: a warning of each", (r.ids(), len(r.warnings)),
         (["a", "u", "b"], 2))
    inner = wacz(crawls[1:], pages=[{"url": "http://x.example/u", "title": "Inner"}])
    r = Result(wacz([("b.wacz", inner)] + crawls[:1], pages=pages), "x.wacz")
    same("WACZ: one in another", ([m["headline"] for m, _ in r.articles], r.rejects),
         (["b", "a", "Listed"], []))
    big = wacz([("archive/1.warc.gz", members([response("a")]))], pages=[
        {"url": "http://x.example/%d" % i, "title": "t" * 3000} for i in range(20000)])
    same("WACZ: many pages", Result(big, "x.wacz").ids(), ["a"])
    twice = members([response("a"), record(http(os.urandom(150000), "image/png"))])
    said = hashlib.sha256()
    for i in range(0, len(twice), 65536):
        said.update(twice[i:i + 65536] * 2)
    package = {"software": "@harvard-lil/js-wacz 0.1.6", "resources": [
        {"path": "archive/1.warc.gz", "hash": "sha256:" + said.hexdigest()}]}
    r = Result(wacz([("archive/1.warc.gz", twice)], package=json.dumps(package).encode()),
               "x.wacz")
    same("WACZ: the hash that js-wacz writes", (r.ids(), r.rejects, r.warnings),
         (["a"], [], []))
    bad = None
    for at in range(0, len(data), 61):
        for broken in [data[:at], data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]]:
            r = Result(broken, "x.wacz")
            if r.failed or (len(r.ids()) < 3 and at > 0 and not r.rejects):
                bad = (at, len(broken), r.all())
    ok("WACZ: cut or changed at any byte: what is missing is named", bad is None, bad)
    with zipfile.ZipFile("x.zip", "w") as z:
        z.writestr("archive/2024/a.html", page("a"))
    with open("x.zip", "rb") as f:
        same("WACZ: another zip archive is none", Result(f.read(), "x.zip").ids(), ["a.html"])


def check_command():
    sheaf = os.environ.get("SHEAF")
    if not sheaf:
        return
    changed = record(http(page("a", "Corrected.")), "http://x.example/a")
    with open("p.warc.gz", "wb") as f:
        f.write(members([response("a"), response("b"), changed]))

    def run(*words):
        return subprocess.run([sheaf, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False).stdout

    said = run("pack", "-o", "p.sheaf", "--keep", "raw", "p.warc.gz")
    same("pack, and get by address", run("get", "p.sheaf", "http://x.example/b"), page("b"))
    same("fetched again with other words: a revision", (
        run("get", "p.sheaf", "http://x.example/a"),
        run("get", "p.sheaf", "--rev", "1", "http://x.example/a")),
        (page("a", "Corrected."), page("a")))
    ok("verify", b"intact" in run("verify", "p.sheaf"), said)
    with open("p.wacz", "wb") as f:
        f.write(wacz([("archive/1.warc.gz", members([response("a"), response("b")]))]))
    run("pack", "-o", "q.sheaf", "p.wacz")
    run("extract", "q.sheaf", "-C", "out")
    same("extract: a file for each page, not for each crawl",
         sorted((os.path.join(folder, name)[4:], open(os.path.join(folder, name), "rb").read())
                for folder, _, names in os.walk("out") for name in names),
         [("x.example/%s.html" % n, page(n)) for n in "ab"])


def run_checks(checks):
    if not shutil.which("zstd"):
        skip_all("there is no zstd")
    for check in checks:
        check()
    finish()


if __name__ == "__main__":
    run_checks([check_records, check_revisits, check_order, check_codings, check_digests,
                check_lengths, check_compressed, check_memory, check_arc, check_inside,
                check_wacz, check_command])
