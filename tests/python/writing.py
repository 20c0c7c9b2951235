"""writing.py - making archives, and adding to them."""

import ctypes
import datetime
import io
import os
import signal
import threading
import time

import sheaf
from sheaf import _streams
from world import KEY, OTHER, SECRET, TIME, body, compiled, raises, write


def test_create_and_append(folder):
    path = write(folder, 3, revised=())
    with sheaf.append(path, key=SECRET) as w:
        assert w.add("a/0", body(0), headline="Headline 0", section="Even",
                     published="2024-01-11",
                     url="https://example.org/0") == "unchanged"
        assert w.add("a/1", "other") == "revised"
        assert w.add("b", "new") == "added"
        assert w.written is None
    done = w.written
    assert (done.articles, done.revisions, done.unchanged) == (2, 1, 1)
    with sheaf.open(path, key=KEY) as a:
        assert list(a) == ["a/0", "a/2", "a/1", "b"]
        assert a.info.generation == 2 and a.info.size == done.size
        assert a.info.root == done.root and a.info.origin == done.origin
        assert a.verify(KEY).authentic


def test_metadata(folder):
    path = folder + "/meta.sheaf"
    meta = {"authors": [{"name": "Zoë"}], "ext": {"n": 2 ** 53 - 1, "t": True}}
    day = datetime.date(2024, 2, 29)
    time = datetime.datetime(2024, 3, 1, 10, 30,
                             tzinfo=datetime.timezone.utc)
    with sheaf.create(path) as w:
        w.add("m", "x", meta=meta, published=day, updated=time, section=None)
        w.add("id", "x", meta={"id": "another", "headline": "h"},
              headline="keyword")
    with sheaf.open(path) as a:
        got = a["m"].meta
        assert got["authors"] == meta["authors"] and got["ext"] == meta["ext"]
        assert "section" not in got
        assert got["published"] == "2024-02-29" and a["m"].time == time
        assert a["id"].headline == "keyword" and len(a) == 2


def test_refused_articles_leave_the_writer(folder):
    path = folder + "/some.sheaf"
    with sheaf.create(path, unique=True) as w:
        w.add("good", "x")
        e = raises(sheaf.Invalid, w.add, "", "x")
        assert isinstance(e, ValueError) and e.code == -8
        for named in ({"rev": 1}, {"url": 5}, {"score": 0.5},
                      {"ext": {"null": None}}):
            raises(sheaf.Invalid, w.add, "bad", "x", **named)
        raises(ValueError, w.add, "bad", "x", score=float("nan"))
        raises(TypeError, w.add, "bad", "x", tags={"set"})
        raises(TypeError, w.add, "bad", None)
        raises(TypeError, w.add, "bad", 7)
        raises(ValueError, w.add, "bad", "x", parts=[("nonesuch", "a/b", "")])
        raises(ValueError, w.add, "bad", "x", type="a\0b")
        raises(UnicodeEncodeError, w.add, "bad", "\ud800")
        raises(sheaf.Invalid, w.add, 5, "x")
        raises(sheaf.Invalid, w.add, "good", "again")
        w.add("last", "x")
    with sheaf.open(path) as a:
        assert list(a) == ["good", "last"]
        assert a.verify().articles == 2


def test_exception_writes_nothing(folder):
    new = folder + "/new.sheaf"
    path = write(folder)
    with open(path, "rb") as file:
        before = file.read()

    def broken(w):
        with w:
            w.add("z", "x")
            raise OverflowError("mine")

    raises(OverflowError, broken, sheaf.create(new))
    raises(OverflowError, broken, sheaf.append(path, key=SECRET))
    raises(OverflowError, broken, sheaf.create(path, replace=True))
    with open(path, "rb") as file:
        assert file.read() == before
    assert os.listdir(folder) == ["news.sheaf"]
    # The lock is free again.
    with sheaf.append(path, key=SECRET) as w:
        w.add("z", "x")


def test_without_with(folder):
    new = folder + "/new.sheaf"
    w = sheaf.create(new)
    w.add("z", "x")
    assert not os.path.exists(new)
    assert w.commit() == w.written and w.written.articles == 1
    assert os.path.exists(new)
    raises(ValueError, w.add, "y", "x")
    raises(ValueError, w.commit)
    w.close()
    w = sheaf.create(folder + "/not.sheaf")
    w.add("z", "x")
    w.close()
    w.close()
    raises(ValueError, w.add, "y", "x")
    raises(ValueError, w.__enter__)
    w = sheaf.create(folder + "/not.sheaf")
    w.add("z", "x")
    del w
    assert os.listdir(folder) == ["new.sheaf"]
    with sheaf.create(new, replace=True) as w:
        w.add("z", "x")
        w.commit()


