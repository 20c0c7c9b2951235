#!/usr/bin/env python3
"""feeds.py - compares what is read from feeds with what feedparser expects.

The feeds are half of the XML files in the tests of kurtmckee/feedparser, as
feeds.tar.zst in ../shared/eval or in the folder that SHEAF_EVAL names. They are
no part of this project. A comment at the start of each states what feedparser
must return, such as

    Expect: not bozo and entries[0]['title'] == 'Example'

Each comparison of a member of an entry with a text counts once. Texts are
compared by their words: feedparser gives HTML that it has cleaned, and an
archive has headlines without tags, and bodies as they came. Expectations about
the feed itself, or about how something is represented, don't count, nor those
that need the HTTP header or the address of the feed (http_*.xml). With an
argument, such as `title`, the differences are shown.
"""
import ast
import collections
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
EVAL = os.environ.get("SHEAF_EVAL", os.path.join(HERE, "../../../shared/eval"))
SHEAF = os.environ.get("SHEAF", "sheaf")

# Which of our members answers for a member of feedparser's entries.
GROUPS = {
    "title": ["title", "title_detail.value"],
    "date": ["published_parsed", "updated_parsed", "created_parsed"],
    "link": ["link", "links.0.href"],
    "id": ["id", "guid"],
    "author": ["author", "author_detail.name", "authors.0.name"],
    "text": ["description", "summary", "content.0.value",
             "summary_detail.value"],
    "tag": ["tags.0.term", "tags.1.term", "category"],
    "language": ["title_detail.language", "content.0.language"],
}
COMPARE = re.compile(r"entries\[(\d+)\]((?:\[[^\]]+\]|\.\w+)+)\s*==\s*")


def words(s):
    """The words of a text, or of HTML without what is not shown."""
    s = re.sub(r"(?is)<(script|style|applet|object|embed)\b.*?</\1\s*>", " ",
               s)
    for _ in range(2):
        s = html.unescape(re.sub(r"(?s)<!--.*?-->|<[!?/a-zA-Z][^<>]*>", " ",
                                 s))
    return re.findall(r"\w+", unicodedata.normalize("NFKC", s).lower())


def literal(code):
    """The Python literal at the start of `code`, or None."""
    for end in range(len(code), 0, -1):
        try:
            return ast.literal_eval(code[:end].strip())
        except (SyntaxError, ValueError):
            continue
    return None


def expected(path):
    """Yields (entry, member, value) of the comment in a feed."""
    with open(path, "rb") as f:
        data = f.read()
    for charset in ("utf-32-be", "utf-16", "utf-16-le", "utf-16-be", "utf-8"):
        text = data.decode(charset, "replace")
        if "Expect:" in text:
            break
    line = re.search(r"Expect:[ \t]*(.*)", text)
    for part in re.split(r"\sand\s", line.group(1)) if line else []:
        found = COMPARE.search(part)
        if found is None:
            continue
        member = ".".join(re.findall(r"\w+", found.group(2)))
        value = literal(part[found.end():])
        if value is not None:
            yield int(found.group(1)), member, value


def articles(path, folder):
    """What an archive of this one feed has, in the order of its items."""
    archive = os.path.join(folder, os.path.basename(path) + ".sheaf")
    subprocess.run([SHEAF, "pack", "-q", "-f", "--fast", "-o",
                    archive, path], stderr=subprocess.DEVNULL, check=False)
    if not os.path.exists(archive):
        return []
    out = subprocess.run([SHEAF, "extract", "-q", "--no-pins", "--format",
                          "jsonl", archive], check=False,
                         stdout=subprocess.PIPE).stdout
    os.unlink(archive)
    return [json.loads(line) for line in out.splitlines()]


def moment(date):
    """A date of ours as a tuple in UTC."""
    m = re.match(r"(\d+)(?:-(\d+))?(?:-(\d+))?"
                 r"(?:T(\d+):(\d+):(\d+)[.\d]*(Z|[-+]\d+:\d+)?)?$", date)
    n = [int(x or d) for x, d in zip(m.groups()[:6], (0, 1, 1, 0, 0, 0))]
    import datetime
    t = datetime.datetime(*n)
    if m.group(7) and m.group(7) != "Z":
        sign = -1 if m.group(7)[0] == "-" else 1
        h, mm = map(int, m.group(7)[1:].split(":"))
        t -= sign * datetime.timedelta(hours=h, minutes=mm)
    return tuple(t.timetuple()[:6])


def agrees(group, member, want, a):
    if group == "title":
        return words(a.get("headline", "")) == words(want)
    if group == "date":
        days = [a.get("updated"), a.get("published")]
        return tuple(want[:6]) in [moment(d) for d in days if d]
    if group == "link":
        urls = [a.get("url", "")] + [m.get("url") for m in a.get("media", [])]
        return want in urls + a.get("related", []) or \
            want in json.dumps(a.get("ext", {}))
    if group == "id":
        return a.get("id") == want
    if group == "author":
        names = [x.get("name", "") for x in a.get("authors", [])]
        return words(want)[:1] == words(a.get("byline", ""))[:1] or \
            words(want) in [words(n) for n in names]
    if group == "text":
        texts = (a.get("body", ""), a.get("summary", ""))
        return words(want) in [words(t) for t in texts]
    if group == "tag":
        return want in a.get("keywords", []) + [a.get("section")]
    return a.get("lang", "") == want


def score(path, folder):
    """(group, agrees, what) for each comparison."""
    wanted = [w for w in expected(path)]
    known = {m: g for g, members in GROUPS.items() for m in members}
    wanted = [w for w in wanted if w[1] in known]
    if not wanted:
        return []
    got = articles(path, folder)
    out = []
    for entry, member, value in wanted:
        a = got[entry] if entry < len(got) else {}
        group = known[member]
        good = isinstance(value, tuple) == (group == "date") and \
            agrees(group, member, value, a)
        out.append((group, good, f"{path}\n    want {member} {value!r}\n"
                    f"    got  {json.dumps(a, ensure_ascii=False)[:600]}"))
    return out


def main():
    source = os.path.join(EVAL, "feeds.tar.zst")
    if not os.path.exists(source):
        print(f"feeds.py: no feeds in {EVAL}; SHEAF_EVAL says where they are")
        return
    with tempfile.TemporaryDirectory() as tmp:
        zstd = subprocess.Popen(["zstd", "-dcq", "--long=27", source],
                                stdout=subprocess.PIPE)
        subprocess.run(["tar", "x", "-C", tmp], stdin=zstd.stdout, check=True)
        if zstd.wait() != 0:
            sys.exit("feeds.py: can't unpack feeds.tar.zst")
        paths = sorted(os.path.join(d, f) for d, _, files in os.walk(tmp)
                       for f in files if f.endswith(".xml")
                       and not f.startswith("http_"))
        counts = collections.Counter()
        with tempfile.TemporaryDirectory() as folder:
            def one(i):
                sub = os.path.join(folder, str(i))
                os.mkdir(sub)
                return score(paths[i], sub)
            with ThreadPoolExecutor(2) as pool:
                for row in pool.map(one, range(len(paths))):
                    for group, good, what in row:
                        counts[group, good] += 1
                        if not good and group in sys.argv[1:]:
                            print(group, what.replace(tmp + "/", ""))
    print(f"feeds: {len(paths)} tests of feedparser, sheaf:")
    for group in GROUPS:
        good, all_ = counts[group, True], counts[group, True] + \
            counts[group, False]
        print(f"  {group}: {good} of {all_} as expected, "
              f"{good / max(all_, 1):.3f}")


if __name__ == "__main__":
    main()
