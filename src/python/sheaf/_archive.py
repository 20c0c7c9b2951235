"""_archive.py - reading an archive."""

from __future__ import annotations

import ctypes
import json
import os
import threading
from collections.abc import ItemsView, Mapping, ValuesView
from ctypes import string_at
from typing import (
    Any, Callable, Dict, Iterable, Iterator, List, NoReturn, Optional, Tuple,
    Union,
)

from ._article import Article, Line, Unpacked, article_of
from ._errors import Error, Incomplete, NotFound, Redacted
from ._facts import (
    Checkpoint, Info, Report, checkpoint_of, parse_note,
)
from ._handles import (
    _directly, _Handle, _lost_error, _named, _Scanner, _Scratch, _source_of,
    _why,
)
from ._keys import AnyPublicKey, key_of, public_struct
from ._library import (
    ARTICLE, END, ESTOPPED, ITEM_FN, LISTING, OK, PROGRESS_FN, WRITE_FN, Bytes,
    BytesLike, CheckpointStruct, Entry, Failure, InfoStruct, Limits,
    ListFilter, Output, ReportStruct, VerifyOptions, address_of, error_of, lib,
    path_bytes, text_of, view,
)
from ._selection import Day, _Selection, _unescape
from ._streams import FileSource, aside, failed, raised

#: Called with what is wrong with an article that is lost.
Lost = Callable[[Error], object]

_SCAN_ARTICLE, _SCAN_REDACTED, _SCAN_LOST = 1, 2, 4
_CHUNK_MOST = 4096


# ---- The archive -----------------------------------------------------------

class _Values(ValuesView[Article]):
    def __init__(self, archive: Archive) -> None:
        super().__init__(archive)
        self._archive = archive

    def __iter__(self) -> Iterator[Article]:
        return self._archive.articles()


class _Items(ItemsView[str, Article]):
    def __init__(self, archive: Archive) -> None:
        super().__init__(archive)
        self._archive = archive

    def __iter__(self) -> Iterator[Tuple[str, Article]]:
        return ((a.id, a) for a in self._archive.articles())