def test_existing_files(folder):
    path = write(folder)
    raises(sheaf.Invalid, sheaf.create, path)
    with sheaf.create(path, replace=True) as w:
        w.add("only", "x")
        # Meanwhile it is locked.
        raises(BlockingIOError, sheaf.append, path)
    with sheaf.open(path) as a:
        assert list(a) == ["only"]
    raises(FileNotFoundError, sheaf.create, folder + "/no/such.sheaf")
    raises(FileNotFoundError, sheaf.append, folder + "/none.sheaf")
    with open(folder + "/text", "w") as out:
        out.write("This is no archive.\n" * 200)
    raises(sheaf.Corrupt, sheaf.append, folder + "/text")


def test_keys_of_writers(folder):
    path = write(folder)
    raises(sheaf.NotAuthentic, sheaf.append, path, key=OTHER)
    raises(TypeError, sheaf.append, path, key=KEY)
    raises(FileNotFoundError, sheaf.create, folder + "/x", key=folder + "/no")
    with sheaf.append(path) as w:
        w.add("unsigned", "x")
    # Who signs now would sign that, too.
    raises(sheaf.NotAuthentic, sheaf.append, path, key=SECRET)
    with sheaf.open(path) as a:
        a.verify(KEY)
    with sheaf.append(path, key=SECRET, verified=True) as w:
        w.add("signed", "x")
    with sheaf.open(path, key=KEY) as a:
        assert "unsigned" in a and a.verify(KEY).signed_size == a.info.size
    secret = sheaf.SecretKey.parse(SECRET.format())
    w = sheaf.create(folder + "/wiped.sheaf", key=secret)
    secret.wipe()
    raises(ValueError, w.commit)
    w.close()
    assert not os.path.exists(folder + "/wiped.sheaf")


def test_options(folder):
    articles = [("a/%d" % n, body(n)) for n in range(400)]
    sizes = {}
    for name, options in {
            "plain": {"plain": True}, "level": {"level": 19},
            "block": {"block": 65536}, "none": {"dict_max": -1},
            "salted": {"salted": True}, "recipe": {"recipe": False},
            "threads": {"threads": 2, "tmpdir": folder},
            "default": {}}.items():
        path = "%s/%s.sheaf" % (folder, name)
        with sheaf.create(path, key=SECRET, time=TIME, origin="o/1",
                          **options) as w:
            for id, text in articles:
                w.add(id, text)
        with sheaf.open(path, key=KEY) as a:
            assert [(x.id, x.text) for x in a.articles()] == articles
            assert [(l.id, l.headline) for l in a.list()] == [
                (id, "") for id, _ in articles]
            assert a.info.origin == "o/1"
            assert ("salt" in a["a/1"].meta) == (name == "salted")
        with open(path, "rb") as file:
            sizes[name] = file.read()
    assert sizes["threads"] == sizes["default"]
    assert len(sizes["recipe"]) < len(sizes["default"])
    for bad in ({"level": -1}, {"level": 99}, {"threads": -1}, {"block": -1},
                {"dict_max": -2}, {"level": "9"}, {"level": None},
                {"time": datetime.datetime(2024, 1, 1)}):
        raises(ValueError, sheaf.create, folder + "/bad", **bad)
    raises(sheaf.Invalid, sheaf.create, folder + "/bad", block=70000)
    raises(ValueError, sheaf.create, folder + "/bad", tmpdir="a\0b")
    assert not os.path.exists(folder + "/bad")


def test_sources_of_bodies(folder):
    path = folder + "/bodies.sheaf"
    data = os.urandom(100000)
    with open(folder + "/file", "wb") as out:
        out.write(data)
    view = memoryview(data)
    closed = io.BytesIO(data)
    closed.close()
    with sheaf.create(path) as w, open(folder + "/file", "rb") as file:
        for n, source in enumerate((
                data, bytearray(data), view, memoryview(bytearray(data)),
                memoryview(data + data)[::2], io.BytesIO(data), file)):
            w.add(str(n), source)
        w.add("empty", b"")
        w.add("empty file", io.BytesIO())

        class Failing(io.BytesIO):
            def read(self, size=-1):
                raise OverflowError("mine")

        # Before anything was added: the writer goes on.
        raises(OverflowError, w.add, "failing", Failing(b"xyz"))
        raises(ValueError, w.add, "closed", closed)
    with sheaf.open(path) as a:
        assert "failing" not in a and "closed" not in a
        for n in range(7):
            assert a[str(n)].body == (
                (data + data)[::2] if n == 4 else data), n
        assert a["empty"].body == a["empty file"].body == b""


