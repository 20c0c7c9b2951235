"""collection.py - see collection.sh."""

import glob
import json
import os
import random
import shutil
import tempfile
import zipfile

from command import data, good, said, sheaf
from tap import HERE, finish, ok, same, skip

KEY = HERE + "/cli/key"
OTHER = HERE + "/cli/other"
P = ["-p", KEY + ".pub"]


def out(p):
    return p.stdout.decode(errors="replace")


def article(article_id, text, **more):
    return dict({"id": article_id, "title": text.split(".")[0], "date": "2024-05-06",
                 "text": text + "\n"}, **more)


def pack(path, articles, *options):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open("in.jsonl", "w", encoding="utf-8") as f:
        for a in articles:
            f.write(json.dumps(a) + "\n")
    options = options or ("-s", KEY + ".sec")
    good("pack", "-q", "-f", "--time", "@1000", "-o", path, *options, "in.jsonl")


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


def ids(p):
    return [line.split("\t")[0] for line in out(p).splitlines()]


def cache_files():
    return glob.glob("cache/sheaf/*")


def make():
    for n in range(8):
        some = [article("%d/%d" % (n, i), "Text %d of %d." % (i, n),
                        url="https://news.example/%d/%d" % (n, i),
                        section="abc"[i % 3]) for i in range(20)]
        if n in (2, 5):
            some.append(article("shared", "The harbour in %d." % n, url="https://news.example/s"))
        if n == 6:
            some.append(article("url/moved", "Moved.", url="https://news.example/3/3"))
        pack("c/2024-%02d.sheaf" % (n + 1), some)
    good("redact", "-q", "--time", "@1001", "c/2024-07.sheaf", "6/3", "-o", "red.sheaf",
         "--reason", "test", "-s", KEY + ".sec")
    os.replace("red.sheaf", "c/2024-07.sheaf")
    pack("c/2024-09.sheaf", [article("6/5", "Again."), article("8/0", "Last.")])
    # What is no member.
    write("c/notes.txt", b"no archive\n")
    write("c/.hidden.sheaf", b"no archive\n")


def check_get():
    for more in ([], P + ["--no-pins"]):
        what = "with a key" if more else "without"
        same("get " + what, out(sheaf("get", "c", "3/7", "1/0", *more)),
             "Text 7 of 3.\nText 0 of 1.\n")
        same("the newest revision is of the last member that has it, " + what,
             [out(sheaf("get", "c", i, *more)) for i in ("shared", "6/5")],
             ["The harbour in 5.\n", "Again.\n"])
        p = sheaf("get", "c", "6/3", *more)
        ok("a redacted article is named, " + what,
           p.returncode == 3 and "c/2024-07.sheaf: 6/3: redacted: test" in said(p), said(p))
        p = sheaf("get", "c", "9/9", *more)
        same("what no member has, " + what, (p.returncode, said(p)),
             (3, "sheaf: c: 9/9: no article with this ID in any of 9 archives, " +
              ("proven by their signed maps\n" if more
               else "according to their unsigned indexes\n")))
        same("a URL, " + what, out(sheaf("get", "c", "https://news.example/s", *more)),
             "The harbour in 5.\n")
        same("a URL that a later article has, " + what,
             out(sheaf("get", "c", "https://news.example/3/3", *more)), "Moved.\n")
        p = sheaf("get", "c", "https://news.example/none", *more)
        same("no such URL, " + what, p.returncode, 3)
    same("--rev is of the member with the newest",
         [sheaf("get", "c", "shared", "--rev", n).returncode for n in "12"], [0, 3])
    p = sheaf("get", "c", "3/1", "nothing", "4/1", "-0")
    same("after one that is missing come the others", (p.returncode, p.stdout),
         (3, b"Text 1 of 3.\n\0\0Text 1 of 4.\n\0"))
    p = sheaf("get", "c", "3/1", "--json", "-o", "one.json")
    ok("get -o", p.returncode == 0 and json.loads(data("one.json"))["id"] == "3/1", said(p))
    p = sheaf("get", "c", "3/1", *P, "--no-pins", "--origin", "somebody")
    ok("--origin is asked of each", p.returncode == 5 and "the origin is" in said(p),
       p.returncode, said(p))


