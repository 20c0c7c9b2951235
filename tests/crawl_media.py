"""crawl_media.py - makes crawls of pages with pictures, good, damaged and hostile, and
checks which of them become parts of which article. crawl-media.sh runs it in an empty
folder."""
import gzip
import os
import resource
import subprocess

from crawl import (IMPORT, SANITIZED, Result, arc, http, members, ok, page, record, run_checks,
                   same, sha1, wacz, zstd)

SITE = "http://x.example/"
PNG = b"\x89PNG\r\n\x1a\n"


def named(name, markup, **how):
    """A page with this in its body."""
    body = b"<!doctype html><title>Page</title><p>Words." + markup.encode()
    return record(http(body), SITE + name, **how)


def picture(name, content=b"one", kind="image/png", more="", http_more="", **how):
    return record(http(PNG + content, kind, more=http_more), SITE + name, more=more, **how)


def media(data, name="crawl.warc", options=(), **how):
    return Result(data, name, ["--media", *options], **how)


def parts(r, which=0):
    """(type, content behind the signature) of each part but the body."""
    return [(t, d[len(PNG):] if d.startswith(PNG) else d)
            for role, t, d in r.articles[which][1][1:] if role == 6]


def said(r):
    return [w.partition("media: ")[2] for w in r.warnings]


ONE = [("image/png", b"one")]


def check_names():
    p, a = picture("img/a.png"), named("d/one", "<img src='../img/a.png'>")
    same("without --media, nothing changes", parts(Result(p + a)), [])
    for what, data in [("before", p + a), ("behind", a + p)]:
        r = media(data)
        same("a picture %s its page is a part" % what, (parts(r), r.left, said(r)),
             (ONE, ["picture"], []))
        same("metadata says which", r.articles[0][0]["media"],
             [{"part": 1, "url": "../img/a.png"}])
    for what, markup in [("absolute", "<img src=http://x.example/img/a.png>"),
                         ("without a scheme", "<img src=//x.example/img/a.png>"),
                         ("from the root", "<img src=/img/a.png#top>"),
                         ("with a host in capitals", "<img src=HTTP://X.Example/img/a.png>"),
                         ("with escapes", "<img src=/%69mg/a%2Epng>"),
                         ("by base", "<base href='/img/'><img src=a.png>"),
                         ("by an absolute base", "<base href='http://x.example/img/x'>"
                          "<img src=a.png>"),
                         ("as poster", "<video poster=/img/a.png>"),
                         ("as link", "<a href=/img/a.png>x</a>")]:
        same("an address " + what, parts(media(p + named("d/one", markup))), ONE)
    q = picture("i?w=1&h=2")
    same("a query with a reference", parts(media(q + named("a", "<img src='i?w=1&amp;h=2'>"))),
         ONE)
    same("another query is another picture", said(media(q + named("a", "<img src='i?w=2'>"))),
         ["i?w=2: not in the crawl"])
    odd = picture("c%20d/%C3%A4%7C.png")
    body = "<meta charset=utf-8><img src='c d/\u00e4|.png'>"
    same("spaces and letters that are not ASCII", parts(media(odd + named("a", body))), ONE)
    r = media(p + named("a", "<img src='none.png'><a href='none.pdf'>x</a>"))
    same("what is missing is named, if it is shown", (parts(r), said(r)),
         ([], ["none.png: not in the crawl"]))
    r = media(named("a", "<img src='data:image/png;base64,%s'><img src='#x'><img>" % ("x" * 3000)))
    same("what is in the page itself is not looked for", said(r), [])
    r = media(p + named("a", "<img src=img/a.png><img src=/img/a.png><img src=./img/a.png>"))
    same("named three times, it is one part", (parts(r), said(r)), (ONE, []))
    r = media(p + named("a", "<img src=img/a.png>") + named("b", "<img src=img/a.png>"))
    same("a picture of two pages", [parts(r, 0), parts(r, 1)], [ONE, ONE])


