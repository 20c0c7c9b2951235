"""serve.py - see serve.sh."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from serving import Server, memory_of, processes_of  # noqa: E402
from tap import SHEAF, finish, ok, skip_all  # noqa: E402

SECONDS = int(os.environ.get("SECONDS_OF_LOAD", "60"))
WRK = shutil.which("wrk")
LUA = """
local paths = { %s }
local n = 0
request = function()
    n = n + 1
    local p = paths[n %% #paths + 1]
    local first = (n * 7919) %% %d
    wrk.headers["Range"] = p[2] and ("bytes=" .. first .. "-" .. first + 16383) or nil
    return wrk.format("GET", p[1])
end
"""
GARBAGE = [b"\x16\x03\x01" * 50, b"GET / HTTP/1.1\r\n", b"GET /archives/a.sheaf HTTP/1.1\r\nHost: x\r\n"
           b"Range: bytes=0-\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nx",
           b"GET /" + b"%41" * 9000, b"\0" * 4096, b"",
           b"GET /api/archives/a/articles?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n"]


def make_archive():
    r = random.Random(2)
    words = ["".join(r.choice("abcdefghijklmnop") for _ in range(r.randint(3, 9)))
             for _ in range(3000)]
    with open("a.jsonl", "w") as f:
        for i in range(5000):
            f.write(json.dumps({"id": f"n/{i}", "title": f"Number {i}", "published": "2024-05-05",
                                "body": " ".join(r.choice(words) for _ in range(100))}) + "\n")
    subprocess.run([SHEAF, "pack", "-q", "-o", "a.sheaf", "a.jsonl"], check=True)
    subprocess.run([SHEAF, "index", "-q", "a.sheaf"], check=True)


def disturb(v, stop, n):
    """Clients that are slow, silent, half closed, or send what is no HTTP."""
    r = random.Random(n)
    held = []
    while not stop.wait(0.02):
        try:
            s = v.connect()
            s.settimeout(1)
            s.sendall(r.choice(GARBAGE))
            how = r.randrange(5)
            if how == 0:
                s.shutdown(socket.SHUT_WR)
                s.recv(1000)
            elif how == 1:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            elif how == 2:
                held.append(s)  # and says nothing more
                continue
            elif how == 3:
                s.recv(1)
            s.close()
        except OSError:
            pass
        if len(held) > 12:
            held.pop(0).close()
    for s in held:
        s.close()


def grow(stop):
    n = 0
    while not stop.wait(1):
        n += 1
        with open("more.jsonl", "w") as f:
            f.write(json.dumps({"id": f"more/{n}", "title": "More", "body": "More."}) + "\n")
        subprocess.run([SHEAF, "append", "-q", "a.sheaf", "more.jsonl"], check=False)


def load(v, name, paths, connections):
    with open(name + ".lua", "w") as f:
        f.write(LUA % (", ".join('{ "%s", %s }' % (p, str(r).lower()) for p, r in paths),
                       os.path.getsize("a.sheaf") - 20000))
    p = subprocess.run([WRK, "-t2", f"-c{connections}", f"-d{SECONDS // 3 or 1}s", "--timeout",
                        "30s", "-s", name + ".lua", v.url], capture_output=True, text=True)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", p.stdout)
    print("\n".join("# " + x for x in p.stdout.strip().split("\n")), flush=True)
    timeouts = re.search(r"timeout (\d+)", p.stdout)
    ok(f"{name}: answered, and no stall", rate and float(rate[1]) > 0 and
       (not timeouts or timeouts[1] == "0"), p.stderr)


def memory(v):
    return sum(memory_of(p) for p in processes_of(v.process.pid)) >> 20


def main():
    if WRK is None:
        skip_all("there is no wrk")
    home = tempfile.mkdtemp(prefix="serve.")
    os.chdir(home)
    make_archive()
    v = Server("a.sheaf", "--timeout", "5", "--connections", "128")
    stop = threading.Event()
    threads = [threading.Thread(target=disturb, args=(v, stop, n)) for n in range(3)]
    threads.append(threading.Thread(target=grow, args=(stop,)))
    for t in threads:
        t.start()
    ranges = [("/archives/a.sheaf", True), ("/archives.json", False), ("/", False)]
    asked = [("/api/archives/a/articles/n/77", False), ("/api/archives/a/articles?limit=20", False),
             ("/api/archives/a/articles/n/500/body", False),
             ("/api/archives/a/search?q=number+7", False), ("/nothing", False)]
    sizes = [memory(v)]
    load(v, "ranges", ranges, 64)
    sizes.append(memory(v))
    load(v, "questions", asked, 32)
    sizes.append(memory(v))
    load(v, "both", ranges + asked, 64)
    sizes.append(memory(v))
    stop.set()
    for t in threads:
        t.join()
    print("# MiB of memory: " + ", ".join(map(str, sizes)), flush=True)
    ok("memory stays bounded", max(sizes) < int(os.environ.get("SERVE_MIB", "400")), sizes)
    status, got = v.json("/api/archives/a/articles/n/77")
    ok("it still answers", status == 200 and got["id"] == "n/77", status, got)
    ok("no process is left behind", v.until("/", lambda *_: len(processes_of(v.process.pid)) == 2)
       and len(processes_of(v.process.pid)) == 2, processes_of(v.process.pid))
    fds = [len(os.listdir(f"/proc/{p}/fd")) for p in processes_of(v.process.pid)]
    ok("nor a descriptor", max(fds) < 60, fds)
    code = v.stop(signal.SIGTERM)
    ok("it ends well, and nothing leaked", code == 0 and "Sanitizer" not in v.said(), code,
       v.said()[-800:])
    os.chdir("/")
    shutil.rmtree(home)
    finish()


main()