def check_list():
    everything = ids(sheaf("list", "c"))
    wanted = ["%d/%d" % (n, i) for n in range(8) for i in range(20)
              if (n, i) not in ((6, 3), (6, 5))]
    wanted.insert(120, "shared")
    ok("list has each ID once, in the order of the members",
       sorted(everything) == sorted(wanted + ["6/5", "8/0", "url/moved"]) and
       everything[-2:] == ["6/5", "8/0"] and everything[:20] == wanted[:20], everything)
    same("with a key the same", ids(sheaf("list", "c", *P, "--no-pins")), everything)
    p = sheaf("list", "c", "--json", "shared", "6/5", "7/2")
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    same("--json says in which archive", [(a["archive"], a["id"]) for a in lines],
         [("c/2024-06.sheaf", "shared"), ("c/2024-09.sheaf", "6/5"), ("c/2024-08.sheaf", "7/2")])
    same("--revisions has all, and what was redacted",
         [len(ids(sheaf("list", "c", "--revisions"))),
          ids(sheaf("list", "c", "--revisions", "shared")),
          out(sheaf("list", "c", "--redacted"))],
         [165, ["shared", "shared"], "-\t(redacted, leaf 3)\ttest\n"])
    same("a pattern, and a name twice", ids(sheaf("list", "c", "[37]/1?", "3/*1", "3/11", "3/11")),
         ["3/11"] + ["3/1"] + ["3/%d" % i for i in range(10, 20) if i != 11] +
         ["7/%d" % i for i in range(10, 20)])
    same("--sort and --limit go over all",
         ids(sheaf("list", "c", "--sort", "id", "--reverse", "--limit", "4")),
         ["url/moved", "shared", "8/0", "7/9"])
    same("--section, --limit", ids(sheaf("list", "c", "--section", "b", "--limit", "9"))[-3:],
         ["0/19", "1/1", "1/4"])
    same("--ids-from", ids(sheaf("list", "c", "--ids-from", "-", input=b"5/5\n0/1\nshared\n5/5\n")),
         ["5/5", "0/1", "shared"])
    p = sheaf("list", "c", "5/5", "none", "no*")
    ok("names that nothing has", p.returncode == 3 and ids(p) == ["5/5"] and
       "c: none: no article with this ID in any of 9" in said(p) and
       "c: no*: no article with this ID, and none that it matches" in said(p), said(p))


def check_extract():
    p = sheaf("extract", "c", "-q", "-C", "files", "--json")
    same("extract counts all", json.loads(p.stdout)["articles"], 162)
    same("the newest", data(glob.glob("files/shared*")[0]), b"The harbour in 5.\n")
    sheaf("extract", "c", "-q", "--format", "zip", "-o", "a.zip", "3/*")
    with zipfile.ZipFile("a.zip") as z:
        same("a zip of some", len(z.namelist()), 20)
    p = sheaf("extract", "c", "--format", "csv", "--sort", "id")
    same("rows of CSV", out(p).count("\n"), 163)
    p = sheaf("extract", "c", "--format", "sqlite", "-o", "a.db")
    ok("no database", p.returncode == 2 and "sqlite is for one archive" in said(p) and
       not os.path.exists("a.db"), p.returncode, said(p))


def check_search():
    p = sheaf("search", "c", "harbour")
    ok("an index that is missing is named", p.returncode == 1 and
       "c/2024-01.sheaf.db: there is no index" in said(p), said(p))
    p = sheaf("search", "c", "harbour", "--index", "-q")
    same("only the newest is found", (p.returncode, ids(p)), (0, ["shared"]))
    same("the newest first", ids(sheaf("search", "c", "text", "-q", "--limit", "3")),
         ids(sheaf("search", "c/2024-08.sheaf", "text", "-q", "--limit", "3")))
    same("of all", len(ids(sheaf("search", "c", "text", "-q"))), 158)
    p = sheaf("search", "c", "text", "--sort", "date")
    same("--sort is refused", p.returncode, 2)
    os.remove("c/2024-03.sheaf.db")
    p = sheaf("search", "c", "text", "-q")
    ok("the others answer without one index", p.returncode == 1 and len(ids(p)) == 138 and
       "2024-03" in said(p), said(p))
    for db in glob.glob("c/*.db"):
        os.remove(db)


def check_verify():
    p = sheaf("verify", "c", *P)
    ok("verify each", p.returncode == 0 and out(p).count("authentic: ") == 9, out(p), said(p))
    p = sheaf("list", "c", *P)
    ok("pins are compared", p.returncode == 0 and len(ids(p)) == 162)
    pack("d/a.sheaf", [article("x", "Other.")])
    p = sheaf("verify", "c", "d", "d/a.sheaf", "--json")
    same("several of both", (p.returncode, p.stdout.count(b"\n")), (0, 11))