def check_forms():
    small, large = picture("s.png", b"small"), picture("l.png", b"large")
    both = "<img srcset='s.png 300w, l.png 900w' src=s.png>"
    for what, data, want in [("the largest", small + large, [b"large"]),
                             ("the one that is there", small, [b"small"])]:
        for markup in [both, "<img srcset='s.png, l.png 2x'>",
                       "<picture><source srcset='l.png 900w'><img src=s.png></picture>"]:
            r = media(data + named("a", markup))
            same("srcset: %s of %s" % (what, markup), ([d for _, d in parts(r)], said(r)),
                 (want, []))
    same("srcset: none is there", said(media(named("a", both))), ["s.png: not in the crawl"])
    r = media(named("a", "<img srcset=',,, ,x 1e999w,y nan,%s'>" % ("z 1x," * 5000)))
    same("srcset: nonsense", (parts(r), len(said(r))), ([], 1))


def check_kinds():
    for kind in ["text/html", "application/octet-stream", "image/png; x=1", "", "a b/c"]:
        r = media(picture("a.png", kind=kind) + named("a", "<img src=a.png>"))
        same("a picture of the type '%s'" % kind, parts(r), [
            ("application/octet-stream" if kind[:4] == "appl" else "image/png", b"one")])
    pdf = record(http(b"%PDF-1.4 plan", "application/pdf"), SITE + "plan.pdf")
    r = media(pdf + response_of("two") + named("a", "<a href=plan.pdf>x</a><a href=two>x</a>"))
    same("an attachment is a part, another page is not", [parts(r, 0), parts(r, 1)],
         [[], [("application/pdf", b"%PDF-1.4 plan")]])
    for kind in ["text/css", "application/javascript", "application/json", "font/woff2"]:
        r = media(record(http(b"x{}", kind), SITE + "x") + named("a", "<a href=x>x</a>"))
        same("%s is never a part" % kind, (parts(r), said(r)), ([], []))
    for what, more, data in [("gzip", "Content-Encoding: gzip\r\n", gzip.compress(PNG + b"one")),
                             ("chunks", "Transfer-Encoding: chunked\r\n",
                              b"b\r\n" + PNG + b"one\r\n0\r\n\r\n")]:
        r = media(record(http(data, "image/png", more=more), SITE + "a.png") +
                  named("a", "<img src=a.png>"))
        same("undone: " + what, parts(r), ONE)
    r = media(record(PNG + b"one", SITE + "a.png", "resource", mime="image/png") +
              named("a", "<img src=a.png>"))
    same("a resource", parts(r), ONE)
    r = media(record(http(PNG, "image/png", "404 Not Found"), SITE + "a.png") +
              named("a", "<img src=a.png>"))
    same("an error page is no picture", (parts(r), said(r)), ([], ["a.png: not in the crawl"]))


def response_of(name):
    return record(http(page(name)), SITE + name)


def check_bad():
    a = named("a", "<img src=a.png>")
    good = sha1(http(PNG + b"one", "image/png"))
    for digest, want, why in [
            (good, ONE, []),
            (sha1(b"other"), [], ["a.png: its bytes are not those of its WARC-Block-Digest"])]:
        r = media(picture("a.png", more="WARC-Block-Digest: " + digest) + a)
        same("a picture with the digest %s" % digest, (parts(r), said(r), r.ids()),
             (want, why, ["a"]))
    r = media(picture("a.png", more="WARC-Payload-Digest: " + sha1(b"other")) + a)
    same("a payload digest of other bytes", (parts(r), said(r)), (
        ONE, ["a.png: its WARC-Payload-Digest is that of other bytes"]))
    r = media(picture("a.png", http_more="Content-Encoding: gzip\r\n",
                      content=b"x").replace(PNG, b"\x1f\x8b\x08 and no more") + a)
    same("a picture that cannot be decoded", (parts(r), said(r)[0][:28]),
         ([], "a.png: it cannot be decoded"[:28]))
    r = media(picture("a.png", more="WARC-Truncated: length") + a)
    same("a picture that was cut short", (parts(r), len(said(r))), (ONE, 1))
    r = media(record(http(b"", "image/png"), SITE + "a.png") + a)
    same("an empty one", (parts(r), said(r)), ([], ["a.png: empty"]))
    r = media(record(http(PNG + b"one", "image/png"), SITE + "a.png", length=10**9) + a)
    same("a wrong length", (r.ids(), len(r.rejects)), (["a"], 1))
    r = media(named("a", "<img src=javascript:x><img src='http://[::'><img src='\x01:'>"
                    "<base href='http://['>" + "<img src=%s>" % ("y" * 3000)))
    ok("addresses that are none", r.ids() == ["a"] and parts(r) == [], r.all())
    many = b"".join(picture("%d.png" % i, b"%d" % i) for i in range(300))
    r = media(many + named("a", "".join("<img src=%d.png>" % i for i in range(300))))
    same("not more parts than an article can have", (len(parts(r)), said(r)[0], len(said(r))),
         (253, "253.png: the article has too many parts", 47))


