"""terminal.py - see terminal.sh. The terminal is a pty of this program."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import unicodedata

from tap import HERE, SHEAF, finish, same, skip_all

for name in "PAGER", "SHEAF_PAGER", "LESS", "COLUMNS", "SHEAF_PASSPHRASE":
    os.environ.pop(name, None)
INTERRUPTED = -signal.SIGINT


def at_terminal(*args, width=80, say=(), **env):
    """Runs the command at a terminal. `say` is pairs of what to wait for (words, or a function)
    and what to type then. Returns what was seen and the exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(env)
        # Here, so that the command cannot ask before it is set.
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        os.execv(SHEAF, (SHEAF, *args))
    seen = b""
    say = list(say)
    while True:
        while say and (say[0][0]() if callable(say[0][0]) else say[0][0] in seen):
            os.write(fd, say.pop(0)[1])
        waits = bool(say) and callable(say[0][0])
        if not select.select([fd], [], [], 0.001 if waits else 300)[0]:
            if waits:
                continue
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


# So large that it is read in pieces: some end after each byte of a character.
FACES = "\U0001f600a\U0001f600ab\U0001f600" * 1200000 + "\n"


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
    seen, code = at_terminal("list", "a.sheaf", "title", width=1, SHEAF_PAGER="cat")
    same("one column is narrow, too", (code, columns(seen.strip()) < 30), (0, True))
    p = subprocess.run([SHEAF, "list", "a.sheaf", "short"], stdout=subprocess.PIPE, check=True)
    same("a pipe gets tabs", p.stdout, b"short\t2024-01-31T10:00:00Z\tA title\n")
    seen, code = at_terminal("list", "a.sheaf", "short", SHEAF_PAGER="sed 's/^/> /'")
    same("a pager", (seen[:7], code), ("> short", 0))
    seen, code = at_terminal("list", "a.sheaf", PAGER="head -n 1", SHEAF_PAGER="head -n 2")
    same("one that ends early", (seen.count("\n"), code), (2, 0))
    seen, code = at_terminal("list", "a.sheaf", "short", PATH="/nowhere")
    same("without less there is no pager", (seen[:7], code), ("short  ", 0))
    seen, code = at_terminal("list", "a.sheaf", "short", SHEAF_PAGER="no-such-pager")
    same("a pager that is not there", (seen.splitlines()[-1], code), (
        "sheaf: the pager 'no-such-pager' can't be run; SHEAF_PAGER names another, or if it is "
        "empty, none", 1))
    seen, code = at_terminal("list", "a.sheaf", "short", "--json", SHEAF_PAGER="")
    same("JSON is for a terminal, too", (json.loads(seen)["id"], code), ("short", 0))


def check_get():
    seen, code = at_terminal("get", "a.sheaf", "evil")
    same("get makes escapes visible", (seen, code),
         ("a\tb\\u{1B}]0;x\\u{7}\nc\\u{9B}1m\\u{D}d\n", 0))
    with open("faces.txt", "w", encoding="utf-8") as f:
        f.write(FACES)
    subprocess.run([SHEAF, "pack", "-q", "--fast", "-o", "faces.sheaf", "faces.txt"], check=True)
    seen, code = at_terminal("get", "faces.sheaf", "faces.txt")
    same("characters of four bytes are whole", (seen == FACES, code), (True, 0))
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


def make_big():
    """Large enough for a progress line, whatever the machine."""
    words = [f"w{n * n % 7919:x}" for n in range(4000)]
    os.mkdir("big")
    with open("big.jsonl", "w", encoding="ascii") as f:
        for n in range(24000):
            text = " ".join(words[(n * 31 + k * k) % 4000] for k in range(150))
            f.write(json.dumps({"id": str(n), "text": text}) + "\n")
            with open(f"big/{n // 60}.txt", "a", encoding="ascii") as one:
                one.write(text + "\n")
    subprocess.run([SHEAF, "pack", "-q", "--fast", "-o", "big.sheaf", "big.jsonl"], check=True)


def shown(seen, pattern):
    return [int(p) for p in re.findall(r"\r(\d+) % of " + pattern, seen)]


def progress_columns(seen):
    return [columns(line) for line in re.findall(r"\r([^\r\n\x1b]*)\x1b\[K", seen)]


def size_text(size):
    return f"{size / 1e6:.1f} MB"


