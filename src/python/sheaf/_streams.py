"""_streams.py - sources over Python's own files.

The callbacks are made once, and told apart by a number: one that is freed
while C runs it would crash. What a callback raises is kept, and raised again
when the function of the library that called it has returned.
"""

from __future__ import annotations

import _thread
import ctypes
import errno
import io
import tempfile
import threading
from typing import Any, Dict, Generator, List, Optional, Tuple

from ._errors import InputOutput
from ._library import (
    CLOSE_FN, EXPECT_FN, RANGE, READ_AT_FN, SIZE_FN, STEP_FN, Bytes, Failure,
    Source, SourceOps, address_of, fail, lib, view,
    view_any,
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

def must_be_file(file: Any) -> None:
    for name in ("seek", "read"):
        if not callable(getattr(file, name, None)):
            raise TypeError(
                "a path, bytes or a binary file with seek and read is "
                "meant, not %s" % type(file).__name__)


class FileSource(_Open):
    """A file with `seek` and `read`, from which several threads may read. One
    on another machine may have `expect`, too."""

    def __init__(self, file: Any, close: bool = False) -> None:
        must_be_file(file)
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


# ---- Without callbacks -----------------------------------------------------

def memory_source(data: Bytes) -> Source:
    out = Source()
    failure = Failure()
    rc = lib.sheaf_source_memory(ctypes.byref(out), data,
                                 ctypes.byref(failure))
    if rc:
        fail(rc, failure)
    return out


def direct_source(file: Any) -> Optional[Tuple[Source, object]]:
    """A source over one of Python's own files that the library reads itself,
    and what must be kept alive for it; None if this is another object."""
    if type(file) is io.BytesIO:
        held = file.getvalue()
        return memory_source(view(held)), held
    if type(file) not in (io.FileIO, io.BufferedReader, io.BufferedRandom):
        return None
    file.flush()
    out = Source()
    if lib.sheaf_source_file(ctypes.byref(out), b"/dev/fd/%d" % file.fileno(),
                             None):
        return None
    return out, None


def read_source(source: Any) -> Tuple[Source, object]:
    """A source over bytes or a binary file, for what is read once. A signal
    can break off a callback before it does anything, which the library would
    not notice; so there is none here, and other files are copied."""
    try:
        data, held = view_any(source)
    except TypeError:
        found = direct_source(source)
        if found is not None:
            return found
        must_be_file(source)
        with tempfile.TemporaryFile() as copy:
            source.seek(0)
            while True:
                piece = source.read(1 << 20)
                if not isinstance(piece, (bytes, bytearray)):
                    raise TypeError(
                        "the file's read does not return bytes")
                if not piece:
                    break
                copy.write(piece)
            found = direct_source(copy)
        if found is None:
            raise OSError(errno.ENOSYS, "there is no /dev/fd")
        return found
    return memory_source(data), held


def close_source(source: Source) -> None:
    """For one that the library has only borrowed."""
    ops = ctypes.cast(source.ops, ctypes.POINTER(SourceOps)).contents
    ops.close(source.ctx)


def write_all(file: Any, data: bytes) -> None:
    """Also to a file that takes less at once."""
    rest = memoryview(data)
    while rest:
        done = file.write(rest)
        if done is None and not isinstance(file, io.RawIOBase):
            return
        if not isinstance(done, int) or not 0 < done <= len(rest):
            raise OSError(errno.EIO, "the file's write failed")
        rest = rest[done:]


# ---- Interrupts ------------------------------------------------------------

def aside(function: Any, *arguments: Any,
          problem: Optional[List[BaseException]] = None) -> Any:
    """Calls a function of the library that calls back. Handlers of signals
    run in the main thread only, and what one raises when a callback begins
    would be lost, with what the callback has to do. So the main thread has
    another one make the call. An interrupt is raised when that is done;
    callbacks that see it in `problem` can end it earlier."""
    if threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    done = threading.Event()
    results: List[Any] = []
    failures: List[BaseException] = []
    interrupts: List[BaseException] = [] if problem is None else problem

    def run() -> None:
        try:
            results.append(function(*arguments))
        except BaseException as e:
            failures.append(e)
        finally:
            kept.append(raised.take())
            done.set()

    kept: List[Optional[BaseException]] = []
    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:
        return function(*arguments)
    except BaseException as e:
        interrupts.append(e)
    while True:
        try:
            while not done.is_set():
                done.wait()
            break
        except BaseException as e:
            interrupts.append(e)
    if problem is None and interrupts:
        raise interrupts.pop(0)
    if failures:
        raise failures.pop()
    error = kept.pop()
    if error is not None:
        raised.keep(error)
    # What holds an exception would hold its traceback, and so itself.
    del error
    return results[0]


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