def check_lists():
    write("some.sheaves", b"# by hand\nc/2024-06.sheaf\r\n\nc/2024-03.sheaf\n" +
          os.path.abspath("d/a.sheaf").encode() + b"\n")
    same("a list has its own order", out(sheaf("get", "some.sheaves", "shared")),
         "The harbour in 2.\n")
    same("and its own members", len(ids(sheaf("list", "some.sheaves"))), 42)
    shutil.copy("some.sheaves", "c/near.sheaves")
    p = sheaf("list", "c/near.sheaves")
    ok("names are relative to the list", p.returncode != 0 and "c/c/2024-06.sheaf" in said(p) and
       ids(p) == ["x"], said(p))
    os.remove("c/near.sheaves")
    for what, text in (("a server", b"https://a.example/x.sheaf\n"), ("a zero", b"a\0b\n"),
                       ("nothing", b"\n# none\n")):
        write("bad.sheaves", text)
        p = sheaf("list", "bad.sheaves")
        ok("a list with " + what, p.returncode == 1 and "bad.sheaves" in said(p), said(p))
    os.makedirs("empty")
    p = sheaf("get", "empty", "x")
    same("an empty folder", (p.returncode, said(p)),
         (1, "sheaf: empty: no archives, which are named NAME.sheaf\n"))
    same("other commands take no folder",
         [sheaf(c, "c").returncode for c in ("info", "dict")], [1, 1])


def check_index():
    shutil.rmtree("cache", ignore_errors=True)
    good("get", "c", "3/7")
    good("get", "c", "4/7")
    made = [f for f in cache_files() if data(f).startswith(b"sheaf members 1\n")]
    same("an index of members is kept", len(made), 1)
    # A member that nobody asks is not opened.
    whole, when = data("c/2024-05.sheaf"), os.stat("c/2024-05.sheaf")
    with open("c/2024-05.sheaf", "r+b") as f:
        f.write(b"\0" * len(whole))
    os.utime("c/2024-05.sheaf", ns=(when.st_atime_ns, when.st_mtime_ns))
    p = sheaf("get", "c", "3/7", "shared", "0/0")
    same("only the members are opened that are needed", (p.returncode, said(p)), (0, ""))
    p = sheaf("get", "c", "4/1")
    ok("the one that is, is named", p.returncode == 4 and "c/2024-05.sheaf" in said(p), said(p))
    with open("c/2024-05.sheaf", "r+b") as f:
        f.write(whole)
    # Members come, change and go.
    pack("c/2024-10.sheaf", [article("new", "New."), article("3/7", "Changed.")])
    same("a new member", out(sheaf("get", "c", "new", "3/7")), "New.\nChanged.\n")
    pack("c/2024-10.sheaf", [article("newer", "Newer.")])
    same("a member that was replaced", out(sheaf("get", "c", "newer", "3/7")),
         "Newer.\nText 7 of 3.\n")
    os.remove("c/2024-10.sheaf")
    same("a member that is gone", sheaf("get", "c", "newer").returncode, 3)
    good("append", "-q", "--time", "@2000", "c/2024-09.sheaf", "-s", KEY + ".sec", "in.jsonl")
    same("a member that was appended to", out(sheaf("get", "c", "newer")), "Newer.\n")
    for n in range(10, 17):
        pack("c/2024-%d.sheaf" % n, [article("m/%d" % n, "Many.")])
    before = data(made[0])
    same("many new ones", out(sheaf("get", "c", "m/12", "newer")), "Many.\nNewer.\n")
    ok("make a new index", data(made[0]) != before and data(made[0]).count(b"2024-16") == 1)
    for n in range(10, 17):
        os.remove("c/2024-%d.sheaf" % n)
    # An index that is wrong never gives another article, and never crashes.
    r = random.Random(2)
    kept = data(made[0])
    for n in range(60):
        bad = bytearray(kept)
        how = n % 4
        if how == 0:
            bad = bad[:r.randrange(len(bad))]
        elif how == 1:
            for _ in range(20):
                bad[r.randrange(min(len(bad), 900))] = r.randrange(256)
        elif how == 2:
            for _ in range(2000):
                bad[r.randrange(len(bad))] = r.randrange(256)
        else:
            bad += bytes(r.randrange(1, 9))
        write(made[0], bytes(bad))
        p = sheaf("get", "c", "3/7")
        if not (p.returncode in (0, 3, 4) and
                (p.returncode != 0 or p.stdout == b"Text 7 of 3.\n")):
            ok("a damaged index %d" % n, False, p.returncode, said(p), out(p))
            break
    else:
        ok("damaged indexes", True)
    write(made[0], b"\xff" * 100)
    same("nonsense is made anew", (out(sheaf("get", "c", "3/7")), data(made[0])[:16]),
         ("Text 7 of 3.\n", b"sheaf members 1\n"))
    same("--no-cache", out(sheaf("get", "c", "3/7", "--no-cache")), "Text 7 of 3.\n")


