"""terminal.py - see terminal.sh. The terminal is a pty of this program."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import tempfile
import termios
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
SHEAF = os.path.abspath(os.environ.get("SHEAF", HERE + "/../build/release/sheaf"))
os.environ.setdefault("SHEAF_LIBEXEC", os.path.dirname(SHEAF))
for name in "PAGER", "SHEAF_PAGER", "LESS", "COLUMNS", "SHEAF_PASSPHRASE":
    os.environ.pop(name, None)
count = failed = 0


def same(what, got, wanted):
    global count, failed
    count += 1
    if got == wanted:
        print(f"ok {count} - {what}")
        return
    failed += 1
    print(f"not ok {count} - {what}\n# got    {str(got)[:900]}\n# wanted {str(wanted)[:900]}")


def at_terminal(*args, width=80, say=(), until=None, **env):
    """Runs the command at a terminal. `say` is pairs of what to wait for and what to type then.
    Returns what was seen and the exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(env)
        os.execv(SHEAF, (SHEAF, *args))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    seen = b""
    say = list(say)
    while True:
        while say and say[0][0] in seen:
            os.write(fd, say.pop(0)[1])
        if not select.select([fd], [], [], 300)[0]:
            os.kill(pid, 9)
        try:
            more = os.read(fd, 65536)
        except OSError:
            break
        if not more:
            break
        seen += more
    os.close(fd)
    status = os.waitpid(pid, 0)[1]
    return seen.decode(errors="replace").replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


