"""serve.py - see serve.sh."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.parse

import surgery
from serving import PATIENCE, Server, closed, processes_of, take_all
from tap import HERE, NEWSROOM, SHEAF, finish, ok, same, skip

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
           "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin"}
ODD = ["a/b", "a/body", "100% sure?", "x&y=z#1", "\u65e5\u672c", "sp ace", "../../etc/passwd",
       "https://example.org/a?b=c"]
ARTICLES = 700 + len(ODD) + 1


def sheaf(*args, fails=False):
    p = subprocess.run([SHEAF, *args], capture_output=True, timeout=600)
    if not fails:
        assert p.returncode == 0, (args, p.stderr)
    return p


def quote(text):
    return urllib.parse.quote(text, safe="")


def make_archives():
    r = random.Random(5)
    words = ["".join(r.choice("abcdefghijklmnop") for _ in range(r.randint(3, 9)))
             for _ in range(3000)]
    sheaf("keygen", "-W", "-p", "k.pub", "-s", "k.sec")
    sheaf("keygen", "-W", "-p", "other.pub", "-s", "other.sec")
    with open("a.jsonl", "w") as f:
        for i in range(700):
            text = " ".join(r.choice(words) for _ in range(60))
            line = {"id": f"n/{i:04}", "title": f"Number {i}", "body": text,
                    "published": f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}",
                    "section": ["Sport", "World"][i % 2], "lang": ["de", "en-GB"][i % 2],
                    "url": f"https://news.example/{i}"}
            f.write(json.dumps(line) + "\n")
        for i, name in enumerate(ODD):
            f.write(json.dumps({"id": name, "title": f"Odd {i}", "body": f"odd {i}"}) + "\n")
    os.mkdir("pages")
    with open("pages/evil.html", "w") as f:
        f.write("<!DOCTYPE html><title>Evil</title><script>alert(1)</script><p>An evil page."
                "<img src=evil.svg>")
    with open("pages/evil.svg", "w") as f:
        f.write("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    sheaf("pack", "-q", "-n", "log.example", "-s", "k.sec", "-o", "shelf/a.sheaf", "--media",
          "a.jsonl", "pages")
    sheaf("pack", "-q", "-o", "shelf/plain \u00e9.sheaf", NEWSROOM)
    sheaf("index", "-q", "shelf/a.sheaf")
    with open("shelf/broken.sheaf", "wb") as f:
        f.write(b"no archive at all" * 100)
    with open("shelf/secret.txt", "w") as f:
        f.write("nobody shall read this")
    os.symlink("/etc/passwd", "shelf/link.txt")


def data_of(path):
    with open(path, "rb") as f:
        return f.read()


# ---- Files -----------------------------------------------------------------

def test_list(v):
    status, headers, body = v.ask("/archives.json")
    got = json.loads(body)
    same("a folder: its archives, in order, and without a broken one",
         [a["name"] for a in got], ["a", "plain \u00e9"])
    ok("which is named", "broken.sheaf" in v.said(), v.said())
    same("size, articles, origin of each",
         (got[0]["size"], got[0]["articles"], got[0]["origin"], got[0]["search"],
          got[1]["signed"], got[1]["search"]),
         (os.path.getsize("shelf/a.sheaf"), ARTICLES, "log.example", True, 0, False))
    for a in got:
        same(f"{a['url']} is that file", v.ask("/" + a["url"])[2],
             data_of("shelf/" + a["name"] + ".sheaf"))
    ok("the headers of safety are there", all(headers[k] == x for k, x in HEADERS.items())
       and "default-src 'none'" in headers["Content-Security-Policy"], headers)
    same("the same list has the same tag", v.ask("/archives.json",
                                                 If_None_Match=headers["ETag"])[0], 304)
    same("/api/archives is the same", v.ask("/api/archives")[2], body)
    status, headers, body = v.ask("/")
    ok("without a page, / lists them", status == 200 and b'href="archives/plain%20%C3%A9.sheaf"'
       in body and headers["Content-Type"].startswith("text/html"), body)


def test_ranges(v):
    path, data = "/archives/a.sheaf", data_of("shelf/a.sheaf")
    size = len(data)
    status, headers, body = v.ask(path)
    tag = headers["ETag"]
    ok("whole: 200 with a strong tag", status == 200 and body == data and tag[0] == '"'
       and headers["Accept-Ranges"] == "bytes", status, headers)
    for text, first, last in (("0-0", 0, 0), ("5-99", 5, 99), ("100-", 100, size - 1),
                              ("-7", size - 7, size - 1), (f"{size - 1}-", size - 1, size - 1),
                              (f"-{size + 5}", 0, size - 1), (f"0-{10 ** 30}", 0, size - 1),
                              ("0007-0008", 7, 8), (f"{size}-,3-4", 3, 4), (" 1-2 , 5-6", 1, 2)):
        status, headers, body = v.ask(path, Range="bytes=" + text)
        ok(f"bytes={text}", (status, body) == (206, data[first:last + 1]) and
           headers["Content-Range"] == f"bytes {first}-{last}/{size}" and headers["ETag"] == tag,
           status, headers, len(body))
    for text in f"{size}-", "-0", f"{10 ** 25}-{10 ** 26}":
        status, headers, _ = v.ask(path, Range="bytes=" + text)
        same(f"bytes={text}: 416", (status, headers["Content-Range"]), (416, f"bytes */{size}"))
    for text in "bytes=5-3", "bytes=x-y", "bytes=--5", "bytes=", "lines=1-2", "bytes=1-2,z":
        same(f"{text} counts for nothing", v.ask(path, Range=text)[0], 200)
    status, headers, body = v.ask(path, "HEAD", Range="bytes=0-5")
    same("HEAD: the length, and no range", (status, headers["Content-Length"], body),
         (200, str(size), b""))
    for name, value, wanted in (("If_Match", tag, 206), ("If_Match", '"x", ' + tag, 206),
                                ("If_Match", "*", 206), ("If_Match", '"x"', 412),
                                ("If_Match", "W/" + tag, 412), ("If_None_Match", tag, 304),
                                ("If_None_Match", "W/" + tag, 304), ("If_None_Match", '"x"', 206),
                                ("If_Range", tag, 206), ("If_Range", '"x"', 200),
                                ("If_Range", "W/" + tag, 200),
                                ("If_Range", "Thu, 01 Jan 2026 00:00:00 GMT", 200)):
        status, headers, body = v.ask(path, Range="bytes=0-9", **{name: value})
        ok(f"{name} {value[:4]}: {wanted}", status == wanted and headers["ETag"] == tag and
           (wanted not in (304,) or body == b""), status, headers)
    other = v.ask("/archives/plain%20%C3%A9.sheaf", "HEAD")[1]["ETag"]
    ok("another archive has another tag", other != tag)


def test_client(v):
    """The command reads from it as from any server."""
    url = v.url + "/archives/a.sheaf"
    p = sheaf("get", url, "n/0042", "-p", "k.pub", "-v", "--no-cache", "--no-pins")
    same("sheaf get URL", p.stdout, sheaf("get", "shelf/a.sheaf", "n/0042").stdout)
    ok("in three round trips", "3 round trips, 4 requests" in p.stderr.decode(), p.stderr)
    same("verify, all of it", sheaf("verify", url, "-p", "k.pub", "-q", "--no-pins").returncode, 0)


# ---- What is asked of the command -------------------------------------------

def lines_of(*args):
    return [json.loads(x) for x in sheaf("list", "--json", *args).stdout.split(b"\n") if x]


def pages(v, query, limit):
    """All articles, page by page."""
    got, after, count = [], "", 0
    while True:
        status, page = v.json(f"/api/archives/a/articles?limit={limit}{query}{after}")
        assert status == 200 and page["complete"], page
        got += page["articles"]
        count += 1
        if page["next"] is None or count > 800:
            return got, count
        after = f"&after={page['next']}"


def test_articles(v):
    all_of = lines_of("shelf/a.sheaf")
    for limit in 1000, 250, 99:
        got, count = pages(v, "", limit)
        ok(f"all articles, {limit} a page", got == all_of and count >= len(all_of) // limit,
           len(got), len(all_of), count)
    for query, args in (("&since=2024-03&until=2024-05", ["--since", "2024-03", "--until",
                                                          "2024-05"]),
                        ("&section=sport", ["--section", "sport"]),
                        ("&title=number+69", ["--title", "number 69"]),
                        ("&prefix=n/00", ["--prefix", "n/00"]),
                        ("&lang=en", ["--lang", "en"]),
                        ("&where=section%3DWorld&where=lang%3Den-GB",
                         ["--where", "section=World", "--where", "lang=en-GB"])):
        wanted = lines_of("shelf/a.sheaf", *args)
        ok(f"{query[1:]}: as list {' '.join(args)}", pages(v, query, 40)[0] == wanted and wanted,
           len(wanted))
    same("the usual limit", len(v.json("/api/archives/a/articles")[1]["articles"]), 100)
    for query in "limit=0", "limit=1001", "limit=x", "since=soon", "after=-1", "where=x", \
            "nothing=1", "sort=date", "id=x", "revisions=yes", "%ff=1", "since=%zz", \
            "&".join(f"where=a%3D{i}" for i in range(17)), "&".join(["lang=x"] * 40):
        status, got = v.json("/api/archives/a/articles?" + query)
        ok(f"{query[:20]}: 400, and why", status == 400 and len(got["error"]) > 5, status, got)


def test_article(v):
    base = "/api/archives/a/articles/"
    for name in ODD + ["n/0007"]:
        wanted = json.loads(sheaf("get", "--json", "shelf/a.sheaf", name).stdout)
        same(f"article {name}", v.json(base + quote(name)), (200, wanted))
    same("slashes may stay", v.json(base + "n/0007")[1]["id"], "n/0007")
    same("its body", v.ask(base + "n/0007/body")[2], sheaf("get", "shelf/a.sheaf", "n/0007").stdout)
    same("an ID that ends so, too", v.ask(base + "a%2Fbody/body")[2], b"odd 1")
    same("by its URL", v.json(base + quote("https://news.example/7"))[1]["id"], "n/0007")
    for name, part, kind in (("evil.html", 0, "text/html; charset=utf-8"),
                             ("evil.svg", 1, "application/octet-stream")):
        status, headers, body = v.ask(base + f"pages/evil.html/body?part={part}")
        ok(f"{name}: nothing in it can run", status == 200 and body == data_of("pages/" + name) and
           headers["Content-Type"] == kind and
           headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'") and
           headers["X-Content-Type-Options"] == "nosniff" and
           (headers["Content-Disposition"] == "attachment") == (part == 0), status, headers)
    status, headers, body = v.ask(base + "n/0007/proof")
    with open("p.proof", "wb") as f:
        f.write(body)
    with open("p.txt", "wb") as f:
        f.write(v.ask(base + "n/0007/body")[2])
    ok("its proof is good", status == 200 and
       sheaf("check", "p.proof", "p.txt", "--id", "n/0007", "-p", "k.pub").returncode == 0)
    status, _, body = v.ask(base + "n/0007/proof?newest=1")
    ok("a proof that it is the newest", status == 200 and body != b"", body)
    same("the checkpoint", v.ask("/api/archives/a/checkpoint")[2],
         sheaf("checkpoint", "shelf/a.sheaf").stdout)
    status, got = v.json("/api/archives/a")
    ok("about the archive", status == 200 and got["origin"] == "log.example", got)
    for path, code, word in (("n/9999", 404, "proven"), ("n/0007?rev=2", 404, "revision"),
                             ("n/0007?rev=x", 400, "rev"), ("n/0007/body?part=5", 404, "part"),
                             ("%00", 400, "UTF-8"), ("%C3%28", 400, "UTF-8"), ("n%2", 400, "UTF-8"),
                             ("", 400, "ID"), ("x" * 3000, 404, "xxx")):
        status, got = v.json(base + path)
        ok(f"{path[:20] or 'no ID'}: {code}", status == code == got["status"] and
           word in got["error"] and os.getcwd() not in got["error"], status, got)
    status, headers, _ = v.ask(base + "n/0007")
    for path in "n/0007", "n/0007/body":
        _, headers, _ = v.ask(base + path)
        status, again, _ = v.ask(base + path, If_None_Match=headers["ETag"])
        ok(f"{path} with its tag: 304, and the policy that was sent stays", status == 304 and
           "Content-Security-Policy" in headers and "Content-Security-Policy" not in again, again)
    same("HEAD", v.ask(base + "n/0007", "HEAD")[::2], (200, b""))


def test_search(v):
    base = "/api/archives/a/search?q="
    wanted = [json.loads(x) for x in
              sheaf("search", "--json", "-q", "shelf/a.sheaf", "number 42").stdout.split(b"\n") if x]
    status, got = v.json(base + "number+42")
    ok("search: as the command", status == 200 and got["articles"] == wanted and wanted, got)
    status, got = v.json(base + '"evil+page"')
    same("a phrase", [a["id"] for a in got["articles"]], ["pages/evil.html"])
    same("none", v.json(base + "zzzzz")[1], {"articles": [], "left_out": 0})
    for query, code in (("", 400), ('"', 400), ("x&limit=0", 400), ("x&limit=101", 400),
                        ("*", 400)):
        status, got = v.json(base + query)
        ok(f"{query or 'nothing'}: {code}", status == code and got["error"], status, got)
    status, got = v.json("/api/archives/plain%20%C3%A9/checkpoint")
    ok("an archive that is not signed has no checkpoint", status >= 400 and "signed" in
       got["error"], status, got)
    status, got = v.json("/api/archives/plain%20%C3%A9/search?q=x")
    ok("without an index: why", status == 500 and "no index" in got["error"], got)
    ok("and none was made", not os.path.exists("shelf/plain \u00e9.sheaf.db"))


def test_unsigned():
    """With a key, what is past the signature is in no list."""
    for name, articles in (("first", (("a", "Praised"), ("b", "Beta"))),
                           ("second", (("a", "Arrested"), ("c", "Invented")))):
        with open(name + ".jsonl", "w") as f:
            for i, title in articles:
                f.write(json.dumps({"id": i, "title": title, "body": "a word"}) + "\n")
    sheaf("pack", "-q", "-n", "u.example", "-s", "k.sec", "-o", "u.sheaf", "first.jsonl")
    sheaf("append", "-q", "--unsigned", "u.sheaf", "second.jsonl")
    sheaf("index", "-q", "u.sheaf")
    base = "/api/archives/u/"
    v = Server("u.sheaf")
    wanted = lines_of("u.sheaf")
    got = v.json(base + "articles")[1]
    same("without a key: all", (got["articles"], [a["id"] for a in wanted]),
         (wanted, ["b", "a", "c"]))
    same("and all leaves", got["leaves"], v.json("/archives.json")[1][0]["leaves"])
    got = v.json(base + "search?q=word")[1]
    same("a search leaves out none", (len(got["articles"]), got["left_out"]), (3, 0))
    v.stop()
    v = Server("u.sheaf", "-p", "k.pub")
    signed = v.json("/archives.json")[1][0]["signed"]
    for query, args in (("", []), ("?title=praised", ["--title", "praised"]),
                        ("?title=arrested", ["--title", "arrested"]),
                        ("?revisions=1", ["--revisions"]), ("?prefix=c", ["--prefix", "c"])):
        wanted = lines_of("u.sheaf", "-p", "k.pub", *args)
        got = v.json(base + "articles" + query)[1]
        same(f"with a key: as list -p {' '.join(args)}", got,
             {"articles": wanted, "next": None, "leaves": signed, "complete": True})
    same("which has the newest that is signed",
         [(a["id"], a["headline"]) for a in v.json(base + "articles")[1]["articles"]],
         [("a", "Praised"), ("b", "Beta")])
    p = sheaf("search", "--json", "-p", "k.pub", "u.sheaf", "word")
    got = v.json(base + "search?q=word")[1]
    same("a search: as search -p", got["articles"], [json.loads(x) for x in p.stdout.splitlines()])
    ok("which counts what is left out, too", got["left_out"] == 2 and b" 2 results are not " in
       p.stderr, got, p.stderr)
    sheaf("sign", "-q", "--sign-unsigned", "-s", "k.sec", "u.sheaf")
    got = v.json(base + f"articles?after={signed - 1}")[1]
    same("once they are signed, they come behind what was there",
         [a["headline"] for a in got["articles"]], ["Arrested", "Invented"])
    v.stop()


def test_removed():
    """With a key, who is removed by nobody who signed is lost, and that is said."""
    sheaf("pack", "-q", "-n", "r.example", "-s", "k.sec", "-o", "r.sheaf", "first.jsonl")
    sheaf("redact", "-q", "--unsigned", "--reason", "r", "r.sheaf", "a", "-o", "out.sheaf")
    os.replace("out.sheaf", "r.sheaf")
    v = Server("r.sheaf", "-p", "k.pub")
    for query, ids in (("", ["b"]), ("?section=x", []), ("?title=beta", ["b"])):
        got = v.json("/api/archives/r/articles" + query)[1]
        same(f"a redaction that is not signed: {query}",
             ([a["id"] for a in got["articles"]], got["complete"],
              "is lost" in got.get("error", "")),
             (ids, False, True))
    v.stop()
    v = Server("r.sheaf")
    got = v.json("/api/archives/r/articles")[1]
    same("without a key it is one", ([a["id"] for a in got["articles"]], got["complete"]),
         (["b"], True))
    v.stop()


def test_groups():
    """Nobody signs the rows of groups: a list without the last says so, and has all."""
    with open("g.jsonl", "w") as f:
        f.writelines('{"id":"g%d","text":"Number %d."}\n' % (i, i) for i in range(300))
    sheaf("pack", "-q", "-n", "g.example", "-s", "k.sec", "-o", "whole.sheaf", "g.jsonl")
    a = surgery.load("whole.sheaf")
    _, before, note, after = surgery.top(a)
    assert after[-7] == 2
    # A page of one row of 24 bytes, and its sum.
    row = next(at for at, kind, _ in surgery.frames(a) if kind == "DIR") + 12
    a = bytearray(a)
    a[row + 24:row + 32] = surgery.h8(bytes(a[row:row + 24]))
    surgery.save("g.sheaf", surgery.with_top(a, before, note, after[:-7] + b"\1" + after[-6:]))
    v = Server("g.sheaf", "-p", "k.pub")
    got = v.json("/api/archives/g/articles?limit=1000")[1]
    same("without a group: all articles, and that it may not be so",
         ([x["id"] for x in got["articles"]], got["complete"], "F8.5" in got.get("error", "")),
         ([f"g{i}" for i in range(300)], False, True))
    v.stop()


# ---- What must not be reached -----------------------------------------------

def test_paths(v):
    for path in ("/secret.txt", "/archives/secret.txt", "/archives/../secret.txt",
                 "/archives/..%2Fsecret.txt", "/archives/%2e%2e/secret.txt", "/../../etc/passwd",
                 "//etc/passwd", "/archives//etc/passwd.sheaf", "/archives/a.sheaf/", "/a.sheaf",
                 "/archives/a", "/archives/.sheaf", "/archives/a.sheaf.db", "/archives/broken.sheaf",
                 "/archives/a%00.sheaf", "/archives/A.sheaf", "/archives/", "/api", "/api/",
                 "/api/archives/", "/api/archives/a/", "/api/archives/a/nothing",
                 "/api/archives/../archives/a/nothing", "/api/archives/broken",
                 "/archives/./a.sheaf", "/link.txt", "/favicon.ico"):
        status, headers, body = v.ask(path)
        ok(f"{path} is not there", status == 404 and b"nobody shall" not in body and
           b"root:" not in body and json.loads(body)["status"] == 404, status, body)
    for method in "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND":
        status, headers, _ = v.ask("/archives/a.sheaf", method)
        same(f"{method}: 405", (status, headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
    same("OPTIONS", v.ask("/archives/a.sheaf", "OPTIONS")[0], 204)


def status_for(v, host):
    return v.raw(b"GET /archives.json HTTP/1.1\r\nHost: " + host.encode() +
                 b"\r\nConnection: close\r\n\r\n")[9:12].decode()


# A page may give its name the address of this machine.
def test_hosts(v):
    for host in ("localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]:8080",
                 "192.0.2.7"):
        same(f"the host {host}", status_for(v, host), "200")
    for host in ("evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil",
                 "reader.example", "[::1].evil:80", "xlocalhost", "[evil", ".", "1" * 200):
        same(f"the host {host[:20]} is another", status_for(v, host), "421")
    page = Server("shelf/a.sheaf", "--cors", "https://reader.example:8443")
    for host, status in (("reader.example", "200"), ("Reader.example:1", "200"),
                         ("localhost", "200"), ("evil.example", "421"), ("https", "421")):
        same(f"with --cors, the host {host}", status_for(page, host), status)
    page.stop()
    page = Server("shelf/a.sheaf", "--cors", "*")
    same("--cors '*': any host", status_for(page, "evil.example"), "200")
    page.stop()


def test_raw(v):
    whole = b"GET /archives.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    ok("a good request", v.raw(whole).startswith(b"HTTP/1.1 200 "))
    ok("byte by byte", v.raw(*[whole[i:i + 1] for i in range(len(whole))])
       .startswith(b"HTTP/1.1 200 "))
    ok("all of the address", v.raw(whole.replace(b"/archives", b"http://x/archives"))
       .startswith(b"HTTP/1.1 200 "))
    ok("half closed, and still answered", v.raw(whole, half=True).startswith(b"HTTP/1.1 200 "))
    ok("HTTP/1.0", v.raw(b"GET /archives.json HTTP/1.0\r\n\r\n").startswith(b"HTTP/1."))
    two = v.raw(whole.replace(b"Connection: close\r\n", b"") + whole)
    same("two requests at once", two.count(b"HTTP/1.1 200 "), 2)
    for name, text in (("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20),
                       ("no host", b"GET / HTTP/1.1\r\n\r\n"),
                       ("a long line", b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n"),
                       ("large headers", b"GET / HTTP/1.1\r\nHost: localhost\r\n" +
                        b"A: b\r\n" * 20000 + b"\r\n"),
                       ("another version", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"),
                       ("no path", b"GET archives.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                   b"GET x HTTP/1.1\r\nConnection: close\r\n\r\n"),
                       ("nothing", b""), ("zeros", b"\0" * 5000)):
        got = v.raw(text, half=True)
        ok(f"{name}: refused, or closed", got == b"" or got.startswith(b"HTTP/1.1 4") or
           got.startswith(b"HTTP/1.1 5") or got.startswith(b"HTTP/1.0 4"), got[:200])
    hidden = b"GET /archives/a.sheaf HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for name, text in (("a body", b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden),
                       ("a second length", b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n"
                        % len(hidden) + hidden),
                       ("chunks", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(hidden) +
                        hidden + b"\r\n0\r\n\r\n")):
        got = v.raw(b"GET /archives.json HTTP/1.1\r\nHost: localhost\r\n" + text)
        ok(f"{name} is no second request", got.startswith(b"HTTP/1.1 413 ") and
           got.count(b"HTTP/1.1") == 1, got[:300])
    # The HTTP library gives such a request up in the middle: nothing of it may stay.
    many = b"GET /?" + b"&" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    helper = [p for p in processes_of(v.process.pid) if p != v.process.pid][0]
    for n in range(2000):
        v.raw(many)
        if n == 200:
            before = resident(helper)
    grown = resident(helper) - before
    what = "requests with too many parameters take no memory that stays"
    if os.environ.get("FLAVOUR") == "asan":
        skip(what, "AddressSanitizer keeps what is freed, and tells of leaks itself")
    else:
        ok(what, grown < 12 << 20, grown)


def resident(pid):
    """Bytes of memory that a process has."""
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_many(v):
    """More connections than there are places: each is answered."""
    data = data_of("shelf/a.sheaf")
    bad, threads = [], []

    def work(n):
        r = random.Random(n)
        for _ in range(12):
            first = r.randrange(len(data))
            last = min(len(data) - 1, first + r.randrange(40000))
            status, _, body = v.ask("/archives/a.sheaf", Range=f"bytes={first}-{last}")
            if (status, body) != (206, data[first:last + 1]):
                bad.append((status, first, last))
            name = f"n/{r.randrange(700):04}"
            status, _, body = v.ask("/api/archives/a/articles/" + name)
            if status == 200 and json.loads(body)["id"] != name or status not in (200, 503):
                bad.append((status, name))
    for n in range(24):
        threads.append(threading.Thread(target=work, args=(n,)))
        threads[-1].start()
    for t in threads:
        t.join()
    ok("24 clients at once, each with what it asked for", not bad, bad[:5])


# ---- Time --------------------------------------------------------------------

def test_slow():
    v = Server("shelf/a.sheaf", "--timeout", "1", "--connections", "8")
    idle = v.connect()
    drip = v.connect()
    reader = v.connect()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    stop = threading.Event()

    def trickle():
        try:
            drip.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            while not stop.wait(0.2):
                drip.sendall(b"X: y\r\n")
        except OSError:
            pass
    t = threading.Thread(target=trickle)
    t.start()
    request = b"GET /archives/a.sheaf HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reader.sendall(request * 200)  # many times the file: no buffer has room for it
    ok("a client that says nothing is cut off", closed(idle))
    ok("one that drips headers, too", closed(drip))
    stop.set()
    t.join()
    # It reads nothing, and is told in the end that nobody listens any more.
    while True:
        try:
            reader.send(b"\r\n")
        except OSError:
            break
    ok("one that does not read its answers, too",
       len(take_all(reader)) < 200 * len(data_of("shelf/a.sheaf")))
    ok("and others are served all the while", v.ask("/archives.json")[0] == 200)
    hung = [v.connect() for _ in range(20)]
    ok("all places taken by silent ones: served when these are cut off",
       v.ask("/archives.json")[0] == 200)
    for s in hung + [idle, drip, reader]:
        s.close()
    same("it ends well", v.stop(), 0)


# ---- Damage ------------------------------------------------------------------

def test_lying_groups():
    """A list comes from the articles then, page by page, too."""
    shutil.copy(HERE + "/../spec/vectors/F8.5-leaf.sheaf", "lie.sheaf")
    v = Server("lie.sheaf")
    got, after = [], ""
    for _ in range(2):
        page = v.json("/api/archives/lie/articles?limit=1" + after)[1]
        got += [a["id"] for a in page["articles"]]
        after = f"&after={page['next']}"
    same("pages of articles whose groups lie", got, ["news/2", "news/1"])
    v.stop()


# ---- Change ------------------------------------------------------------------

def test_change():
    shutil.copy("shelf/a.sheaf", "c.sheaf")
    v = Server("c.sheaf", "-p", "k.pub")
    path = "/archives/c.sheaf"
    before = data_of("c.sheaf")
    tag = v.ask(path, "HEAD")[1]["ETag"]
    first = v.json("/api/archives/c/articles?limit=300")[1]
    with open("new.jsonl", "w") as f:
        f.write('{"id":"n/0500","title":"Corrected","body":"better"}\n'
                '{"id":"n/new","title":"New","body":"news"}\n')
    shutil.copy("c.sheaf", "going.sheaf")
    sheaf("append", "-q", "-s", "k.sec", "going.sheaf", "new.jsonl")
    going = data_of("going.sheaf")[len(before):]
    os.remove("going.sheaf")
    with open("c.sheaf", "ab") as f:
        f.write(going[:len(going) // 4])  # as an append that is not done
    # A question looks at the file; what comes after it is told anew, or is not.
    v.json("/api/archives/c")
    got = v.ask(path)
    same("what is not committed is not served", (got[1]["ETag"], got[2]), (tag, before))
    os.truncate("c.sheaf", len(before))
    with open("c.sheaf", "ab") as f:
        f.write(going)
    after = before + going
    status, headers, body = v.until(path, lambda s, h, b: h["ETag"] != tag)
    ok("after an append there is another tag, and more", body == after and after != before)
    same("what was there is there", after[:len(before)], before)
    same("a client that reads the old one is told", v.ask(path, If_Match=tag)[0], 412)
    same("the new article", v.ask("/api/archives/c/articles/n/new/body")[2], b"news")
    same("the correction", v.ask("/api/archives/c/articles/n/0500/body")[2], b"better")
    ok("the old revision", len(v.ask("/api/archives/c/articles/n/0500/body?rev=1")[2]) > 50)
    rest, at = [], first["next"]
    while at is not None:
        page = v.json(f"/api/archives/c/articles?limit=300&after={at}")[1]
        rest += page["articles"]
        at = page["next"]
    ids = [a["id"] for a in first["articles"] + rest]
    ok("pages go on across the append: each article once, the new ones too",
       len(ids) == len(set(ids)) == ARTICLES + 1 and ids[-2:] == ["n/0500", "n/new"],
       len(ids), ids[-3:])
    tag = headers["ETag"]
    sheaf("repack", "-q", "--fast", "c.sheaf", "-o", "d.sheaf")
    os.replace("d.sheaf", "c.sheaf")
    status, headers, body = v.until(path, lambda s, h, b: h["ETag"] != tag)
    same("a replaced file is served anew", body, data_of("c.sheaf"))
    tag, good = headers["ETag"], body
    os.truncate("c.sheaf", 1000)
    same("nothing is sent of one that is cut", v.ask(path)[::2],
         (500, b'{"status":500,"error":"the archive has been cut"}\n'))
    with open("c.sheaf", "r+b") as f:
        f.write(good)
    same("whole again, it is sent", v.ask(path)[2], good)
    with open("e.sheaf", "wb") as f:
        f.write(b"x" * 5000)
    os.replace("e.sheaf", "c.sheaf")
    status, headers, body = v.until(path, lambda s, h, b: "c.sheaf" in v.said())
    same("one that is no archive is not: the last good one is", (headers["ETag"], body),
         (tag, good))
    status, got = v.json("/api/archives/c/articles/n/new")
    ok("questions about it fail, and say why", status == 500 and "replaced" in got["error"], got)
    with open("g.sheaf", "wb") as f:
        f.write(good)
    os.replace("g.sheaf", "c.sheaf")
    list_tag = v.ask("/api/archives/c/articles")[1]["ETag"]
    for name, key in (("another key", ["-s", "other.sec"]), ("nobody", [])):
        sheaf("pack", "-q", "-f", "-o", "e.sheaf", "-n", "log.example", *key, "new.jsonl")
        os.replace("e.sheaf", "c.sheaf")
        for what in "", "/articles", "/articles?title=New", "/articles/n/new", "/checkpoint":
            status, got = v.json("/api/archives/c" + what)
            ok(f"signed by {name}: no answer: {what}", status == 500 and "replaced" in got["error"],
               status, got)
        same(f"signed by {name}: the last good file", v.ask(path)[2], good)
        with open("g.sheaf", "wb") as f:
            f.write(good)
        os.replace("g.sheaf", "c.sheaf")
        status, headers, _ = v.ask("/api/archives/c/articles")
        same("put back, it is answered again", (status, headers["ETag"]), (200, list_tag))
    os.rename("c.sheaf", "away.sheaf")
    same("one that is gone: no answer", v.ask("/api/archives/c/articles")[0], 500)
    os.rename("away.sheaf", "c.sheaf")
    same("the same file again: one", v.ask("/api/archives/c/articles")[0], 200)
    sheaf("pack", "-q", "-f", "-o", "e.sheaf", "-n", "other.example", "-s", "k.sec", "new.jsonl")
    for name in "older", "fork":
        shutil.copy("shelf/a.sheaf", name + ".sheaf")
    with open("strange.jsonl", "w") as f:
        f.writelines('{"id":"n/%d","body":"not what was signed"}\n' % i for i in range(3))
    sheaf("append", "-q", "-s", "k.sec", "--new-log", "fork.sheaf", "strange.jsonl")
    for name in "older", "fork", "e":
        shutil.copy(name + ".sheaf", "f.sheaf")
        os.replace("f.sheaf", "c.sheaf")
        status, got = v.json("/api/archives/c/articles/n/0500")
        ok(f"not one that does not go on with the log: {name}",
           status == 500 and "replaced" in got["error"], status, got)
        same("the last good file", v.ask(path)[2], good)
    os.remove("c.sheaf")
    same("nor one that is gone", v.ask(path)[2], good)
    same("SIGINT ends it well", v.stop(signal.SIGINT), 0)


def test_origin():
    """Without a key, too, what replaces an archive has the origin that was given."""
    with open("new.jsonl", "w") as f:
        f.write('{"id":"n","body":"other"}\n')
    for name in "one", "two":
        sheaf("pack", "-q", "-f", "-o", name + ".sheaf", "-n", name + ".example", "new.jsonl")
    shutil.copy("one.sheaf", "o.sheaf")
    v = Server("o.sheaf", "--origin", "one.example")
    same("the origin that was given", v.ask("/api/archives/o/articles/n/body")[2], b"other")
    os.replace("two.sheaf", "o.sheaf")
    status, got = v.json("/api/archives/o/articles/n")
    ok("not another one later", status == 500 and "replaced" in got["error"], status, got)
    v.stop()
    v = Server("one.sheaf", "--origin", "two.example")
    same("nor at the start", v.url, "")
    v.stop()


def point(link, target):
    os.symlink(target, "new.link")
    os.replace("new.link", link)


def test_links():
    """A name is followed as it was given, wherever on the way to the file a link is switched."""
    with open("news.jsonl", "w") as f:
        f.write('{"id":"1","body":"withdrawn"}\n{"id":"2","body":"stays"}\n')
    for release in "1", "2", "fork":
        os.makedirs(f"releases/{release}/pub")
    first, second = (f"releases/{n}/pub/news.sheaf" for n in (1, 2))
    for path, key in (first, "k.sec"), ("releases/fork/pub/news.sheaf", "other.sec"):
        sheaf("pack", "-q", "-o", path, "-n", "links.example", "-s", key, "news.jsonl")
    sheaf("redact", "-q", first, "1", "-o", second, "-s", "k.sec", "--reason", "court order")
    os.mkdir("has")
    article, path = "/api/archives/news/articles/1/body", "/archives/news.sheaf"
    for key in (), ("-p", "k.pub"):
        for what, given, link, target in (
                ("the file is a link", "has/news.sheaf", "has/news.sheaf",
                 "../releases/{}/pub/news.sheaf"),
                ("a folder has it", "has", "has/news.sheaf", "../releases/{}/pub/news.sheaf"),
                ("a folder is it", "is", "is", "releases/{}/pub"),
                ("one above is it", os.path.abspath("above") + "/pub", "above", "releases/{}")):
            what += ", with a key" if key else ""
            point(link, target.format(1))
            v = Server(given, *key)
            same(f"{what}: before", v.ask(article)[::2], (200, b"withdrawn"))
            point(link, target.format(2))
            status, got = v.json(article)
            ok(f"{what}: what it was switched to answers", status == 404 and "court order" in
               got["error"], status, got)
            good = data_of(second)
            same(f"{what}: and is served", v.until(path, lambda s, h, b: b == good)[2], good)
            for other in ("fork", "nowhere") if key else ("nowhere",):
                point(link, target.format(other))
                status, got = v.json(article)
                ok(f"{what}: questions are refused: {other}", status == 500 and "replaced" in
                   got["error"], status, got)
                same(f"{what}: the last one is served: {other}", v.ask(path)[2], good)
            point(link, target.format(2))
            same(f"{what}: switched back, it is answered",
                 v.ask("/api/archives/news/articles/2/body")[2], b"stays")
            v.stop()
    shutil.copy(first, "has/2024.sheaf")
    point("has/news.sheaf", "2024.sheaf")
    v = Server("has")
    same("two names of one file", [a["name"] for a in v.json("/archives.json")[1]],
         ["2024", "news"])
    point("has/news.sheaf", "../" + second)
    same("of which one leads elsewhere then", [v.ask(f"/api/archives/{n}/articles/1")[0]
                                               for n in ("2024", "news")], [200, 404])
    v.stop()


def test_swap():
    """Between the look at the file and the answer, an older one and it change places, and back.
    Who looks and who answers open it equally often."""
    if b"__asan_init" in data_of(SHEAF):
        return
    race = os.path.abspath("race.so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", race, HERE + "/race.c",
                    "-ldl"], check=True)
    with open("new.jsonl", "w") as f:
        f.write('{"id":"n/0500","title":"Corrected","body":"better"}\n')
    shutil.copy("shelf/a.sheaf", "older.sheaf")
    shutil.copy("shelf/a.sheaf", "swap.sheaf")
    sheaf("append", "-q", "-s", "k.sec", "--new-log", "swap.sheaf", "new.jsonl")
    swaps = 0
    for at in range(2, 8):
        for name in "older", "swap":
            shutil.copy(name + ".sheaf", name + "-now.sheaf")
        with open("swapped", "w"):
            pass
        v = Server("swap-now.sheaf", "-p", "k.pub", "--no-pins", LD_PRELOAD=race,
                   RACE_FILE="swap-now.sheaf", RACE_AT=str(at),
                   RACE_COMMAND="mv swap-now.sheaf t && mv older-now.sheaf swap-now.sheaf && "
                   "mv t older-now.sheaf && echo >> swapped")
        if v.url:
            status, _, body = v.ask("/api/archives/swap-now/articles/n/0500/body")
            ok(f"an answer is not of a file that was swapped in: {at}", body == b"better" or
               status != 200, status, body)
        v.stop()
        swaps += len(data_of("swapped")) == 2
    ok("and one was", swaps != 0, swaps)


# ---- Options -----------------------------------------------------------------

def test_tags():
    """What a client has from a server without the key is not confirmed by one
    with it, nor by one with another key."""
    path = "/api/archives/a/articles/n/0007"
    tags = {}
    for how in (), ("-p", "k.pub"), ("-p", "k.pub", "--cors", "*"):
        v = Server("shelf/a.sheaf", *how)
        status, headers, _ = v.ask(path)
        tags[how] = headers["ETag"]
        same(f"{how}: an answer", status, 200)
        for before, tag in tags.items():
            same(f"{how}: that of {before}", v.ask(path, If_None_Match=tag)[0],
                 304 if tag == tags[how] else 200)
        same("an ID that is not there, with *", v.ask(path + "x", If_None_Match="*")[0], 404)
        same("one that is, with *", v.ask(path, If_None_Match="*", If_Match="*")[0], 200)
        v.stop()
    ok("the key makes the tag", tags[()] != tags[("-p", "k.pub")], tags)
    same("and nothing else does", len(set(tags.values())), 2)


def test_page():
    os.mkdir("web")
    for name, text in (("index.html", "<title>Page</title>"), ("sheaf.js", "export {}"),
                       ("sheaf.wasm", "\0asm"), (".hidden", "no"), ("a b.txt", "no")):
        with open("web/" + name, "w") as f:
            f.write(text)
    os.mkdir("web/folder")
    v = Server("shelf/a.sheaf", "--page", "web", "--cors", "https://reader.example")
    for path, kind in (("/", "text/html; charset=utf-8"), ("/sheaf.js", "text/javascript"),
                       ("/sheaf.wasm", "application/wasm")):
        status, headers, body = v.ask(path)
        code, again, _ = v.ask(path, If_None_Match=headers["ETag"])
        ok(f"the page: {path}, again", code == 304 and "Content-Security-Policy" not in again, again)
        ok(f"the page: {path}", status == 200 and headers["Content-Type"].startswith(kind) and
           body == data_of("web/" + (path[1:] or "index.html")) and
           "frame-ancestors 'none'" in headers["Content-Security-Policy"], status, headers)
    for path in "/.hidden", "/a%20b.txt", "/folder", "/folder/":
        same(f"{path} is not in it", v.ask(path)[0], 404)
    status, headers, _ = v.ask("/archives/a.sheaf", Range="bytes=0-3")
    ok("--cors: another page may read, with what it needs",
       headers["Access-Control-Allow-Origin"] == "https://reader.example" and
       "Content-Range" in headers["Access-Control-Expose-Headers"] and
       headers["Cross-Origin-Resource-Policy"] == "cross-origin", headers)
    status, headers, _ = v.ask("/archives/a.sheaf", "OPTIONS")
    ok("and is told before", status == 204 and "If-Match" in
       headers["Access-Control-Allow-Headers"], headers)
    v.stop()


def refused(what, args, code, word):
    p = sheaf("serve", "--listen", "127.0.0.1:0", *args, fails=True)
    ok(what, p.returncode == code and word in p.stderr.decode() and p.stdout == b"",
       p.returncode, p.stderr)


def test_options():
    refused("an archive that is none", ["shelf/broken.sheaf"], 4, "broken.sheaf")
    refused("one that is not there", ["nothing.sheaf"], 1, "nothing.sheaf")
    refused("a folder without", ["web"], 1, "no archive")
    refused("another key", ["shelf/a.sheaf", "-p", "other.pub"], 5, "a.sheaf")
    refused("two of one name", ["shelf/a.sheaf", "shelf/a.sheaf"], 1, "another archive")
    refused("one on another server", ["http://example.org/a.sheaf"], 2, "must be a file")
    refused("also behind a file", ["shelf/a.sheaf", "http://example.org/a.sheaf"], 2, "be a file")
    refused("a port that is none", ["--listen", "127.0.0.1:x", "shelf/a.sheaf"], 2, "ADDR:PORT")
    refused("a port alone", ["--listen", "8080", "shelf/a.sheaf"], 2, "ADDR:PORT")
    refused("an address without brackets", ["--listen", "::1:80", "shelf/a.sheaf"], 2, "ADDR:PORT")
    refused("too few connections", ["--connections", "1", "shelf/a.sheaf"], 2, "connections")
    refused("an origin that is none", ["--cors", "x\r\nEvil: 1", "shelf/a.sheaf"], 2, "origin")
    refused("a page that is not there", ["--page", "nowhere", "shelf/a.sheaf"], 1, "nowhere")
    v = Server("shelf/a.sheaf", "-v")
    refused("a port that is taken", ["--listen", f"127.0.0.1:{v.port}", "shelf/a.sheaf"], 1, "use")
    v.ask("/archives/a.sheaf?x=%0d%0aEvil", Range="bytes=1-10")
    v.raw(b"GET /\x01\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    v.until("/x", lambda *_: "/x" in v.said())
    v.raw(b"G\x1b]0;x\x07\x9b2K\r /y HTTP/1.1\r\nHost: localhost\r\n\r\n", half=True)
    v.until("/z", lambda *_: "/z" in v.said())
    ok("a method, too, is a word of the log", not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]",
                                                            v.said()) and
       all(len(line.split(" ")) == 5 for line in v.said().splitlines() if " /" in line), v.said())
    ok("-v: a line for each request", "127.0.0.1 GET /archives/a.sheaf?x=%0d%0aEvil 206 10\n"
       in v.said() and "\x01" not in v.said(), v.said())
    helper = [p for p in processes_of(v.process.pid) if p != v.process.pid]
    same("there is one process beside it", len(helper), 1)
    os.kill(helper[0], signal.SIGKILL)
    same("if that ends, so does the command, with a message",
         (v.process.wait(PATIENCE), "sheaf-serve ended" in v.said()), (1, True))
    try:
        probe = socket.socket(socket.AF_INET6)
        probe.bind(("::1", 0))
        probe.close()
        v = Server("--listen", "[::1]:0", "shelf/a.sheaf")
        same("IPv6", (v.url[:12], v.ask("/archives.json")[0]), ("http://[::1]", 200))
        v.process.kill()
        v.process.wait()
        with socket.socket(socket.AF_INET6) as s:
            s.settimeout(PATIENCE)
            left = True
            for _ in range(200):
                left = any(os.path.exists(f"/proc/{p}") for p in helper)
                if s.connect_ex(("::1", v.port)) != 0:
                    left = False
                    break
                s.close()
                s = socket.socket(socket.AF_INET6)
            ok("if the command is killed, nothing is left", not left)
    except OSError:
        skip("IPv6", "there is none here")


def main():
    home = tempfile.mkdtemp(prefix="serve.")
    os.chdir(home)
    os.mkdir("shelf")
    try:
        make_archives()
        v = Server("shelf", "--connections", "16")
        test_list(v)
        test_ranges(v)
        test_articles(v)
        test_paths(v)
        test_hosts(v)
        test_raw(v)
        test_many(v)
        same("SIGTERM ends it well", v.stop(), 0)
        v = Server("shelf/a.sheaf", "shelf/plain \u00e9.sheaf")
        test_client(v)
        test_search(v)
        v.stop()
        v = Server("shelf/a.sheaf", "-p", "k.pub")
        test_article(v)
        v.stop()
        test_unsigned()
        test_removed()
        test_groups()
        test_slow()
        test_lying_groups()
        test_change()
        test_origin()
        test_links()
        test_swap()
        test_tags()
        test_page()
        test_options()
    finally:
        os.chdir("/")
        shutil.rmtree(home)
    finish()


main()