def check_broken():
    """One broken member is named, and neither hides nor fakes others."""
    shutil.copytree("c", "b")
    everything = ids(sheaf("list", "b"))
    whole = data("b/2024-05.sheaf")
    others = [i for i in everything if not i.startswith("4/")]
    for what, content in (("nothing", b""), ("nonsense", b"nonsense\n" * 50),
                          ("half of it", whole[:len(whole) // 2])):
        write("b/2024-05.sheaf", content)
        shutil.rmtree("cache", ignore_errors=True)
        for more in ([], P + ["--no-pins"]):
            p = sheaf("list", "b", *more)
            ok("list with a member that is " + what, p.returncode == 4 and ids(p) == others and
               said(p).count("b/2024-05.sheaf: ") == 1, p.returncode, said(p), ids(p))
            p = sheaf("get", "b", "7/7", *more)
            same("a later one has it", (p.returncode, out(p)), (0, "Text 7 of 7.\n"))
            p = sheaf("get", "b", "1/7", *more)
            ok("an earlier one has it, and nobody knows of a newer one",
               p.returncode == 4 and out(p) == "Text 7 of 1.\n" and
               "may have a newer revision" in said(p), p.returncode, said(p))
            p = sheaf("get", "b", "9/9", *more)
            ok("absence is not claimed", p.returncode == 4 and
               "not all of its 9 archives could be asked" in said(p) and
               "proven" not in said(p), p.returncode, said(p))
    # Damage within: what is there is listed, what is lost is named.
    bad = bytearray(whole)
    at = whole.index(b"\x28\xb5\x2f\xfd") + 20
    bad[at] ^= 1
    write("b/2024-05.sheaf", bytes(bad))
    p = sheaf("extract", "b", "--format", "jsonl")
    ok("damage in one member", p.returncode == 4 and
       len(out(p).splitlines()) in range(len(everything) - 20, len(everything)) and
       "b/2024-05.sheaf: lost: " in said(p), p.returncode, said(p))
    write("b/2024-05.sheaf", whole)
    # Another key, and none.
    for what, options in (("another key", ("-s", OTHER + ".sec")), ("nobody", ("--level", "3"))):
        pack("b/2024-05.sheaf", [article("7/7", "Forged."), article("1/7", "Forged.")], *options)
        p = sheaf("list", "b", *P, "--no-pins")
        ok("a member that %s signed" % what, p.returncode == 5 and
           ids(p) == others and "b/2024-05.sheaf: " in said(p), p.returncode, said(p))
        p = sheaf("get", "b", "1/7", *P, "--no-pins")
        ok("gives no article", p.returncode == 5 and out(p) == "Text 7 of 1.\n",
           p.returncode, out(p), said(p))
        p = sheaf("get", "b", "9/9", *P, "--no-pins")
        ok("and no proof", p.returncode == 5 and "proven" not in said(p), p.returncode, said(p))
    write("b/2024-05.sheaf", whole)
    os.remove("b/2024-01.sheaf")
    os.symlink("nowhere", "b/2024-01.sheaf")
    p = sheaf("get", "b", "0/1")
    ok("a link to nothing", p.returncode in (1, 4) and "2024-01.sheaf" in said(p), p.returncode,
       said(p))
    os.remove("b/2024-01.sheaf")
    os.makedirs("b/2024-01.sheaf")
    p = sheaf("list", "b")
    ok("a folder that is named so", p.returncode != 0 and len(ids(p)) == len(everything) - 20,
       p.returncode, said(p))


def check_vectors():
    vectors = glob.glob(HERE + "/../spec/vectors/*.sheaf")
    if not vectors:
        skip("vectors", "there are none")
        return
    os.makedirs("v")
    for v in vectors:
        shutil.copy(v, "v")
    pack("v/zz.sheaf", [article("mine", "Mine."), article("news/1", "Newest.")])
    shutil.rmtree("cache", ignore_errors=True)
    p = sheaf("list", "v")
    ok("all vectors in one folder", p.returncode in (4, 5, 6) and
       ids(p)[-2:] == ["mine", "news/1"] and ids(p).count("news/1") == 1, p.returncode,
       said(p)[:300], ids(p)[-5:])
    p = sheaf("get", "v", "mine", "news/1")
    same("and articles of the good one", out(p), "Mine.\nNewest.\n")
    p = sheaf("extract", "v", "--format", "jsonl", "-o", "v.jsonl")
    ok("extract", p.returncode in (4, 5, 6), p.returncode, said(p)[-300:])


def main():
    folder = tempfile.mkdtemp()
    os.environ.update(XDG_STATE_HOME=folder + "/state", XDG_CACHE_HOME=folder + "/cache")
    try:
        os.chdir(folder)
        make()
        check_get()
        check_list()
        check_extract()
        check_search()
        check_verify()
        check_lists()
        check_index()
        check_broken()
        check_vectors()
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    finish()


main()