def check_twice():
    def dated(data, day):
        return data.replace(b"2024-03-11", b"2024-03-%02d" % day)

    crawl = b"".join([
        dated(picture("a.png", b"old"), 1), dated(named("1", "<img src=a.png>"), 2),
        dated(picture("a.png", b"new"), 3), dated(named("2", "<img src=a.png>"), 4),
        dated(named("0", "<img src=a.png>"), 0 + 1).replace(b"T10:", b"T09:")])
    r = media(crawl)
    same("captured twice: each page has the one before it, or the first",
         [parts(r, i)[0][1] for i in range(3)], [b"old", b"new", b"old"])
    revisit = record(b"", SITE + "b.png", "revisit", more="WARC-Profile: x\r\n"
                     "WARC-Refers-To-Target-URI: http://x.example/a.png\r\n"
                     "WARC-Refers-To-Date: 2024-03-01T10:00:00Z")
    r = media(crawl + revisit + named("3", "<img src=b.png>"))
    same("a revisit of another address", parts(r, 3), [("image/png", b"old")])
    r = media(revisit + named("3", "<img src=b.png>"))
    same("of what is not there", (parts(r), said(r)), ([], ["b.png: not in the crawl"]))
    again = record(http(b"", "image/png", "304 Not Modified"), SITE + "a.png", "revisit")
    r = media(crawl + again + named("3", "<img src=a.png>"))
    same("a revisit of the same address", parts(r, 3), [("image/png", b"new")])
    loop = revisit.replace(b"x.example/a.png", b"x.example/b.png")
    r = media(loop + revisit.replace(b"b.png", b"c.png").replace(b"a.png", b"b.png") +
              named("3", "<img src=b.png><img src=c.png>"))
    same("revisits of each other", parts(r), [])


