"""remote.py - see remote.sh."""

import hashlib
import json
import os
import random
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

import http_server
import sigv4
from tap import SHEAF, finish, ok, skip

for name in list(os.environ):
    if name.startswith(("AWS_", "CURL_", "SSL_")) or name.lower().endswith("_proxy"):
        del os.environ[name]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
store = http_server.Store()
seen_head = []


def sheaf(*args, **more):
    env = dict(os.environ, **more)
    store.begin()
    p = subprocess.run([SHEAF, *args], capture_output=True, env=env, timeout=600)
    p.said = p.stderr.decode(errors="replace")
    seen_head.extend(a for a in store.asked if a[0] != "GET")
    return p


def same(what, args, wanted, **more):
    p = sheaf(*args, **more)
    ok(what, p.returncode == 0 and p.stdout == wanted,
       f"{p.returncode} {p.said}\n{p.stdout[:200]} for {wanted[:200]}")
    return p


def refused(what, args, code, *words, **more):
    """It fails with this code, says these words, and prints nothing."""
    p = sheaf(*args, **more)
    missing = [w for w in words if not re.search(w, p.said)]
    ok(what, p.returncode == code and not missing and p.stdout == b"",
       f"exit {p.returncode} for {code}; said {p.said}; missing {missing}; {p.stdout[:100]}")
    return p


def make_archives():
    r = random.Random(11)
    words = ["".join(r.choice("abcdefghijklmnop") for _ in range(r.randint(3, 9)))
             for _ in range(4000)]
    for name, first in ("a", 0), ("new-a", 1):
        with open(name + ".jsonl", "w") as f:
            for i in range(1200):
                text = " ".join(r.choice(words) for _ in range(120))
                f.write(json.dumps({"id": f"n/{i}", "url": f"https://example.org/{i}",
                                    "title": f"Number {i} of {first}", "text": text}) + "\n")
    subprocess.run([SHEAF, "keygen", "-W", "-p", "k.pub", "-s", "k.sec"], check=True,
                   stdout=subprocess.DEVNULL)
    for name in "a", "new-a":
        for out, more in (name, []), (name + "-signed", ["-s", "k.sec", "-n", "log.example"]):
            subprocess.run([SHEAF, "pack", "-q", "-j", "1", "--new-log", "--time",
                            "2025-01-02T03:04:05Z", "-o", out + ".sheaf", *more,
                            name + ".jsonl"], check=True)
    for file in os.listdir("."):
        if file.endswith(".sheaf"):
            with open(file, "rb") as f:
                store.files[file] = f.read()
    store.files["page.html"] = b"<!DOCTYPE html><title>No archive</title>" + b"x" * 5000
    store.files["empty"] = b""


def local(*args):
    p = sheaf(*args)
    assert p.returncode == 0, p.said
    return p.stdout


# ---- Every command -----------------------------------------------------------

def try_commands(url, name):
    """Each command says of the URL what it says of the file."""
    for args in (["get", "A", "n/7"], ["get", "A", "n/7", "n/900", "n/1199"],
                 ["get", "A", "https://example.org/77"], ["get", "A", "n/3", "--meta"],
                 ["list", "A"], ["list", "A", "--revisions", "--json"], ["info", "A", "--json"],
                 ["extract", "A", "--format", "jsonl"], ["extract", "A", "--format", "tar"],
                 ["dict", "A"], ["get", "A-signed", "n/7", "-p", "k.pub", "--no-pins"],
                 ["list", "A-signed", "-p", "k.pub", "--no-pins"],
                 ["checkpoint", "A-signed", "-p", "k.pub"],
                 ["prove", "A-signed", "n/12", "-o", "-"],
                 ["prove", "A-signed", "none", "--absent", "-o", "-"],
                 ["verify", "A-signed", "-p", "k.pub", "--no-pins", "--json", "-j", "2"]):
        here = [re.sub("^A", "a", x) + ".sheaf" if x.startswith("A") else x for x in args]
        there = [f"{url}/{x}" if x.endswith(".sheaf") else x for x in here]
        same(f"{name}: {' '.join(args)}", there, local(*here))
    p = sheaf("repack", f"{url}/a.sheaf", "-o", "out.sheaf", "-f", "-q", "-j", "1")
    local("repack", "a.sheaf", "-o", "want.sheaf", "-f", "-q", "-j", "1")
    with open("want.sheaf", "rb") as f:
        want = f.read()
    with open("out.sheaf", "rb") as f:
        ok(f"{name}: repack", p.returncode == 0 and f.read() == want, p.said)
    p = sheaf("get", f"{url}/a.sheaf", "none/1")
    ok(f"{name}: no such article", p.returncode == 3 and p.stdout == b"", p.said)


