"""sources.py - archives that are read from memory, and from Python's files."""

import gc
import io
import mmap
import os
import signal

import sheaf
from sheaf import _streams
from world import KEY, raises, write


def test_all_kinds(folder):
    path = write(folder, 100)
    with open(path, "rb") as file:
        data = file.read()
    assert not _streams._Open._all
    with open(path, "rb") as file, open(path, "rb", 0) as raw, \
            mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for source in (data, bytearray(data), memoryview(data),
                       memoryview(bytearray(data)), mapped, io.BytesIO(data),
                       file, raw):
            with sheaf.open(source, key=KEY) as a:
                assert len(list(a.articles())) == 100
                assert a["a/5"].rev == 2 and "a/99" in a
                assert len(list(a.list())) == 100
                assert a.verify(KEY, threads=2).articles == 102
            del a
    assert not _streams._Open._all
    kept = bytearray(data)
    a = sheaf.open(kept)
    raises(BufferError, kept.clear)
    a.close()
    del a
    kept.clear()


def test_failing_files(folder):
    with open(write(folder), "rb") as file:
        data = file.read()

    class File(io.BytesIO):
        fail = None

        def read(self, size=-1):
            if self.fail is not None:
                raise self.fail
            return super().read(size)

    file = File(data)
    a = sheaf.open(file)
    for fail in (OverflowError("mine"), OSError(110, "timed out")):
        file.fail = fail
        e = raises(sheaf.InputOutput, lambda: a["a/1"])
        assert e.__cause__ is fail and isinstance(e, OSError)
        assert e.errno == getattr(fail, "errno", 5)
        raises(sheaf.InputOutput, lambda: list(a.articles()))
        raises(sheaf.InputOutput, a.verify)
    file.fail = KeyboardInterrupt()
    raises(KeyboardInterrupt, lambda: a["a/2"])
    file.fail = None
    assert a["a/2"].rev == 1
    a.close()
    file.fail = OverflowError("mine")
    raises(sheaf.InputOutput, sheaf.open, file)
    file.fail = None
    file.close()
    raises(ValueError, sheaf.open, file)
    # An exception holds on to the archive by its traceback.
    del e, fail
    gc.collect()
    assert not _streams._Open._all


def test_the_cause_is_known_in_every_thread(folder):
    path = folder + "/long.sheaf"
    with sheaf.create(path) as w:
        for n in range(300):
            w.add(str(n), os.urandom(20000))
    with open(path, "rb") as file:
        data = file.read()

    class File(io.BytesIO):
        left = 2 ** 60

        def read(self, size=-1):
            self.left -= 1
            if self.left < 0:
                raise OverflowError("mine")
            return super().read(size)

    for left in range(0, 60, 6):
        file = File(data)
        with sheaf.open(file) as a:
            file.left = left
            try:
                a.verify(threads=2)
            except sheaf.InputOutput as e:
                assert isinstance(e.__cause__, OverflowError), left


def test_a_file_that_uses_its_archive(folder):
    with open(write(folder), "rb") as file:
        data = file.read()

    class File(io.BytesIO):
        archive = None

        def read(self, size=-1):
            if self.archive is not None:
                self.archive["a/1"]
            return super().read(size)

    file = File(data)
    with sheaf.open(file) as a, sheaf.open(io.BytesIO(data)) as other:
        file.archive = a
        e = raises(sheaf.InputOutput, lambda: a["a/2"])
        assert isinstance(e.__cause__, RuntimeError)
        file.archive = other
        assert a["a/2"].rev == 1
    del e
    gc.collect()


def test_a_file_on_another_machine(folder):
    """What is expected and fetched at once is what is read."""
    path = write(folder, 300)
    with open(path, "rb") as file:
        data = file.read()

    class Far(io.BytesIO):
        trips = 0
        have = ()

        def expect(self, ranges):
            self.trips += 1
            self.have = [(at, at + length) for at, length in ranges]
            assert all(0 <= a < b <= len(data) for a, b in self.have)

        def read(self, size=-1):
            at = self.tell()
            if not any(a <= at and at + size <= b for a, b in self.have):
                self.trips += 1
            return super().read(size)

    class Alone(Far):
        expect = None

    def trips(kind):
        file = kind(data)
        with sheaf.open(file, key=KEY) as a:
            assert a["a/100"].rev == 1
        return file.trips

    assert trips(Far) < trips(Alone), (trips(Far), trips(Alone))

    class Failing(Far):
        def expect(self, ranges):
            raise OverflowError("mine")

    with sheaf.open(Failing(data), key=KEY) as a:
        assert len(a) == 300


def test_interrupts_do_not_break_off_callbacks(folder):
    with open(write(folder, 100), "rb") as file:
        data = file.read()

    class File(io.BytesIO):
        ring = 0

        def read(self, size=-1):
            if self.ring > 0:
                self.ring -= 1
                os.kill(os.getpid(), signal.SIGALRM)
            return super().read(size)

    def ring(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    try:
        file = File(data)
        with sheaf.open(file, key=KEY) as a:
            for use in (lambda: a["a/2"], lambda: list(a.articles()),
                        lambda: list(a.list()), a.verify):
                file.ring = 1
                raises(KeyboardInterrupt, use)
                assert a["a/2"].rev == 1
            assert a.damage == 0 and len(list(a.articles())) == 100
    finally:
        signal.signal(signal.SIGALRM, before)


def test_strange_files(folder):
    with open(write(folder), "rb") as file:
        data = file.read()

    class Short(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 7))

    with sheaf.open(Short(data)) as a:
        assert len(list(a.articles())) == 20

    class Ends(io.BytesIO):
        def read(self, size=-1):
            return b""

    class Long(io.BytesIO):
        def read(self, size=-1):
            return b"x" * (size + 1)

    class Text(io.BytesIO):
        def read(self, size=-1):
            return "text"

    for kind in (Ends, Long, Text):
        raises(sheaf.InputOutput, sheaf.open, kind(data))

    class Nowhere(io.BytesIO):
        def seek(self, *_):
            return None

    raises(TypeError, sheaf.open, Nowhere(data))
    r, w = os.pipe()
    os.close(w)
    with open(r, "rb") as pipe:
        raises(io.UnsupportedOperation, sheaf.open, pipe)
    with open(write(folder, name="text.sheaf"), encoding="latin-1") as text:
        raises(sheaf.InputOutput, sheaf.open, text)
    assert not _streams._Open._all
