"""reading.py - opening archives, and reading articles from them."""

import copy
import datetime
import io
import json
import os
import pathlib
import pickle
import subprocess

import sheaf
import tap
from world import KEY, OTHER, SECRET, TIME, body, raises, write


def test_mapping(folder):
    with sheaf.open(write(folder)) as a:
        assert len(a) == 20 and bool(a)
        assert list(a) == sorted(a, key=list(a).index)
        assert set(a) == {"a/%d" % n for n in range(20)}
        assert set(a.keys()) == set(a)
        assert [x.id for x in a.values()] == list(a)
        assert [(i, x.id) for i, x in a.items()] == [(i, i) for i in a]
        assert "a/1" in a and "a/20" not in a and 7 not in a and "" not in a
        assert a["a/3"].text == body(3, 2) and a["a/3"].rev == 2
        assert a.get("a/99") is None and a.get("a/99", 1) == 1
        assert a.get("a/4").id == "a/4"
        assert a == a and a != {} and hash(a) == hash(a)
        e = raises(sheaf.NotFound, lambda: a["a/99"])
        assert isinstance(e, KeyError) and "a/99" in str(e)
        assert (e.code, e.offset, e.clause) == (-1, None, "")
        raises(TypeError, lambda: a[1])
        raises(TypeError, lambda: a[b"a/1"])
        assert "\ud800" not in a
        raises(sheaf.NotFound, lambda: a["\ud800"])
        assert "a/1\0" not in a


def test_article(folder):
    with sheaf.open(write(folder)) as a:
        x = a["a/2"]
        assert x.body == body(2).encode() and x.text == body(2)
        assert isinstance(x.body, bytes)
        assert x.type == "text/plain"
        assert x.meta["headline"] == x.headline == "Headline 2"
        assert json.loads(x.meta_bytes) == x.meta and x.meta["id"] == "a/2"
        assert (x.published, x.section) == ("2024-03-11", "Even")
        assert x.url == "https://example.org/2"
        assert x.time == datetime.datetime(
            2024, 3, 11, tzinfo=datetime.timezone.utc)
        assert len(x.leaf_hash) == 32 and x.leaf == 2
        assert [p.role for p in x.parts] == ["body"]
        assert x.part("body") is x.parts[0] and x.part("raw") is None
        assert x.parts[0].size == len(x.body)
        out = io.BytesIO()
        x.parts[0].copy_to(out)
        assert out.getvalue() == x.body
        assert "a/2" in repr(x) and "body" in repr(x.parts[0])
        y = a["a/3"]
        assert y.published is None and y.section is None and y.time is None


def test_every_article_in_bulk(folder):
    path = write(folder, 600, revised=range(0, 600, 7))
    for key in (None, KEY):
        with sheaf.open(path, key=key) as a:
            got = list(a.articles())
            assert len(got) == 600 and len({x.id for x in got}) == 600
            for x in got:
                n = int(x.id[2:])
                assert x.rev == (2 if n % 7 == 0 else 1)
                assert x.text == body(n, x.rev)
                y = a[x.id]
                assert (y.body, y.meta_bytes, y.leaf, y.leaf_hash) == (
                    x.body, x.meta_bytes, x.leaf, x.leaf_hash)
            every = list(a.articles(revisions=True))
            assert len(every) == 600 + len(range(0, 600, 7))
            assert [x.leaf for x in every] == sorted(x.leaf for x in every)


def test_revisions(folder):
    with sheaf.open(write(folder)) as a:
        assert [(x.rev, x.text) for x in a.revisions("a/5")] == [
            (2, body(5, 2)), (1, body(5))]
        assert [x.rev for x in a.revisions("a/6")] == [1]
        raises(sheaf.NotFound, a.revisions, "none")
        assert a.read("a/5", 1).text == body(5)
        raises(sheaf.NotFound, a.read, "a/5", 3)
        raises(sheaf.NotFound, a.read, "a/5", -1)
        raises(sheaf.NotFound, a.read, "a/5", 2 ** 40)


