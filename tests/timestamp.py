"""timestamp.py - see timestamp.sh."""

import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading

from tap import SHEAF, finish, ok, same, skip_all

CONF = """
[ req ]
distinguished_name = dn
[ dn ]
[ ca ]
basicConstraints = critical,CA:true
[ tsa ]
extendedKeyUsage = critical,timeStamping
[ tsa1 ]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
ordering = no
tsa_name = no
"""


def run(*args, fails=False, **more):
    p = subprocess.run(args, capture_output=True, timeout=600, **more)
    if not fails:
        assert p.returncode == 0, (args, p.stderr)
    return p


def sheaf(*args, fails=False):
    return run(SHEAF, *args, fails=fails)


def make_authority(name):
    """NAME.pem and NAME.key, signed by NAME-ca.pem."""
    with open("tsa.cnf", "w") as f:
        f.write(CONF)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-keyout", name + "-ca.key", "-out", name + "-ca.pem", "-days", "30", "-subj",
        f"/CN={name} CA", "-config", "tsa.cnf", "-extensions", "ca")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", name + ".key", "-out", name + ".csr", "-subj", f"/O=Test/CN={name}",
        "-config", "tsa.cnf")
    run("openssl", "x509", "-req", "-in", name + ".csr", "-CA", name + "-ca.pem", "-CAkey",
        name + "-ca.key", "-set_serial", "7", "-out", name + ".pem", "-extfile", "tsa.cnf",
        "-extensions", "tsa", "-days", "30")


class Handler(http.server.BaseHTTPRequestHandler):
    """The path says which authority answers, and how it lies."""

    def log_message(self, *args):
        pass

    def do_POST(self):
        how, _, who = self.path.strip("/").partition("/")
        query = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.headers["Content-Type"], len(query)))
        with open("q.tsq", "wb") as f:
            f.write(query)
        if how == "nonce":  # another query of the same text
            run("openssl", "ts", "-query", "-data", "a.note", "-sha256", "-cert", "-out", "q.tsq")
        elif how == "imprint":
            run("openssl", "ts", "-query", "-data", "tsa.cnf", "-sha256", "-cert", "-out", "q.tsq")
        body, status = b"", 200
        if how == "refuse":
            with open("q.tsq", "wb") as f:
                f.write(b"no query")
        if how not in ("garbage", "huge", "empty"):
            run("openssl", "ts", "-reply", "-queryfile", "q.tsq", "-signer", (who or "good") +
                ".pem", "-inkey", (who or "good") + ".key", "-config", "tsa.cnf", "-section",
                "tsa1", "-out", "r.tsr", fails=how == "refuse")
            with open("r.tsr", "rb") as f:
                body = f.read()
        if how == "garbage":
            body = os.urandom(3000)
        elif how == "huge":
            body = b"\x30\x84\x7f\xff\xff\xff" + bytes(40 << 20)
        elif how == "cut":
            body = body[:-20]
        elif how == "more":
            body += b"x"
        elif how == "flipped":
            body = body[:-30] + bytes([body[-30] ^ 1]) + body[-29:]
        elif how == "status":
            status = 503
        elif how == "moved":
            status = 302
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Location", "/good")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass


def refused(what, args, code, *words):
    p = sheaf(*args, fails=True)
    said = p.stderr.decode(errors="replace")
    ok(what, p.returncode == code and all(re.search(w, said) for w in words) and
       "\n" not in said.strip(), p.returncode, said)


