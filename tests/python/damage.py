"""damage.py - archives that are damaged, cut or forged."""

import io
import os
import random

import sheaf
from world import KEY, raises, write


def clobber(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def place(path, id):
    """Where the frame of an article is: between the leaf's neighbours."""
    from sheaf import _library as l
    with sheaf.open(path) as a:
        a[id]
        handle, scratch = a._begin()
        return scratch.article.offset, scratch.article.length


def test_lost_article(folder):
    path = write(folder, 200, plain=True)
    at, length = place(path, "a/77")
    clobber(path, at + length - 12, b"\0" * 12)
    for key in (None, KEY):
        with sheaf.open(path, key=key) as a:
            e = raises(sheaf.Corrupt, lambda: a["a/77"])
            assert e.code == -2 and e.clause and e.offset is not None
            e = raises(sheaf.Corrupt, lambda: list(a.articles()))
            assert "a/77" in str(e) and "lost" in str(e)
            lost = []
            got = [x.id for x in a.articles(lost=lost.append)]
            assert len(got) == 199 and "a/77" not in got and len(lost) == 1
            assert isinstance(lost[0], sheaf.Corrupt) and a.damage > 0
            assert "a/76" in a and a["a/78"].rev == 1
            raises(sheaf.Corrupt, a.verify)
            # It is named by a listing, too, now that the damage is known.
            lost = []
            lines = list(a.list(lost=lost.append))
            assert len(lost) == 1 and len(lines) in (199, 200)
            raises(sheaf.Corrupt, lambda: list(a.list()))


def test_lost_columns(folder):
    path = write(folder, 300, plain=True)
    with open(path, "rb") as file:
        data = file.read()
    at = data.index(b"GRP")
    clobber(path, at + 40, b"\xff" * 20)
    with sheaf.open(path) as a:
        lost = []
        assert len(list(a.list(lost=lost.append))) == 300
        assert not lost and a.damage > 0
        assert len(list(a.articles())) == 300


def test_lost_with_columns(folder):
    path = write(folder, 60, plain=True)
    with open(path, "rb") as file:
        data = file.read()
    at, length = place(path, "a/57")
    end = data.index(b"GRP") + 40
    clobber(path, at, b"\0" * (end - at))
    for key in (None, KEY):
        with sheaf.open(path, key=key) as a:
            lost = []
            lines = list(a.list(lost=lost.append))
            assert len(lines) == 55 and len(lost) == 5
            raises(sheaf.Corrupt, lambda: list(a.list()))
            raises(sheaf.Corrupt, lambda: len(a))


def test_any_bit(folder):
    """No answer is wrong, and nothing but Error is raised."""
    path = write(folder, 60, revised=(3, 5))
    with open(path, "rb") as file:
        good = file.read()
    with sheaf.open(good) as a:
        want = {x.id: x.body for x in a.articles()}
    rng = random.Random(7)
    opened = errors = 0
    for turn in range(150):
        data = bytearray(good)
        if turn % 3 == 0:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif turn % 3 == 1:
            at = rng.randrange(len(data))
            data[at:at + 200] = bytes(len(data[at:at + 200]))
        else:
            del data[rng.randrange(len(data)):]
        for source in (bytes(data), io.BytesIO(data)):
            try:
                with sheaf.open(source, key=KEY if turn % 2 else None) as a:
                    opened += 1
                    lost = []
                    got = {x.id: x.body for x in a.articles(lost=lost.append)}
                    assert all(want[id] == b for id, b in got.items())
                    assert lost or got == want
                    for id in list(want)[::9]:
                        try:
                            assert a[id].body == want[id]
                        except sheaf.NotFound:
                            raise AssertionError(id)
                        except sheaf.Error:
                            assert lost
                    lines = [x.id for x in a.list(lost=lost.append)]
                    assert lost or set(lines) == set(want)
            except sheaf.Error:
                errors += 1
    assert opened > 100 and errors > 20, (opened, errors)


def test_no_archive(folder):
    for data in (b"", b"x", os.urandom(5000), b"\0" * 5000):
        for source in (data, io.BytesIO(data)):
            e = raises(sheaf.Corrupt, sheaf.open, source)
            assert str(e) and e.message
    empty = folder + "/empty"
    open(empty, "w").close()
    raises(sheaf.Corrupt, sheaf.open, empty)


def test_forged_body(folder):
    """Content that was replaced is refused with the key."""
    path = write(folder, 30, key=None)
    signed = write(folder, 30, "signed.sheaf")
    raises(sheaf.NotAuthentic, sheaf.open, path, key=KEY)
    with sheaf.append(signed) as w:
        w.add("a/7", "Forged.")
    with sheaf.open(signed) as a:
        assert a["a/7"].text == "Forged."
    with sheaf.open(signed, key=KEY) as a:
        assert a["a/7"].text != "Forged." and a["a/7"].rev == 1
        assert len(list(a.articles(revisions=True))) == 32
        assert len(a) == 30