def test_url_and_leaf(folder):
    for key in (None, KEY):
        with sheaf.open(write(folder, name="%s.sheaf" % (key is None)),
                        key=key) as a:
            assert a.find(url="https://example.org/4").id == "a/4"
            e = raises(sheaf.NotFound, a.find, url="https://example.org/x")
            assert "example.org/x" in str(e)
            raises(TypeError, a.find, url=None)
            assert a.at(0).id == "a/0"
            raises(sheaf.NotFound, a.at, 22)  # the seal
            raises(IndexError, a.at, 23)
            raises(IndexError, a.at, -1)
            raises(IndexError, a.at, 2 ** 64)


def test_list(folder):
    path = write(folder, 300, revised=(3, 5, 250))
    for key in (None, KEY):
        with sheaf.open(path, key=key) as a:
            lines = list(a.list())
            assert len(lines) == 300
            assert len(list(a.list(revisions=True))) == 303
            x = {line.id: line for line in lines}
            assert x["a/2"] == ("a/2", 1, "2024-03-11", "Even", "Headline 2",
                                2, False, "")
            assert x["a/250"].rev == 2 and x["a/250"].published == ""
            assert {l.section for l in a.list(section="even")} == {"Even"}
            assert len(list(a.list(section="odd"))) == 148
            assert [l.id for l in a.list(prefix="a/29")] == [
                "a/29"] + ["a/%d" % n for n in range(290, 300)]
            since = [l.published for l in a.list(since="2024-11")]
            assert set(since) == {"2024-11-11", "2024-12-11"}
            until = a.list(until=datetime.date(2024, 2, 11))
            assert {l.published for l in until} == {"2024-01-11",
                                                    "2024-02-11"}
            both = list(a.list(since="2024-02-12", until="2024-03"))
            assert {l.published for l in both} == {"2024-03-11"}
            assert not list(a.list(since="2025"))
            assert len(list(a.list(until="2024"))) == 297
            for bad in ("24", "2024-13", "2024-00", "2024-1-1", "2024-02-32",
                        "x", "2024-01-01T00:00", "２０２４"):
                raises(ValueError, a.list, since=bad)
            raises(TypeError, a.list, until=2024)
            raises(ValueError, a.list, redacted=True, section="x")


def test_list_is_that_of_the_command(folder):
    path = write(folder, 300, revised=(3, 5, 250))
    got = subprocess.run([tap.SHEAF, "list", path, "--since", "2024-06",
                          "--section", "odd"], capture_output=True, text=True,
                         check=True)
    with sheaf.open(path) as a:
        assert [l.id for l in a.list(since="2024-06", section="odd")] == [
            line.split("\t")[0] for line in got.stdout.splitlines()]


def test_dates_that_are_none(folder):
    """What has no form of a date counts in the days of no group, and is found
    by none, whoever looks."""
    path = os.path.join(folder, "dates.sheaf")
    forms = {"2024": 1, "2024-04": 1, "2024-04-04T10:00:00": 1,
             "2024-04-04T10:00:00.5Z": 1, "2024-04-04T10:00:00+01:00": 1,
             "2024-04-04T10:00:00.002992": 0, "2024-04-04 10:00:00": 0,
             "2024-04-04t10:00:00Z": 0, "2024-04-04T10:00Z": 0, "soon": 0}
    with sheaf.create(path, key=SECRET) as w:
        for n, text in enumerate(forms):
            w.add("d/%d" % n, "x", published=text)
    dated = ["d/%d" % n for n, good in enumerate(forms.values()) if good]
    for key, more in (None, []), (
            KEY, ["-P", str(KEY), "--no-pins"]):
        with sheaf.open(path, key=key) as a:
            assert [l.id for l in a.list(since="2024")] == dated
            assert [l.id for l in a.list(until="2024")] == dated
            got = subprocess.run([tap.SHEAF, "list", path, "--since", "2024",
                                  *more], capture_output=True, text=True,
                                 check=True)
            assert [line.split("\t")[0] for line in
                    got.stdout.splitlines()] == dated