def check_packings():
    recs = [named("a", "<img src=a.png>"), picture("a.png"), named("b", "<img src=a.png>")]
    for name, data in [("c.warc", b"".join(recs)), ("c.warc.gz", members(recs)),
                       ("c.warc.gz", gzip.compress(b"".join(recs))),
                       ("c.warc.zst", b"".join(map(zstd, recs)))]:
        for stdin in [False, True]:
            r = media(data, name, stdin=stdin)
            same("%s%s" % (name, " on standard input" if stdin else ""),
                 [r.ids(), parts(r, 0), parts(r, 1), r.rejects], [["a", "b"], ONE, ONE, []])
    damaged = members(recs)
    at = damaged.index(gzip.compress(recs[2], mtime=0)) + 30
    damaged = damaged[:at] + bytes([damaged[at] ^ 1]) + damaged[at + 1:]
    r = media(damaged + members([response_of("c")]), "c.warc.gz")
    same("damage is reported once", (r.ids(), parts(r), len(r.rejects)), (["a", "c"], ONE, 1))
    text = [arc("filedesc://x.arc", b"1 0 X\n", "text/plain"),
            arc(SITE + "a.png", http(PNG + b"one", "image/png")),
            arc(SITE + "a", http(b"<!doctype html><title>A</title><img src=a.png>"))]
    same("ARC", parts(media(b"".join(text), "x.arc")), ONE)
    crawls = [("archive/1.warc.gz", members([recs[0]])), ("archive/2.warc", recs[1] + recs[2])]
    for stdin in [False, True]:
        r = media(wacz(crawls), "x.wacz", stdin=stdin)
        same("WACZ: pictures of another crawl in it", [r.ids(), parts(r, 0), parts(r, 1)],
             [["a", "b"], ONE, ONE])
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = os.path.abspath("none")
    r = media(members(recs), "c.warc.gz")
    same("no place for temporary files: a warning", (r.ids(), parts(r), len(r.warnings) > 0 and
                                                     "temporary file" in r.warnings[0]),
         (["a", "b"], [], True))
    same("not needed for what is not compressed", parts(media(b"".join(recs))), ONE)
    r = media(b"".join(recs), stdin=True)
    ok("on standard input: an error that says so", r.ids() == [] and len(r.rejects) == 1 and
       "temporary file" in r.rejects[0], r.all())
    if before is None:
        del os.environ["TMPDIR"]
    else:
        os.environ["TMPDIR"] = before


def check_huge():
    a = named("a", "<img src=a.png><img src=b.png>")
    # Noise, so that it is no bomb when it is compressed.
    noise = b"".join(os.urandom(1 << 10) + bytes(63 << 10) for _ in range(65 << 4))
    large = record(http(PNG + noise, "image/png"), SITE + "a.png")
    for name, data in [("c.warc", large), ("c.warc.gz", gzip.compress(large, 1))]:
        r = media(data + (a if name == "c.warc" else members([a])), name)
        same("%s: a picture over the limit is named" % name, (parts(r), said(r)), (
            [], ["a.png: too large", "b.png: not in the crawl"]))
    bomb = gzip.compress(bytes(80 << 20), 9)
    r = media(record(http(bomb, "image/png", more="Content-Encoding: gzip\r\n"),
                     SITE + "a.png") + a)
    same("one that expands to more than the limit", said(r)[0], "a.png: too large")
    four = b"".join(record(http(PNG + bytes(60 << 20), "image/png"), SITE + "%d" % i)
                    for i in range(5))
    r = media(four + named("a", "".join("<img src=%d>" % i for i in range(5))))
    same("no more than 256 MiB for an article", (len(parts(r)), said(r)), (4, ["4: too large"]))
    if SANITIZED:
        return
    with open("many.warc", "wb") as f:
        for i in range(3000):
            f.write(picture("%d.png" % i, bytes(100000)))
        f.write(a.replace(b"a.png", b"7.png"))

    def bound():
        resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))

    with open("many.warc", "rb") as f:
        run = subprocess.run([IMPORT, "--media", "-"], stdin=subprocess.PIPE and f,
                             stdout=subprocess.PIPE, preexec_fn=bound)
    ok("300 MB of pictures in 200 MB of memory", run.returncode == 0 and
       len(run.stdout) > 100000, len(run.stdout))
    os.unlink("many.warc")


def check_command():
    sheaf = os.environ.get("SHEAF")
    if not sheaf:
        return

    def run(*words):
        return subprocess.run([sheaf, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False).stdout

    with open("p.warc", "wb") as f:
        f.write(named("a", "<img src=img/a.png>") + picture("img/a.png"))
    run("pack", "-q", "--media", "-o", "p.sheaf", "p.warc")
    same("get --part", run("get", "p.sheaf", SITE + "a", "--part", "1"), PNG + b"one")
    run("extract", "-q", "p.sheaf", "-C", "out")
    with open("out/x.example/img/a.png", "rb") as f:
        same("extract puts it where the page names it", f.read(), PNG + b"one")


run_checks([check_names, check_forms, check_kinds, check_bad, check_twice, check_packings,
            check_huge, check_command])
