"""serving.py - starts `sheaf serve` and asks it, for tests."""

import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

from tap import SHEAF

PATIENCE = 60  # seconds until a test gives up; nothing is measured by it


class Server:
    def __init__(self, *args, **more):
        env = dict(os.environ, **more)
        self.errors = open("serve.err", "w+b")
        self.process = subprocess.Popen([SHEAF, "serve", "--listen", "127.0.0.1:0", *args],
                                        stdout=subprocess.PIPE, stderr=self.errors, env=env)
        self.line = self.process.stdout.readline().decode()
        m = re.search(r"http://(.*):(\d+)/$", self.line.strip())
        self.host, self.port = (m[1].strip("[]"), int(m[2])) if m else (None, 0)
        self.url = f"http://{m[1]}:{m[2]}" if m else ""

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code

    def ask(self, path, method="GET", **headers):
        """(status, headers, body) of a request on a connection of its own."""
        c = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        c.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            c.putheader(name.replace("_", "-"), value)
        c.endheaders()
        r = c.getresponse()
        body = r.read()
        c.close()
        return r.status, r.headers, body

    def json(self, path, **headers):
        status, _, body = self.ask(path, **headers)
        return status, json.loads(body)

    def connect(self):
        return socket.create_connection((self.host, self.port), PATIENCE)

    def raw(self, *pieces, half=False):
        """What comes back for these bytes, until the server closes."""
        with self.connect() as s:
            try:
                for piece in pieces:
                    s.sendall(piece)
                if half:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            return take_all(s)

    def until(self, path, wanted, **headers):
        """Asks again until `wanted` is true of the answer; it, or the last one."""
        end = time.monotonic() + PATIENCE
        while True:
            got = self.ask(path, **headers)
            if wanted(*got) or time.monotonic() > end:
                return got
            time.sleep(0.05)


def take_all(s):
    got = b""
    try:
        while True:
            piece = s.recv(65536)
            if not piece:
                return got
            got += piece
    except OSError:
        return got


def closed(s):
    """Waits until the other end has closed."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not select.select([s], [], [], 1)[0]:
            continue
        try:
            if not s.recv(65536):
                return True
        except OSError:
            return True
    return False


def processes_of(pid):
    """It, and all that it has started."""
    found = [pid]
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as f:
                parent = int(f.read().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid:
            found += processes_of(int(name))
    return found


def memory_of(pid):
    """Resident bytes."""
    try:
        with open(f"/proc/{pid}/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
