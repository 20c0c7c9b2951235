"""_handles.py - the library's reader, scratch and scanner, and who frees
them."""

from __future__ import annotations

import ctypes
import os
import re
from ctypes import string_at
from typing import Any, Optional, Tuple

from ._article import Unpacked
from ._errors import Error, InputOutput
from ._library import (
    END, OK, SCAN_ITEM, ArticleStruct, Entry, Failure, Source, error_of, fail,
    lib, path_bytes, view_any,
)
from ._streams import (
    FileSource, aside, direct_source, failed, memory_source, raised,
)


def _directly(function: Any, *arguments: Any) -> Any:
    return function(*arguments)


class _Handle:
    """A reader of the library, which is closed when nobody uses it any more:
    each call holds a reference."""

    def __init__(self, reader: int, held: object, calls_back: bool) -> None:
        self.at = reader
        self.held = held
        self.calls_back = calls_back
        #: How to call what reads from the archive.
        self.call: Any = aside if calls_back else _directly

    def refuse_inside(self) -> None:
        """Its scratch is in use, in this thread."""
        assert isinstance(self.held, FileSource)
        if self.held.number in raised.inside:
            raise RuntimeError(
                "an archive cannot be used by the file that it is read from")

    def __del__(self, close: Any = lib.sheaf_close) -> None:
        close(self.at)


class _Scratch:
    """What one thread needs."""

    def __init__(self) -> None:
        self.at: Optional[int] = None
        pointer = ctypes.c_void_p()
        self.failure = Failure()
        self.failure_at = ctypes.addressof(self.failure)
        rc = lib.sheaf_scratch_new(ctypes.byref(pointer), self.failure_at)
        if rc:
            fail(rc, self.failure)
        self.at = pointer.value
        self.entry = Entry()
        self.entry_at = ctypes.addressof(self.entry)
        self.article = ArticleStruct()
        self.article_at = ctypes.addressof(self.article)
        self.flag = ctypes.c_int()
        self.flag_at = ctypes.addressof(self.flag)

    def __del__(self, free: Any = lib.sheaf_scratch_free) -> None:
        free(self.at)


class _Scanner:
    """Every leaf, in order."""

    def __init__(self, handle: _Handle) -> None:
        self.at: Optional[int] = None
        self.handle = handle
        self.scratch = _Scratch()
        pointer = ctypes.c_void_p()
        rc = lib.sheaf_scanner_new(
            handle.at, self.scratch.at, ctypes.byref(pointer),
            self.scratch.failure_at)
        if rc:
            fail(rc, self.scratch.failure)
        self.at = pointer.value
        self.item = ctypes.c_void_p()
        self.item_at = ctypes.addressof(self.item)

    def next(self, call: Any = lib.sheaf_scanner_next,
             unpack: Any = SCAN_ITEM.unpack, size: int = SCAN_ITEM.size,
             string_at: Any = string_at) -> Optional[Unpacked]:
        """leaf, state, entry (3 to 5), article (13), ID (2), why, hash."""
        rc = (aside(call, self.at, self.item_at, self.scratch.failure_at)
              if self.handle.calls_back
              else call(self.at, self.item_at, self.scratch.failure_at))
        if rc == OK:
            return unpack(string_at(self.item.value, size))  # type: ignore
        if rc != END:
            raise failed(error_of(rc, self.scratch.failure), self.handle.held)
        return None

    def __del__(self, free: Any = lib.sheaf_scanner_free) -> None:
        free(self.at)


def _why(t: Unpacked) -> Error:
    """What is wrong with a leaf."""
    failure = Failure.from_address(t[-2])
    return error_of(failure.code, failure)


def _lost_error(t: Unpacked) -> Error:
    error = _why(t)
    id = string_at(t[-4], t[-3]).decode("utf-8", "replace")
    name = repr(id) if id else "leaf %d" % t[0]
    return type(error)("%s is lost: %s" % (name, error.message), error.clause,
                       error.offset)


def _named(error: Error, id: str) -> Error:
    """The same, with the ID in the message."""
    if isinstance(error, InputOutput):
        return error
    return type(error)("%r: %s" % (id, error.message), error.clause,
                       error.offset)


def _source_of(source: Any) -> Tuple[str, Source, object]:
    """A name, a source, and what must be kept alive for it."""
    out = Source()
    failure = Failure()
    if isinstance(source, (str, os.PathLike)):
        name = os.fspath(source)
        if isinstance(name, str) and re.match("https?://", name):
            raise ValueError(
                "%s: this package does not read URLs; `sheaf` does, and so "
                "does a file object over one" % name)
        rc = lib.sheaf_source_file(ctypes.byref(out), path_bytes(name),
                                   ctypes.byref(failure))
        if rc == InputOutput.code and failure.sys:
            raise OSError(failure.sys, os.strerror(failure.sys), name)
        if rc:
            fail(rc, failure)
        return repr(name), out, None
    try:
        data, held = view_any(source)
    except TypeError:
        name = repr(getattr(source, "name", source))
        direct = direct_source(source)
        if direct is not None:
            return name, direct[0], direct[1]
        file = FileSource(source)
        return name, file.source(), file
    return "in memory", memory_source(data), held