def columns(text):
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def make():
    rows = [
        {"id": "short", "title": "A title", "date": "2024-01-31T10:00:00Z", "text": "One.\n"},
        {"id": "long/" + "i" * 60, "title": "Long ID", "date": "2024-02", "text": "Two.\n"},
        {"id": "wide", "title": "漢字" * 60, "date": "2024-03-01", "text": "Three.\n"},
        {"id": "title", "title": "t" * 300, "text": "Four.\n"},
        {"id": "evil", "title": "\x1b[31mred\u202e", "text": "a\tb\x1b]0;x\x07\r\nc\u009b1m\rd\n"},
    ]
    with open("a.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(r) + "\n" for r in rows)
    os.mkdir("in")
    with open("in/b.bin", "wb") as f:
        f.write(b"\x00\x01\x02")
    subprocess.run([SHEAF, "pack", "-q", "-o", "a.sheaf", "a.jsonl", "in"], check=True)


def check_list():
    for width in 80, 200:
        seen, code = at_terminal("list", "a.sheaf", width=width, SHEAF_PAGER="cat")
        lines = seen.splitlines()
        same(f"list ends well, {width} columns", code, 0)
        fits = [line for line in lines if not line.startswith("long/")]
        same("no line is wider", max(columns(line) for line in fits) <= width, True)
        same("wide characters are counted", [columns(line) for line in lines if "漢" in line],
             [width - 1])
        same("a long title is cut", [line for line in lines if line.startswith("title")][0][-3:],
             "tt…")
        same("dates are days", re.findall("2024[-0-9T:Z]*", seen),
             ["2024-01-31", "2024-02", "2024-03-01"])
        same("titles stand under each other", len({line.index(t) for line in lines for t in
                                                   ("A title", "Long ID") if t in line}), 1)
        same("escapes are visible", "\\u{1B}[31mred\\u{202E}" in seen and "\x1b" not in seen, True)
        same("an ID is not cut" if width == 80 else "nor here", "long/" + "i" * 60 in seen, True)
    p = subprocess.run([SHEAF, "list", "a.sheaf", "short"], stdout=subprocess.PIPE, check=True)
    same("a pipe gets tabs", p.stdout, b"short\t2024-01-31T10:00:00Z\tA title\n")
    seen, code = at_terminal("list", "a.sheaf", "short", SHEAF_PAGER="sed 's/^/> /'")
    same("a pager", (seen[:7], code), ("> short", 0))
    seen, code = at_terminal("list", "a.sheaf", PAGER="head -n 1", SHEAF_PAGER="head -n 2")
    same("one that ends early", (seen.count("\n"), code), (2, 0))
    seen, code = at_terminal("list", "a.sheaf", "short", "--json", SHEAF_PAGER="")
    same("JSON is for a terminal, too", (json.loads(seen)["id"], code), ("short", 0))


def check_get():
    seen, code = at_terminal("get", "a.sheaf", "evil")
    same("get makes escapes visible", (seen, code),
         ("a\tb\\u{1B}]0;x\\u{7}\nc\\u{9B}1m\\u{D}d\n", 0))
    seen, code = at_terminal("get", "a.sheaf", "evil", "-f")
    same("-f prints them", ("\x1b]0;x" in seen, code), (True, 0))
    seen, code = at_terminal("get", "a.sheaf", "in/b.bin")
    same("bytes are refused", (seen, code), (
        "sheaf: a.sheaf: in/b.bin: not printing application/octet-stream to a terminal; -o writes "
        "it to a file, -f prints it\n", 1))
    seen, code = at_terminal("get", "a.sheaf", "in/b.bin", "-o", "b.out")
    with open("b.out", "rb") as f:
        same("a file gets them", (seen, code, f.read()), ("", 0, b"\x00\x01\x02"))
    p = subprocess.run([SHEAF, "get", "a.sheaf", "evil"], stdout=subprocess.PIPE, check=True)
    same("a pipe gets what there is", p.stdout,
         "a\tb\x1b]0;x\x07\r\nc\u009b1m\rd\n".encode())
    for how in "--meta", "--json":
        seen, code = at_terminal("get", "a.sheaf", "evil", how)
        same(f"{how} is still JSON", ("\x1b" in seen or "\u202e" in seen or "\x9b" in seen, code,
                                     json.loads(seen)["id"]),
             (False, 0, "evil"))
    for kind in "tar", "zip", "sqlite":
        seen, code = at_terminal("extract", "a.sheaf", "--format", kind)
        same(f"no {kind} there", (code, f"not writing {kind} to a terminal" in seen), (2, True))
    seen, code = at_terminal("pack", "-o", "-", "a.jsonl")
    same("and no archive", (code, "not for a terminal" in seen), (2, True))


def check_progress():
    """The collection is large enough for a progress line, whatever the machine."""
    words = [f"w{n * n % 7919:x}" for n in range(4000)]
    with open("big.jsonl", "w", encoding="ascii") as f:
        for n in range(12000):
            text = " ".join(words[(n * 31 + k * k) % 4000] for k in range(150))
            f.write(json.dumps({"id": str(n), "text": text}) + "\n")
    seen, code = at_terminal("pack", "-o", "big.sheaf", "--small", "big.jsonl",
                             say=[(b"choosing dictionary", b"\x03")])
    same("pack says what it does", "choosing dictionary" in seen, True)
    same("Ctrl-C ends it", (code, "sheaf: interrupted\n" in seen), (1, True))
    same("no percentage is shown", "%" in seen, False)
    same("nothing is left", os.path.exists("big.sheaf"), False)
    seen, code = at_terminal("pack", "-q", "-o", "big.sheaf", "--fast", "big.jsonl")
    same("-q shows nothing", (seen, code), ("", 0))
    seen, code = at_terminal("repack", "big.sheaf", "-o", "small.sheaf", "--level", "19")
    same("repack says what it does", (code, "choosing dictionary" in seen), (0, True))
    ours, theirs = pty.openpty()
    p = subprocess.Popen([SHEAF, "extract", "big.sheaf", "--format", "jsonl"],
                         stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while p.stdout.read(65536):
        # Give it time to show something.
        if select.select([ours], [], [], 0 if seen else 0.05)[0]:
            seen += os.read(ours, 65536)
    os.close(ours)
    same("extract shows its part of the total",
         (p.wait(), re.findall(rb"\r\d+ % of 1\d+ articles, \d+/s", seen) != []), (0, True))


def check_passphrase():
    locked = HERE + "/cli/locked.sec"
    seen, code = at_terminal("pack", "-q", "-o", "s.sheaf", "-s", locked, "a.jsonl",
                             say=[(b"assphrase", b"wrong horse\n")])
    same("a passphrase is not shown", ("assphrase" in seen, "horse" in seen), (True, False))
    same("a wrong one is refused", code != 0, True)


def main():
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError as e:
        print("1..0 # SKIP no pseudo-terminals here: %s" % e)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ.update(XDG_STATE_HOME=folder + "/state", TMPDIR=folder, LC_ALL="C")
        make()
        check_list()
        check_get()
        check_progress()
        check_passphrase()
        os.chdir("/")
    print(f"1..{count}")
    return failed != 0


raise SystemExit(main())