def try_writers(url):
    for args in (["append", "U", "a.jsonl"], ["sign", "U", "-s", "k.sec"],
                 ["rekey", "U", "-s", "k.sec", "--new-key", "k.sec"], ["attach", "U", "f"],
                 ["repair", "U", "-o", "x.sheaf"], ["recover", "U", "-o", "x.sheaf"]):
        refused(f"{args[0]} takes no URL", [url if x == "U" else x for x in args], 2,
                "must be a file: download it first")


# ---- Round trips ---------------------------------------------------------------

def counted(p):
    m = re.search(r"(\d+) round trips, (\d+) requests, (\d+) bytes, and (\d+) from the cache",
                  p.said)
    return tuple(map(int, m.groups())) if m else (0, 0, 0, 0)


def try_counts(url):
    p = sheaf("info", "-v", f"{url}/a.sheaf", "--no-cache")
    ok("opening is one request", counted(p)[:2] == (1, 1) and len(store.asked) == 1, p.said)
    ok("of the last 16 KiB", store.asked[0][2]["Range"] == "bytes=-16384", store.asked)
    ok("not compressed", store.asked[0][2]["Accept-Encoding"] == "identity", store.asked)
    worst = 0
    for i in range(0, 1200, 23):
        p = sheaf("get", "-v", f"{url}/a.sheaf", f"n/{i}", "--no-cache")
        worst = max(worst, counted(p)[0])
    ok("an article is two round trips more", worst == 3, worst)
    ok("later requests have If-Match",
       all(a[2].get("If-Match") == http_server.tag_of(store.files["a.sheaf"])
           and "If-Range" not in a[2] for a in store.asked[1:]) and len(store.asked) > 1,
       store.asked)
    worst = 0
    for i in range(0, 1200, 23):
        p = sheaf("get", "-v", f"{url}/a-signed.sheaf", f"n/{i}", "-p", "k.pub", "--no-pins",
                  "--no-cache")
        worst = max(worst, counted(p)[0] if p.returncode == 0 else 99)
    ok("with the key as well", worst == 3, worst)
    many = [f"n/{i}" for i in range(5, 1200, 20)]
    p = sheaf("get", "-v", f"{url}/a.sheaf", *many, "--no-cache")
    ok(f"{len(many)} articles together, too", counted(p)[0] == 3, p.said[-300:])
    p = sheaf("get", "-v", f"{url}/a-signed.sheaf", "none", "-p", "k.pub", "--no-pins",
              "--no-cache")
    ok("a proven absence, by ID and by URL, is two more than opening",
       p.returncode == 3 and counted(p)[0] == 3, p.said)
    p = sheaf("get", "-v", f"{url}/a-signed.sheaf", "https://example.org/none", "-p", "k.pub",
              "--no-pins", "--no-cache")
    ok("and one for a URL", p.returncode == 3 and counted(p)[0] == 2, p.said)


def try_listing(url):
    """Revisions are asked for in blocks, not one by one."""
    p = sheaf("list", "-v", f"{url}/a.sheaf", "--no-cache")
    ok("a listing takes few round trips", p.stdout == local("list", "a.sheaf") and
       counted(p)[0] <= 8 and counted(p)[2] < len(store.files["a.sheaf"]), p.said[-300:])


def try_revised(url):
    """Each revision names one elsewhere: what is beside it comes along."""
    with open("new-a.jsonl") as f:
        lines = f.readlines()
    with open("revised.jsonl", "w") as f:
        f.writelines(random.Random(3).sample(lines, 300))
    shutil.copy("a.sheaf", "revised.sheaf")
    subprocess.run([SHEAF, "append", "-q", "--unsigned", "revised.sheaf", "revised.jsonl"],
                   check=True)
    with open("revised.sheaf", "rb") as f:
        store.files["revised.sheaf"] = f.read()
    for command in ["list"], ["extract", "-q", "--format", "jsonl", "-o", "-"]:
        p = sheaf(*command[:1], "-v", f"{url}/revised.sheaf", "--no-cache", *command[1:])
        ok(f"{command[0]} of many revisions takes few round trips",
           p.stdout == local(*command[:1], "revised.sheaf", *command[1:]) and
           counted(p)[0] <= 60 and counted(p)[2] < 2 * len(store.files["revised.sheaf"]),
           counted(p))