def test_long_and_odd_strings(folder):
    odd = 'quote " back \\ \u2028 \U0001f600'
    path = os.path.join(folder, "odd.sheaf")
    with sheaf.create(path, key=SECRET) as w:
        w.add(odd, odd, headline=odd + "\t\x7f", section="s" * 1025,
              published="2024")
        w.add("long", "", headline="h" * 1025, section="s" * 1024)
    for key in (None, KEY):
        with sheaf.open(path, key=key) as a:
            first, second = a.list()
            assert first.id == odd and first.headline == odd + "\t\x7f"
            assert first.section == "" and second.headline == ""
            assert second.section == "s" * 1024
            assert a[odd].text == odd and a[odd].section == "s" * 1025
            assert list(a) == [odd, "long"]


def test_charsets(folder):
    path = os.path.join(folder, "charsets.sheaf")
    with sheaf.create(path) as w:
        w.add("latin", "Zoë".encode("latin-1"),
              type="text/html; charset=iso-8859-1")
        w.add("quoted", "Zoë".encode("utf-16"),
              type='text/plain; Charset="UTF-16"')
        w.add("wrong", b"\xff\xfe", type="text/plain")
        w.add("none", b"x", type="text/plain; charset=nonesuch")
        w.add("slow", b"x", type="text/plain; charset=punycode")
        w.add("bytes", b"x", type="text/plain; charset=base64")
    with sheaf.open(path) as a:
        assert a["latin"].text == "Zoë" and a["quoted"].text == "Zoë"
        raises(UnicodeDecodeError, lambda: a["wrong"].text)
        for id in ("none", "slow", "bytes"):
            raises(LookupError, lambda: a[id].text)
            assert a[id].body == b"x"


def test_parts(folder):
    path = os.path.join(folder, "parts.sheaf")
    with sheaf.create(path) as w:
        w.add("p", "<p>Body</p>", type="text/html", parts=[
            ("text", "text/plain", "Body"),
            sheaf.NewPart("media", "image/png", io.BytesIO(b"\x89PNG")),
            ("media", "image/gif", bytearray(b"GIF"))])
    with sheaf.open(path) as a:
        x = a["p"]
        assert [(p.role, p.type, p.data) for p in x.parts] == [
            ("body", "text/html", b"<p>Body</p>"),
            ("text", "text/plain", b"Body"),
            ("media", "image/png", b"\x89PNG"), ("media", "image/gif", b"GIF")]
        assert x.part("text").text == "Body"
        assert x.part("media").data == b"\x89PNG"


def test_large_article(folder):
    path = os.path.join(folder, "large.sheaf")
    piece = bytes(range(256)) * 4096
    with sheaf.create(path, key=SECRET, level=1) as w:
        w.add("large", io.BytesIO(piece * 17), type="x/y",
              parts=[("raw", "x/z", b"small")])
    with sheaf.open(path, key=KEY) as a:
        for x in (a["large"], next(a.articles())):
            assert x.parts[0].size == 17 << 20
            assert x.body == piece * 17
            assert x.parts[1].data == b"small"
            out = io.BytesIO()
            x.parts[0].copy_to(out)
            assert out.getvalue() == piece * 17

            def nested(data):
                assert a["large"].rev == 1
                raise OverflowError("enough")

            class File:
                write = staticmethod(nested)

            raises(OverflowError, x.parts[0].copy_to, File)
        a.close()
        raises(ValueError, lambda: x.body)