class Archive(Mapping[str, Article]):
    """An open archive: a mapping from IDs to the newest revision of each
    article. Make one with `sheaf.open`, and close it with `close` or `with`.

    Any number of threads may share an archive, once `authenticate` has been
    called. Without a key, reading detects accidents only; with one, every
    article and every answer is checked up to the signature.
    """

    def __init__(
        self,
        source: Any,
        *,
        key: Optional[AnyPublicKey] = None,
        article_max: Optional[int] = None,
        cache_max: Optional[int] = None,
    ) -> None:
        self._handle: Optional[_Handle] = None
        self._local = threading.local()
        self._lock = threading.Lock()
        self._users: Dict[int, threading.Thread] = {}
        self._turn = 0
        self._count: Optional[int] = None
        self.name, where, held = _source_of(source)
        limits = Limits(ctypes.sizeof(Limits), 4 << 30, 256 << 20)
        if article_max is not None:
            limits.article_max = article_max
        if cache_max is not None:
            limits.cache_max = cache_max
        reader = ctypes.c_void_p()
        failure = Failure()
        calls_back = isinstance(held, FileSource)
        open_by: Any = aside if calls_back else _directly
        rc = open_by(
            lib.sheaf_open, where, ctypes.byref(limits), ctypes.byref(reader),
            ctypes.byref(failure))
        if rc:
            raise failed(error_of(rc, failure), held)
        self._handle = _Handle(reader.value or 0, held, calls_back)
        if key is not None:
            self.authenticate(key)

    # -- Opening and closing --

    def close(self) -> None:
        """Close the archive. Calls in other threads end as they would have;
        later ones raise ValueError."""
        self._handle = None
        self._local = threading.local()

    @property
    def closed(self) -> bool:
        """Whether the archive was closed."""
        return self._handle is None

    def __enter__(self) -> Archive:
        self._open_handle()
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def _open_handle(self) -> _Handle:
        handle = self._handle
        if handle is None:
            raise ValueError("the archive is closed")
        return handle

    def _begin(self) -> Tuple[_Handle, _Scratch]:
        handle = self._handle
        if handle is None:
            raise ValueError("the archive is closed")
        if handle.calls_back and raised.inside:
            handle.refuse_inside()
        try:
            return handle, self._local.scratch
        except AttributeError:
            pass
        with self._lock:
            scratch = self._local.scratch = _Scratch()
            self._users[threading.get_ident()] = threading.current_thread()
        return handle, scratch

    def _raise(self, rc: int, failure: Failure,
               id: Optional[str] = None) -> NoReturn:
        error = error_of(rc, failure)
        raise failed(error if id is None else _named(error, id),
                     None if self._handle is None else self._handle.held)

    def _settle(self, handle: _Handle) -> None:
        """What a callback has raised although the library has succeeded:
        only what must not get lost."""
        if handle.calls_back:
            error = raised.take()
            if error is not None and not isinstance(error, Exception):
                raise error

    def authenticate(self, key: AnyPublicKey) -> None:
        """Check the signature with a key, or with the key that follows from
        it through the archive's key changes. From then on, everything that is
        read is checked up to the signature, and so is that an ID is absent.

        Call it before other threads use the archive. NotAuthentic: the
        archive is not signed, another key signed it, or its tree is not the
        signed one.
        """
        struct = public_struct(key)
        failure = Failure()
        handle, scratch = self._begin()
        with self._lock:
            here = threading.get_ident()
            if any(n != here and t.is_alive() for n, t in self._users.items()):
                raise RuntimeError(
                    "authenticate before other threads use the archive")
            self._turn += 1
            self._count = None
            handle.call(lib.sheaf_expect, handle.at, scratch.at, None, 0, 1)
            rc = handle.call(
                lib.sheaf_authenticate, handle.at, ctypes.byref(struct),
                ctypes.byref(failure))
        if rc:
            self._raise(rc, failure)
        self._settle(handle)

    @property
    def info(self) -> Info:
        """What the end of the archive says of it."""
        handle = self._open_handle()
        i = InfoStruct()
        lib.sheaf_get_info(handle.at, ctypes.byref(i))
        return Info(
            i.size, i.articles, i.redactions, i.generation, i.raw_bytes,
            i.file_bytes, i.tail_bytes, bool(i.end_damaged), i.lost_leaves,
            i.signed_size,
            bytes(i.root), text_of(i.origin),
            string_at(i.note.data, i.note.len), i.level, i.dictionaries,
            i.key_changes, bool(i.words), bool(i.trusted),
            key_of(i.signer) if i.trusted else None)

    def __repr__(self) -> str:
        if self._handle is None:
            return "<sheaf.Archive %s, closed>" % self.name
        i = self.info
        state = ("authentic" if i.authentic
                 else "not authenticated" if i.signed_size else "not signed")
        return "<sheaf.Archive %s, %d articles, %s>" % (
            self.name, i.articles, state)

    # -- One article --

    def read(self, id: str, rev: int = 0) -> Article:
        """The article with this ID: its newest revision, or revision
        `rev`."""
        handle, scratch = self._begin()
        self._find(handle, scratch, id, rev)
        return self._read(handle, scratch, id)

    def __getitem__(self, id: str) -> Article:
        return self.read(id)

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, str):
            return False
        handle, scratch = self._begin()
        try:
            self._find(handle, scratch, id, 0)
        except NotFound:
            return False
        return True

    def find(self, *, url: str) -> Article:
        """The newest article with this URL in its metadata. With a key the
        article is proven, but not that it is the newest one with this URL, or
        that there is none: no signature covers the index of URLs."""
        handle, scratch = self._begin()
        data = _text_bytes(url)
        rc = handle.call(
            lib.sheaf_find_url, handle.at, scratch.at, view(data),
            scratch.entry_at, scratch.failure_at)
        if rc:
            self._raise(rc, scratch.failure, url)
        return self._read(handle, scratch, url)

    def at(self, leaf: int) -> Article:
        """The article that is leaf number `leaf`, from 0. NotFound: that leaf
        is a statement of the archive itself, which is not proven with a key,
        either. IndexError: there are fewer."""
        handle, scratch = self._begin()
        if not 0 <= leaf < 2 ** 64:
            raise IndexError("no leaf %d" % leaf)
        rc = handle.call(
            lib.sheaf_locate, handle.at, scratch.at, leaf, scratch.entry_at,
            scratch.failure_at)
        if rc == END:
            raise IndexError("no leaf %d" % leaf)
        if rc:
            self._raise(rc, scratch.failure)
        return self._read(handle, scratch, None)

    def revisions(self, id: str) -> Iterator[Article]:
        """Every revision of an article, the newest first. Redacted ones are
        left out; Redacted: all of them are."""
        try:
            newest = self.read(id)
            return self._older(newest, id, newest.rev)
        except Redacted as error:
            # How many there were is not known then.
            count = 0
            while True:
                try:
                    self.read(id, count + 1)
                except Redacted:
                    pass
                except NotFound:
                    break
                count += 1
            older = self._older(None, id, count + 1)
            first = next(older, None)
            if first is None:
                raise error
            return _chain(first, older)

    def _older(self, newest: Optional[Article], id: str,
               rev: int) -> Iterator[Article]:
        if newest is not None:
            yield newest
        while rev > 1:
            rev -= 1
            try:
                yield self.read(id, rev)
            except Redacted:
                pass

    def _find(self, handle: _Handle, scratch: _Scratch, id: str,
              rev: int) -> None:
        data = _text_bytes(id)
        if not 0 <= rev < 2 ** 32:
            raise NotFound("%r: no revision %d" % (id, rev))
        rc = handle.call(
            lib.sheaf_find, handle.at, scratch.at, view(data), rev,
            scratch.entry_at, scratch.failure_at)
        if rc:
            self._raise(rc, scratch.failure, id)
        self._settle(handle)

    def _read(self, handle: _Handle, scratch: _Scratch,
              id: Optional[str]) -> Article:
        rc = handle.call(
            lib.sheaf_read, handle.at, scratch.at, scratch.entry_at,
            scratch.article_at, scratch.failure_at)
        if rc:
            self._raise(rc, scratch.failure, id)
        self._settle(handle)
        e = scratch.entry
        where = (e.leaf, e.offset, e.length, e.index)
        t = ARTICLE.unpack_from(scratch.article)
        return article_of(t, lambda n: self._again(where, t[-1], n))

    def _again(
        self, where: Tuple[int, ...], leaf_hash: bytes, index: int
    ) -> Callable[[Callable[[bytes], object]], None]:
        """What reads a part of a large article again. It has a scratch of its
        own, since what it writes to may read from the archive."""
        def write(to: Callable[[bytes], object]) -> None:
            handle, _ = self._begin()
            scratch = _Scratch()
            problem: List[BaseException] = []

            def piece(_: Any, at: int, length: int) -> int:
                if problem:
                    return 1
                try:
                    to(string_at(at, length))
                    return 0
                except BaseException as e:
                    problem.append(e)
                    return 1

            entry = Entry(*where)
            rc = handle.call(
                lib.sheaf_read, handle.at, scratch.at, ctypes.byref(entry),
                scratch.article_at, scratch.failure_at)
            if rc == OK and bytes(scratch.article.leaf_hash) != leaf_hash:
                raise RuntimeError("the archive has changed")
            if rc == OK:
                rc = aside(
                    lib.sheaf_read_part, handle.at, scratch.at,
                    scratch.article_at, index, WRITE_FN(piece), None,
                    scratch.failure_at, problem=problem)
            if problem:
                raise problem.pop(0)
            if rc:
                self._raise(rc, scratch.failure)
            self._settle(handle)
        return write

    # -- All articles --

    def articles(self, *, revisions: bool = False,
                 lost: Optional[Lost] = None) -> Iterator[Article]:
        """The articles in the order in which they were packed, read in bulk:
        the newest revision of each, or with `revisions` all of them.

        A lost article raises what is wrong with it, and ends this. With
        `lost`, that is called with the error instead, and the others
        follow.
        """
        return self._articles(_Scanner(self._open_handle()), self._turn,
                              revisions, lost)

    def _articles(self, scanner: _Scanner, turn: int, revisions: bool,
                  lost: Optional[Lost]) -> Iterator[Article]:
        following = scanner.next
        is_newest = self._is_newest
        t: Optional[Unpacked] = None

        def again(n: int) -> Any:
            assert t is not None
            return self._again(t[2:6], t[18], n)

        while True:
            handle, scratch = self._begin()
            if turn != self._turn or handle is not scanner.handle:
                raise RuntimeError("authenticated during the iteration")
            t = following()
            self._settle(handle)
            if t is None:
                return
            if t[1] == _SCAN_ARTICLE:
                if revisions or is_newest(handle, scratch, t[12], t[13], t[0],
                                          lost):
                    yield article_of(t[6:19], again)
            elif t[1] == _SCAN_LOST:
                _tell(lost, _lost_error(t))

    def _is_newest(self, handle: _Handle, scratch: _Scratch, at: int,
                   length: int, leaf: int, lost: Optional[Lost],
                   call: Any = lib.sheaf_is_newest,
                   Bytes: Any = Bytes) -> bool:
        arguments = (handle.at, scratch.at, Bytes(at, length), leaf,
                     scratch.flag_at, scratch.failure_at)
        rc = (aside(call, *arguments) if handle.calls_back
              else call(*arguments))
        if rc == OK:
            return scratch.flag.value != 0
        error = error_of(rc, scratch.failure)
        if rc in (-6, -7):
            raise failed(error, handle.held)
        _tell(lost, _named(error, string_at(at, length).decode(
            "utf-8", "replace")))
        # There is a newer one, which cannot be read; or that is not known.
        return isinstance(error, Incomplete)

    def list(
        self,
        *,
        since: Optional[Day] = None,
        until: Optional[Day] = None,
        section: Optional[str] = None,
        prefix: Optional[str] = None,
        revisions: bool = False,
        redacted: bool = False,
        lost: Optional[Lost] = None,
    ) -> Iterator[Line]:
        """Lines about the articles, in the order in which they were packed:
        all, or those of a time, a section, or with IDs that begin with
        `prefix`. `since` and `until` are dates, or strings ``YYYY``,
        ``YYYY-MM`` or ``YYYY-MM-DD``; both are included. The newest revision
        of each article is listed, or with `revisions` all of them; with
        `redacted` also what was removed, and why.

        This reads columns, and no article. They are not signed, so after
        `authenticate` it reads the articles instead.
        """
        selection = _Selection(since, until, section, prefix)
        handle = self._open_handle()
        if redacted and selection.filtered:
            raise ValueError("of redacted articles there is nothing to "
                             "select by")
        i = InfoStruct()
        lib.sheaf_get_info(handle.at, ctypes.byref(i))
        if i.trusted:
            return self._scan_lines(_Scanner(handle), self._turn, selection,
                                    revisions, redacted, lost, 0)
        return self._column_lines(handle, self._turn, selection, revisions,
                                  redacted, lost)

    def _scan_lines(
        self, scanner: _Scanner, turn: int, selection: _Selection,
        revisions: bool, redacted: bool, lost: Optional[Lost], first: int
    ) -> Iterator[Line]:
        """From the articles themselves."""
        while True:
            handle, scratch = self._begin()
            if turn != self._turn or handle is not scanner.handle:
                raise RuntimeError("authenticated during the iteration")
            t = scanner.next()
            self._settle(handle)
            if t is None:
                return
            leaf, state = t[0], t[1]
            if state == _SCAN_LOST:
                _tell(lost, _lost_error(t))
            if leaf < first:
                continue
            if state == _SCAN_REDACTED and redacted:
                yield Line("", 0, "", "", "", leaf, True, _reason(_why(t)))
            if state != _SCAN_ARTICLE:
                continue
            if not revisions and not self._is_newest(
                    handle, scratch, t[12], t[13], leaf, lost):
                continue
            meta = json.loads(string_at(t[14], t[15]))
            id = string_at(t[12], t[13]).decode()
            published, part, headline = (
                _short(meta.get(name))
                for name in ("published", "section", "headline"))
            if selection.takes(id, published, part):
                yield Line(id, t[10], published, part, headline, leaf)

    def _column_lines(
        self, handle: _Handle, turn: int, selection: _Selection,
        revisions: bool, redacted: bool, lost: Optional[Lost]
    ) -> Iterator[Line]:
        """From the columns, some lines at a time. Where these are damaged, it
        continues with the articles."""
        taken: List[Tuple[Line, bytes]] = []
        filter = ListFilter(ctypes.sizeof(ListFilter), selection.first_day(),
                            2 ** 31 - 1, redacted, 0, 0)
        problem: List[BaseException] = []
        most = 64

        def listed(_: Any, at: int) -> int:
            try:
                t = LISTING.unpack(string_at(at, LISTING.size))
                id = _unescape(string_at(t[4], t[5]))
                published = _unescape(string_at(t[6], t[7]))
                part = _unescape(string_at(t[8], t[9]))
                filter.first_leaf = t[0] + 1
                if t[12] or selection.takes(id, published, part):
                    taken.append((
                        Line(id, t[13], published, part,
                             _unescape(string_at(t[10], t[11])), t[0],
                             t[12] != 0), _text_bytes(id)))
                return len(taken) >= most
            except BaseException as e:
                problem.append(e)
                return 1

        callback = ITEM_FN(listed)
        rc = ESTOPPED
        while rc == ESTOPPED:
            now, scratch = self._begin()
            if turn != self._turn or now is not handle:
                raise RuntimeError("authenticated during the iteration")
            rc = aside(lib.sheaf_list, handle.at, scratch.at,
                       ctypes.byref(filter), callback, None,
                       scratch.failure_at, problem=problem)
            if problem:
                raise problem.pop(0)
            if rc not in (OK, ESTOPPED, -2):
                self._raise(rc, scratch.failure)
            self._settle(handle)
            for line, id in taken:
                now, scratch = self._begin()
                if line.redacted:
                    line = self._with_reason(handle, scratch, line)
                elif not revisions and not self._is_newest(
                        handle, scratch, view(id).data, len(id), line.leaf,
                        lost):
                    continue
                yield line
            taken.clear()
            most = min(2 * most, _CHUNK_MOST)
        if rc != OK:
            yield from self._scan_lines(
                _Scanner(handle), turn, selection, revisions, redacted, lost,
                filter.first_leaf)
        elif lib.sheaf_get_damage(handle.at, None):
            # The columns do not name what is lost.
            for _line in self._scan_lines(
                    _Scanner(handle), turn, selection, True, False, lost,
                    2 ** 64):
                pass

    def _with_reason(self, handle: _Handle, scratch: _Scratch,
                     line: Line) -> Line:
        rc = handle.call(
            lib.sheaf_locate, handle.at, scratch.at, line.leaf,
            scratch.entry_at, scratch.failure_at)
        if rc == Redacted.code:
            return line._replace(
                reason=_reason(error_of(rc, scratch.failure)))
        if rc not in (OK, END):
            self._raise(rc, scratch.failure)
        return line

    def __iter__(self) -> Iterator[str]:
        return (line.id for line in self.list())

    def __len__(self) -> int:
        """How many IDs there are: counted by a listing, the first time."""
        self._open_handle()
        turn, count = self._turn, self._count
        if count is None:
            count = sum(1 for _ in self.list())
            if turn == self._turn:
                self._count = count
        return count

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def values(self) -> ValuesView[Article]:
        """The newest revision of each article, read in bulk."""
        return _Values(self)

    def items(self) -> ItemsView[str, Article]:
        """IDs and articles, read in bulk."""
        return _Items(self)

    # As a mapping would be equal to another one, everything would be read.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    # -- Checking and proving --

    @property
    def damage(self) -> int:
        """How often damage was met so far, and either skipped or repaired in
        memory."""
        return int(lib.sheaf_get_damage(self._open_handle().at, None))

    def verify(
        self,
        key: Optional[AnyPublicKey] = None,
        *,
        since: Iterable[bytes] = (),
        threads: int = 1,
        tmpdir: Optional[str] = None,
        progress: Optional[Callable[[int, int], object]] = None,
    ) -> Report:
        """Check every byte, every hash, the index against the articles, and
        with a key the signature. The first thing that is wrong is raised.

        `since` are checkpoints that the archive must extend. `progress` is
        called with bytes that are done and all bytes; what it raises ends
        this.
        """
        handle = self._open_handle()
        problem: List[BaseException] = []

        def going(_: Any, done: int, total: int) -> int:
            if problem:
                return 1
            try:
                if progress is not None:
                    progress(done, total)
                return 0
            except BaseException as e:
                problem.append(e)
                return 1

        notes = [bytes(note) for note in since]
        checkpoints = (CheckpointStruct * len(notes))(
            *[parse_note(note) for note in notes])
        o = VerifyOptions(ctypes.sizeof(VerifyOptions), _count_of(threads))
        struct = None if key is None else public_struct(key)
        if struct is not None:
            o.key = ctypes.pointer(struct)
        if tmpdir is not None:
            o.tmpdir = path_bytes(tmpdir)
        callback = PROGRESS_FN(going)
        o.progress = address_of(callback)
        if notes:
            o.since = ctypes.cast(
                checkpoints, ctypes.POINTER(CheckpointStruct))
            o.since_count = len(notes)
        r = ReportStruct()
        failure = Failure()
        rc = aside(lib.sheaf_verify, handle.at, ctypes.byref(o),
                   ctypes.byref(r), ctypes.byref(failure), problem=problem)
        if problem:
            raise problem.pop(0)
        if rc:
            self._raise(rc, failure)
        self._settle(handle)
        return Report(
            r.articles, r.leaves, r.generations, r.bytes, r.raw_bytes,
            bool(r.authentic), r.signed_size, r.redacted, r.revisions,
            r.key_changes, key_of(r.signer) if r.authentic else None,
            r.optional, r.unknown)

    def extends(self, note: bytes,
                key: Optional[AnyPublicKey] = None) -> Checkpoint:
        """Check that a note is an earlier checkpoint of this archive, and
        with a key who signed it. Rollback, Fork, NotAuthentic: it is not."""
        handle, scratch = self._begin()
        struct = None if key is None else public_struct(key)
        out = CheckpointStruct()
        rc = handle.call(
            lib.sheaf_check_note, handle.at, scratch.at, view(note),
            None if struct is None else ctypes.byref(struct),
            ctypes.byref(out), scratch.failure_at)
        if rc:
            self._raise(rc, scratch.failure)
        self._settle(handle)
        return checkpoint_of(out)

    def prove(self, *ids: str, rev: int = 0, newest: bool = False) -> bytes:
        """A proof of articles, for `sheaf.check`. With `newest`, it also
        shows that there is no later revision. The archive must be signed."""
        if not ids:
            raise TypeError("prove needs an ID")
        if newest and rev:
            raise ValueError("newest is about all revisions")
        handle, scratch = self._begin()
        entries = (Entry * len(ids))()
        for n, id in enumerate(ids):
            self._find(handle, scratch, id, rev)
            entries[n] = scratch.entry
        if newest:
            return self._prove_ids(handle, scratch, ids)
        out = Output()
        rc = (handle.call(
            lib.sheaf_prove, handle.at, scratch.at, entries, out.at,
            scratch.failure_at)
              if len(ids) == 1 else
              handle.call(
                  lib.sheaf_prove_many, handle.at, scratch.at, entries,
                  len(ids), None, 0, out.at, scratch.failure_at))
        if rc:
            self._raise(rc, scratch.failure)
        self._settle(handle)
        return out.take()

    def prove_absent(self, *ids: str) -> bytes:
        """A proof that the archive has no article with any of these IDs.
        ValueError: it has one."""
        if not ids:
            raise TypeError("prove_absent needs an ID")
        handle, scratch = self._begin()
        for id in ids:
            try:
                self._find(handle, scratch, id, 0)
            except Redacted:
                raise ValueError("%r: the archive held it" % id) from None
            except NotFound:
                continue
            raise ValueError("%r: the archive holds it" % id)
        return self._prove_ids(handle, scratch, ids)

    def prove_extends(self, note: bytes) -> bytes:
        """A proof that this archive extends the checkpoint in a note, for
        `sheaf.check_extends`."""
        handle, scratch = self._begin()
        old = parse_note(note)
        out = Output()
        rc = handle.call(
            lib.sheaf_prove_consistency, handle.at, scratch.at,
            ctypes.byref(old), out.at, scratch.failure_at)
        if rc:
            self._raise(rc, scratch.failure)
        self._settle(handle)
        return out.take()

    def _prove_ids(self, handle: _Handle, scratch: _Scratch,
                   ids: Tuple[str, ...]) -> bytes:
        data = [_text_bytes(id) for id in ids]
        views = (Bytes * len(data))(*[view(d) for d in data])
        out = Output()
        rc = handle.call(
            lib.sheaf_prove_many, handle.at, scratch.at, None, 0, views,
            len(data), out.at, scratch.failure_at)
        if rc:
            self._raise(rc, scratch.failure)
        self._settle(handle)
        return out.take()