def test_a_failed_writer_does_not_end_well(folder):
    out = io.BytesIO()

    def swallow():
        with sheaf.create(out, tmpdir=folder) as w:
            w.add("a", "b")
            os.close(w._spool.fileno())
            raises(sheaf.InputOutput, w.commit)

    raises(ValueError, swallow)
    assert out.getvalue() == b""

    def go_on():
        with sheaf.create(folder + "/x.sheaf") as w:
            w.add("a", "b")
            w._broken = sheaf.Corrupt("as if")
            raises(ValueError, w.add, "c", "d")

    e = raises(ValueError, go_on)
    assert "failed" in str(e) and not os.listdir(folder)


def test_to_a_file(folder):
    out = io.BytesIO()
    with sheaf.create(out, key=SECRET) as w:
        w.add("x", "y")
    with sheaf.open(out.getvalue(), key=KEY) as a:
        assert a["x"].text == "y"
    for bad in (None, 5, object()):
        raises(TypeError, sheaf.create, bad)

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

    class Text(io.StringIO):
        pass

    for target, cause in ((Full(), OSError), (Text(), TypeError)):
        def fill():
            with sheaf.create(target) as w:
                w.add("x", "y")
        raises(cause, fill)

    class Little(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data[:100])
            return min(len(data), 100)

    little = Little()
    with sheaf.create(little) as w:
        w.add("x", "y")
    with sheaf.open(little.data) as a:
        assert a["x"].text == "y"


def test_a_body_that_uses_its_writer(folder):
    w = sheaf.create(folder + "/x.sheaf")

    class Body(io.BytesIO):
        def read(self, size=-1):
            if size != 0 and "a" not in done:
                done.append(w.add("a", "b"))
                done.append("a")
            return super().read(size)

    done = []
    with w:
        w.add("body", Body(b"xyz"))
        w._busy = True
        for call in (w.commit, w.close, lambda: w.add("a", "b")):
            raises(RuntimeError, call)
        w._busy = False
    with sheaf.open(folder + "/x.sheaf") as a:
        assert a["body"].body == b"xyz" and a["a"].text == "b"


def test_interrupted(folder):
    """A signal that comes while the library works stops it."""
    def ring(*_):
        raise KeyboardInterrupt

    path = folder + "/interrupted.sheaf"
    before = signal.signal(signal.SIGALRM, ring)
    try:
        def pack():
            with sheaf.create(path, level=19) as w:
                for n in range(2000):
                    w.add(str(n), os.urandom(3000).hex() + body(n))
                # It comes while the commit compresses, or just before.
                signal.setitimer(signal.ITIMER_REAL, 0.01)
                w.commit()
                while True:
                    time.sleep(0.05)

        raises(KeyboardInterrupt, pack)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_signals_are_handled_in_callbacks(folder):
    """One that comes in the library is raised in the callback that follows,
    and not lost there."""
    def ring(*_):
        raise KeyboardInterrupt

    library = ctypes.CDLL(compiled(folder, "ring.so", """
        #include <signal.h>
        int ring(int (*callback)(void *arg, int stage), int with)
        {
            if (with)
                raise(SIGALRM);
            return callback(0, 1);
        }""", "-shared", "-fPIC"))
    before = signal.signal(signal.SIGALRM, ring)
    try:
        i = _streams.Interruptible()
        for _ in range(3):
            assert library.ring(i.function, 0) == 0
            assert _streams.raised.take() is None
        assert library.ring(i.function, 1) == 1
        assert isinstance(_streams.raised.take(), KeyboardInterrupt)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_one_writer_of_several_threads(folder):
    path = folder + "/threads.sheaf"
    with sheaf.create(path) as w:
        def add(t):
            for n in range(100):
                w.add("%d/%d" % (t, n), body(n))

        threads = [threading.Thread(target=add, args=(t,)) for t in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    with sheaf.open(path) as a:
        assert len(a) == 400 and a["3/99"].text == body(99)
        assert a.verify().articles == 400
