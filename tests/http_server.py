"""http_server.py - a server that serves files, well or with lies.

The first part of the path is how: /good/a.sheaf, /noranges/a.sheaf. What was
asked is in `asked`: (method, path, headers).
"""

import base64
import gzip
import hashlib
import http.server
import re
import socketserver
import struct
import threading

import sigv4

DATED = {"Last_Modified": "Thu, 02 Jan 2025 03:04:05 GMT"}


def tag_of(data):
    return '"%s"' % hashlib.sha256(data).hexdigest()[:16]


class Store:
    """Files by name, and what was asked so far."""

    def __init__(self):
        self.files = {}
        self.ways = {}  # how a file is served, whatever its path says
        self.good = 0  # so many answers are good, for `breaking`, ...
        self.then = "good"  # ... and then it goes on like that
        self.lock = threading.Lock()
        self.asked = []
        self.stop = threading.Event()
        self.rotten = range(0)  # bytes that `rotten` gives as zeros
        self.query = ""  # of a signed address
        self.secrets = {}  # of S3: secret by access key
        self.region = "eu-test-1"
        self.token = None
        self.refusals = []

    def begin(self):
        with self.lock:
            self.asked = []
            self.refusals = []

    def number(self, handler):
        with self.lock:
            self.asked.append((handler.command, handler.path,
                               dict(handler.headers.items())))
            return len(self.asked)


