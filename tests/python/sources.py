"""sources.py - archives that are read from memory, and from Python's files."""

import gc
import io
import mmap
import os

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
