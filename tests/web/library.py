"""library.py - see library.sh. Makes archives, serves them, and runs library.mjs."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.dirname(__file__) + "/../..")
sys.path.insert(0, ROOT + "/tests")
import http_server  # noqa: E402
from tap import SHEAF, skip_all  # noqa: E402


def make_archives(folder, store):
    r = random.Random(11)
    words = ["".join(r.choice("abcdefghijklmnop") for _ in range(r.randint(3, 9)))
             for _ in range(4000)]
    run = lambda *a: subprocess.run([SHEAF, *a], check=True, cwd=folder,  # noqa: E731
                                    stdout=subprocess.DEVNULL)
    run("keygen", "-W", "-p", "k.pub", "-s", "k.sec")
    run("keygen", "-W", "-p", "other.pub", "-s", "other.sec")
    for name, first in ("a", 0), ("new-a", 1):
        with open(f"{folder}/{name}.jsonl", "w") as f:
            for i in range(1200):
                text = " ".join(r.choice(words) for _ in range(120))
                f.write(json.dumps({"id": f"n/{i}", "title": f"Number {i} of {first}",
                                    "published": f"20{i % 24:02}-03-11", "text": text}) + "\n")
        for out, more in (name, []), (name + "-signed", ["-s", "k.sec", "-n", "log.example"]):
            run("pack", "-q", "-j", "1", "--new-log", "-o", out + ".sheaf", *more,
                name + ".jsonl")
    for file in os.listdir(folder):
        if file.endswith(".sheaf"):
            with open(f"{folder}/{file}", "rb") as f:
                store.files[file] = f.read()
    store.files["page.html"] = b"<!DOCTYPE html><title>No archive</title>" + b"x" * 5000
    for i in range(0, 1200, 171):
        p = subprocess.run([SHEAF, "get", "a.sheaf", f"n/{i}"], check=True, cwd=folder,
                           capture_output=True)
        with open(f"{folder}/got-{i}", "wb") as f:
            f.write(p.stdout)
    p = subprocess.run([SHEAF, "get", "new-a.sheaf", "n/342"], check=True, cwd=folder,
                       capture_output=True)
    with open(f"{folder}/got-new-342", "wb") as f:
        f.write(p.stdout)
    with open(f"{folder}/large.txt", "w") as f:
        while f.tell() < 40 << 20:
            f.write("Large\n\n" + " ".join(r.choice(words) for _ in range(200000)))
    with open(f"{folder}/huge.txt", "w") as f:
        for _ in range(140):
            f.write("x" * 1000000)
    run("pack", "-q", "-j", "1", "-s", "k.sec", "-n", "log.example/large", "-o", "large.sheaf",
        "large.txt", "huge.txt")
    with open(f"{folder}/late.jsonl", "w") as f:
        f.write('{"id":"late","title":"Late","text":"Added later."}\n')
    run("pack", "-q", "-j", "1", "-s", "k.sec", "-n", "log.example/late", "-o", "late.sheaf",
        "new-a.jsonl")
    run("append", "-q", "-s", "k.sec", "late.sheaf", "late.jsonl")
    for to in "rekeyed", "before":
        shutil.copy(folder + "/late.sheaf", f"{folder}/{to}.sheaf")
    run("rekey", "-q", "rekeyed.sheaf", "-s", "k.sec", "--new-key", "other.sec")
    run("prove", "a-signed.sheaf", "n/12", "-o", "proof")


def how_begin(self, data):
    """Requests are counted from here on."""
    self.server.store.begin()
    self.reply(200, b"")


def how_needsmatch(self, data):
    """All requests but the first must say of which file."""
    if self.nth > 1 and "If-Match" not in self.headers:
        return self.reply(428, b"")
    self.how_good(data)


def how_replaced_size(self, data):
    """By one of the same size; If-Match is ignored."""
    now = self.other(data)
    tag = http_server.tag_of(now)
    self.part((now + bytes(len(data)))[:len(data)], tag=tag)


http_server.Handler.how_begin = how_begin
http_server.Handler.how_needsmatch = how_needsmatch
http_server.Handler.how_replaced_size = how_replaced_size
if not os.path.exists(ROOT + "/build/web/sheaf.wasm"):
    skip_all("build/web was not built: make web")
with tempfile.TemporaryDirectory() as folder:
    store = http_server.Store()
    make_archives(folder, store)
    server = http_server.serve(store)
    code = subprocess.call(["node", "--no-warnings", ROOT + "/tests/web/library.mjs", folder,
                            "http://127.0.0.1:%d" % server.server_address[1], SHEAF])
    store.stop.set()
    server.shutdown()
sys.exit(code)