def test_info(folder):
    path = write(folder)
    with sheaf.open(path) as a:
        i = a.info
        assert (i.size, i.articles, i.generation) == (23, 22, 1)
        assert i.file_bytes == os.path.getsize(path)
        assert i.signed_size == 23 and not i.authentic and i.signer is None
        assert i.note.startswith(i.origin.encode())
        assert "22 articles" in repr(a) and "not authenticated" in repr(a)
        c = sheaf.read_checkpoint(i.note)
        assert (c.origin, c.size, c.root) == (i.origin, i.size, i.root)
        a.authenticate(KEY)
        assert a.info.authentic and a.info.signer == KEY
        assert "authentic" in repr(a)
    assert "closed" in repr(a)


def test_wrong_key(folder):
    path = write(folder)
    e = raises(sheaf.NotAuthentic, sheaf.open, path, key=OTHER.public_key)
    assert e.code == -3 and e.clause.startswith("F9")
    with sheaf.open(path) as a:
        raises(sheaf.NotAuthentic, a.authenticate, OTHER.public_key)
        assert not a.info.authentic and a["a/1"].id == "a/1"
        raises(sheaf.NotAuthentic, a.verify, OTHER.public_key)
        raises(TypeError, a.authenticate, SECRET)
        raises(FileNotFoundError, a.authenticate, folder + "/none.pub")
        with open(path, "rb") as file:
            raises(TypeError, a.authenticate, file.fileno())
            assert file.read(1)
    unsigned = write(folder, name="unsigned.sheaf", key=None)
    raises(sheaf.NotAuthentic, sheaf.open, unsigned, key=KEY)
    with sheaf.open(unsigned) as a:
        assert "not signed" in repr(a) and a.info.note == b""


def test_closed(folder):
    a = sheaf.open(write(folder))
    articles, lines, ids = a.articles(), a.list(), iter(a)
    revisions = a.revisions("a/5")
    next(articles), next(lines), next(ids), next(revisions)
    assert not a.closed
    a.close()
    a.close()
    assert a.closed
    for call in (lambda: a["a/1"], lambda: "a/1" in a, lambda: len(a),
                 lambda: next(articles), lambda: list(lines),
                 lambda: next(revisions), lambda: list(ids),
                 lambda: a.articles(), lambda: a.list(), lambda: a.info,
                 lambda: a.verify(), lambda: a.authenticate(KEY),
                 lambda: a.prove("a/1"), lambda: a.find(url="x"),
                 lambda: a.at(0), lambda: a.damage, lambda: a.__enter__(),
                 lambda: a.extends(b""), lambda: bool(a)):
        raises(ValueError, call)


def test_iteration_that_is_left(folder):
    a = sheaf.open(write(folder, 200))
    for _ in range(200):
        next(a.articles())
        next(a.list())
    articles = a.articles()
    next(articles)
    del a
    assert len(list(articles)) == 199


def test_authenticated_meanwhile(folder):
    a = sheaf.open(write(folder, 100))
    articles, lines = a.articles(), a.list()
    next(articles), next(lines)
    a.authenticate(KEY)
    raises(RuntimeError, next, articles)
    raises(RuntimeError, list, lines)
    assert len(list(a.articles())) == 100


def test_verify(folder):
    path = write(folder)
    done = []
    with sheaf.open(path) as a:
        r = a.verify()
        assert not r.authentic and r.signer is None
        assert (r.articles, r.leaves, r.revisions) == (22, 23, 2)
        assert r.bytes == os.path.getsize(path)
        r = a.verify(KEY, threads=2, since=[a.info.note], tmpdir=folder)
        assert r.authentic and r.signer == KEY and r.signed_size == 23
        raises(sheaf.Corrupt, a.verify, since=[b"not a note\n"])
        raises(ValueError, a.verify, threads=-1)
        with sheaf.open(write(folder, 10, "less.sheaf")) as less:
            raises(sheaf.NotAuthentic, a.verify, since=[less.info.note])


def test_progress(folder):
    path = folder + "/long.sheaf"
    with sheaf.create(path) as w:
        for n in range(40):
            w.add(str(n), os.urandom(100000))
    done = []

    def stop(*_):
        raise OverflowError("enough")

    with sheaf.open(path) as a:
        a.verify(progress=lambda *x: done.append(x))
        size = os.path.getsize(path)
        assert len(done) > 2 and done == sorted(done)
        assert all(0 < x <= size == total for x, total in done)
        raises(OverflowError, a.verify, progress=stop)
        assert a.verify().articles == 40


