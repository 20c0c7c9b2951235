"""_writer.py - making archives, and adding to them."""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import json
import os
import tempfile
import threading
import time as clock
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import (
    Any, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union,
)

from ._article import NUMBER_OF_ROLE
from ._errors import InputOutput, Invalid
from ._keys import AnySecretKey, secret_key
from ._library import (
    Bytes, BytesLike, Failure, NewPartStruct, Output, Sink, Source,
    WriteOptions,
    WrittenStruct, error_of, fail, lib, path_bytes, view, view_any,
)
from ._streams import (
    Interruptible, close_source, failed, read_source, write_all,
)

#: A path, or a binary file with `write`.
Target = Union[str, "os.PathLike[str]", Any]
#: Bytes, text (which is packed as UTF-8), or a binary file.
Content = Union[BytesLike, str, Any]

_ADDED = ("added", "revised", "unchanged")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class NewPart(NamedTuple):
    """A part to be added, beside the body: ``role`` is text, raw, summary,
    media or note."""

    role: str
    type: str
    data: Content


@dataclass(frozen=True)
class Written:
    """What was written."""

    #: Stored in this generation.
    articles: int
    revisions: int
    #: Not stored, because nothing changed.
    unchanged: int
    raw_bytes: int
    bytes: int
    #: Leaves in the tree now.
    size: int
    root: builtins.bytes
    origin: str


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("%s in metadata" % type(value).__name__)


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Metadata as the canonical JSON of the format, which has no null."""
    given = {name: v for name, v in fields.items() if v is not None}
    text = json.dumps(given, default=_plain, allow_nan=False).encode()
    out = Output()
    failure = Failure()
    rc = lib.sheaf_json_canonical(view(text), out.at, ctypes.byref(failure))
    if rc:
        fail(rc, failure)
    return out.take()


def _milliseconds(time: Optional[datetime]) -> int:
    if time is None:
        return int(clock.time() * 1000)
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return (time - _EPOCH) // timedelta(milliseconds=1)


class Writer:
    """Adds articles to an archive; make one with `sheaf.create` or
    `sheaf.append`. A `with` commits at its end. After an exception it
    discards everything instead, and nothing is written."""

    def __init__(self, options: WriteOptions, key: Any) -> None:
        self._at: Optional[int] = None
        self._lock = threading.RLock()
        self._key = key
        # The library writes to a file of its own, since a signal can break off
        # a callback without its notice.
        self._spool: Any = None
        self._target: Any = None
        self._busy = False
        self._broken: Optional[BaseException] = None
        self._options = options
        self._step = Interruptible()
        options.step = self._step.address
        #: What `commit` has written; None before.
        self.written: Optional[Written] = None

    def _raise(self, rc: int, failure: Failure) -> None:
        error = failed(error_of(rc, failure))
        if not isinstance(error, Invalid):
            self._broken = error
        raise error

    def _refuse_busy(self) -> None:
        # A handler of a signal, or the file of a body, in the same thread.
        if self._busy:
            raise RuntimeError("the writer is in use by its own caller")

    def _open_at(self) -> int:
        self._refuse_busy()
        if self._broken is not None:
            raise ValueError("the writer has failed: %s" % self._broken)
        if self._at is None:
            raise ValueError("the writer is closed")
        return self._at

    def add(
        self,
        id: str,
        body: Content,
        *,
        type: str = "text/plain",
        parts: Iterable[Tuple[str, str, Content]] = (),
        meta: Optional[Mapping[str, Any]] = None,
        **fields: Any,
    ) -> str:
        """Add an article. `type` is the media type of its body. Its metadata
        are the members of `meta` and the keywords, such as `headline`,
        `published`, `section` and `url`; dates may be those of datetime, and
        what is None is left out.

        Returns "added", "revised" if the ID had other content, or "unchanged"
        if it had the same, which is not stored again. ValueError: the article
        was refused, and you can continue.
        """
        line = canonical({**(meta or {}), **fields, "id": id})
        all_parts = [NewPart("body", type, body)]
        all_parts += (NewPart(*p) for p in parts)
        structs = (NewPartStruct * len(all_parts))()
        held: List[object] = []
        sources: List[Source] = []
        added = ctypes.c_int()
        failure = Failure()
        with self._lock:
            at = self._open_at()
            try:
                for struct, part in zip(structs, all_parts):
                    _fill(struct, part, held, sources)
                self._busy = True
                rc = lib.sheaf_add(at, view(line), structs, len(structs),
                                   ctypes.byref(added), ctypes.byref(failure))
            finally:
                self._busy = False
                for source in sources:
                    close_source(source)
            if rc:
                self._raise(rc, failure)
        return _ADDED[added.value]

    def commit(self) -> Written:
        """Finish: write index and tree, sign if there is a key, and make
        everything visible at once."""
        out = WrittenStruct()
        failure = Failure()
        with self._lock:
            at = self._open_at()
            key = None if self._key is None else self._key._struct()
            self._busy = True
            try:
                rc = lib.sheaf_commit(
                    at, None if key is None else ctypes.byref(key),
                    ctypes.byref(out), ctypes.byref(failure))
            finally:
                self._busy = False
            if rc:
                error = failed(error_of(rc, failure))
                self._broken = error
                self.close()
                raise error
            self._deliver()
            self.written = Written(
                out.articles, out.revisions, out.unchanged, out.raw_bytes,
                out.bytes, out.size, bytes(out.root),
                out.origin.decode("utf-8", "replace"))
            self.close()
        return self.written

    def _deliver(self) -> None:
        """Copies the archive to the file that it is for."""
        if self._spool is None:
            return
        self._spool.seek(0)
        try:
            while True:
                piece = self._spool.read(1 << 20)
                if not piece:
                    break
                write_all(self._target, piece)
            if callable(getattr(self._target, "flush", None)):
                self._target.flush()
        except BaseException as e:
            self._broken = e
            raise

    def close(self) -> None:
        """Discard what was not committed."""
        with self._lock:
            self._refuse_busy()
            at, self._at = self._at, None
            lib.sheaf_writer_free(at)
            self._drop_spool()

    def _drop_spool(self) -> None:
        if self._spool is not None:
            with contextlib.suppress(OSError):
                self._spool.close()

    def __enter__(self) -> Writer:
        self._open_at()
        return self

    def __exit__(self, kind: object, *why: object) -> None:
        try:
            # One that has failed raises, so that nobody takes it for done.
            if kind is None and self.written is None:
                self.commit()
        finally:
            self.close()

    def __del__(self, free: Any = lib.sheaf_writer_free) -> None:
        free(getattr(self, "_at", None))
        if getattr(self, "_spool", None) is not None:
            self._drop_spool()


def _fill(struct: NewPartStruct, part: NewPart, held: List[object],
          sources: List[Source]) -> None:
    number = NUMBER_OF_ROLE.get(part.role)
    if number is None:
        raise ValueError("%r is no role of a part" % (part.role,))
    struct.role = number
    kind = part.type.encode()
    if b"\0" in kind:
        raise ValueError("a media type with a NUL in it")
    struct.type = kind
    data = part.data.encode() if isinstance(part.data, str) else part.data
    try:
        struct.data, keep = view_any(data)
        held.append(keep)
    except TypeError:
        source, keep = read_source(data)
        sources.append(source)
        held.append(keep)
        struct.data = Bytes(None, 0)
        struct.source = ctypes.pointer(source)


def _options(
    level: int,
    dict_max: int,
    threads: int,
    tmpdir: Optional[str],
    origin: Optional[str],
    time: Optional[datetime],
    unique: bool,
    salted: bool,
    block: int,
    plain: bool,
    recipe: bool,
    verified: bool,
) -> WriteOptions:
    o = WriteOptions(ctypes.sizeof(WriteOptions))
    for name, value, least, most in (
            ("level", level, 0, 22), ("threads", threads, 0, 1024),
            ("block", block, 0, 2 ** 32 - 1),
            ("dict_max", dict_max, -1, 2 ** 63 - 1)):
        if not isinstance(value, int) or not least <= value <= most:
            raise ValueError("%s: %r is not possible" % (name, value))
    o.level, o.dict_max, o.threads, o.block = level, dict_max, threads, block
    o.tmpdir = None if tmpdir is None else path_bytes(tmpdir)
    o.origin = None if origin is None else path_bytes(origin)
    o.time_ms = _milliseconds(time)
    o.unique, o.salted, o.plain = unique, salted, plain
    o.recipe, o.verified = recipe, verified
    return o


def create(
    target: Target,
    *,
    key: Optional[AnySecretKey] = None,
    replace: bool = False,
    level: int = 0,
    dict_max: int = 0,
    threads: int = 1,
    tmpdir: Optional[str] = None,
    origin: Optional[str] = None,
    time: Optional[datetime] = None,
    unique: bool = False,
    salted: bool = False,
    block: int = 0,
    plain: bool = False,
    recipe: bool = True,
) -> Writer:
    """A writer of a new archive: a path, or a binary file with `write`, to
    which it is copied when it is whole. An existing file is refused, unless
    `replace` is set. With `key`, the archive is signed.

    The options are those of struct sheaf_write_options in sheaf.h: `level` of
    zstd, bytes of a dictionary (-1: none), `unique` to refuse an ID that comes
    twice, `salted` so that nobody can confirm a guess at a redacted text,
    `block` for a smaller archive that is slower to read, `plain` so that stock
    zstd prints the articles. `time` is when this was archived, as claimed.
    """
    options = _options(level, dict_max, threads, tmpdir, origin, time, unique,
                       salted, block, plain, recipe, False)
    writer = Writer(options, secret_key(key))
    failure = Failure()
    sink = Sink()
    if isinstance(target, (str, os.PathLike)):
        rc = lib.sheaf_sink_file(ctypes.byref(sink), path_bytes(target),
                                 int(replace), ctypes.byref(failure))
        if rc == InputOutput.code and failure.sys:
            raise OSError(failure.sys, os.strerror(failure.sys),
                          os.fspath(target))
        if rc:
            fail(rc, failure)
    else:
        if not callable(getattr(target, "write", None)):
            raise TypeError("a path or a binary file with write is meant, "
                            "not %s" % type(target).__name__)
        writer._spool = spool = tempfile.TemporaryFile(dir=tmpdir)
        writer._target = target
        rc = lib.sheaf_sink_fd(ctypes.byref(sink), spool.fileno(),
                               ctypes.byref(failure))
        if rc:
            fail(rc, failure)
    pointer = ctypes.c_void_p()
    rc = lib.sheaf_writer_new(sink, ctypes.byref(options),
                              ctypes.byref(pointer), ctypes.byref(failure))
    if rc:
        raise failed(error_of(rc, failure))
    writer._at = pointer.value
    return writer


def append(
    path: Union[str, "os.PathLike[str]"],
    *,
    key: Optional[AnySecretKey] = None,
    level: int = 0,
    dict_max: int = 0,
    threads: int = 1,
    tmpdir: Optional[str] = None,
    time: Optional[datetime] = None,
    unique: bool = False,
    salted: bool = False,
    block: int = 0,
    verified: bool = False,
) -> Writer:
    """A writer that adds to an archive, which is locked until the end.

    `key` must be the one that signs the archive. An archive that is not signed
    up to its last article is then refused (NotAuthentic), unless you say with
    `verified` that `Archive.verify` has found it good. Without a key, what is
    added is not signed.
    """
    options = _options(level, dict_max, threads, tmpdir, None, time, unique,
                       salted, block, False, False, verified)
    secret = secret_key(key)
    writer = Writer(options, secret)
    failure = Failure()
    pointer = ctypes.c_void_p()
    public = None if secret is None else secret.public_key._struct()
    name = path_bytes(path)
    rc = lib.sheaf_writer_append(
        name, ctypes.byref(options),
        None if public is None else ctypes.byref(public),
        ctypes.byref(pointer), ctypes.byref(failure))
    if rc == InputOutput.code and failure.sys:
        raise OSError(failure.sys, os.strerror(failure.sys), os.fspath(path))
    if rc:
        fail(rc, failure)
    writer._at = pointer.value
    return writer
