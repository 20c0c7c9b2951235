"""_streams.py - sources and sinks over Python's own files.

The callbacks are made once, and told apart by a number: one that is freed
while C runs it would crash. What a callback raises is kept, and raised again
when the function of the library that called it has returned.
"""

from __future__ import annotations

import ctypes
import errno
import io
import threading
from typing import Any, Dict, Generator, List, Optional

from ._errors import InputOutput
from ._library import (
    CLOSE_FN, CTX_FN, EXPECT_FN, RANGE, READ_AT_FN, SIZE_FN, STEP_FN, WRITE_FN,
    Sink, SinkOps, Source, SourceOps, address_of,
)

_MASK = 2 ** 64 - 1


class Raised(threading.local):
    """What the last callback of this thread has raised, and the numbers of
    the sources in which this thread is."""

    error: Optional[BaseException] = None

    def __init__(self) -> None:
        self.inside: List[int] = []

    def keep(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error

    def take(self) -> Optional[BaseException]:
        error, self.error = self.error, None
        return error


raised = Raised()


def _number_of(error: BaseException) -> int:
    number = getattr(error, "errno", None)
    return number if isinstance(number, int) and number > 0 else errno.EIO


class _Open:
    """An object that C knows by a number."""

    _all: Dict[int, Any] = {}
    _last = 0
    _lock = threading.Lock()

    def __init__(self) -> None:
        with _Open._lock:
            _Open._last += 1
            self.number = _Open._last
            _Open._all[self.number] = self

    @staticmethod
    def drop(number: int) -> None:
        _Open._all.pop(number, None)


# ---- Sources ---------------------------------------------------------------

class FileSource(_Open):
    """A file with `seek` and `read`, from which several threads may read. One
    on another machine may have `expect`, too."""

    def __init__(self, file: Any, close: bool = False) -> None:
        for name in ("seek", "read"):
            if not callable(getattr(file, name, None)):
                raise TypeError(
                    "a path, bytes or a binary file with seek and read is "
                    "meant, not %s" % type(file).__name__)
        self.file = file
        self.lock = threading.Lock()
        #: What was raised last, maybe in a thread of the library.
        self.problem: Optional[Exception] = None
        expect = getattr(file, "expect", None)
        self.expect = expect if callable(expect) else None
        self.size = file.seek(0, io.SEEK_END)
        if not isinstance(self.size, int):
            raise TypeError("the file's seek does not return the position")
        super().__init__()

    def source(self) -> Source:
        ops = _SOURCE_OPS if self.expect is None else _FAR_SOURCE_OPS
        return Source(ctypes.addressof(ops), self.number)

    def read_at(self, offset: int, at: int, length: int) -> int:
        with self.lock:
            self.file.seek(offset)
            while length:
                data = self.file.read(length)
                if not isinstance(data, (bytes, bytearray)):
                    raise TypeError("the file's read does not return bytes")
                if not data:
                    raise OSError(errno.EIO, "the file ends before")
                if len(data) > length:
                    raise ValueError("the file's read returns too much")
                ctypes.memmove(at, bytes(data), len(data))
                at += len(data)
                length -= len(data)
        return 0


def _size(number: int) -> int:
    try:
        return int(_Open._all[number].size) & _MASK
    except BaseException as e:
        raised.keep(e)
        return 0


def _read_at(number: int, offset: int, at: int, length: int) -> int:
    try:
        source = _Open._all[number]
        raised.inside.append(number)
        try:
            return int(source.read_at(offset, at, length))
        except Exception as e:
            source.problem = e
            raise
        finally:
            raised.inside.pop()
    except BaseException as e:
        raised.keep(e)
        return _number_of(e)


def _expect(number: int, at: int, count: int) -> None:
    """What it raises is of no account: what is expected may be read, or
    not."""
    try:
        source = _Open._all[number]
        raised.inside.append(number)
        try:
            with source.lock:
                source.expect([r[:2] for r in RANGE.iter_unpack(
                    ctypes.string_at(at, count * RANGE.size))])
        finally:
            raised.inside.pop()
    except Exception:
        pass
    except BaseException as e:
        raised.keep(e)


def _close(number: int) -> None:
    _Open.drop(number)


_close_fn = CLOSE_FN(_close)
_SOURCE_OPS = SourceOps(
    SIZE_FN(_size), READ_AT_FN(_read_at), _close_fn)
_FAR_SOURCE_OPS = SourceOps(
    SIZE_FN(_size), READ_AT_FN(_read_at), _close_fn, EXPECT_FN(_expect))


# ---- Sinks -----------------------------------------------------------------

class FileSink(_Open):
    """A file with `write`, which is not closed."""

    def __init__(self, file: Any) -> None:
        if not callable(getattr(file, "write", None)):
            raise TypeError("a path or a binary file with write is meant, "
                            "not %s" % type(file).__name__)
        self.file = file
        super().__init__()

    def sink(self) -> Sink:
        return Sink(ctypes.addressof(_SINK_OPS), self.number)

    def write(self, at: int, length: int) -> None:
        data = memoryview(ctypes.string_at(at, length))
        while data:
            done = self.file.write(data)
            if done is None:
                # A file that is not blocking cannot be used, others such as
                # those of tempfile take all.
                if isinstance(self.file, io.RawIOBase):
                    raise BlockingIOError(errno.EAGAIN, "cannot write now")
                return
            if not isinstance(done, int) or done <= 0 or done > len(data):
                raise OSError(errno.EIO, "the file's write failed")
            data = data[done:]

    def flush(self) -> None:
        flush = getattr(self.file, "flush", None)
        if callable(flush):
            flush()


def _write(number: int, at: int, length: int) -> int:
    try:
        _Open._all[number].write(at, length)
        return 0
    except BaseException as e:
        raised.keep(e)
        return _number_of(e)


def _flush(number: int) -> int:
    try:
        _Open._all[number].flush()
        return 0
    except BaseException as e:
        raised.keep(e)
        return _number_of(e)


_SINK_OPS = SinkOps(
    WRITE_FN(_write), CTX_FN(_flush), CTX_FN(_flush), _close_fn)


# ---- Interrupts ------------------------------------------------------------

class Interruptible:
    """A callback that the library calls while it works long, and in which
    Python handles signals. What they raise stops the library.

    Python handles them when a function begins, before its `try`. A generator
    that is resumed is within it already.
    """

    def __init__(self) -> None:
        self._steps = self._run()
        next(self._steps)
        self.function = STEP_FN(self._steps.send)
        self.address = address_of(self.function)

    @staticmethod
    def _run() -> Generator[int, object, None]:
        stop = 0
        while True:
            try:
                while True:
                    yield stop
            except GeneratorExit:
                return
            except BaseException as e:
                raised.keep(e)
                stop = 1


def failed(error: BaseException, source: object = None) -> BaseException:
    """What to raise for a failure of the library: what a callback raised
    before, as the cause of it; or that alone, if it is no Exception."""
    cause = raised.take()
    if isinstance(source, FileSource):
        if cause is None and isinstance(error, InputOutput):
            cause = source.problem
        source.problem = None
    if cause is None:
        return error
    if not isinstance(cause, Exception):
        return cause
    error.__cause__ = cause
    return error