def check_progress():
    size = os.path.getsize("big.jsonl")
    seen, code = at_terminal("pack", "-o", "p.sheaf", "big.jsonl")
    parts = shown(seen, re.escape(size_text(size)) + r", [0-9.]+ .B/s(?:, [^,]* left)?, \d+ articles")
    same("pack shows its part of the file", (code, parts != [], parts), (0, True, sorted(parts)))
    same("which is none of all", [p for p in parts if not 0 < p <= 100], [])
    same("what it does", "choosing dictionary" in seen, True)
    same("and nothing of a file that is read", re.findall("100 % .*choosing", seen), [])
    same("no line is wider", max(progress_columns(seen)) < 80, True)
    seen, code = at_terminal("pack", "-f", "-o", "p.sheaf", "big.jsonl", width=30)
    same("nor at a narrow terminal", max(progress_columns(seen)), 29)
    size = sum(e.stat().st_size for e in os.scandir("big"))
    shutil.copy("p.sheaf", "q.sheaf")
    seen, code = at_terminal("append", "q.sheaf", "big")
    parts = shown(seen, re.escape(size_text(size)))
    same("append shows its part of a folder", (code, parts != [], parts), (0, True, sorted(parts)))
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "big.jsonl"], stdout=os.open("pipe", os.O_RDWR)) as cat:
        seen, code = at_terminal("pack", "-o", "pipe.sheaf", "big.jsonl", "pipe",
                                 say=[(b"articles", b"\x03")])
        cat.kill()
    os.remove("pipe")
    same("a pipe has no part", ("articles" in seen, "%" in seen), (True, False))
    seen, code = at_terminal("pack", "-f", "-q", "-o", "p.sheaf", "--fast", "big.jsonl")
    same("-q shows nothing", (seen, code), ("", 0))
    seen, code = at_terminal("repack", "p.sheaf", "-o", "small.sheaf")
    same("repack says what it does", (code, "choosing dictionary" in seen), (0, True))
    ours, theirs = pty.openpty()
    p = subprocess.Popen([SHEAF, "extract", "big.sheaf", "--format", "jsonl"],
                         stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while p.stdout.read(65536):
        # Give it time to show something.
        if select.select([ours], [], [], 0 if seen else 0.05)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                pass  # it has ended
    os.close(ours)
    same("extract shows its part of the total",
         (p.wait(), re.findall(rb"\r\d+ % of 2\d+ articles, \d+/s", seen) != []), (0, True))


def there():
    """All files, those of the collection apart, also in the folder for temporary ones."""
    return sorted(os.path.join(at, name) for at, _, names in os.walk(".") for name in names
                  if not at.startswith(("./big", "./state", "./many")))


def check_interrupts():
    """Ctrl-C in each phase: the process ends by the signal, and leaves nothing."""
    def stops(what, *args, at):
        before = there()
        seen, code = at_terminal(*args, say=[(at, b"\x03")])
        same(f"Ctrl-C while {what}", (code, there()), (INTERRUPTED, before))
        return seen

    os.mkfifo("fifo")
    with open(os.open("fifo", os.O_RDWR), "wb", buffering=0) as f:
        f.write(b'{"id":"1","text":"one"}\n')
        # The importer has taken the line, and both wait for more.
        seen = stops("reading", "pack", "-o", "i.sheaf", "fifo",
                     at=lambda: not select.select([f], [], [], 0)[0])
    os.remove("fifo")
    same("it says so", seen, "^C\r\x1b[Ksheaf: interrupted\n")
    seen = stops("choosing a dictionary", "pack", "-o", "i.sheaf", "--small", "big.jsonl",
                 at=b"choosing dictionary")
    same("over the progress", re.findall(r"\r\x1b\[Ksheaf: interrupted\n", seen) != [], True)
    stops("packing", "pack", "-o", "i.sheaf", "--level", "19", "big.jsonl", at=b"compressing")
    with open("big.sheaf", "rb") as f:
        before = f.read()
    stops("appending", "append", "big.sheaf", "--small", "big", at=b"choosing dictionary")
    with open("big.sheaf", "rb") as f:
        same("the archive is as it was", f.read() == before, True)
    stops("repacking", "repack", "big.sheaf", "-o", "i.sheaf", "--level", "19", at=b"compressing")
    stops("verifying", "verify", *["big.sheaf"] * 200, at=b"intact")
    # The terminal is full, and it waits.
    stops("printing", "extract", "big.sheaf", "--format", "jsonl", at=b'"text"')
    stops("writing a database", "extract", "big.sheaf", "--format", "sqlite", "--text", "-o", "i.db",
          at=b"% of")
    seen, code = at_terminal("extract", "big.sheaf", "-C", "many",
                             say=[(lambda: os.path.isdir("many") and os.listdir("many"), b"\x03")])
    same("Ctrl-C while writing files", code, INTERRUPTED)
    whole = {e.name: e.stat().st_size for e in os.scandir("many")}
    with open("big.jsonl", encoding="ascii") as f:
        texts = {json.loads(line)["id"] + ".txt": len(json.loads(line)["text"]) for line in f}
    same("those there are whole", [n for n in whole if whole[n] != texts.get(n)], [])
    seen, code = at_terminal("extract", "big.sheaf", "-C", "many", "--skip-existing", "-q")
    same("and the others follow", (code, len(os.listdir("many"))), (0, len(texts)))


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
        skip_all(f"no pseudo-terminals here: {e}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ.update(XDG_STATE_HOME=folder + "/state", TMPDIR=folder, LC_ALL="C")
        make()
        check_list()
        check_get()
        make_big()
        check_progress()
        check_interrupts()
        check_passphrase()
        os.chdir("/")
    finish()


main()
