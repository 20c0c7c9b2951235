"""page.py - see page.sh."""

import base64
import http.server
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zlib

ROOT = os.path.abspath(os.path.dirname(__file__) + "/../..")
sys.path[:0] = [ROOT + "/tests", ROOT + "/tests/web", ROOT + "/src/python"]
import http_server  # noqa: E402
from driver import Browser, missing  # noqa: E402
from tap import SHEAF, finish, ok, same, skip_all  # noqa: E402

os.environ["SHEAF_LIBRARY"] = os.path.dirname(SHEAF) + "/libsheaf.so"
import sheaf as library  # noqa: E402

SHOTS = os.environ.get("SHOTS")
VECTORS = ROOT + "/spec/vectors/"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript",
         "wasm": "application/wasm", "json": "application/json"}


class Site(http.server.BaseHTTPRequestHandler):
    """A static host, with ranges; below /plain/ without."""
    protocol_version = "HTTP/1.1"
    files = {}
    asked = []
    kept = False  # answers may be
    slow = 0  # seconds before an archive is given

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.asked.append(self.path)
        name = urllib.parse.unquote(self.path.partition("?")[0]).lstrip("/") or "index.html"
        plain = name.startswith("plain/")
        data = self.files.get(name.removeprefix("plain/"))
        if data is None:
            return self.answer(404, b"")
        if name.endswith(".sheaf"):
            time.sleep(Site.slow)
        place = http_server.span(self.headers.get("Range"), len(data))
        tag = http_server.tag_of(data)
        if self.headers.get("If-Match", tag) != tag:
            return self.answer(412, b"")
        kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
        if place is None or plain:
            return self.answer(200, data, ETag=tag, Content_Type=kind)
        first, last = place
        return self.answer(206, data[first:last + 1], ETag=tag, Content_Type=kind,
                           Content_Range=f"bytes {first}-{last}/{len(data)}")

    def answer(self, status, body, **headers):
        self.send_response(status)
        keep = ({"Last_Modified": "Mon, 06 Jan 2020 00:00:00 GMT"} if Site.kept
                else {"Cache_Control": "no-store"})
        for name, value in {"Content_Length": str(len(body)), **keep, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Spy(Site):
    """Another host, which nothing may ask."""
    asked = []


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        pass  # a browser that hangs up


def serve(handler):
    server = Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def sheaf(*args, code=0, **more):
    p = subprocess.run([SHEAF, *args], capture_output=True, **more)
    assert p.returncode == code, (args, p.stderr)
    return p.stdout.decode()


def hostile(spy):
    """Articles that try to run, to load, and to deceive the eye."""
    page = f"""<html><head><meta charset="utf-8"><base href="{spy}/base/">
<meta http-equiv="refresh" content="0; url={spy}/refresh">
<link rel="stylesheet" href="{spy}/style.css"><link rel="dns-prefetch" href="{spy}">
<link rel="preload" as="image" href="{spy}/preload.png">
<style>@import url("{spy}/import.css"); body {{ background: url("{spy}/bg.png") }}</style>
<script>top.hacked = 1; fetch("{spy}/fetch")</script></head>
<body onload="top.hacked = 2" background="{spy}/body.png"><h1>Hello</h1>
<img src="{spy}/image.png" srcset="{spy}/set.png 2x" onerror="top.hacked = 3">
<iframe src="{spy}/frame"></iframe><object data="{spy}/object"></object>
<embed src="{spy}/embed"><video poster="{spy}/poster.png" src="{spy}/video"></video>
<svg><image href="{spy}/svg.png"/><use href="{spy}/use.svg#x"/><script>top.hacked = 4</script></svg>
<p style="background: url({spy}/inline.png)">A paragraph of the page.</p>
<form action="{spy}/form"><button autofocus>x</button></form>
<a href="javascript:top.hacked = 5" id="x">link</a><a href="{spy}/link" title="Nowhere" target="_top">out</a>
<template><img src="{spy}/template.png"></template></body></html>"""
    yield {"id": "bad/<b>id</b>", "title": "<img src=x onerror='top.hacked=6'><script>x</script>",
           "text": "</script><script>top.hacked = 7</script>\n\n<b>bold</b> & ]]>",
           "section": "<i>section</i>", "published": "2024-05-06"}
    yield {"id": "bad/page", "title": "A page that wants more", "html": page,
           "published": "2024-05-05", "url": "javascript:top.hacked=8",
           "authors": [{"name": "<u>Nobody</u>"}]}
    yield {"id": "bad/bidi", "title": "\u202eevil\u202d \u2066good", "text": "\u202etxet",
           "published": "2024-05-04", "url": "https://bank.example/\u202egpj.exe"}
    yield {"id": "bad/dates", "title": "T" * 900 + " " + "\u0301" * 2000, "text": "x" * 200000,
           "published": "9999-12-31"}
    yield {"id": "bad/ar", "title": "\u062e\u0628\u0631 \u0639\u0627\u062c\u0644", "lang": "ar",
           "text": "\u0646\u0635 \u0627\u0644\u062e\u0628\u0631", "published": "2024-05-03"}
    yield {"id": "bad/short", "title": "Short lines", "text": "1\n\n" * 20000,
           "published": "2024-05-03"}
    yield {"id": "bad/deep", "title": "Elements in elements", "published": "2024-05-03",
           "html": "<p>Before.</p>" + "<article><main>" * 200 + "<p>A gate.</p>" * 20000}
    yield {"id": "#/a/x?rev=2", "title": "An ID like an address", "text": "x",
           "published": "2024-05-02"}
    yield {"id": "../../etc/passwd", "title": "An ID like a path", "text": "x",
           "published": "2024-05-01"}


# The last word of each is Zürich.
LETTERS = {
    "a-none.html": b"<title>None</title><p>In Z\xfcrich",
    "b-late.html": b"<title>Late</title><!--" + b"x" * 5000 +
                   b'--><meta charset="iso-8859-2"><p>In Z\xfcrich',
    "c-fake.html": b'<title>Fake</title><meta name="keywords" content="charset=koi8-r">'
                   b'<meta charset="utf-8"><p>In Z\xc3\xbcrich',
    "d-utf16.html": "\ufeff<title>Wide</title><p>In Z\u00fcrich".encode("utf-16-le"),
    "e-said16.html": b'<title>Said</title><meta charset="utf-16"><p>In Z\xc3\xbcrich',
    "g-xml16.html": b'<?xml version="1.0" encoding="utf-16"?><title>X</title>'
                    b"<p>In Z\xc3\xbcrich",
    "h-both.html": b'<?xml version="1.0" encoding="iso-8859-1"?><title>X</title>'
                   b'<meta charset=""><meta charset=utf-8><p>In Z\xc3\xbcrich',
    "i-cut.html": b"<title>Cut \xc3</title>" + b"\xc3\xbc" * 20 + b"<p>In Z\xc3\xbcrich",
    "f.xhtml": b'<?xml version="1.0" encoding="iso-8859-1"?><html xmlns='
               b'"http://www.w3.org/1999/xhtml"><head><title>X</title><script src="a.js"/></head>'
               b"<body><p>First.</p><script/><p><![CDATA[In Z\xfcrich]]></p></body></html>",
}

MARKS = "a" + "\u0301" * 30000
BOTH = "a\u05d0" * 15000
DEEP = 300000
# Parsed once, the link is text of a style sheet; parsed again, it would be an element.
REBORN = """<form><math><mtext></form><form><mglyph><style></math>@
<div><table><td><svg><foreignobject><math><mtext><table><mglyph><style></math>@"""


def heavy(spy):
    """Articles that would take a browser quadratic time or memory."""
    yield {"id": "marks", "title": MARKS, "summary": MARKS, "section": MARKS[:1500],
           "text": MARKS + "b",
           "authors": [{"name": MARKS}]}
    yield {"id": "both", "title": BOTH, "text": BOTH + "b"}
    yield {"id": "title", "title": "T" * 1020, "text": "x"}
    yield {"id": "items", "title": "Items", "html": "<ul>" + "<li>An item." * 1000 + "</ul>"}
    yield {"id": "plain", "title": "Plain", "text": "A word. " * 20000}
    yield {"id": "page", "title": "A page", "html": f"""<body {' '.join(
        f'on{i}' for i in range(20000))} lang="he"><p style="x" {' '.join(
        f'on{i} q{i}' for i in range(20000))} dir="rtl">First.</p><p>{MARKS}</p>{BOTH}
<style>i ~ i ~ i ~ b {{ color: red }}</style><table><col span="1000"><td colspan="2">In a cell.
</table><p hidden>Not seen.</p><svg><g id="a"><use href="#a"/></g></svg><video controls></video>
<math><mi>x</mi></math><select><option>x</select><img src="data:image/svg+xml,<svg/>" alt="svg">
<a href="{spy}/link">A link.</a>{REBORN.replace('@', f'<link rel="preconnect" href="{spy}">')}
{REBORN.replace('@', f'<iframe src="{spy}"></iframe>')}"""}
    yield {"id": "deep", "title": "Deep", "html": "<p>Before.</p>" + "<div>" * DEEP + "x"}
    yield {"id": "trees", "title": "Trees", "html": "<p>Before.</p>" + "<template>" * 40000}
    yield {"id": "tongues", "title": "Tongues", "html": '<p lang="en-GB">A.<p lang="not one!">B.' +
           "".join(f'<p lang="a{chr(97 + i % 26)}{chr(97 + i // 26)}">x' for i in range(90))}
    yield {"id": "down", "title": "Down", "html": "<ol reversed><li>Two.<li>One.</ol>" +
           "<ol reversed>" + "<li>x" * 20000 + "</ol>" + "<ol reversed><li>y</ol>" * 40}
    yield {"id": "in", "title": "In", "html": "<div>" * 1000 + "In divisions."}
    yield {"id": "links", "title": "Links", "html": "<a><div>" * 4000 + "In links."}
    yield {"id": "many", "title": "Many", "html": "<b>x</b>" * 100000}
    yield {"id": "reborn", "title": "Reborn", "html": "<p>" + "<font/color=1>" * 48 +
           "<b><i><u>" * 12 + "<marquee>" + "<div>x</div>" * 60000 + "</marquee>"}
    yield {"id": "costly", "title": "Costly", "html": '<ol><li value="7">One.</ol><q>Two.</q>'
           '<table><td colspan="1000" rowspan="9">Three.</table>' + "<ruby>b<rt>c</ruby>" * 600 +
           "<noscript><p>Not seen.</noscript><pre>" + "\tx" * 20000 + "</pre><p>" +
           "".join(f"<b a{n}>" for n in range(300)) + "<p>x" * 300}
    own = ["data:image/png;base64," + base64.b64encode(p).decode() for p in large_pictures(4)]
    yield {"id": "large", "title": "Large", "html": "<p>Words." + "".join(
        f'<img width=8 alt=black src="{url}"><img width=9 alt=black src="{url}">' for url in own)}


def png(width, height, bits, colour, rows, more=b""):
    """A PNG, with some bytes that mean nothing."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            (chunk(b"spAr", more) if more else b"") +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def picture(size=0):
    """A red one of 3 by 2 pixels."""
    return png(3, 2, 8, 2, (b"\0" + b"\xff\0\0" * 3) * 2, bytes(size))


def large_pictures(n):
    """So many of 8000 by 8000 pixels: two are what a page may have, though the files are small."""
    return [png(8000, 8000, 1, 0, bytes(8000 * 1001), bytes([i])) for i in range(1, n + 1)]


def make_site(spy):
    for name in "index.html", "sheaf.css", "sheaf.js", "sheaf.wasm":
        with open(f"{ROOT}/build/web/{name}", "rb") as f:
            Site.files[name] = f.read()
    for key in "k", "other", "w":
        sheaf("keygen", "-W", "-p", key + ".pub", "-s", key + ".sec")
    pack = ["pack", "-q", "-j", "1", "--new-log", "--time", "2025-01-02T03:04:05Z", "-s", "k.sec",
            "-n", "news.example.org/archive"]
    sheaf(*pack, "-o", "old.sheaf", ROOT + "/tests/newsroom")
    sheaf("cosign", "old.sheaf", "-q", "-s", "w.sec", "--name", "w.example.org/1", "-p", "k.pub",
          "--time", "2025-02-03T04:05:06Z")
    with open("old.sheaf", "rb") as f:
        open("news.sheaf", "wb").write(f.read())
    sheaf("append", "-q", "-s", "k.sec", "--new-log", "news.sheaf",
          ROOT + "/tests/newsroom-corrections")
    with open("more.jsonl", "w") as f:
        f.writelines('{"id":"m%d","title":"More","text":"More."}\n' % i for i in range(20))
    with open("news.sheaf", "rb") as f:
        open("unsigned.sheaf", "wb").write(f.read())
    with open("long.jsonl", "w") as f:
        f.writelines('{"id":"long/%d","title":"Long","text":"%s"}\n' % (
            i, random.Random(i).randbytes(20000).hex()) for i in range(300))
    for name in "long", "drafts":
        sheaf(*pack[:-1], name + ".example.org/archive", "-o", name + ".sheaf", "long.jsonl")
    with open("added.jsonl", "w") as f:
        f.write('{"id":"added","title":"Added","text":"Strange."}')
    sheaf("append", "-q", "--unsigned", "unsigned.sheaf", "added.jsonl")
    sheaf(*pack, "-o", "fork.sheaf", ROOT + "/tests/newsroom", "more.jsonl")
    sheaf("redact", "news.sheaf", "business/2025-01-16-rates.txt", "-o", "cut.sheaf", "--new-log",
          "--reason", "by order of the court", "-s", "k.sec", "-q")
    sheaf("redact", "news.sheaf", "business/2025-01-16-rates.txt", "-o", "taken.sheaf",
          "--reason", "by order of the court", "--unsigned", "-q")
    os.makedirs("site")
    with open("site/a.png", "wb") as f:
        f.write(picture())
    with open("site/one.html", "w") as f:
        f.write('<title>With a picture</title><p>Words.</p><img src="a.png" alt="red">')
    sheaf("pack", "-q", "--media", "-o", "media.sheaf", "site/one.html")
    with open("site/a.png", "wb") as f:
        f.write(picture(1000000))
    with open("site/many.html", "w") as f:
        f.write("<title>With a picture</title><p>Words.</p>" + '<img src="a.png" alt="red">' * 400)
    sheaf("pack", "-q", "--media", "-o", "copies.sheaf", "site/many.html")
    with library.create("tags.sheaf") as w:
        w.add("html", "Start. " + "<b>" * 20_000_000, type="text/html")
        w.add("xhtml", "Start. " + "<a/>" * 10_000_000, type="application/xhtml+xml")
    with library.create("names.sheaf") as w:
        w.add("names", "".join(f'<img src="{i}.png" alt="red">' for i in range(400)),
              type="text/html", parts=[("media", "image/png", picture(1000000))],
              meta={"media": [{"part": 1, "url": f"{i}.png"} for i in range(400)]})
    for i, data in enumerate(large_pictures(3)):
        with open(f"site/large{i}.png", "wb") as f:
            f.write(data)
    with open("site/large.html", "w") as f:
        f.write("<title>Large</title><p>Words.</p>" + "".join(
            f'<img src="large{i}.png" alt="black" width="8">' for i in range(3)))
    sheaf("pack", "-q", "--media", "-o", "large.sheaf", "site/large.html")
    with open("heavy.jsonl", "w") as f:
        f.writelines(json.dumps(a) + "\n" for a in heavy(spy))
    sheaf("pack", "-q", "-o", "heavy.sheaf", "heavy.jsonl")
    with open("heavy.jsonl", "w") as f:
        f.write(json.dumps({"id": "both", "title": BOTH, "text": BOTH.replace("\u05d0", " \u05d0")}))
    sheaf("append", "-q", "heavy.sheaf", "heavy.jsonl")
    os.makedirs("letters")
    for name, page in LETTERS.items():
        with open(f"letters/{name}", "wb") as f:
            f.write(page)
    with open("letters/slow.html", "wb") as f:
        f.write(b"<a><h1><ul><b><ul><h1><b><li><nobr><dd><ul><ul>" * 1400)
    sheaf("pack", "-q", "-o", "letters.sheaf", "letters")
    with open("bad.jsonl", "w") as f:
        f.writelines(json.dumps(a) + "\n" for a in hostile(spy))
    sheaf("pack", "-q", "-o", "bad.sheaf", "bad.jsonl")
    for name in os.listdir("."):
        if name.endswith(".sheaf"):
            with open(name, "rb") as f:
                Site.files["archives/" + name] = f.read()
    flipped = bytearray(Site.files["archives/news.sheaf"])
    for at in range(2000, len(flipped) - 20000, 3000):
        flipped[at] ^= 1
    Site.files["archives/flipped.sheaf"] = bytes(flipped)
    lost = bytearray(Site.files["archives/news.sheaf"])
    lost[-1000:-20] = bytes(980)
    Site.files["archives/lost.sheaf"] = bytes(lost)
    Site.files["archives/cut-off.sheaf"] = bytes(lost[:-2500])
    Site.files["archives/page.html"] = b"<title>No archive</title>" * 99
    Site.files["archives.json"] = json.dumps([
        {"name": "News <b>&</b> more", "url": "archives/news.sheaf", "size": 100000,
         "origin": "news.example.org/archive"}, {"name": "no url"}, 7]).encode()
    for name in os.listdir(VECTORS):
        if name.endswith(".sheaf"):
            with open(VECTORS + name, "rb") as f:
                Site.files["vectors/" + name] = f.read()


LISTED = "document.querySelector('#rows .lines a')"
READ = "document.querySelector('.content > *')"
DONE = f"({LISTED} || document.querySelector('#headline'))"


class Page:
    def __init__(self, site, **how):
        self.site = site
        self.b = Browser(**how)

    def open(self, archive, key="", place=""):
        self.b.go("about:blank")
        query = urllib.parse.urlencode({"archive": archive, **({"key": key} if key else {})})
        self.b.go(f"{self.site}/?{query}{place}")
        return self.b.wait(DONE)

    def read(self, ident, rev=0):
        self.b.js("document.querySelector('.content')?.replaceChildren();"
                  "document.querySelector('#headline')?.remove();"
                  "location.hash = arguments[0]", "#/a/" + urllib.parse.quote(ident, safe="") +
                  (f"?rev={rev}" if rev else ""))
        return self.b.wait(f"{READ} || document.querySelector('.problem')")

    def shot(self, name):
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            time.sleep(0.4)
            self.b.screenshot(f"{SHOTS}/{name}.png")

    def titles(self):
        return self.b.js("return [...document.querySelectorAll('#rows .title')]"
                         ".map((e) => e.textContent)")


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"(?m)^#+ ", "", text)).strip()


# ---- The start, lists --------------------------------------------------------

def try_start(p):
    b = p.b
    b.go(p.site + "/")
    ok("what archives.json offers", b.wait("document.querySelector('.offers a')") and
       b.text(".offers .title") == "News <b>&</b> more" and
       b.js("return document.querySelectorAll('.offers a').length") == 1)
    p.shot("start")
    b.click(".offers a")
    ok("is opened by a click", b.wait(LISTED), b.text("main"))
    same("nothing is complained of", [m for m in b.log() if "archives.json" not in m], [])
    Site.files["archives.json"], kept = b"{", Site.files["archives.json"]
    b.go(p.site + "/")
    ok("archives.json may be nonsense", b.wait("document.querySelector('.drop')"))
    Site.files["archives.json"] = kept
    for archive, says in (("archives/none.sheaf", "404"), ("archives/page.html", "not a sheaf"),
                          ("file:///etc/passwd", "only addresses of http"),
                          ("javascript:alert(1)", "only addresses of http"),
                          ("http://[", "")):
        p.open(archive)
        ok(f"{archive}: says why", b.wait("document.querySelector('.start [role=alert]')") and
           says in b.text(".start [role=alert]"), b.text("main"))


def try_list(p):
    b = p.b
    p.open("archives/news.sheaf")
    b.wait("/articles/.test(document.querySelector('.summary').textContent)")
    lines = [x.split("\t") for x in sheaf("list", "news.sheaf", "--sort", "date",
                                          "--reverse").splitlines()]
    titles = p.titles()
    ok("a page of the newest", len(titles) == 50 and titles[0] == lines[0][2], titles[:3])
    same("as many as there are", b.text(".summary"), f"{len(lines)} articles")
    p.shot("list")
    same("no value of the script is shown", b.js(
        "return document.body.innerText.match(/\\b(null|undefined|NaN|\\[object)/g)"), None)
    b.click(".pager button")
    b.wait("document.querySelectorAll('#rows .title').length < 50")
    rest = p.titles()
    same("and the rest", sorted(titles + rest), sorted(x[2] or x[0] for x in lines))
    ok("the focus goes along", b.js("return document.activeElement.matches('.lines a')"))
    landmarks = b.js("return ['header', 'nav[aria-label]', 'main', 'footer', 'form[role=search]',"
                     " '[role=status]'].filter((s) => !document.querySelector(s))")
    same("landmarks", landmarks, [])
    same("one main heading", b.js("return document.querySelectorAll('h1, [role=heading]"
                                  "[aria-level=\"1\"]').length"), 1)
    same("everything that can be used has a name", b.js("""
        return [...document.querySelectorAll('a, button, input, select, textarea')].filter((e) =>
            !(e.innerText || e.getAttribute('aria-label') || e.labels?.length || e.title ||
              e.textContent.trim())).map((e) => e.outerHTML)"""), [])
    p.open("archives/news.sheaf", place="#/?month=2024")
    b.wait("document.querySelector('.chip')")
    want = [x for x in lines if x[1].startswith("2024")]
    b.wait(f"document.querySelectorAll('#rows .title').length === {len(want)}", 10)
    same("one year", len(p.titles()), len(want))
    ok("its months are bars with names", b.js(
        "return document.querySelectorAll('.bars a').length") == 12 and "articles" in b.js(
        "return document.querySelector('.bars a').getAttribute('aria-label')"))
    p.open("archives/news.sheaf", place="#/?section=" + urllib.parse.quote("Weather"))
    b.wait("document.querySelectorAll('#rows .title').length < 20", 10)
    ok("one section", 0 < len(p.titles()) < 20 and b.js(
        "return document.querySelector('#section').value") == "Weather", p.titles())


def try_search(p):
    b = p.b
    p.open("archives/news.sheaf")
    b.press("/")
    ok("/ goes to the search", b.js("return document.activeElement.id") == "search")
    b.type("#search", "KOSTENBRUCK orgel")
    b.press("Enter")
    b.wait("document.querySelectorAll('#rows .title').length === 1", 10)
    ok("words of a title, whatever their accents", [t[:9] for t in p.titles()] == ["Die Orgel"],
       p.titles())
    b.type("#search", "no such words")
    b.press("Enter")
    ok("and none", b.wait("/No article/.test(document.querySelector('.summary').textContent)"))
    ok("which is said aloud, too", "No article" in b.text("#status") or b.wait(
        "/No article/.test(document.querySelector('#status').textContent)", 5), b.text("#status"))


# ---- Articles ----------------------------------------------------------------

def try_articles(p):
    b = p.b
    p.open("archives/news.sheaf")
    for ident in ("weather", "science/2024-04-08-eel-count.txt", "local/2024-08-15-allotments.txt",
                  "culture/bibliotheque-de-nuit.txt", "culture/oldferry-onion-tart.md"):
        if ident == "weather":
            ident = [x.split("\t")[0] for x in sheaf("list", "news.sheaf").splitlines()
                     if x.startswith("weather/")][0]
        p.read(ident)
        body = sheaf("get", "news.sheaf", ident)
        if ident.endswith(".md"):
            body = re.sub(r"(?m)^[-*] ", "", re.sub(r"(?s)^---\n.*?\n---\n", "", body))
        body = plain(body)
        shown = plain(b.js("return document.querySelector('.text').textContent"
                           ".replace(/\\n/g, ' ')") or "")
        joined = plain(b.js("return [...document.querySelectorAll('.text > *')]"
                            ".map((e) => e.textContent).join(' ')"))
        title = plain(b.text("#headline"))
        want = body.removeprefix(title).strip()
        ok(f"{ident}: its whole text", joined == want and shown != "",
           f"{joined[:300]}\n{want[:300]}")
        ok("the focus is on its headline", b.js("return document.activeElement.id") == "headline")
    p.read("culture/2025-07-04-schattentheater.html")
    text = b.text(".text")
    ok("of a page, the text", "Lohr" in text and "<" not in text, text[:200])
    same("in its language", b.js("return document.querySelector('.text').lang"), "de")
    ok("and what it is worth", "anybody can have written this" in b.text(".verdict") and
       "none: no key" in b.text(".provenance"), b.text(".provenance"))
    p.shot("article-without-key")
    p.read("no/such")
    ok("no such article", "No such article" in b.text("#headline") and "no/such" in
       b.text(".problem"))


def try_revisions(p, key):
    b = p.b
    p.open("archives/news.sheaf", key)
    ident = "science/2024-04-08-eel-count.txt"
    p.read(ident)
    ok("the revisions", b.wait("document.querySelectorAll('.revisions li').length === 2"),
       b.text(".provenance"))
    b.click("[data-mode=changes]")
    ok("and what changed", b.wait("document.querySelector('.changes ins, .changes del')"),
       b.text(".content"))
    old, new = (plain(sheaf("get", "news.sheaf", ident, "--rev", r)).split() for r in "12")
    added = b.js("return [...document.querySelectorAll('.changes ins, .whole.add')]"
                 ".map((e) => e.textContent).join(' ')").split()
    removed = b.js("return [...document.querySelectorAll('.changes del, .whole.del')]"
                   ".map((e) => e.textContent).join(' ')").split()
    ok("which are words of one and not of the other", added and all(w in new for w in added) and
       all(w in old for w in removed), added, removed)
    p.shot("changes")
    p.read(ident, 1)
    ok("an older revision says that there is a newer one", "newer" in b.text(".older") and
       "revision 1" in b.text(".provenance"), b.text("article"))


def try_pictures(p):
    b = p.b
    p.open("archives/media.sheaf")
    b.click("#rows .lines a")
    ok("a picture of the archive is shown", b.wait(
        "document.querySelector('.pictures img')?.naturalWidth === 3"), b.text("#reading"))
    b.click("[data-mode=page]")
    ok("also in the page itself", b.wait("document.querySelector('iframe')?.srcdoc") and
       'src="data:image/png;base64,' in b.js("return document.querySelector('iframe').srcdoc"),
       b.js("return document.querySelector('iframe').srcdoc"))
    b.click("[data-mode=text]")
    p.open("archives/large.sheaf")
    b.click("#rows .lines a")
    ok("no more than there is room for", b.wait(
        "document.querySelectorAll('.pictures img').length === 2 && "
        "document.querySelector('.pictures')?.innerText.includes('1 picture left out')"),
       b.text("#reading"))
    b.click("[data-mode=page]")
    ok("in the page, too", b.wait(
        "document.querySelector('iframe')?.srcdoc.split('<img').length === 3"), b.text(".content"))


def try_redaction(p, key):
    b = p.b
    p.open("archives/cut.sheaf", key)
    p.read("business/2025-01-16-rates.txt")
    ok("a redacted article says why", "redacted" in b.text("#headline") and
       "by order of the court" in b.text(".problem"), b.text(".problem"))
    p.open("archives/cut.sheaf", key)
    b.click(".pager button")
    gone = b.wait("document.querySelector('.gone a')")
    b.js("document.querySelector('.gone a')?.click()")
    ok("also from the list", gone and b.wait(
        "/court/.test(document.querySelector('.problem')?.innerText)"), b.text("#reading"))
    forget(p)
    p.open("archives/taken.sheaf", key)
    ok("what nobody signed is no redaction", "Link’s key" in b.text("#trust"), b.text("#trust"))
    b.click(".pager button")
    b.wait("document.querySelector('.gone a')")
    same("it was removed", b.js("return document.querySelector('section:has(.gone) h3').innerText"),
         "Removed")
    b.js("document.querySelector('.gone a').click()")
    ok("and is missing", b.wait("/is missing/.test(document.querySelector('#headline')?.innerText)")
       and "no signed redaction" in b.text(".problem"), b.text("#reading"))
    for leaf, says in ("0", "is there"), ("123456", "not found"):
        b.js("location.hash = '#/leaf/' + arguments[0]", leaf)
        ok(f"nor is leaf {leaf}: {says}", b.wait(
            f"document.querySelector('#headline')?.innerText.includes('{says}')")
            and "redacted" not in b.text("#headline"), b.text("#reading"))


# ---- Keys --------------------------------------------------------------------

def enter_key(p, key):
    p.b.click("#trust")
    p.b.wait("document.querySelector('dialog[open] #key')")
    p.b.type("#key", key)
    p.b.js("document.querySelector('form.key button[type=submit]').click()")


def forget(p):
    p.b.go(p.site + "/index.html")
    p.b.js("localStorage.clear()")


def try_keys(p, key, other):
    b = p.b
    forget(p)
    p.open("archives/news.sheaf")
    ok("without a key", b.text("#trust") == "Not checked against a key", b.text("#trust"))
    enter_key(p, "nonsense")
    ok("what is no key", b.wait("document.querySelector('.key [role=alert]').textContent !== ''"),
       b.text("dialog"))
    ok("changes nothing", b.text("#trust") == "Not checked against a key")
    enter_key(p, other)
    ok("another key: not authentic", b.wait(
        "/Not authentic/.test(document.querySelector('#trust').innerText)"), b.text("#trust"))
    ok("and nothing is shown", "No article is shown" in b.text("main") and not b.js(
        f"return {LISTED}"), b.text("main"))
    p.shot("refused")
    enter_key(p, key)
    ok("the right one: authentic", b.wait(
        "document.querySelector('#trust').innerText === 'Authentic'"), b.text("#trust"))
    b.click("dialog button.icon")
    b.click("#trust")
    same("then nothing is wrong", b.js(
        "return [...document.querySelectorAll('dialog .wrong')].map((e) => e.innerText).join()"), "")
    b.click("dialog button.icon")
    p.open("archives/news.sheaf")
    ok("it is remembered, and the archive is as seen before", b.text("#trust") == "Consistent",
       b.text("#trust"))
    p.read("science/2024-04-08-eel-count.txt")
    said = b.text(".provenance")
    ok("an article has key, origin, level, times, proof", all(x in said for x in (
        "As seen before", "consistent", "news.example.org/archive", "proven by the signed map",
        "not checked (no policy given)", "Save the proof")), said)
    b.wait("!document.querySelector('#sealed').hidden")
    ok("and when it was archived, as claimed", "2 January 2025" in b.text("#sealed") or
       "archived" in b.text("#sealed"), b.text("#sealed"))
    p.shot("article")
    p.open("archives/news.sheaf", other)
    ok("a link cannot replace it", b.text("#trust") == "Consistent")
    b.click("#trust")
    ok("but is told of", "another key" in b.text("dialog"), b.text("dialog"))
    p.open("archives/old.sheaf")
    ok("an older copy: rollback", b.text("#trust") == "Rollback" and "newer archive" in
       b.text("main") and not b.js(f"return {LISTED}"), b.text("main"))
    said, tone = check_everything(b)
    ok("whose bytes may be right", tone == "wrong" and said.startswith("Rollback") and
       "Every byte was checked" in said, said)
    p.open("archives/fork.sheaf")
    ok("another history: fork", b.text("#trust") == "Fork" and not b.js(f"return {LISTED}"),
       b.text("main"))
    b.js("[...document.querySelectorAll('main button')].at(-1).click()")
    ok("which can be read without checking", b.wait(LISTED) and b.text("#trust") ==
       "Not checked against a key", b.text("main"))
    forget(p)
    p.open("archives/news.sheaf", key)
    ok("a key of a link is said to be one", "Link’s key" in b.text("#trust"), b.text("#trust"))
    vkey = sheaf("vkey", "-p", "k.pub", "-n", "news.example.org/archive").strip()
    b.go(f"{p.site}/?archive=archives/news.sheaf&key={vkey}")
    ok("also if its + are not escaped", b.wait(DONE) and "Link’s key" in b.text("#trust"),
       b.text("#trust"))
    b.click("#trust")
    same("and is not taken for one that was entered", b.js(
        "document.querySelector('form.key button[type=submit]').click();"
        "return document.querySelector('#key').value"), "")
    time.sleep(0.5)
    ok("nor remembered", "Link’s key" in b.text("#trust") and b.js(
        "return localStorage.getItem('sheaf.key.news.example.org/archive')") is None)


def try_two_keys(p, key, other):
    """The archive is to be read without a key while one is checked. What is
    read then is not what the key has signed."""
    b = p.b
    forget(p)
    b.js("localStorage.setItem('sheaf.policy.news.example.org/archive', 'quorum none')")
    p.open("archives/unsigned.sheaf", other)
    ok("refused with a link's key", "No article is shown" in b.text("main"), b.text("main"))
    Site.slow = 1
    enter_key(p, key)
    b.click("dialog button.icon")
    b.js("[...document.querySelectorAll('main button')].at(-1).click()")
    time.sleep(0.5)
    Site.slow = 0
    ok("the last wish counts", b.wait(LISTED) and b.wait(
        "document.querySelector('#trust').innerText === 'Not checked against a key'"),
       b.text("#trust"))
    p.read("added")
    ok("and it is not said that a key has signed what was added",
       "Strange." in b.text("main") and "none: no key" in b.text(".provenance"), b.text("main"))
    forget(p)


def try_witness(p, key):
    b = p.b
    forget(p)
    p.open("archives/old.sheaf", key)
    policy = "witness w %s\nquorum w\n" % sheaf("vkey", "-p", "w.pub", "--name",
                                               "w.example.org/1").strip()
    b.click("#trust")
    b.js("document.querySelector('#policy').value = arguments[0];"
         "document.querySelector('#policy').form.querySelector('[type=submit]').click()", policy)
    ok("a policy that is met: witnessed", b.wait(
        "/witnessed/.test(document.querySelector('#trust').innerText)"), b.text("#trust"))
    b.click("dialog button.icon")
    p.read("science/2024-04-08-eel-count.txt")
    ok("with the time", "no later than 3 February 2025, 04:05 UTC" in b.text(".provenance") and
       "1 of 1 witness" in b.text(".provenance"), b.text(".provenance"))
    p.open("archives/news.sheaf", key)
    b.click("#trust")
    ok("one that is not met says so", "policy is not met" in b.text("dialog"), b.text("dialog"))
    ok("and is not green", "Not witnessed" in b.text("#trust") and "bad" in b.js(
        "return document.querySelector('#trust').className"), b.text("#trust"))
    same("nothing of it is kept", b.js(
        "return Object.keys(localStorage).filter((k) => k.startsWith('sheaf.pin') && "
        "localStorage.getItem(k).includes(arguments[0]))",
        sheaf("checkpoint", "news.sheaf").split("\n")[2]), [])
    forget(p)
    p.open("archives/news.sheaf", key)
    b.js("Storage.prototype.setItem = () => { throw new Error('full'); }")
    b.click("#trust")
    b.js("document.querySelector('#policy').value = arguments[0];"
         "document.querySelector('#policy').form.querySelector('[type=submit]').click()", policy)
    ok("a policy that cannot be kept is used all the same", b.wait(
        "/Not witnessed/.test(document.querySelector('#trust').innerText) && "
        "/could not remember the policy/.test(document.querySelector('dialog').innerText)"),
       b.text("dialog"))
    forget(p)


def try_proof(p, key):
    b = p.b
    folder = os.path.abspath("downloads")
    os.makedirs(folder)
    b.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
    p.open("archives/news.sheaf", key)
    p.read("science/2024-04-08-eel-count.txt")
    for button in range(2):
        b.js("document.querySelectorAll('.provenance > .buttons button')[arguments[0]].click()",
             button)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        files = os.listdir(folder)
        if len(files) == 2 and not any(f.endswith(".crdownload") for f in files):
            break
        time.sleep(0.1)
    files = sorted(os.listdir(folder), key=lambda f: f.endswith(".proof"))
    ok("proof and body are saved", len(files) == 2, files)
    q = subprocess.run([SHEAF, "check", files[1], files[0], "-P", key], cwd=folder,
                       capture_output=True)
    ok("and sheaf check accepts them", q.returncode == 0 and b"compared" in q.stdout, q.stdout,
       q.stderr)


# ---- Deceit --------------------------------------------------------------------

def try_hostile(p):
    b = p.b
    p.open("archives/bad.sheaf")
    b.log()
    titles = p.titles()
    ok("markup in a headline is text", any("<script>x</script>" in t for t in titles), titles)
    p.shot("hostile")
    for a in hostile(""):
        p.read(a["id"])
        ok(f"{a['id'][:20]}: is read", b.js(
            "return document.querySelector('#headline').textContent") == a["title"],
           b.text("main"))
        if a["id"] in ("bad/short", "bad/deep"):
            same("all its paragraphs, which takes no longer for each", b.js(
                "return document.querySelectorAll('.text > p').length"), 20000)
        elif "html" in a:
            ok("of the page, the text alone", "A paragraph of the page." in b.text(".text") and
               "hacked" not in b.text(".text"), b.text(".text"))
            ok("a javascript address is no link", not b.js(
                "return document.querySelector('.provenance a[href^=\"javascript\" i]')"))
            b.click("[data-mode=page]")
            ok("the page is in a sandbox without anything", b.js(
                "return document.querySelector('iframe').getAttribute('sandbox')") == "")
            b.wait("document.querySelector('iframe').srcdoc")
            if a["id"] == "bad/page":
                ok("a link says where it leads", b.js(
                    "const { srcdoc } = document.querySelector('iframe');"
                    "return /title=\"[^\"]*\\/link\"/.test(srcdoc) && !/Nowhere/.test(srcdoc)"))
            time.sleep(1.5)  # what it would load, it would have asked for by then
        b.click("[data-mode=metadata]")
        b.wait("document.querySelector('.metadata')")
    ok("isolated from the text around it", b.js("return [...document.querySelectorAll("
       "'#headline bdi, .lines bdi.title')].every((e) => e.dir === 'auto')"))
    p.read("bad/bidi")
    same("an address stays in one direction", b.js(
        "return document.querySelector('.provenance a.url').textContent"),
         "https://bank.example/%E2%80%AEgpj.exe")
    p.read("bad/ar")
    same("right to left where it is", b.js(
        "return getComputedStyle(document.querySelector('.text p')).direction"), "rtl")
    same("and so is what holds it", b.js("return document.querySelector('.text').dir"), "rtl")
    same("nothing ran", b.js("return window.hacked ?? null"), None)
    same("nothing was asked of another host", Spy.asked, [])
    for view in "list", "article":
        b.js("location.hash = arguments[0]", "#/" if view == "list" else "#/a/bad%2Fdates")
        b.wait(f"document.body.dataset.view === '{view}'")
        ok(f"the {view} does not overflow", b.js(
            "return document.documentElement.scrollWidth <= innerWidth"))


# The longest run of letters that the browser places at once, and the longest block of them.
LONGEST = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let run = 0, block = 0;
const blocks = new Map();
while (walker.nextNode()) {
    const text = walker.currentNode.data;
    if (!/[\\u0300-\\uffff]/.test(text.replace(/[\\u2010-\\u203a]/g, "")))
        continue;
    run = Math.max(run, text.length);
    let e = walker.currentNode.parentElement;
    while (/^inline/.test(getComputedStyle(e).display))
        e = e.parentElement;
    blocks.set(e, (blocks.get(e) ?? 0) + text.length);
}
return [run, Math.max(...blocks.values())];
"""
# What the frame makes of its page.
FRAME = """
const page = new DOMParser().parseFromString(document.querySelector("iframe").srcdoc, "text/html");
const all = [...page.body.querySelectorAll("*")];
const long = (e) => [...e.childNodes].filter((n) => n.nodeType === 3 &&
    /[\\u0300-\\u05ff]/.test(n.data)).map((n) => n.data.length);
return { names: [...new Set(all.map((e) => e.localName))].sort(), text: page.body.textContent,
    elements: all.length,
    attributes: [...new Set(all.flatMap((e) => e.getAttributeNames()))].sort(),
    run: Math.max(0, ...all.flatMap(long)),
    block: Math.max(...all.map((e) => long(e).reduce((n, size) => n + size, 0))) };
"""


def framed(p, ident):
    p.read(ident)
    p.b.click("[data-mode=page]")
    p.b.wait("document.querySelector('iframe')?.srcdoc")
    return p.b.js(FRAME)


def try_letters(p):
    p.open("archives/letters.sheaf")
    for name in LETTERS:
        p.read(name)
        p.b.click("[data-mode=text]")
        ok(f"{name}: its letters", p.b.wait(
            "document.querySelector('.text')?.innerText.endsWith('In Z\u00fcrich')"),
           p.b.text(".text"))
        p.b.click("[data-mode=page]")
        p.b.wait("document.querySelector('iframe')?.srcdoc")
        ok("also in the page", "In Z\u00fcrich" in p.b.js(
            "return document.querySelector('iframe').srcdoc"))
    ok("its letters are not looked for without end", p.read("slow.html"), p.b.text("main"))


def try_heavy(p, spy):
    b = p.b
    p.open("archives/heavy.sheaf")
    ok("a long title is cut in the list", max(map(len, p.titles())) == 1001,
       [len(t) for t in p.titles()])
    ok("and a long name of a section", b.js(
        "return [...document.querySelectorAll('option')].every((e) => e.text.length < 102)"))
    for ident, title in ("marks", MARKS), ("both", BOTH):
        text = title + "b"
        p.read(ident, 1)
        same(f"{ident}: its whole title", b.js(
            "return document.querySelector('#headline').textContent") == title, True)
        same("and text", b.js("return document.querySelector('.text').textContent") == text, True)
        same("which is copied as it is, but for new lines", b.js(
            "getSelection().selectAllChildren(document.querySelector('.text'));"
            "return getSelection().toString().replaceAll('\\n', '')") == text, True)
        for mode in "text", "metadata":
            b.click(f"[data-mode={mode}]")
            b.wait("document.querySelector('.metadata')" if mode == "metadata" else
                   "document.querySelector('.text')")
            run, block = b.js(LONGEST)
            ok(f"in runs and blocks that are not too long: {mode}", run <= 1024 and block <= 8192,
               run, block)
    p.read("both")
    b.click("[data-mode=changes]")
    b.wait("document.querySelector('.changes ins')")
    run, block = b.js(LONGEST)
    ok("also what changed", run <= 1024 and block <= 8192, run, block)
    p.read("plain")
    same("Latin has no marks between its letters", b.js(
        "return document.querySelectorAll('.text wbr').length"), 0)
    same("but long text is in blocks", b.js(
        "return Math.max(...[...document.querySelectorAll('.text .piece')]"
        ".map((e) => e.textContent.length))") <= 32768, True)
    p.read("items")
    same("lists are not too long", b.js("""
        return [...document.querySelectorAll('.text ul')].map((e) => e.children.length)"""),
         [100] * 10)
    got = framed(p, "page")
    same("elements that can do nothing", got["names"], ["a", "div", "img", "p", "span", "table",
                                                        "tbody", "td", "tr", "wbr"])
    same("with attributes that can do nothing", got["attributes"], ["alt", "class", "colspan",
                                                                   "dir", "lang", "title"])
    ok("and their text", all(x in got["text"] for x in ("First.", MARKS, BOTH, "In a cell.",
                                                        "A link.")) and
       "Not seen" not in got["text"] and "color: red" not in got["text"])
    ok("in runs and blocks that are not too long", got["run"] <= 1024 and got["block"] <= 8192,
       got["run"], got["block"])
    got = framed(p, "reborn")
    ok("what becomes more when it is read again is not in a frame", "too intricate" in
       got["text"], got["text"][:200])
    for ident, text in ("in", "In divisions."), ("links", "In links."):
        got = framed(p, ident)
        ok(f"{ident}: what is deep in a page is shown", got["text"] == text and
           got["elements"] < 1000 and "left out" not in b.text(".content"), got["elements"])
        b.click("[data-mode=text]")
        ok("also as text", b.wait("document.querySelector('.text')?.innerText === " +
                                  json.dumps(text), 10), b.text(".content"))
    p.read("costly")
    same("a long line of tabs is in blocks", b.js(
        "return Math.max(...[...document.querySelectorAll('.text .piece')]"
        ".map((e) => e.textContent.length))") <= 32768, True)
    got = framed(p, "costly")
    html = b.js("return document.querySelector('iframe').srcdoc")
    same("what is costly is bounded: ruby, formatting around each paragraph",
         [html.count("<ruby>"), html.count("<b>") <= 300 + 3 * 301], [250, True])
    same("spans, and values of a list", [html.count('colspan="30" rowspan="9"'),
                                         html.count("value=")], [1, 0])
    ok("and all of it is shown", all(x in got["text"] for x in ("One.", "Two.", "Three.", "bcbc"))
       and "Not seen" not in got["text"] and "left out" not in b.text(".content"))
    b.click("[data-mode=text]")
    got = framed(p, "many")
    ok("not more elements than can be shown", got["elements"] <= 65536 and "The rest is left out" in
       b.text(".content"), got["elements"], b.text(".content"))
    b.click("[data-mode=text]")
    p.read("deep")
    ok("what takes too long to parse is left out, and that is said", "Before." in b.text(".text")
       and "The rest is left out" in b.text(".text"), b.text(".text"))
    got = framed(p, "deep")
    ok("also in the page", "Before." in got["text"] and "The rest is left out" in
       b.text(".content"), b.text(".content"))
    b.click("[data-mode=text]")
    p.read("trees")
    ok("trees in trees are not deeper than the browser can go", "Before." in b.text(".text"),
       b.text(".text"))
    p.read("in")
    ok("and the tab goes on", "In divisions." in b.text(".text"), b.text(".text"))
    got = framed(p, "tongues")
    html = b.js("return document.querySelector('iframe').srcdoc")
    same("of languages the first few are kept", [html.count("lang="), "en-GB" in html,
                                                 "not one" in html], [20, True, False])
    got = framed(p, "large")
    html = b.js("return document.querySelector('iframe').srcdoc")
    same("pictures are shown as far as there is room for their pixels", [
        html.count("<img"), html.count("[black]"), "4 pictures left out" in b.text(".content")],
        [4, 4, True])
    got = framed(p, "down")
    html = b.js("return document.querySelector('iframe').srcdoc")
    same("lists count down that are short", [html.count("<ol reversed"), html.count("<ol"),
                                             "Two." in got["text"]], [19, 42, True])
    b.click("[data-mode=text]")
    p.open("archives/tags.sheaf")
    for name in "html", "xhtml":
        p.read(name)
        ok("of a page of many megabytes the start is shown: " + name, "Start." in
           b.text(".content") and "left out" in b.text(".content"), b.text("#reading"))
    for name in "copies", "names":
        p.open(f"archives/{name}.sheaf")
        b.click("#rows .lines a")
        b.wait(READ)
        b.click("[data-mode=page]")
        b.wait("document.querySelector('iframe')?.srcdoc")
        shown, size = b.js("const { srcdoc } = document.querySelector('iframe');"
                           "return [srcdoc.split('<img').length - 1, srcdoc.length]")
        ok("a picture is not copied without end: " + name, 2 < shown < 20 and size < 20 << 20 and
           f"{400 - shown} pictures" in b.text(".content"), shown, size, b.text(".content"))
    same("nothing was asked of another host by all that", Spy.asked, [])


def try_policy(p, spy):
    b = p.b
    Spy.files = Site.files
    p.open(spy + "/archives/news.sheaf")
    ok("the page's policy also holds for its worker", b.wait(
        "document.querySelector('.start [role=alert]')") and Spy.asked == [], Spy.asked,
       b.text("main"))


def try_servers(p, key):
    b = p.b
    p.open("plain/archives/news.sheaf", key)
    ok("without ranges, a small archive is fetched whole", b.wait(LISTED) and
       "range requests" in b.text("#notice"), b.text("main"), b.text("#notice"))
    p.open("archives/flipped.sheaf", key)
    lost = 0
    for line in sheaf("list", "news.sheaf").splitlines()[:12]:
        ident = line.split("\t")[0]
        p.read(ident)
        if b.js("return document.querySelector('.problem') !== null"):
            lost += 1
            continue
        body = b.js("return document.querySelector('.text')?.textContent ?? ''")
        want = plain(sheaf("get", "news.sheaf", ident))
        if not all(w in want for w in plain(body.replace("\n", " ")).split()[5:20]):
            ok(f"{ident}: not another text", False, body[:200])
    ok("damaged articles are named, and never wrong", lost > 0, lost)
    p.open("archives/news.sheaf", key)
    Site.files["archives/news.sheaf"], kept = (Site.files["archives/cut.sheaf"],
                                               Site.files["archives/news.sheaf"])
    p.read("business/2025-01-16-rates.txt")
    ok("an archive that is replaced is opened again, or was all there", b.wait(
        "document.querySelector('#headline')"), b.text("main"))
    Site.files["archives/news.sheaf"] = kept


def try_another_log(p, key):
    """A server gives an archive of another log, which the same key signed, in
    the place of one whose key is remembered."""
    b = p.b
    forget(p)
    p.open("archives/long.sheaf")
    enter_key(p, key)
    b.wait("document.querySelector('#trust').innerText === 'Authentic'")
    b.click("dialog button.icon")
    kept = Site.files["archives/long.sheaf"]
    Site.files["archives/long.sheaf"] = Site.files["archives/drafts.sheaf"]
    p.read("long/7")
    ok("a remembered key is not one for another log", b.wait(
        "document.querySelector('#trust').innerText === 'Not checked against a key'") and
       "Another log" in b.text("#notice"), b.text("#trust"), b.text("#notice"))
    Site.files["archives/long.sheaf"] = kept
    forget(p)


def try_serve(p, key):
    """The page as sheaf serve gives it."""
    b = p.b
    server = subprocess.Popen([SHEAF, "serve", "news.sheaf", "--page", ROOT + "/build/web",
                               "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    try:
        at = re.search(r"http://\S+", server.stdout.readline() or "")
        ok("sheaf serve says where it is", at)
        if at is None:
            return
        b.go(at[0])
        ok("its page offers the archive", b.wait("document.querySelector('.offers a')"),
           b.text("main"))
        b.log()
        b.click(".offers a")
        ok("and lists it", b.wait(LISTED), b.text("main"))
        enter_key(p, key)
        b.wait("document.querySelector('#trust').innerText === 'Authentic'")
        b.click("dialog button.icon")
        p.read("science/2024-04-08-eel-count.txt")
        ok("and proves an article", "proven by the signed map" in b.text(".provenance"),
           b.text("main"))
        same("under its policy", [m for m in b.log() if "Policy" in m or "Uncaught" in m], [])
    finally:
        server.terminate()
        server.wait()


DROP = """
const data = await (await fetch(arguments[0])).arrayBuffer();
const transfer = new DataTransfer();
transfer.items.add(new File([data], arguments[0].split("/").pop()));
document.getElementById("main").replaceChildren();
dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
const end = Date.now() + 60000;
const seen = () => {
    if (document.querySelector(".start [role=alert]"))
        return "refused " + document.querySelector(".start [role=alert]").innerText;
    const s = document.querySelector(".summary");
    return s && /\\d|No article/.test(s.innerText) ? "listed " + s.innerText
        : document.querySelector("#notice:not([hidden])")?.classList.contains("wrong")
            ? "noticed " + document.querySelector("#notice").innerText : "";
};
while (!seen() && Date.now() < end)
    await new Promise((next) => setTimeout(next, 20));
return seen();
"""


def try_files(p):
    b = p.b
    b.go(p.site + "/")
    b.wait("document.querySelector('.drop')")
    b.log()
    said = {}
    before = len(Site.asked)
    names = sorted(n for n in Site.files if n.startswith("vectors/"))
    for name in names:
        said[name] = b.later(DROP, "/" + name)
        if SHEAF and name.endswith("two-tiles.sheaf"):
            same("a file that is dropped", said[name], "listed 260 articles")
            ok("stays on the device", "on this device" in b.text("footer"), b.text("footer"))
            p.shot("file")
            b.click("#trust")
            b.later(DROP, "/" + name)
            ok("what a dialog said of the file before is gone", not b.js(
                "return document.querySelector('dialog').open"))
    kinds = {k: [n for n in names if said[n].startswith(k)] for k in ("refused", "listed",
                                                                        "noticed")}
    rest = [n for n in names if not said[n].startswith(("refused", "listed", "noticed"))]
    same("each vector is listed or refused", rest, [])
    ok("both happen", len(kinds["refused"]) > 20 and len(kinds["listed"]) > 100,
       {k: len(v) for k, v in kinds.items()})
    ok("with a reason", all(len(said[n]) > 30 for n in kinds["refused"]),
       [said[n] for n in kinds["refused"] if len(said[n]) <= 30])
    good = [n for n in names if "expect: ok" in open(VECTORS + n[8:-6] + ".expect").read()]
    same("all good ones are listed", [n for n in good if n not in kinds["listed"]], [])
    same("and nobody was asked for anything else", [
        a for a in Site.asked[before:] if a not in ("/" + n for n in names)
        and a not in ("/sheaf.wasm", "/sheaf.js", "/archives.json")], [])
    same("no error in the page", [m for m in b.log() if "Uncaught" in m], [])


def check_everything(b):
    """What it says, and how."""
    b.js("document.querySelector('footer button').click()")
    b.js("document.querySelector('dialog button.main').click()")
    b.wait("document.querySelector('progress')?.hidden && "
           "document.querySelector('#verified').textContent !== ''")
    return b.text("#verified"), b.js("return document.querySelector('#verified').className")


def try_everything(p, key):
    b = p.b
    for archive, k, says, how in (
            ("news", key, "Signed by the link’s key: 84 articles", ""),
            ("news", "", "Intact, not authenticated (no key given)", "good"),
            ("flipped", "", "damaged", "wrong")):
        p.open(f"archives/{archive}.sheaf", k)
        said, tone = check_everything(b)
        ok(f"check every byte: {says}", says in said and tone == how, [said, tone])
    p.open("archives/news.sheaf")
    enter_key(p, key)
    b.wait("document.querySelector('#trust').innerText === 'Authentic'")
    p.open("archives/news.sheaf")
    said, tone = check_everything(b)
    ok("with a remembered key", said.startswith("Consistent: 84 articles") and tone == "good",
       [said, tone])
    p.open("archives/unsigned.sheaf")
    said, tone = check_everything(b)
    ok("what follows the signature is not authentic", "past the signature" in said and tone == "",
       [said, tone])
    Site.kept = True
    good = Site.files["archives/news.sheaf"]
    for name in "news", "flipped":
        Site.files["archives/news.sheaf"] = Site.files[f"archives/{name}.sheaf"]
        p.open("archives/news.sheaf")
        said, tone = check_everything(b)
        ok("what the browser has kept is not what is there", tone == (
            "good" if name == "news" else "wrong"), [said, tone])
    Site.files["archives/news.sheaf"] = good
    Site.kept = False
    forget(p)


def try_lost_end(p, key):
    """An earlier state answers, and that is said."""
    b = p.b
    for k, trust in ("", "Not checked"), (key, "Damaged"):
        p.open("archives/lost.sheaf", k)
        ok(f"what was added last is lost: {trust}", trust in b.text("#trust") and
           "Newer articles" in b.text("#list .wrong"), [b.text("#trust"), b.text("#list")])
    b.js("location.hash = '#/?words=nothing+like+that'")
    ok("also where nothing is found", b.wait(
        "/Nothing fits/.test(document.querySelector('#list').innerText)") and
        "Newer articles" in b.text("#list .wrong"), b.text("#list"))
    p.open("archives/cut-off.sheaf", key)
    ok("what follows the end", "after the end are not read" in b.text("#list") and
       "Link’s key" in b.text("#trust"), b.text("#list"))
    forget(p)


# ---- Keyboard, colours, phones ---------------------------------------------------

def try_keyboard(p):
    b = p.b
    p.open("archives/news.sheaf")
    b.press("j", "j", "k")
    first = b.js("return [...document.querySelectorAll('.lines a')]"
                 ".indexOf(document.activeElement)")
    same("j and k move in the list", first, 0)
    b.press("j", "Enter")
    ok("Enter opens", b.wait("document.querySelector('#headline') === document.activeElement"),
       b.js("return document.activeElement.outerHTML"))
    title = b.text("#headline")
    b.press("n")
    ok("n is the next article", b.wait(
        "document.querySelector('#headline')?.innerText !== arguments[0]".replace(
            "arguments[0]", json.dumps(title))))
    b.press("Escape")
    ok("Escape leads back to where one was", b.wait("document.body.dataset.view === 'list'") and
       b.wait("document.activeElement.matches('.lines a[aria-current]')", 5),
       b.js("return document.activeElement.outerHTML"))
    b.press("?")
    ok("? shows the keys", b.wait("document.querySelector('dialog[open] .keys')"))
    b.press("Escape")
    ok("Escape closes them", b.wait("!document.querySelector('dialog[open]')"))
    p.b.go(p.site + "/?archive=archives/news.sheaf")
    b.wait(LISTED)
    b.press("Tab")
    same("the first stop skips to the articles", b.js("return document.activeElement.className"),
         "skip")


CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgb = (colors) => {
    canvas.fillStyle = "#fff"; canvas.fillRect(0, 0, 1, 1);
    for (const c of colors) { canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); }
    return canvas.getImageData(0, 0, 1, 1).data;
};
const light = (c) => [0.2126, 0.7152, 0.0722].reduce((s, w, i) => {
    const v = c[i] / 255;
    return s + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
}, 0);
const bad = [];
for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== "");
    if (!own || e.closest("dialog:not([open]), .sr, .skip") || e.getClientRects().length === 0)
        continue;
    const under = [];
    for (let x = e; x; x = x.parentElement)
        under.unshift(getComputedStyle(x).backgroundColor);
    const back = rgb(under), fore = rgb([...under, getComputedStyle(e).color]);
    const [a, b] = [light(back), light(fore)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5)
        bad.push(`${e.className || e.tagName} ${ratio.toFixed(2)}: ${e.textContent.slice(0, 30)}`);
}
return [...new Set(bad)];
"""


def try_colours(p, key):
    b = p.b
    for scheme in "light", "dark":
        b.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme",
                                                       "value": scheme}])
        for k in "", key:
            forget(p)
            p.open("archives/news.sheaf", k)
            p.read("science/2024-04-08-eel-count.txt")
            b.click("[data-mode=changes]")
            b.wait("document.querySelector('.changes')")
            same(f"{scheme}, {'with' if k else 'without'} key: enough contrast", b.js(CONTRAST), [])
        b.click("#trust")
        same(f"{scheme}: in dialogs, too", b.js(CONTRAST), [])
        b.click("dialog button.icon")
        p.shot(scheme)
    dark = b.js("return getComputedStyle(document.documentElement).backgroundColor")
    ok("dark is dark", sum(map(int, re.findall(r"\d+", dark)[:3])) < 120, dark)
    b.cdp("Emulation.setEmulatedMedia", features=[])


def try_phone(site, key):
    p = Page(site, phone=(360, 740))
    b = p.b
    try:
        p.open("archives/news.sheaf", key)
        fits = "return document.documentElement.scrollWidth <= innerWidth"
        ok("a phone: the list fits", b.js(fits) and not b.js(
            "return document.querySelector('#reading').getClientRects().length"))
        p.shot("phone-list")
        p.read("science/2024-04-08-eel-count.txt")
        ok("an article fits, alone", b.js(fits) and not b.js(
            "return document.querySelector('#list').getClientRects().length"))
        p.shot("phone-article")
        b.js("document.querySelector('.provenance').scrollIntoView()")
        p.shot("phone-provenance")
        b.js("scrollTo(0, 0); document.querySelector('#trust').click()")
        ok("a dialog fits", b.js(fits))
        p.shot("phone-dialog")
        b.click("dialog button.icon")
        b.click(".back")
        ok("and one can go back", b.wait("document.body.dataset.view === 'list'"))
        small = b.js("return [...document.querySelectorAll('.lines a, .top button')].filter((e) =>"
                     " e.getBoundingClientRect().height < 24).length")
        same("what is touched is large enough", small, 0)
    finally:
        b.end()


def main():
    spy = serve(Spy)
    make_site(spy)
    site = serve(Site)
    key, other = (open(f"{k}.pub").read().splitlines()[1] for k in ("k", "other"))
    p = Page(site)
    try:
        try_start(p)
        try_list(p)
        try_search(p)
        try_articles(p)
        try_revisions(p, key)
        try_pictures(p)
        try_redaction(p, key)
        try_keys(p, key, other)
        try_two_keys(p, key, other)
        try_witness(p, key)
        try_proof(p, key)
        try_hostile(p)
        try_letters(p)
        try_heavy(p, spy)
        try_policy(p, spy)
        try_servers(p, key)
        try_another_log(p, key)
        try_everything(p, key)
        try_lost_end(p, key)
        try_serve(p, key)
        try_keyboard(p)
        try_colours(p, key)
        try_files(p)
    finally:
        p.b.end()
    try_phone(site, key)
    finish()


if not os.path.exists(ROOT + "/build/web/sheaf.js"):
    skip_all("build/web was not built: make web")
if missing():
    skip_all("there is no " + ", ".join(missing()))
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["XDG_STATE_HOME"] = folder + "/state"
    main()