def try_web(url):
    """pack --web: small dictionaries, and articles with few bytes."""
    r = random.Random(5)
    words = ["".join(r.choice("abcdefghijklmnop") for _ in range(r.randint(3, 9)))
             for _ in range(40000)]
    with open("web.jsonl", "w") as f:
        for i in range(6000):  # the second half is in another language
            text = " ".join(words[min(int(r.paretovariate(0.6)), 19999) + i // 3000 * 20000]
                            for _ in range(220))
            f.write(json.dumps({"id": f"w/{i}", "title": f"Number {i}", "text": text}) + "\n")
    packed = sheaf("pack", "-q", "-j", "1", "--web", "-s", "k.sec", "-n", "log.web", "--new-log",
                   "-o", "web.sheaf", "web.jsonl")
    with open("web.sheaf", "rb") as f:
        store.files["web.sheaf"] = f.read()
    sizes = [json.loads(x)["bytes"] for x in local("dict", "web.sheaf", "--json").splitlines()]
    ok("--web: several dictionaries, none of more than 128 KiB",
       packed.returncode == 0 and len(sizes) > 1 and max(sizes) <= 128 << 10, packed.said, sizes)
    most = [0, 0]
    for i in range(3, 6000, 599):
        p = sheaf("get", "-v", f"{url}/web.sheaf", f"w/{i}", "-p", "k.pub", "--no-pins",
                  "--no-cache")
        good = p.returncode == 0 and p.stdout == local("get", "web.sheaf", f"w/{i}")
        most = [max(most[0], counted(p)[0]), max(most[1], counted(p)[2] if good else 1 << 30)]
    ok("an article takes less than 128 KB, with the key, in three round trips",
       most[0] == 3 and most[1] < 128000, most)
    local("repack", "a.sheaf", "--web", "--level", "5", "-q", "-f", "-o", "out.sheaf")
    refused("only one of the ways", ["pack", "--web", "--small", "-o", "x.sheaf", "a.jsonl"], 2,
            "only one of")


# ---- Following an archive --------------------------------------------------------

def try_sync(url):
    def copy_of(name):
        with open(name, "rb") as f:
            return f.read()

    shutil.copy("a-signed.sheaf", "log.sheaf")
    store.files["log.sheaf"] = copy_of("log.sheaf")
    there = [f"{url}/good/log.sheaf", "copy.sheaf", "-p", "k.pub", "--no-pins", "-v", "--no-cache"]
    p = sheaf("sync", *there)
    ok("sync: a first copy", p.returncode == 0 and copy_of("copy.sheaf") == copy_of("log.sheaf"),
       p.said)
    with open("more.jsonl", "w") as f:
        f.write('{"id":"more","title":"More","text":"More."}\n')
    local("append", "log.sheaf", "-q", "-s", "k.sec", "--new-log", "more.jsonl")
    before = len(store.files["log.sheaf"])
    store.files["log.sheaf"] = copy_of("log.sheaf")
    p = sheaf("sync", *there)
    grown = len(store.files["log.sheaf"]) - before
    ok("sync: what was appended",
       p.returncode == 0 and copy_of("copy.sheaf") == store.files["log.sheaf"], p.said)
    ok("and little else is fetched", grown <= counted(p)[2] + 16384 and
       counted(p)[2] < grown + 3 * 16384 < before, (grown, counted(p)))
    p = sheaf("sync", *there)
    ok("sync: nothing new", p.returncode == 0 and "nothing new" in p.said, p.said)
    local("append", "log.sheaf", "-q", "-s", "k.sec", "--new-log", "a.jsonl")
    local("append", "log.sheaf", "-q", "-s", "k.sec", "--new-log", "new-a.jsonl")
    store.files["log.sheaf"] = copy_of("log.sheaf")
    was = copy_of("copy.sheaf")
    for how in "zeros", "flipped":
        p = sheaf("sync", f"{url}/{how}/log.sheaf", *there[1:])
        ok(f"sync: {how}: the copy stays", p.returncode in (1, 4, 5) and
           copy_of("copy.sheaf") == was, p.said)
    p = sheaf("sync", f"{url}/good/new-a-signed.sheaf", *there[1:])
    ok("sync: a fork is refused", p.returncode == 5 and copy_of("copy.sheaf") == was, p.said)
    ok("and nothing is left behind", not [f for f in os.listdir(".") if "copy.sheaf" in f
                                          and f != "copy.sheaf"], os.listdir("."))


def try_broken_sync(url):
    """A server fails in the middle of a sync: the copy stays as it was, and the next sync works."""
    def file(name):
        with open(name, "rb") as f:
            return f.read()

    r = random.Random(12)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    with open("dense.jsonl", "w") as f:
        for i in range(400):
            f.write(json.dumps({"id": f"d/{i}", "text": "".join(r.choices(letters, k=8000))}) + "\n")
    shutil.copy("a-signed.sheaf", "long.sheaf")
    old = file("long.sheaf")
    for name, more in ("long.sheaf", "dense.jsonl"), ("new-long.sheaf", "new-a.jsonl"):
        if not os.path.exists(name):
            shutil.copy("long.sheaf", name)
        local("append", name, "-q", "-s", "k.sec", "--new-log", more)
        store.files[name] = file(name)
    new = store.files["long.sheaf"]
    there = [f"{url}/breaking/long.sheaf", "long-copy.sheaf", "-p", "k.pub", "--no-pins",
             "--no-cache", "--timeout", "2"]

    def sync(good, then):
        with open("long-copy.sheaf", "wb") as f:
            f.write(old)
        store.good, store.then = good, then
        return sheaf("sync", *there)

    p = sync(1000, "good")
    count = len(store.asked)
    ok("sync: what is new takes several requests", count >= 5 and p.returncode == 0 and
       file("long-copy.sheaf") == new, count, p.said)
    for then, says in {"stumbling": "500", "cutoff": "", "gonenow": "", "reset": "",
                       "short": "fewer bytes", "gone": "410", "restless": "another file"}.items():
        # What is new comes in three pieces.
        for good in range(count - 3, count) if then in ("stumbling", "gone") else [count - 2]:
            what = f"sync: {then} after {good} of {count} answers"
            p = sync(good, then)
            ok(f"{what}: an error that names the server", p.returncode == 1 and
               re.search(says, p.said) and url.partition("://")[2] in p.said and not p.stdout,
               p.returncode, p.said)
            ok(f"{what}: the copy is what it was", file("long-copy.sheaf") == old)
        store.good = 1000
        p = sheaf("sync", *there)
        ok(f"sync: {then}: the next one works", p.returncode == 0 and
           file("long-copy.sheaf") == new, p.said)
    for good in range(1, count):
        p = sync(good, "grown")
        ok(f"sync: the archive grows after {good} answers: begins once more",
           p.returncode == 0 and "once more" in p.said and
           file("long-copy.sheaf") == store.files["new-long.sheaf"], p.said)
    ok("and nothing is left behind", not [f for f in os.listdir(".") if "long-copy" in f
                                          and f != "long-copy.sheaf"], os.listdir("."))


# ---- Lies ----------------------------------------------------------------------

def try_lies(server, url):
    host = url.partition("://")[2]
    want = local("get", "a.sheaf", "n/500")
    for how in "nosuffix", "nosuffix200", "wrongsuffix", "moved", "moved307":
        same(f"{how}: read all the same", ["get", f"{url}/{how}/a.sheaf", "n/500", "--no-cache"],
             want)
    for how in "busy", "cut", "hangup":
        same(f"{how}: trouble that passes",
             ["get", f"{url}/{how}/a.sheaf", "n/500", "--no-cache"], want)
    p = same("no ETag: a warning", ["get", f"{url}/noetag/a.sheaf", "n/500"], want)
    ok("which says so", "gives the file no ETag" in p.said, p.said)
    p = same("a weak ETag: a warning", ["get", f"{url}/weak/a.sheaf", "n/500"], want)
    ok("which says so", "a weak ETag" in p.said, p.said)
    ok("and no If-Match is sent", all("If-Match" not in a[2] for a in store.asked), store.asked)

    new = local("get", "new-a.sheaf", "n/500")
    for how in "replaced", "replaced416", "replaced_unseen", "replaced_notag":
        p = same(f"{how}: begins once more", ["get", f"{url}/{how}/a.sheaf", "n/500"], new)
        ok("and says so", "another file at this address" in p.said and "once more" in p.said,
           p.said)
    refused("restless: begins only once more",
            ["get", f"{url}/restless/a.sheaf", "n/500", "--no-cache"], 1, "another file")

    get = ["n/500", "--no-cache", "--timeout", "2"]
    aborts = {"noranges": "sends the whole file", "endless200": "sends the whole file"}
    for how, says in {
            **aborts, "gzip": "compresses the file", "long": "more bytes than",
            "endless": "more bytes than", "endlessrefusal": "404", "headers": "headers without end",
            "continue": "headers without end", "headerline": "header line that is too long",
            "extension": "nothing of what was asked for.* for 2 seconds", "silent": "for 2 seconds", "slow": "for 2 seconds",
            "short": "fewer bytes", "shifted": "another part", "larger": "another part|another file",
            "huge": "another file", "norange": "does not say which",
            "tworanges": "does not say which", "multipart": "does not say which",
            "garbage": "HTTP/0.9", "reset": "reset|failure", "failing": "500", "forbidden": "403",
            "gone": "410.*gone", "teapot": "418", "loop": "from one address to the next",
            "tofile": "not of http", "toftp": "not of http"}.items():
        p = refused(f"{how}: an error that names the server",
                    ["get", f"{url}/{how}/a.sheaf", *get], 1, says, re.escape(host))
        if how in aborts:
            ok("and the way out", "download it" in p.said, p.said)
    store.asked.clear()
    refused("zeros without end", ["info", f"{url}/desert/a.sheaf"], 4, "in the last 64 MiB")
    spans = [http_server.span(a[2].get("Range"), 1 << 50) for a in store.asked]
    sent = sum(last + 1 - first for first, last in spans)
    ok("of which it reads only so many", sent < 140 << 20, sent)
    refused("no such file", ["info", f"{url}/good/none.sheaf"], 1, "404.*no such file")
    refused("no archive", ["info", f"{url}/good/page.html"], 4, "not a sheaf")
    refused("an empty file", ["info", f"{url}/noranges/empty"], 1, re.escape(host))

    for how in "flipped", "zeros", "mixed":
        wrong = []
        for i in range(0, 1200, 97):
            for key in [], ["-p", "k.pub", "--no-pins"]:
                name = "a-signed.sheaf" if key else "a.sheaf"
                p = sheaf("get", f"{url}/{how}/{name}", f"n/{i}", "--no-cache", *key)
                good = p.returncode == 0 and p.stdout == local("get", name, f"n/{i}")
                bad = p.returncode in (1, 4, 5) and p.stdout == b"" and p.said != ""
                if not good and not bad:
                    wrong.append((i, key, p.returncode, p.said))
        ok(f"{how}: never a wrong article", not wrong, wrong)
    server.shutdown()
    server.server_close()
    refused("a server that is gone", ["get", f"{url}/good/a.sheaf", *get], 1, re.escape(host))
    refused("no such host", ["info", "http://no.such.host.invalid/a"], 1, "no.such.host.invalid")
    refused("no host", ["info", "http://"], 1, "address")


# ---- Addresses -----------------------------------------------------------------

def try_addresses(url):
    want = local("get", "a.sheaf", "n/7")
    with_user = url.replace("://", "://reader:pass%25word@")
    same("user and password", ["get", f"{with_user}/user/a.sheaf", "n/7"], want)
    p = refused("a wrong password", ["get", f"{url.replace('://', '://reader:wrongly@')}/user/"
                                     "a.sheaf", "n/7"], 1, "401")
    ok("which is not printed", "wrongly" not in p.said and "reader" not in p.said, p.said)
    store.query = "X-Sig=a%2Fb+c%20d~e'!*()&empty=&x=%c3%a4&Y"
    same("a signed address, byte for byte",
         ["get", f"{url}/signed/a.sheaf?{store.query}", "n/7"], want)
    p = refused("a wrong one", ["get", f"{url}/signed/a.sheaf?secret-sig", "n/7"], 1, "403")
    ok("which is not printed", "secret-sig" not in p.said, p.said)
    p = sheaf("verify", f"{url}/signed/a.sheaf?{store.query}", "a.sheaf")
    ok("nor by verify", p.returncode == 0 and b"X-Sig" not in p.stdout + p.stderr, p.stdout)


# ---- The cache -----------------------------------------------------------------

def files_in(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def try_cache(url):
    u = f"{url}/good/a-signed.sheaf"
    get = ["get", "-v", u, "n/44", "-p", "k.pub", "--no-pins"]
    want = local(*[("a-signed.sheaf" if x == u else x) for x in get])
    p = same("a first get", [*get, "--cache", "c1"], want)
    cold = counted(p)
    ok("keeps pages and the dictionary", len(files_in("c1")) >= 4 and cold[3] == 0,
       (files_in("c1"), cold))
    ok("which only the owner can read",
       all(os.stat("c1/" + f).st_mode & 0o77 == 0 for f in files_in("c1")))
    p = same("the second one", [*get, "--cache", "c1"], want)
    warm = counted(p)
    ok("takes a round trip less", warm[0] == 2 and warm[1] == 2, p.said)
    ok("and what it keeps not again", warm[3] > 0 and warm[2] + warm[3] >= cold[2] - 20000,
       (cold, warm))
    p = same("without the cache", [*get, "--no-cache"], want)
    ok("nothing comes from it", counted(p)[3] == 0, p.said)

    for name in files_in("c1"):
        with open("c1/" + name, "r+b") as f:
            f.seek(40)
            f.write(b"\xff\xff\xff\xff")
    p = same("a changed cache is not believed", [*get, "--cache", "c1"], want)
    ok("and everything is fetched", counted(p)[0] == 3 and counted(p)[3] == 0, p.said)
    for name in files_in("c1"):
        os.truncate("c1/" + name, 17)
    p = same("nor a torn one", [*get, "--cache", "c1"], want)
    p = same("it is good again", [*get, "--cache", "c1"], want)
    ok("and used", counted(p)[0] == 2, p.said)

    old = store.files["a-signed.sheaf"]
    store.files["a-signed.sheaf"] = store.files["new-a-signed.sheaf"]
    p = same("another ETag: another archive", [*get, "--cache", "c1"],
             local(*[("new-a-signed.sheaf" if x == u else x) for x in get]))
    ok("of which nothing was kept", counted(p)[3] == 0, p.said)
    store.files["a-signed.sheaf"] = old
    same("without an ETag", ["get", f"{url}/noetag/a.sheaf", "n/1", "--cache", "c2"],
         local("get", "a.sheaf", "n/1"))
    ok("nothing is kept", files_in("c2") == [], files_in("c2"))
    refused("not both", [*get, "--cache", "c1", "--no-cache"], 2, "only one of")
    os.mkdir("open-to-all")
    os.chmod("open-to-all", 0o777)
    p = same("a folder that others can write to", [*get, "--cache", "open-to-all"], want)
    ok("is not used, and named", "open-to-all: warning" in p.said
       and files_in("open-to-all") == [], p.said)

    wrong = []

    def get_some(first):
        env = dict(os.environ)
        for i in range(first, 1200, 150):
            q = subprocess.run([SHEAF, "get", f"{url}/good/a.sheaf", f"n/{i}", "--cache", "c3"],
                               capture_output=True, env=env)
            if q.returncode != 0 or q.stdout != texts[f"n/{i}"]:
                wrong.append((i, q.returncode, q.stderr))

    with open("a.jsonl") as f:
        texts = {r["id"]: r["text"].encode() for r in map(json.loads, f)}
    threads = [threading.Thread(target=get_some, args=(i,)) for i in (0, 7, 0, 90)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ok("several processes at once", not wrong and len(files_in("c3")) > 3, wrong)
    ok("leave nothing half done", not [f for f in files_in("c3") if f.startswith(".")],
       files_in("c3"))
    for i in range(3):
        with open("c3/%064d" % i, "wb") as f:
            f.truncate(100 << 20)
        os.utime("c3/%064d" % i, (1e9 + i, 1e9 + i))
    for i in range(5000):
        with open("c3/%060d%04x" % (1, i), "wb"):
            pass
        os.utime("c3/%060d%04x" % (1, i), (1e9 + 9, 1e9 + 9))
    same("too much in it", ["get", f"{url}/good/new-a.sheaf", "n/1", "--cache", "c3"],
         local("get", "new-a.sheaf", "n/1"))
    ok("the oldest is removed, by bytes and by number",
       "%064d" % 0 not in files_in("c3") and len(files_in("c3")) <= 4096, len(files_in("c3")))


def try_rotten_cache(url):
    """What came wrong once does not stay so."""
    u = f"{url}/rotten/a-signed.sheaf"
    get = ["get", u, "n/44", "-p", "k.pub", "--no-pins", "--cache", "c5"]
    want = local("get", "a-signed.sheaf", "n/44", "-p", "k.pub", "--no-pins")
    store.begin()
    same("all is right", get, want)
    asked = [re.fullmatch(r"bytes=(\d+)-(\d+)", a[2]["Range"]) for a in store.asked]
    largest = max((range(int(m[1]), int(m[2])) for m in asked if m), key=len)
    said = []
    for name in files_in("c5"):
        path = "c5/" + name
        with open(path, "rb") as f:
            kept = bytearray(f.read()[32:])
        kept[len(kept) // 3 : len(kept) // 2] = bytes(len(kept) // 2 - len(kept) // 3)
        with open(path, "wb") as f:
            f.write(hashlib.blake2b(kept, digest_size=32).digest() + kept)
        p = same("what was kept is wrong: all the same", get, want)
        said.append(p.said)
        ok("which is said, if it was needed", p.said == "" or "was in the cache" in p.said, p.said)
        p = same("and is not read again", get, want)
        ok("in silence", p.said == "", p.said)
    ok("the others of them were", sum(x != "" for x in said) >= len(said) - 1 > 2, said)
    ok("one could not be derived", sum("beginning once more" in x for x in said) == 1, said)
    sheaf("keygen", "-W", "-p", "other.pub", "-s", "other.sec")
    p = sheaf(*["other.pub" if x == "k.pub" else x for x in get])
    ok("another key says nothing of what is kept",
       p.returncode == 5 and "cache" not in p.said and "once more" not in p.said, p.said)
    for what, wrong in (("dictionary", largest[len(largest) // 3 : len(largest) // 2]),
                        ("byte of it", largest[len(largest) // 3 :][:1])):
        shutil.rmtree("c5")
        store.rotten = wrong
        p = sheaf(*get)
        ok(f"a wrong {what} is found", "damaged" in p.said, p.said)
        ok("and not kept", p.returncode == (4 if len(wrong) > 1 else 0), p.returncode)
        store.rotten = range(0)
        p = same("a server that is right again is believed", get, want)
        ok("at once", p.said == "", p.said)
        p = same("and what is kept then is good", get, want)
        ok("for good", p.said == "", p.said)


# ---- S3 ------------------------------------------------------------------------

def try_s3(url):
    ok("the test of signatures agrees with the published example", sigv4.example())
    want = local("get", "a.sheaf", "n/7")
    store.secrets = {"AKTEST": "s3cr3t/key+x"}
    s3 = ["--no-cache", "--endpoint", url]
    get = ["get", "s3://bucket/a.sheaf", "n/7", *s3]
    keys = {"AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": "s3cr3t/key+x"}
    region = {"AWS_REGION": "eu-test-1"}
    same("s3, keys in the environment", get, want, **keys, **region)
    ok("each request is signed", store.refusals and not any(store.refusals), store.refusals)
    ok("with If-Match among what is signed", len(store.asked) > 2 and all(
        "if-match" in a[2]["Authorization"] for a in store.asked[1:]), store.asked)
    ok("but not what it contains",
       all(a[2]["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD" for a in store.asked), store.asked)
    same("AWS_DEFAULT_REGION", get, want, **keys, AWS_DEFAULT_REGION="eu-test-1")
    same("AWS_ENDPOINT_URL", get[:-2], want, **keys, **region, AWS_ENDPOINT_URL=url)
    same("a key with other characters than letters",
         ["get", "s3://bucket/x y/ü+&=/a.sheaf", "n/7", *s3], want, **keys, **region)
    p = refused("a wrong secret", get, 1, "403", AWS_ACCESS_KEY_ID="AKTEST",
                AWS_SECRET_ACCESS_KEY="wrong", **region)
    ok("is noticed by the server", "signature is wrong" in store.refusals[0], store.refusals)
    refused("an unknown key", get, 1, "403", AWS_ACCESS_KEY_ID="OTHER",
            AWS_SECRET_ACCESS_KEY="s3cr3t/key+x", **region)
    refused("a wrong region is named", get, 1, "eu-test-1, not us-west-9: set AWS_REGION",
            **keys, AWS_REGION="us-west-9")
    refused("no key: not signed", get, 1, "403", **region)
    ok("and the server says so", store.refusals[0] == "not signed", store.refusals)
    refused("a key without its secret", get, 1, "not its secret", AWS_ACCESS_KEY_ID="AKTEST")
    store.token = "token/with+chars=="
    refused("without the token", get, 1, "403", **keys, **region)
    same("with a session token", get, want, **keys, **region, AWS_SESSION_TOKEN=store.token)
    store.token = None

    os.makedirs(".aws", exist_ok=True)
    with open(".aws/credentials", "w") as f:
        f.write("# keys\n[other]\naws_access_key_id=NO\naws_secret_access_key=no\n\n"
                "[default]\naws_access_key_id = AKTEST\r\naws_secret_access_key = s3cr3t/key+x\n")
    with open(".aws/config", "w") as f:
        f.write("[profile work]\nregion = eu-test-1\naws_access_key_id = AKTEST\n"
                f"aws_secret_access_key=s3cr3t/key+x\nendpoint_url = {url}\n"
                "[default]\nregion=eu-test-1\n")
    same("keys and region of the default profile", get, want)
    same("another profile, with its server", get[:-2], want, AWS_PROFILE="work")
    refused("a profile with wrong keys", get, 1, "403", AWS_PROFILE="other", **region)
    same("AWS_SHARED_CREDENTIALS_FILE", get, want, HOME="/nonexistent", **region,
         AWS_SHARED_CREDENTIALS_FILE=os.path.abspath(".aws/credentials"))
    shutil.rmtree(".aws")
    for bad in "s3://", "s3://b", "s3://bucket", "s3://bucket/", "s3://b@d/k", "s3:///key":
        refused(f"{bad} is no address", ["info", bad, *s3], 1, "not s3://BUCKET/KEY")
    p = refused("no secret is printed", ["info", "-v", "s3://bucket/none.sheaf", *s3], 1, "404",
                **keys, **region)
    ok("indeed", "s3cr3t" not in p.said, p.said)
    for how, says in (("moved", "302"), ("noranges", "whole file")):
        refused(f"s3 server: {how}", ["info", f"s3://{how}/a.sheaf", *s3], 1, says, **keys,
                **region)
    same("s3rver's wrong ranges", ["get", "s3://wrongsuffix/a.sheaf", "n/7", *s3], want, **keys,
         **region)


def try_s3cmd(server):
    """The server takes the signatures of another program, too."""
    if not shutil.which("s3cmd"):
        return skip("s3cmd", "no s3cmd")
    host = "127.0.0.1:%d" % server.server_address[1]
    for secret, good in ("s3cr3t/key+x", True), ("wrong", False):
        p = subprocess.run(
            ["s3cmd", "-c", "/dev/null", "--no-ssl", "--access_key=AKTEST",
             "--secret_key=" + secret, "--host=" + host, "--host-bucket=" + host,
             "--region=eu-test-1", "get", "--force", "s3://bucket/a.sheaf", "by-s3cmd"],
            capture_output=True)
        same_bytes = os.path.exists("by-s3cmd") and \
            open("by-s3cmd", "rb").read() == store.files["a.sheaf"]
        ok(f"s3cmd with a {'right' if good else 'wrong'} secret",
           (p.returncode == 0 and same_bytes) == good, p.stderr.decode())
        if os.path.exists("by-s3cmd"):
            os.remove("by-s3cmd")


# ---- Other servers -------------------------------------------------------------

def make_certificate():
    if not shutil.which("openssl"):
        return False
    return subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", "tls.key", "-out", "tls.crt", "-days", "30", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        capture_output=True).returncode == 0


def try_tls():
    if not make_certificate():
        return skip("https", "no openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("tls.crt", "tls.key")
    server = http_server.serve(store, context)
    url = f"https://localhost:{server.server_address[1]}/good/a.sheaf"
    same("https", ["get", url, "n/7"], local("get", "a.sheaf", "n/7"),
         SSL_CERT_FILE=os.path.abspath("tls.crt"))
    refused("a certificate that nobody vouches for", ["get", url, "n/7", "--no-cache"], 1,
            "certificate")
    server.shutdown()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def try_nginx():
    if not os.access(NGINX, os.X_OK):
        return skip("nginx", "no nginx")
    os.makedirs("www", exist_ok=True)
    for name, data in store.files.items():
        with open("www/" + name, "wb") as f:
            f.write(data)
    plain, secure = free_port(), free_port()
    certified = os.path.exists("tls.crt")
    tls = f"""server {{ listen 127.0.0.1:{secure} ssl http2; root {os.getcwd()}/www;
      ssl_certificate {os.getcwd()}/tls.crt; ssl_certificate_key {os.getcwd()}/tls.key; }}"""
    with open("nginx.conf", "w") as f:
        f.write(f"""daemon off; master_process off; pid {os.getcwd()}/nginx.pid;
error_log {os.getcwd()}/nginx.err; events {{ }}
http {{ access_log off; client_body_temp_path {os.getcwd()}/t1; proxy_temp_path {os.getcwd()}/t2;
  fastcgi_temp_path {os.getcwd()}/t3; uwsgi_temp_path {os.getcwd()}/t4;
  scgi_temp_path {os.getcwd()}/t5; gzip on; gzip_types *;
  server {{ listen 127.0.0.1:{plain}; root {os.getcwd()}/www; }}
  {tls if certified else ""} }}""")
    nginx = subprocess.Popen([NGINX, "-c", os.path.abspath("nginx.conf"), "-p", os.getcwd()],
                             stderr=subprocess.PIPE)
    for _ in range(600):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", plain)) == 0:
                break
        if nginx.poll() is not None:
            break
        threading.Event().wait(0.1)
    try:
        try_commands(f"http://127.0.0.1:{plain}", "nginx")
        if certified:
            url = f"https://localhost:{secure}/a.sheaf"
            p = same("nginx with HTTP/2", ["get", "-v", url, "n/7", "--no-cache"],
                     local("get", "a.sheaf", "n/7"), SSL_CERT_FILE=os.path.abspath("tls.crt"))
            ok("over which requests go at once", "HTTP/2" in p.said and "HTTP/1" not in p.said
               and counted(p)[0] == 3, p.said)
        else:
            skip("nginx with HTTP/2", "no openssl")
    finally:
        nginx.terminate()
        nginx.wait()


def main():
    make_archives()
    server = http_server.serve(store)
    url = "http://127.0.0.1:%d" % server.server_address[1]
    try_commands(url + "/good", "http")
    try_writers(url + "/good/a.sheaf")
    try_counts(url + "/good")
    try_listing(url + "/good")
    try_revised(url + "/good")
    try_web(url + "/good")
    try_addresses(url)
    try_sync(url)
    try_broken_sync(url)
    try_cache(url)
    try_rotten_cache(url)
    try_s3(url)
    try_s3cmd(server)
    try_tls()
    try_nginx()
    try_lies(server, url)
    store.stop.set()
    ok("never HEAD", not seen_head, seen_head)


os.umask(0o077)
with tempfile.TemporaryDirectory() as folder:
    os.environ.update(HOME=folder, XDG_CACHE_HOME=folder + "/cache", TMPDIR=folder)
    os.chdir(folder)
    main()
    os.chdir("/")
finish()