def test_extends(folder):
    path = write(folder, origin="example.org/log")
    other = write(folder, 21, "other.sheaf", origin="example.org/log")
    with sheaf.open(path) as a:
        old = a.info.note
        assert a.extends(old, KEY).size == 23
    with sheaf.append(path, key=SECRET) as w:
        w.add("b/1", "New.")
    with sheaf.open(path) as a, sheaf.open(other) as b:
        assert a.extends(old, KEY).size == 23
        assert a.verify(KEY, since=[old]).authentic
        raises(sheaf.NotAuthentic, a.extends, old, OTHER.public_key)
        e = raises(sheaf.Fork, b.extends, old)
        assert e.code == -13
        raises(sheaf.Corrupt, a.extends, b"x")
        new = a.info.note
    with sheaf.open(write(folder, 2, "two.sheaf", revised=(),
                          origin="example.org/log")) as a:
        raises(sheaf.Rollback, a.extends, new)


def test_redacted(folder):
    path = write(folder)
    SECRET.save(folder + "/key")
    gone = folder + "/gone.sheaf"
    for options in (["a/4"], ["a/5", "--rev", "2"]):
        subprocess.run(
            [tap.SHEAF, "redact", path, *options, "-o", gone, "-s",
             folder + "/key", "--reason", "court order 12", "-q"],
            check=True, env={**os.environ, "XDG_STATE_HOME": folder})
        path, gone = gone, folder + "/gone2.sheaf"
    for key in (None, KEY):
        with sheaf.open(path, key=key) as a:
            e = raises(sheaf.Redacted, lambda: a["a/4"])
            assert isinstance(e, KeyError) and "court order 12" in str(e)
            assert e.code == -10 and a.get("a/4") is None and "a/4" not in a
            raises(sheaf.Redacted, a.revisions, "a/4")
            raises(sheaf.Redacted, lambda: a["a/5"])
            assert [x.rev for x in a.revisions("a/5")] == [1]
            ids = list(a)
            assert "a/4" not in ids and "a/5" not in ids
            assert len(a) == len(ids) == 18
            assert [x.id for x in a.articles()] == ids
            removed = [l for l in a.list(redacted=True) if l.redacted]
            assert [l.reason for l in removed] == ["court order 12"] * 2
            assert [l.id for l in removed] == ["", ""]
            assert a.verify(KEY).redacted == 2


def test_paths(folder):
    path = write(folder)
    for name in (path, pathlib.Path(path)):
        with sheaf.open(name) as a:
            assert a["a/1"].rev == 1
    e = raises(FileNotFoundError, sheaf.open, folder + "/none.sheaf")
    assert e.filename.endswith("none.sheaf")
    raises(ValueError, sheaf.open, "https://example.org/a.sheaf")
    raises(ValueError, sheaf.open, "a\0b")
    for bad in (None, 5, 1.5, object(), [path], {"a": 1}):
        raises(TypeError, sheaf.open, bad)
    raises(sheaf.Invalid, sheaf.open, folder)


def test_limits(folder):
    path = write(folder)
    with sheaf.open(path, article_max=10) as a:
        raises(sheaf.Limit, lambda: a["a/1"])
    with sheaf.open(path, cache_max=0) as a:
        assert a["a/1"].rev == 1


def test_errors_are_copied(folder):
    for e in (sheaf.NotFound("m"), sheaf.Corrupt("m", "F1.1", 7),
              sheaf.InputOutput("m", errno=5)):
        for f in (copy.copy(e), pickle.loads(pickle.dumps(e))):
            assert type(f) is type(e) and vars(f) == vars(e)
            assert str(f) == str(e)
    assert sheaf.InputOutput("m", errno=5).errno == 5
