"""search.py - see search.sh."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time
import unicodedata

import http_server
from command import said, sheaf
from tap import HERE, NEWSROOM, SHEAF, finish, ok, same, skip

KEYS = HERE + "/cli/key"
TIME = ["--time", "2025-01-02T03:04:05Z"]


def search(archive, *words, **how):
    """The IDs, in their order."""
    p = sheaf("search", archive, *words, "--json", "-q", **how)
    return [json.loads(line)["id"] for line in p.stdout.splitlines() if b'"leaf"' in line]


def write(path, articles):
    with open(path, "w", encoding="utf-8") as f:
        for article_id, title, text in articles:
            f.write(json.dumps({"id": article_id, "title": title, "date": "2024-03-0" +
                                str(len(article_id) % 9 + 1), "text": text}) + "\n")


NEWS = [
    ("a1", "Ferry runs again", "The ferry runs to the harbour. Don't panic: e-mail works.\n"),
    ("a2", "Tide table was wrong", "The harbour council met at the Cafe\u0301 Größe, \uff21\uff22\uff23.\n"),
    ("a3", "東京都の天気", "昨日、東京都では雨が降った。水は冷たい。\n"),
    ("a4", "Council harbour", "It closes.\n"),
    ("a5", "ภาษาไทย", "ฉันดูหนังแล้ว हिन्दी में ख़बर 한국어는 좋다\n"),
    ("a6", "Many", "ferry " * 9 + "and other words\n"),
]


def check_words():
    write("a.jsonl", NEWS)
    sheaf("pack", "-q", "-o", "a.sheaf", "-s", KEYS + ".sec", *TIME, "a.jsonl")
    p = sheaf("search", "a.sheaf", "harbour")
    same("without an index", (p.returncode, said(p)),
         (1, "sheaf: a.sheaf.db: there is no index; 'sheaf index a.sheaf' makes one\n"))
    p = sheaf("search", "a.sheaf", "--index", "harbour")
    same("--index makes one", (p.returncode, p.stdout.count(b"\n"), os.path.exists("a.sheaf.db")),
         (0, 3, True))
    same("what it is worth", said(p), "3 articles: each has what was asked for; that there are no "
         "others is not proven\n")
    same("the headline comes first", search("a.sheaf", "harbour")[0], "a4")
    same("also before one that has it nine times", search("a.sheaf", "ferry")[0], "a1")
    for words, wanted in (
            (["FERRY", "runs"], ["a1"]), (["café"], ["a2"]), (["CAFE", "größe"], ["a2"]),
            (["abc"], ["a2"]), (["don't"], ["a1"]), (["e-mail"], ["a1"]), (["mail-e"], []),
            (['"harbour council"'], ["a2"]), (['"council harbour"'], ["a4"]),
            (['"harbour council" met'], ["a2"]), (["harb*", "clos*"], ["a4"]),
            (['"the harb"*'], ["a1", "a2"]), (["harb"], []),
            (["東京都"], ["a3"]), (["京都"], ["a3"]), (["京東"], []), (["水"], ["a3"]), (["都"], ["a3"]),
            (["気"], ["a3"]), (["東京", "雨が"], ["a3"]), (["หนัง"], ["a5"]), (["हिन्दी"], ["a5"]),
            (["한국"], ["a5"]), (["ख़बर"], ["a5"]), (["nothere"], []), (["東京水"], [])):
        same("search " + " ".join(words), sorted(search("a.sheaf", *words)), wanted)
    p = sheaf("search", "a.sheaf", "nothere")
    same("nothing is no failure", (p.returncode, p.stdout, said(p)),
         (0, b"", "no article found; that there is none is not proven\n"))
    same("the selections of list", search("a.sheaf", "harbour", "--title", "tide"), ["a2"])
    same("--sort", search("a.sheaf", "harbour", "--sort", "id", "--reverse"), ["a4", "a2", "a1"])
    p = sheaf("search", "a.sheaf", "harbour", "--limit", "1")
    same("--limit", (p.stdout, said(p).split(":")[0]),
         (b"a4\t2024-03-03\tCouncil harbour\n", "the first 1 article"))
    p = sheaf("search", "a.sheaf", "-p", KEYS + ".pub", "--no-pins", "cafe")
    same("with a key", (p.stdout.split(b"\t")[0], said(p)[:46]),
         (b"a2", "1 article: each is signed, and has what was as"))


def check_mistakes():
    for words, wanted in (
            (['"harb'], 'a phrase that begins with " has no " at its end'),
            (["?!"], "there is something without a letter or digit in it"),
            (["*"], "a * needs the beginning of a word before it"),
            ([" "], "there is no word to search for"),
            (["x" * 65], "a word of more than 64 bytes is not in the index"),
            (["w"] * 65, "more than 64 words"),
            (["x-" * 300], "more than 256 words in all")):
        p = sheaf("search", "a.sheaf", *words)
        same("a mistake: " + " ".join(words)[:20], (p.returncode, said(p)),
             (2, f"sheaf: search: {wanted}; see 'sheaf help search'\n"))
    for words in (['" OR "'], ["NEAR(ferry,1)"], ["headline:ferry"], ["^ferry"], ["a AND"],
                  ["\ue000ferry"], ["%s%n"], ["ferry\\"], ["'; DROP TABLE articles"]):
        p = sheaf("search", "a.sheaf", *words)
        ok("no syntax of SQL: " + words[0], p.returncode in (0, 2) and "sqlite" not in said(p), said(p))
    p = sheaf("search", "a.sheaf", "x", "--reverse")
    same("--reverse alone", p.returncode, 2)


# What an independent program makes of a text.
def words_of(text):
    text = unicodedata.normalize("NFKC", text).lower()
    text = "".join(c for c in unicodedata.normalize("NFD", text)
                   if not 0x300 <= ord(c) <= 0x36F)
    return re.findall(r"[a-z0-9äöüéß]+", text)


def has_phrase(words, phrase):
    return any(words[i:i + len(phrase)] == phrase for i in range(len(words)))


def check_all():
    """Compared with all articles, before and after appends."""
    chance = random.Random(17)
    vocabulary = ["tide", "Eel", "harbour", "Straße", "naïve", "CAFÉ", "x2", "2024", "ﬁsh", "rain",
                  "Ölmühle", "north-east", "it's", "bridge", "old", "new"]
    texts = {}

    def some(n, first):
        out = []
        for i in range(n):
            title = " ".join(chance.choices(vocabulary, k=3))
            text = " ".join(chance.choices(vocabulary, k=chance.choice([1, 5, 40])))
            out.append((f"n{first + i}", title, text + ".\n"))
            texts[f"n{first + i}"] = (words_of(title), words_of(text))
        return out

    def compare(archive, what):
        wrong = []
        for _ in range(60):
            terms = [chance.choices(vocabulary, k=chance.choice([1, 1, 2, 3]))
                     for _ in range(chance.choice([1, 1, 2]))]
            wanted = sorted(k for k, parts in texts.items() if all(
                any(has_phrase(p, words_of(" ".join(t))) for p in parts) for t in terms))
            got = search(archive, *['"' + " ".join(t) + '"' for t in terms])
            if sorted(got) != wanted:
                wrong.append((terms, got, wanted))
        same(what, wrong[:2], [])

    write("n.jsonl", some(150, 0))
    sheaf("pack", "-q", "-o", "n.sheaf", *TIME, "n.jsonl")
    sheaf("index", "n.sheaf", "-q")
    compare("n.sheaf", "60 queries find what is there")
    write("m.jsonl", some(40, 130))
    sheaf("append", "-q", *TIME, "n.sheaf", "m.jsonl")
    p = sheaf("search", "n.sheaf", "tide")
    ok("an append is followed", "n.sheaf.db: the archive was appended to; bringing it up to date" in
       said(p), said(p))
    compare("n.sheaf", "60 queries after it, with new revisions")
    old = {tuple(search("n.sheaf", w)) for w in vocabulary}
    sheaf("index", "-q", "-f", "n.sheaf")
    same("as an index made anew", {tuple(sorted(search("n.sheaf", w))) for w in vocabulary},
         {tuple(sorted(x)) for x in old})


def check_state():
    shutil.copy("a.sheaf", "b.sheaf")
    sheaf("index", "-q", "b.sheaf")
    p = sheaf("index", "b.sheaf")
    ok("a second time", said(p).endswith("; it was up to date\n"), said(p))

    def info():
        return json.loads(sheaf("info", "b.sheaf", "--json").stdout)["index"]
    same("info: fresh", info(), "fresh")
    write("b.jsonl", [("a1", "Ferry stops", "The ship stays.\n"), ("a9", "New", "Harbour news\n")])
    sheaf("append", "-q", "-s", KEYS + ".sec", *TIME, "b.sheaf", "b.jsonl")
    same("info: behind", info(), "behind")
    same("the old revision is not found", (search("b.sheaf", "panic"), search("b.sheaf", "ship")),
         ([], ["a1"]))
    same("the new article is", "a9" in search("b.sheaf", "harbour"), True)
    same("and the others, too", search("b.sheaf", "tide"), ["a2"])
    same("info: fresh again", info(), "fresh")
    sheaf("repack", "b.sheaf", "-q", "-f", "-o", "b2.sheaf")
    os.rename("b2.sheaf", "b.sheaf")
    same("repacked, it stays", info(), "fresh")
    write("c.jsonl", [("z1", "Other", "All of it is other.\n")])
    sheaf("pack", "-q", "-o", "c.sheaf", *TIME, "c.jsonl")
    os.rename("c.sheaf", "b.sheaf")
    same("info: replaced", info(), "replaced")
    same("written anew", (search("b.sheaf", "other"), search("b.sheaf", "harbour")), (["z1"], []))
    os.chmod("b.sheaf", 0o600)
    os.unlink("b.sheaf.db")
    sheaf("index", "-q", "b.sheaf")
    same("nobody else may read it", stat.S_IMODE(os.stat("b.sheaf.db").st_mode), 0o600)


def check_redact():
    shutil.copy("a.sheaf", "r.sheaf")
    sheaf("index", "-q", "r.sheaf")
    shutil.copy("r.sheaf.db", "out.sheaf.db")
    args = ["redact", "-o", "out.sheaf", "--reason", "asked", "-s", KEYS + ".sec", *TIME,
            "--new-log", "r.sheaf", "a2"]
    p = sheaf(*args)
    same("redact removes the index of what it writes",
         (p.returncode, os.path.exists("out.sheaf.db")), (0, False))
    ok("and says so", "out.sheaf.db: removed: it is of another archive" in said(p), said(p))
    ok("and warns of the other", "r.sheaf.db: has words of what was redacted" in said(p), said(p))
    shutil.copy("out.sheaf", "r.sheaf")
    same("an index from before is not continued", search("r.sheaf", "cafe"), [])
    db = sqlite3.connect("r.sheaf.db")
    db.execute("create virtual table temp.v using fts5vocab(main, search, 'row')")
    same("no word of it is left", db.execute("select count(*) from v where term like 'caf%'")
         .fetchone(), (0,))
    db.close()
    with open("other.sheaf.db", "wb") as f:
        f.write(b"mine")
    args[2] = "other.sheaf"
    args[-2] = "b2.sheaf"
    shutil.copy("a.sheaf", "b2.sheaf")
    sheaf(*args)
    same("a file of somebody else stays", os.path.exists("other.sheaf.db"), True)


def check_others():
    """What stock SQLite makes of it."""
    db = sqlite3.connect("a.sheaf.db")
    same("the database is whole", db.execute("pragma integrity_check").fetchone(), ("ok",))
    found = "select id from search join articles on leaf = search.rowid where search match ?"
    for words, wanted in (("Café AND harbour", "a2"), ('"東京" AND "京都"', "a3"), ('"हिन्दी"', "a5"),
                          ('"หนั"', "a5")):
        same("SQLite finds " + words, db.execute(found, (words,)).fetchall(), [(wanted,)])
    same("the state of the archive", db.execute("select size, articles from sheaf").fetchone()[1], 6)
    db.close()
    if shutil.which("sqlite3"):
        p = subprocess.run(["sqlite3", "a.sheaf.db", "select count(*) from search('harbour')"],
                           capture_output=True, check=False)
        same("the program sqlite3", p.stdout, b"3\n")
    else:
        skip("sqlite3", "there is none")
    sheaf("extract", "a.sheaf", "-q", "--format", "sqlite", "-o", "x.db")
    a, b = (sqlite3.connect(f).execute("select name from sqlite_schema order by 1").fetchall()
            for f in ("a.sheaf.db", "x.db"))
    same("extract writes the same tables", a, b)


LETTERS = [
    ("b1", "Η Αθήνα και ο ΌΜΗΡΟΣ", "Οι δρόμοι της πόλεως, του Ομήρου και ᾠδή.\n"),
    ("b2", "Wirt\xadschafts\xadministerium", "Ein Schiff\xadfahrts\xadamt, 3\xad000 Tonnen.\n"),
    ("b3", "Самолёт", "Ёлка стоит; май и йод, за\u0301мок.\n"),
    ("b4", "שָׁלוֹם", "مُحَمَّد أحمد الإسلام آخر كـــتاب\n"),
    ("b5", "ދިވެހި", "हिन्दी مسؤول\n"),
    # A piece of 64 KiB ends within a word, behind its soft hyphen.
    ("b7", "Cut", "x " * 32760 + "Schiff\xadfahrtsgesellschaft.\n"),
    ("b6", "Long", "\xad" + "ab\xad" * 30000 + "end\n"),
]


def check_letters():
    """What a reader may leave out: what SQLite keeps is found both ways."""
    write("l.jsonl", LETTERS)
    sheaf("pack", "-q", "-o", "l.sheaf", *TIME, "l.jsonl")
    sheaf("index", "-q", "l.sheaf")
    for words, wanted in (
            ("αθηνα", "b1"), ("ΑΘΗΝΑ", "b1"), ("Αθήνα", "b1"), ("όμηρος", "b1"), ("ΟΜΗΡΟΣ", "b1"),
            ("ομηρου", "b1"), ("δρομοι", "b1"), ("ωδη", "b1"), ('"της πολεως"', "b1"), ("πόλ*", "b1"),
            ("wirtschaftsministerium", "b2"), ("Wirt\xadschafts\xadministerium", "b2"), ("wirt*", "b2"),
            ("schifffahrtsamt", "b2"), ("3000", "b2"), ("ministerium", ""), ("самолет", "b3"),
            ("САМОЛЁТ", "b3"), ("елка", "b3"), ("маи", ""), ("иод", ""), ("замок", "b3"), ("שלום", "b4"),
            ("שָׁלוֹם", "b4"), ("محمد", "b4"), ("احمد", "b4"), ("أحمد", "b4"), ("الاسلام", "b4"), ("اخر", "b4"),
            ("كتاب", "b4"), ("ދިވެހި", "b5"), ("ދވހ", ""), ("हनद", ""), ("مسوول", ""), ("مسؤول", "b5"),
            ("end", ""), ("ab", ""),
            ("schifffahrtsgesellschaft", "b7"), ("fahrtsgesellschaft", "")):
        same("letters " + words, " ".join(search("l.sheaf", words)), wanted)
    db = sqlite3.connect("l.sheaf.db")
    found = "select id from search join articles on leaf = search.rowid where search match ?"
    for words, wanted in (("αθηνα", "b1"), ("Αθήνα", "b1"), ("ministerium", "b2"), ("самолёт", "b3"),
                          ("wirtschaftsministerium", "b2"), ('"שָׁלוֹם"', "b4"), ("أحمد", "b4"), ("احمد", "b4")):
        same("SQLite finds letters " + words, db.execute(found, (words,)).fetchall(), [(wanted,)])
    same("each word counts once", db.execute("select words from articles where id='b1'").fetchone(),
         (8,))
    db.close()


def is_harmless(p, says="sheaf index -f"):
    """It failed in a way that it says, or found what is true."""
    ids = [line.split(b"\t")[0] for line in p.stdout.splitlines()]
    return p.returncode in (0, 1, 4) and set(ids) <= {b"a1", b"a2", b"a4"} and (
        p.returncode == 0 or says in said(p))


def check_liars():
    with open("a.sheaf.db", "rb") as f:
        good = f.read()

    def try_bytes(data):
        with open("a.sheaf.db", "wb") as f:
            f.write(data)
        return sheaf("search", "a.sheaf", "harbour")

    bad = [n for n in (0, 1, 99, 100, 511, 4096, 5000, 8192, len(good) // 2, len(good) - 1)
           if not is_harmless(try_bytes(good[:n]))]
    same("cut off", bad, [])
    chance = random.Random(4)
    bad = []
    for _ in range(120):
        data = bytearray(good)
        for _ in range(chance.choice([1, 1, 8])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        p = try_bytes(data)
        if not is_harmless(p):
            bad.append((p.returncode, p.stdout, p.stderr))
    same("bits flipped", bad[:2], [])
    p = try_bytes(b"something else\n" * 1000)
    same("no database", (p.returncode in (1, 4), p.stdout), (True, b""))
    p = sheaf("index", "a.sheaf")
    same("index does not replace it", p.returncode in (1, 4) and "-f replaces it" in said(p), True)

    def lie(*statements):
        try_bytes(good)
        db = sqlite3.connect("a.sheaf.db")
        for s in statements:
            db.execute(s)
        db.commit()
        db.close()
        return sheaf("search", "a.sheaf", "harbour")

    p = lie("insert into search(rowid, body) values(2, 'harbour')",
            "insert into search(rowid, body) values(77, 'harbour')",
            "insert into articles(leaf, id) values(77, 'none')")
    same("an article without the word is not listed", b"a3" in p.stdout or b"none" in p.stdout, False)
    ok("one that is not there is counted", "1 result is not in the archive" in said(p), said(p))
    p = lie("update articles set id='a3' where id='a1'")
    same("another ID", sorted(x.split(b"\t")[0] for x in p.stdout.splitlines()), [b"a2", b"a4"])
    p = lie("update articles set headline='False', published='1999'")
    same("a headline comes from the archive", b"False" in p.stdout, False)
    p = lie("update articles set words=-1e308", "update sheaf set words='x', articles=1e300")
    ok("numbers that are none", is_harmless(p), said(p))
    for what, statement in (
            ("a trigger", "create trigger t after delete on articles begin select 1; end"),
            ("a view", "create view v as select 1"), ("a table", "create table t(x)"),
            ("a column", "alter table articles add column x"),
            ("another application", "pragma application_id=1"),
            ("another version", "pragma user_version=9")):
        p = lie(statement)
        same(what + " is refused", (p.returncode, said(p)),
             (1, "sheaf: a.sheaf.db: no index that sheaf made; 'sheaf index -f a.sheaf' "
              "replaces it\n"))
    write("d.jsonl", [("a7", "More", "harbour\n")])
    shutil.copy("a.sheaf", "d.sheaf")
    p = sheaf("append", "-q", "--unsigned", *TIME, "d.sheaf", "d.jsonl")
    same("an append without a signature", p.returncode, 0)
    with open("d.sheaf.db", "wb") as f:
        f.write(good)
    p = sheaf("search", "d.sheaf", "-p", KEYS + ".pub", "--no-pins", "harbour")
    same("with a key, what is not signed is not listed", (b"a7" in p.stdout, p.stdout.count(b"\n")),
         (False, 3))
    bad = []
    for _ in range(60):
        data = bytearray(good)
        for _ in range(8):
            data[chance.randrange(200, len(data))] ^= 1 << chance.randrange(8)
        with open("d.sheaf.db", "wb") as f:
            f.write(data)
        p = sheaf("search", "d.sheaf", "harbour")
        ids = {line.split(b"\t")[0] for line in p.stdout.splitlines()}
        if p.returncode not in (0, 1, 4) or not ids <= {b"a1", b"a2", b"a4", b"a7"}:
            bad.append((p.returncode, p.stdout, p.stderr))
    same("bits flipped before an append", bad[:2], [])
    os.unlink("a.sheaf.db")
    os.mkfifo("a.sheaf.db")
    p = sheaf("search", "a.sheaf", "harbour")
    same("a pipe is not waited for", (p.returncode, "no index that sheaf made" in said(p)), (1, True))
    os.unlink("a.sheaf.db")
    os.mkdir("a.sheaf.db")
    same("a folder", sheaf("search", "a.sheaf", "harbour").returncode, 1)
    os.rmdir("a.sheaf.db")
    sheaf("index", "-q", "a.sheaf")


def check_texts():
    """Pages, long texts, texts that are not UTF-8, forged marks."""
    os.mkdir("in")
    with open("in/page.html", "w", encoding="utf-8") as f:
        f.write("<title>Page</title><script>var hidden;</script><p>" + "The keeper opened. " * 20)
    with open("in/bytes.txt", "wb") as f:
        f.write(b"before \xef\xbf\xbf after \xe2\x80\xa8 end\xc2\xa0here\n")
    with open("in/long.txt", "w", encoding="utf-8") as f:
        f.write("漢字仮名" * 60000 + " middle" + "x" * 200000 + " last\n")
    with open("in/marks.txt", "w", encoding="utf-8") as f:
        f.write("Marks\n\n\ue001keeper \ue000keeper\ue002 forged\n")
    with open("in/picture.png", "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + bytes(100))
    sheaf("pack", "-q", "-o", "t.sheaf", *TIME, "in")
    p = sheaf("index", "t.sheaf")
    ok("indexed", p.returncode == 0, said(p))
    for words, wanted in ((["keeper"], ["marks.txt", "page.html"]), (["hidden"], []),
                          (["after", "end"], ["bytes.txt"]), (['"仮名漢字"'], ["long.txt"]),
                          (["名漢"], ["long.txt"]), (["last"], ["long.txt"]), (["名字"], []),
                          (["漢字" * 20], []), (["漢字仮名" * 20], ["long.txt"])):
        same("a text: " + words[0][:12],
             sorted(x.rsplit("/")[-1] for x in search("t.sheaf", *words)), wanted)
    same("a mark does not rank", search("t.sheaf", "keeper")[0].endswith("page.html"), True)
    sheaf("pack", "-q", "-o", "news.sheaf", *TIME, NEWSROOM)
    sheaf("index", "-q", "news.sheaf")
    same("the newsroom", len(search("news.sheaf", "harbour")) > 0, True)


def check_confined():
    program = os.path.join(os.environ["SHEAF_LIBEXEC"], "sheaf-export")
    with subprocess.Popen([program, "match", "word"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as p:
        p.stdout.read(2)
        with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
            status = dict(line.split(":\t", 1) for line in f if ":\t" in line)
        p.stdin.close()
    same("sheaf-export cannot gain privileges", status["NoNewPrivs"].strip(), "1")
    if status.get("Seccomp", "").strip() == "2" or os.environ.get("FLAVOUR") != "test":
        ok("and its calls are filtered", True)
    else:
        skip("its calls", "there is no seccomp")


# ---- On a server -------------------------------------------------------------

store = http_server.Store()


def far(url, *words, **how):
    store.begin()
    p = sheaf("search", url, "--no-cache", "--no-pins", *words, **how)
    p.requests = [sum(a[1].split("?")[0].endswith(end) for a in store.asked)
                  for end in (".sheaf.db", ".sheaf")]
    return p


def put(*names):
    for name in names:
        with open(name, "rb") as f:
            store.files[name] = f.read()


def check_far(url):
    """It says what it says of the file."""
    for words in (["harbour"], ['"harbour council"'], ["harb*", "clos*"], ["nothere"], ["水"],
                  ["harbour", "--json"], ["harbour", "--limit", "1"], ["harbour", "--sort", "id"],
                  ["harbour", "-p", KEYS + ".pub"], ["harbour", "--since", "2024-03-03"]):
        p = far(url + "a.sheaf", *words)
        here = sheaf("search", "a.sheaf", "--no-pins", *words)
        same("by URL: " + " ".join(words)[:20], (p.returncode, p.stdout, said(p)),
             (0, here.stdout, said(here)))
    p = far(url + "a.sheaf?v=1", "harbour")
    same("a query stays behind .db", (p.returncode, {a[1].rpartition("/")[2] for a in store.asked}),
         (0, {"a.sheaf?v=1", "a.sheaf.db?v=1"}))
    p = far(url.replace("good", "moved") + "a.sheaf", "harbour")
    same("redirected", (p.returncode, p.stdout.count(b"\n")), (0, 3))
    p = far(url + "a.sheaf", "harbour", "--index")
    same("--index", (p.returncode, said(p).split(";")[0], store.asked),
         (2, "sheaf: search: --index is for a file: on a server, nothing can be written", []))
    p = far(url + "a.sheaf", "?!")
    same("a mistake", (p.returncode, "without a letter" in said(p)), (2, True))
    store.secrets, store.region = {"AKIAEXAMPLE": "secret"}, "eu-test-1"
    env = dict(os.environ, AWS_ACCESS_KEY_ID="AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY="secret",
               AWS_REGION="eu-test-1", HOME="/nowhere")
    endpoint = ["--endpoint", url.replace("/good/", "")]
    p = far("s3://bucket/a.sheaf", "harbour", *endpoint, env=env)
    same("an object of S3", (p.returncode, p.stdout.count(b"\n"), set(store.refusals)),
         (0, 3, {""}))
    store.secrets = {"AKIAEXAMPLE": "other"}
    p = far("s3://bucket/a.sheaf", "harbour", *endpoint, env=env)
    same("with another secret", (p.returncode, "or there is no such file" in said(p)), (1, True))


def check_far_counts(url):
    """Figures of the manual."""
    chance = random.Random(8)
    words = ["".join(chance.choices("abcdefghijklmnop", k=chance.randint(3, 9)))
             for _ in range(9000)]
    write("big.jsonl", ((f"n{i}", f"{chance.choice(words)} {i}", " ".join(
        chance.choices(words, k=150)) + " lighthouse" * (i % 500 == 3) + ".\n") for i in range(10000)))
    sheaf("pack", "-q", "-o", "big.sheaf", *TIME, "big.jsonl")
    sheaf("index", "-q", "big.sheaf")
    put("big.sheaf", "big.sheaf.db")
    ok("an index of some megabytes", len(store.files["big.sheaf.db"]) > 3 << 20,
       len(store.files["big.sheaf.db"]))
    for what, most, asked, count in (
            ("a word that is not there", (8, 2), ["nothere"], 0),
            ("one article", (9, 8), ["4321"], 1),
            ("20 articles", (28, 50), ["lighthouse"], 20)):
        p = far(url + "big.sheaf", *asked, "-v")
        here = sheaf("search", "big.sheaf", *asked)
        trips = [int(n) for n in re.findall(r"(\d+) round trips", said(p))]
        same(what + " takes few requests", (p.returncode, p.stdout == here.stdout,
             p.stdout.count(b"\n") == count, len(trips),
             [n <= m for n, m in zip(p.requests, most)]), (0, True, True, 2, [True, True]))
        ok(what + ": and the archive at most 5 round trips", trips[-1] <= 5, trips)


def check_far_state(url):
    db = url + "a.sheaf.db"
    good = store.files.pop("a.sheaf.db")
    for way in "good", "gone":
        store.ways["a.sheaf.db"] = way
        if way == "gone":
            store.files["a.sheaf.db"] = good
        p = far(url + "a.sheaf", "harbour")
        same("no index: " + way, (p.returncode, p.stdout, said(p)),
             (1, b"", f"sheaf: {db}: there is no index; 'sheaf index' makes one where the archive "
              "is written\n"))
    store.ways["a.sheaf.db"] = "forbidden"
    p = far(url + "a.sheaf", "harbour")
    same("forbidden", (p.returncode, "a.sheaf.db: 127.0.0.1" in said(p), "403" in said(p),
                       "is signed" in said(p)), (1, True, True, False))
    for name in "X-Amz-Signature", "x-goog-signature", "Signature", "sig":
        for query in "?a=b&", "?":
            p = far(url + f"a.sheaf{query}{name}=0f", "harbour")
            same("a signed address: " + query + name, (p.returncode, p.stdout,
                 "good for the archive alone" in said(p), "0f" in said(p)), (1, b"", True, False))
    del store.ways["a.sheaf.db"]
    for what, data, words in (
            ("empty", b"", None), ("no database", b"something else\n" * 1000, None),
            ("cut off", good[:len(good) // 2], None), ("a page less", good[:-4096], None),
            ("zeros", bytes(len(good)), None),
            ("of another program", good[:68] + b"\0\0\0\1" + good[72:], "no index that sheaf made"),
            ("longer", good + bytes(8192), None)):
        store.files["a.sheaf.db"] = data
        p = far(url + "a.sheaf", "harbour")
        ok("a wrong file: " + what, is_harmless(p, db) and (words or "") in said(p),
           (p.returncode, p.stdout, said(p)))
    chance = random.Random(14)
    bad = []
    for _ in range(30):
        data = bytearray(good)
        for _ in range(chance.choice([1, 8, 100])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        store.files["a.sheaf.db"] = bytes(data)
        p = far(url + "a.sheaf", "harbour")
        if not is_harmless(p, db):
            bad.append((p.returncode, p.stdout, p.stderr))
    same("bits flipped on the server", bad[:2], [])
    store.files["a.sheaf.db"] = good
    write("e.jsonl", [("a8", "More", "harbour\n")])
    shutil.copy("a.sheaf", "e.sheaf")
    p = sheaf("append", "-q", "--unsigned", *TIME, "e.sheaf", "e.jsonl")
    same("an append", p.returncode, 0)
    put("e.sheaf")
    store.files["e.sheaf.db"] = good
    p = far(url + "e.sheaf", "harbour", "-q")
    same("before an append", (p.returncode, p.stdout.count(b"\n"), said(p)),
         (0, 3, f"sheaf: {url}e.sheaf.db: warning: of before an append: 2 newer leaves are not "
          "searched; 'sheaf index' adds what is new where the archive is written\n"))
    put("big.sheaf")
    store.files["big.sheaf.db"] = good
    p = far(url + "big.sheaf", "harbour")
    same("of another archive", (p.returncode, p.stdout, said(p)),
         (1, b"", f"sheaf: {url}big.sheaf.db: of another state of the archive; 'sheaf index' makes "
          "it anew where the archive is written\n"))


def check_far_liars(url):
    """The archive is served well, the index is not."""
    db = url + "a.sheaf.db"
    right = sheaf("search", "a.sheaf", "harbour").stdout
    for way in ("noetag", "weak", "nosuffix", "nosuffix200", "wrongsuffix", "busy", "cut",
                "hangup"):
        store.ways["a.sheaf.db"] = way
        p = far(url + "a.sheaf", "harbour")
        same("as good: " + way, (p.returncode, p.stdout), (0, right))
    with open("a.sheaf.db", "rb") as f:
        good = f.read()
    store.files["new-a.sheaf.db"] = good[:8192] + bytes(len(good) - 8192)
    changed = r"has another file at this address now|stays|changed"
    lies = {way: "" for way in (
        "endless200", "endless", "endlessrefusal", "headers", "continue", "headerline", "extension",
        "silent", "slow", "gzip",
        "short", "long", "shifted", "larger", "huge", "norange", "tworanges", "multipart",
        "garbage", "reset", "failing", "teapot", "loop", "tofile", "toftp", "replaced",
        "replaced416", "replaced_unseen", "replaced_notag", "restless", "mixed", "flipped",
        "zeros", "noranges")}
    lies.update(replaced=changed, replaced416=changed, restless=changed,
                noranges="sends the whole file", failing="500", gzip="compresses")
    for way, words in lies.items():
        store.ways["a.sheaf.db"] = way
        p = far(url + "a.sheaf", "harbour", "--timeout", "1")
        ok("a liar: " + way, is_harmless(p, db) and (p.returncode == 0 or
           re.search(words, said(p))), (p.returncode, p.stdout, said(p)))
    del store.ways["a.sheaf.db"]


def check_interrupt(url):
    store.ways["a.sheaf.db"] = "silent"
    store.begin()
    with subprocess.Popen([SHEAF, "search", url + "a.sheaf", "harbour", "--no-cache"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        while not any(a[1].endswith(".db") for a in store.asked):
            time.sleep(0.01)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=60)
    same("SIGINT while the server says nothing", (p.returncode, out, b"damaged" in err),
         (-signal.SIGINT, b"", False))
    del store.ways["a.sheaf.db"]


def check_server():
    put("a.sheaf", "a.sheaf.db")
    server = http_server.serve(store)
    url = f"http://127.0.0.1:{server.server_address[1]}/good/"
    check_far(url)
    check_far_counts(url)
    check_interrupt(url)
    check_far_state(url)
    check_far_liars(url)
    store.stop.set()
    server.shutdown()


def check_failures():
    env = dict(os.environ, SHEAF_LIBEXEC="/nowhere")
    p = sheaf("search", "a.sheaf", "harbour", env=env)
    same("without sheaf-export", (p.returncode, said(p)), (1, "sheaf: sheaf-export: not found in "
         "/nowhere; SHEAF_LIBEXEC says where it is\n"))
    with open("/dev/full", "wb") as full:
        p = subprocess.run([SHEAF, "search", "a.sheaf", "harbour", "-q"], stdout=full,
                           stderr=subprocess.PIPE, check=False)
    same("a full disk", (p.returncode, p.stderr),
         (1, b"sheaf: standard output: No space left on device\n"))
    p = sheaf("search", "missing.sheaf", "harbour")
    same("no archive", p.returncode, 1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("tmp")
        os.environ.update(XDG_STATE_HOME=folder + "/state", TMPDIR=folder + "/tmp")
        check_words()
        check_mistakes()
        check_others()
        check_letters()
        check_all()
        check_state()
        check_redact()
        check_liars()
        check_texts()
        check_confined()
        check_server()
        check_failures()
        same("nothing is left in TMPDIR", os.listdir("tmp"), [])
        os.chdir("/")
    finish()


main()