def test_asking(url):
    base = ["timestamp", "a.sheaf", "--tsa-ca", "good-ca.pem"]
    p = sheaf(*base, "--tsa", url + "/good", "--json")
    got = json.loads(p.stdout)
    ok("timestamp: what was stamped, when, and by whom", got["size"] == 4 and
       got["stamped"] > 1_700_000_000 and got["stamped_by"] == "CN=good,O=Test", got)
    p = run("openssl", "ts", "-verify", "-data", "a.note", "-in", "a.sheaf.tsr", "-CAfile",
            "good-ca.pem")
    ok("openssl says that it is good", b"Verification: OK" in p.stdout + p.stderr, p)
    refused("one that is there is not replaced", [*base, "--tsa", url + "/good"], 1, "exists")
    sheaf(*base, "--tsa", url + "/good", "-f", "-q")
    for how, code, *words in (
            ("nonce", 5, "not to this query", "another nonce"), ("imprint", 5, "another"),
            ("garbage", 4, "no reply"), ("huge", 1, "longer than"), ("empty", 4, "no reply"),
            ("cut", 4, "no reply"), ("more", 4, "no reply"), ("flipped", 5, "not good"),
            ("status", 1, "503"), ("moved", 1, "302"), ("refuse", 5, "not good"),
            ("good/expired", 5, "expired"),
            ("good/other", 5, "not good", "certificate")):
        refused(f"an authority that lies: {how}",
                [*base, "--tsa", f"{url}/{how}", "-o", "x.tsr"], code, *words)
    refused("nobody is trusted without a reason", ["timestamp", "a.sheaf", "--tsa", url + "/good",
                                                   "-o", "x.tsr"], 5, "not good", "certificate")
    refused("a file of certificates that has none", ["timestamp", "a.sheaf", "--tsa",
            url + "/good", "--tsa-ca", "tsa.cnf", "-o", "x.tsr"], 1, "tsa.cnf")
    refused("no server", [*base, "--tsa", "http://127.0.0.1:1/", "-o", "x.tsr"], 1, "127.0.0.1")
    refused("another scheme", [*base, "--tsa", "file:///etc/passwd", "-o", "x.tsr"], 1, "file")
    refused("no URL", base, 2, "--tsa")
    refused("an archive that is not signed", ["timestamp", "plain.sheaf", "--tsa", url + "/good",
                                              "--tsa-ca", "good-ca.pem"], 5, "not signed|signed")
    ok("nothing was kept of these", not os.path.exists("x.tsr") and
       not os.path.exists("plain.sheaf.tsr"))


def stamped(name):
    return ["--timestamp", name, "--tsa-ca", "good-ca.pem"]


def test_checking(url):
    verify = ["verify", "a.sheaf", "-p", "k.pub", "--no-pins"]
    p = sheaf(*verify, *stamped("a.sheaf.tsr"))
    ok("verify says since when", b"; the checkpoint of 4 leaves existed at 20" in p.stdout and
       p.stdout.endswith(b"by CN=good,O=Test\n"), p.stdout)
    got = json.loads(sheaf(*verify, "--json", *stamped("a.sheaf.tsr")).stdout)
    same("as JSON", (got["stamped_by"], got["stamped_size"], got["level"]),
         ("CN=good,O=Test", 4, "authentic"))
    sheaf("prove", "a.sheaf", "a/1", "-o", "a1.proof")
    check = ["check", "a1.proof", "--id", "a/1", "-p", "k.pub"]
    p = sheaf(*check, *stamped("a.sheaf.tsr"))
    ok("check, too", b"  checkpoint of 4 leaves existed at: 20" in p.stdout,
       p.stdout)
    ok("and as JSON", json.loads(sheaf(*check, "--json", *stamped("a.sheaf.tsr")).stdout)
       ["stamped"] > 0)
    with open("junk.tsr", "wb") as f:
        f.write(b"junk")
    with open("large.tsr", "wb") as f:
        f.write(bytes(300 << 10))
    run("openssl", "ts", "-query", "-data", "a.note", "-sha256", "-cert", "-no_nonce", "-out",
        "own.tsq")
    for who in "good", "expired", "other":
        run("openssl", "ts", "-reply", "-queryfile", "own.tsq", "-signer", who + ".pem", "-inkey",
            who + ".key", "-config", "tsa.cnf", "-section", "tsa1", "-out", who + ".tsr")
    sheaf(*verify, *stamped("good.tsr"))
    ok("one that openssl has asked for is good as well", True)
    run("openssl", "ts", "-query", "-data", "tsa.cnf", "-sha256", "-cert", "-out", "b.tsq")
    run("openssl", "ts", "-reply", "-queryfile", "b.tsq", "-signer", "good.pem", "-inkey",
        "good.key", "-config", "tsa.cnf", "-section", "tsa1", "-out", "of-other.tsr")
    for name, code, word in (("junk", 4, "no reply"), ("large", 1, "longer than"),
                             ("expired", 5, "expired"), ("other", 5, "certificate"),
                             ("of-other", 5, "another checkpoint"), ("none", 1, "none.tsr")):
        for first in verify, check:
            refused(f"{first[0]}: {name}", [*first, *stamped(name + ".tsr")], code, word)
    refused("the system does not trust it", [*verify, "--timestamp", "a.sheaf.tsr"], 5,
            "certificate")
    refused("--tsa-ca without", [*verify, "--tsa-ca", "good-ca.pem"], 2, "--timestamp")
    shutil.copy("a.sheaf", "u.sheaf")
    sheaf("append", "-q", "--unsigned", "u.sheaf", "b.jsonl")
    p = sheaf("verify", "u.sheaf", *stamped("a.sheaf.tsr"))
    ok("nor of what strangers added, without a key either", b"the checkpoint of 4 leaves existed"
       in p.stdout and b", which says nothing of the " in p.stdout, p.stdout)
    # The archive goes on.
    sheaf("append", "-q", "-s", "k.sec", "a.sheaf", "b.jsonl")
    refused("after an append it is of another checkpoint", [*verify, *stamped("a.sheaf.tsr")], 5,
            "another checkpoint")
    p = sheaf(*verify, "--since", "a.note", *stamped("a.sheaf.tsr"))
    ok("but that of the older one, if that is given", b"the earlier checkpoint of 4 leaves existed"
       b" at 20" in p.stdout, p.stdout)
    ok("which says nothing of what came later", b", which says nothing of the " in p.stdout,
       p.stdout)
    got = json.loads(sheaf(*verify, "--since", "a.note", "--json", *stamped("a.sheaf.tsr")).stdout)
    same("as JSON, too", (got["stamped_size"], got["size"] > 4), (4, True))
    sheaf("prove", "a.sheaf", "--from", "a.note", "-o", "grown.proof")
    history = ["check", "grown.proof", "--from", "a.note", "-p", "k.pub", *stamped("a.sheaf.tsr")]
    same("also of a proof", json.loads(sheaf(*history, "--json").stdout)["stamped_size"], 4)
    p = sheaf(*history)
    ok("a proof that it grew, too", b"older checkpoint of 4 leaves existed at: 20" in p.stdout, p.stdout)
    sheaf("check", "a1.proof", "--id", "a/1", "-p", "k.pub", *stamped("a.sheaf.tsr"))
    ok("an old proof keeps it", True)
    # A cosignature that comes later changes the note, not what was stamped.
    sheaf("timestamp", "a.sheaf", "--tsa", url + "/good", "--tsa-ca", "good-ca.pem", "-f", "-q")
    sheaf("keygen", "-W", "-p", "w.pub", "-s", "w.sec")
    sheaf("cosign", "a.sheaf", "-q", "-s", "w.sec", "--name", "witness.example", "-p", "k.pub")
    ok("the note has a cosignature now", sheaf("checkpoint", "a.sheaf").stdout.count(b"\xe2\x80\x94")
       == 2)
    p = sheaf(*verify, *stamped("a.sheaf.tsr"))
    ok("a stamp before a cosignature stays good", b"existed at 20" in p.stdout)