# ---- What all of them use --------------------------------------------------

def _chain(first: Article, rest: Iterator[Article]) -> Iterator[Article]:
    yield first
    yield from rest


def _tell(lost: Optional[Lost], error: Error) -> None:
    if lost is None:
        raise error
    lost(error)


def _reason(error: Error) -> str:
    message = error.message
    return message[10:] if message.startswith("redacted: ") else message


def _short(value: object) -> str:
    if not isinstance(value, str):
        return ""
    data = value.encode("utf-8", "surrogatepass")
    return value if len(data) <= 1024 else ""


def _text_bytes(text: str) -> bytes:
    if not isinstance(text, str):
        raise TypeError("an ID is a string, not %s" % type(text).__name__)
    return text.encode("utf-8", "surrogatepass")


def _count_of(threads: int) -> int:
    if not 0 <= threads <= 1024:
        raise ValueError("threads: 0 to 1024")
    return threads


def open(
    source: Union[str, "os.PathLike[str]", BytesLike, Any],
    *,
    key: Optional[AnyPublicKey] = None,
    article_max: Optional[int] = None,
    cache_max: Optional[int] = None,
) -> Archive:
    """Open an archive: a path, bytes, or a binary file with `seek` and
    `read`. With a key, authenticate it.

    `article_max` limits the bytes of one article (4 GiB), `cache_max` those
    of unpacked dictionaries that are kept (256 MiB).

    A file on another machine may also have a method `expect`. It is called
    with a list of (offset, length) that will probably be read next, so that
    one round trip can fetch them all.
    """
    return Archive(source, key=key, article_max=article_max,
                   cache_max=cache_max)