def span(asked, size):
    """The range that a client asks for: (first, last), or None."""
    m = re.fullmatch(r"bytes=(\d*)-(\d*)", asked or "")
    if not m or (not m[1] and not m[2]):
        return None
    if not m[1]:
        return max(0, size - int(m[2])), size - 1
    return int(m[1]), min(int(m[2]) if m[2] else size - 1, size - 1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.server.store.number(self)
        data = self.server.store.files.get(self.path.rpartition("/")[2])
        if data is None or not self.path.startswith("/bucket/"):
            return self.send_error(405)
        # Other clients of S3 ask that.
        if self.is_refused():
            return self.reply(403, b"", Content_Length="0")
        self.reply(200, b"", ETag=tag_of(data), Content_Length=str(len(data)), **DATED)

    def do_GET(self):
        self.nth = self.server.store.number(self)
        parts = self.path.lstrip("/").split("?")[0].split("/")
        way = self.server.store.ways.get(parts[-1])
        if way:
            self.nth = sum(a[1] == self.path for a in self.server.store.asked)
        how = getattr(self, "how_" + (way or parts[0]), None)
        data = self.server.store.files.get(parts[-1])
        if how is None:
            self.reply(404, b"no such way")
        elif data is None:
            self.reply(404, b"no such file")
        else:
            how(data)

    def reply(self, status, body, **headers):
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def part(self, data, tag=None, body=None, place=None, total=None, **more):
        """A right answer, but for what is given."""
        first, last = span(self.headers.get("Range"), len(data))
        if first > last:
            return self.reply(416, b"", Content_Range="bytes */%d" % len(data))
        if place is None:
            place = (first, last)
        if body is None:
            body = data[first : last + 1]
        self.reply(206, body, ETag=tag_of(data) if tag is None else tag or None,
                   Content_Range="bytes %d-%d/%d" % (*place, total or len(data)),
                   **more)

    def matches(self, data):
        wanted = self.headers.get("If-Match")
        return wanted is None or wanted == tag_of(data)

    # ---- well ----------------------------------------------------------------

    def how_good(self, data):
        if not self.matches(data):
            return self.reply(412, b"")
        self.part(data)

    def how_noetag(self, data):
        self.part(data, tag="")

    def how_weak(self, data):
        self.part(data, tag='W/"1"')

    def how_nosuffix(self, data):
        if self.headers["Range"].startswith("bytes=-"):
            return self.reply(416, b"", Content_Range="bytes */%d" % len(data))
        self.part(data)

    def how_nosuffix200(self, data):
        if self.headers["Range"].startswith("bytes=-"):
            return self.reply(200, data, ETag=tag_of(data))
        self.part(data)

    def how_wrongsuffix(self, data):
        """As s3rver: the first bytes instead of the last, and all instead of one."""
        if self.headers["Range"] == "bytes=0-0":
            return self.part(data, body=data, place=(0, len(data) - 1))
        m = re.fullmatch(r"bytes=-(\d+)", self.headers["Range"])
        if m:
            last = min(int(m[1]), len(data) - 1)
            return self.part(data, body=data[: last + 1], place=(0, last))
        self.part(data)

    def how_user(self, data):
        wanted = "Basic " + base64.b64encode(b"reader:pass%word").decode()
        if self.headers.get("Authorization") != wanted:
            return self.reply(401, b"", WWW_Authenticate='Basic realm="x"')
        self.part(data)

    def how_signed(self, data):
        """A signed address counts byte for byte."""
        query = self.path.partition("?")[2]
        if query != self.server.store.query:
            return self.reply(403, b"")
        self.part(data)

    def how_moved(self, data):
        self.reply(302, b"", Location=self.path.replace("/moved/", "/good/"))

    def how_moved307(self, data):
        self.reply(307, b"", Location="http://%s/good/%s" % (
            self.headers["Host"], self.path.rpartition("/")[2]))

    def is_refused(self):
        store = self.server.store
        wrong = sigv4.refuse(self.command, self.path, self.headers, store.secrets,
                             store.region, "s3", store.token)
        store.refusals.append(wrong)
        return wrong

    def how_bucket(self, data):
        wrong = self.is_refused()
        if wrong:
            return self.reply(403, wrong.encode(),
                              x_amz_bucket_region=self.server.store.region)
        if "Range" not in self.headers:
            return self.reply(200, data, ETag=tag_of(data), **DATED)
        self.how_good(data)

    # ---- trouble that passes ---------------------------------------------------

    def how_busy(self, data):
        ranges = [a[2]["Range"] for a in self.server.store.asked]
        if ranges.count(self.headers["Range"]) < 3:
            return self.reply(503, b"busy", Retry_After="0")
        self.part(data)

    def how_cut(self, data):
        """Every other answer breaks off in the middle."""
        if self.nth % 2 == 1:
            first, last = span(self.headers["Range"], len(data))
            self.part(data, body=data[first : (first + last) // 2],
                      Content_Length=str(last - first + 1))
            self.close_connection = True
            return
        self.part(data)

    def how_hangup(self, data):
        if self.nth % 2 == 1:
            self.close_connection = True
            return
        self.part(data)

    # ---- trouble in the middle -------------------------------------------------

    def how_breaking(self, data):
        """Well, so many times, and then in another way."""
        store = self.server.store
        with store.lock:
            store.good -= 1
            good = store.good >= 0
        getattr(self, "how_" + ("good" if good else store.then))(data)

    def how_stumbling(self, data):
        """So that a client gives up one request, and then well again."""
        store = self.server.store
        how = "failing" if store.good >= -4 else "good"
        getattr(self, "how_" + how)(data)

    def how_cutoff(self, data):
        """No answer has all it should."""
        first, last = span(self.headers["Range"], len(data))
        self.part(data, body=data[first : (first + last) // 2],
                  Content_Length=str(last - first + 1))
        self.close_connection = True

    def how_gonenow(self, data):
        self.close_connection = True

    def how_grown(self, data):
        self.how_good(self.server.store.files["new-" + self.path.rpartition("/")[2]])

    def how_rotten(self, data):
        """As from a bad disk, where neither size nor time changed."""
        where = self.server.store.rotten
        first, last = span(self.headers["Range"], len(data))
        body = bytes(0 if first + i in where else b
                     for i, b in enumerate(data[first : last + 1]))
        self.part(data, body=body)

    # ---- replaced --------------------------------------------------------------

    def other(self, data):
        """From the third request on, another file is there."""
        name = self.path.rpartition("/")[2]
        store = self.server.store
        return data if self.nth < 3 else store.files["new-" + name]

    def how_replaced(self, data):
        self.how_good(self.other(data))

    def how_replaced416(self, data):
        now = self.other(data)
        if not self.matches(now):
            return self.reply(416, b"")
        self.part(now)

    def how_replaced_unseen(self, data):
        """If-Match is ignored."""
        self.part(self.other(data))

    def how_replaced_notag(self, data):
        self.part(self.other(data), tag="")

    def how_restless(self, data):
        """Another file each time."""
        names = ["", "new-"]
        now = self.server.store.files[
            names[self.nth % 2] + self.path.rpartition("/")[2]]
        self.how_good(now)

    def how_mixed(self, data):
        """Bytes of another file with the tag of this one."""
        now = self.other(data)
        now = (now + bytes(len(data)))[: len(data)]
        first, last = span(self.headers["Range"], len(data))
        self.part(data, body=now[first : last + 1])

    # ---- lies ------------------------------------------------------------------

    def how_noranges(self, data):
        self.reply(200, data, ETag=tag_of(data))

    def endless(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not self.server.store.stop.is_set():
            self.wfile.write(b"1000\r\n" + bytes(4096) + b"\r\n")

    def how_endless200(self, data):
        self.endless(200)

    def how_endless(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.endless(206, ETag=tag_of(data), Content_Range="bytes %d-%d/%d" % (
            first, last, len(data)))

    def how_endlessrefusal(self, data):
        self.endless(404)

    def how_headers(self, data):
        self.wfile.write(b"HTTP/1.1 206 Partial\r\n")
        while not self.server.store.stop.is_set():
            self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    def how_headerline(self, data):
        self.wfile.write(b"HTTP/1.1 206 Partial\r\nX-More: ")
        while not self.server.store.stop.is_set():
            self.wfile.write(b"x" * 1000)

    def how_extension(self, data):
        self.wfile.write(b"HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\n\r\n1000;x=")
        while not self.server.store.stop.is_set():
            self.wfile.write(b"x" * 1000)

    def how_continue(self, data):
        while not self.server.store.stop.is_set():
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def how_silent(self, data):
        self.server.store.stop.wait(60)
        self.close_connection = True

    def how_slow(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.part(data, body=b"", Content_Length=str(last - first + 1))
        for i in range(first, last + 1):
            if self.server.store.stop.wait(0.2):
                break
            self.wfile.write(data[i : i + 1])
            self.wfile.flush()

    def how_gzip(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.part(data, body=gzip.compress(data[first : last + 1]),
                  Content_Encoding="gzip")

    def how_short(self, data):
        """Fewer bytes than it says, without an error."""
        first, last = span(self.headers["Range"], len(data))
        self.part(data, body=data[first:last])

    def how_long(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.part(data, body=data[first : last + 1] + b"x")

    def how_shifted(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.part(data, place=(max(first - 1, 0), max(last - 1, 0)))

    def how_larger(self, data):
        self.part(data, total=len(data) + 1000)

    def how_huge(self, data):
        first, last = span(self.headers["Range"], len(data))
        if self.headers["Range"].startswith("bytes=-"):
            return self.part(data, total=2**63 + 5)
        self.part(data, total=2**62, place=(first, last))

    def how_norange(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.reply(206, data[first : last + 1], ETag=tag_of(data))

    def how_tworanges(self, data):
        first, last = span(self.headers["Range"], len(data))
        self.send_response(206)
        for f in (0, first):
            self.send_header("Content-Range",
                             "bytes %d-%d/%d" % (f, f + last - first, len(data)))
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(data[first : last + 1])

    def how_multipart(self, data):
        self.reply(206, b"--x\r\n\r\n--x--", ETag=tag_of(data),
                   Content_Type="multipart/byteranges; boundary=x")

    def how_flipped(self, data):
        """One wrong bit in each answer but the first."""
        first, last = span(self.headers["Range"], len(data))
        body = bytearray(data[first : last + 1])
        if self.nth > 1:
            body[len(body) // 2] ^= 4
        self.part(data, body=bytes(body))

    def how_zeros(self, data):
        first, last = span(self.headers["Range"], len(data))
        body = data[first : last + 1]
        self.part(data, body=body if self.nth == 1 else bytes(len(body)))

    def how_desert(self, data):
        """A head, and then zeros as far as anybody reads."""
        first, last = span(self.headers["Range"], 1 << 50)
        start = data[first : min(last + 1, 64)]
        self.reply(206, start + bytes(last + 1 - first - len(start)), ETag=tag_of(data),
                   Content_Range="bytes %d-%d/%d" % (first, last, 1 << 50))

    def how_garbage(self, data):
        self.wfile.write(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
        self.close_connection = True

    def how_reset(self, data):
        self.connection.setsockopt(1, 13, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def how_failing(self, data):
        self.reply(500, b"no", Retry_After="0")

    def how_forbidden(self, data):
        self.reply(403, b"no")

    def how_gone(self, data):
        self.reply(410, b"no")

    def how_teapot(self, data):
        self.reply(418, b"no")

    def how_loop(self, data):
        self.reply(302, b"", Location=self.path)

    def how_tofile(self, data):
        self.reply(302, b"", Location="file:///etc/passwd")

    def how_toftp(self, data):
        self.reply(302, b"", Location="ftp://127.0.0.1/a")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request, address):
        pass  # a client that hangs up


def serve(store, context=None):
    """Serves in a thread; returns the server."""
    server = Server(("127.0.0.1", 0), Handler)
    server.store = store
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