def main():
    if shutil.which("openssl") is None:
        skip_all("there is no openssl")
    home = tempfile.mkdtemp(prefix="timestamp.")
    os.chdir(home)
    for name in "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "all_proxy":
        os.environ.pop(name, None)
    os.environ["XDG_STATE_HOME"] = home + "/state"
    with open("serial", "w") as f:
        f.write("01\n")
    make_authority("good")
    make_authority("other")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "expired.key", "-out", "expired.csr", "-subj", "/O=Test/CN=expired", "-config",
        "tsa.cnf")
    os.mkdir("ca")
    open("ca/index", "w").close()
    with open("ca.cnf", "w") as f:
        f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=ca/index\nnew_certs_dir=ca\n"
                "default_md=sha256\npolicy=p\nrand_serial=yes\n[p]\n"
                "organizationName=optional\ncommonName=supplied\n"
                "[tsa]\nextendedKeyUsage=critical,timeStamping\n")
    run("openssl", "ca", "-batch", "-config", "ca.cnf", "-cert", "good-ca.pem", "-keyfile",
        "good-ca.key", "-in", "expired.csr", "-out", "expired.pem", "-notext", "-startdate",
        "20240101000000Z", "-enddate", "20240102000000Z", "-extensions", "tsa")
    for name, ids in ("a", "123"), ("b", "45"):
        with open(name + ".jsonl", "w") as f:
            for i in ids:
                f.write(json.dumps({"id": f"{name}/{i}", "title": i, "body": "text " + i}) + "\n")
    sheaf("keygen", "-W", "-p", "k.pub", "-s", "k.sec")
    sheaf("pack", "-q", "-n", "log.example", "-s", "k.sec", "-o", "a.sheaf", "a.jsonl")
    sheaf("pack", "-q", "-o", "plain.sheaf", "a.jsonl")
    sheaf("checkpoint", "a.sheaf", "-o", "a.note")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        test_asking(url)
        same("each query is small, and says what it is",
             {a for a in server.asked if a[0] != "application/timestamp-query" or a[1] > 120},
             set())
        test_checking(url)
    finally:
        server.shutdown()
        os.chdir("/")
        shutil.rmtree(home)
    finish()


main()
