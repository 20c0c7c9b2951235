"""_article.py - articles, their parts, and lines of listings."""

from __future__ import annotations

import codecs
import json
import re
from ctypes import string_at
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ._library import NO_TIME, PARTS

PART_SIZE = PARTS.size

ROLES = ("", "meta", "body", "text", "raw", "summary", "media", "note")
NUMBER_OF_ROLE = {name: n for n, name in enumerate(ROLES) if name}

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)
# Not charsets of texts; and some take quadratic time.
_NOT_TEXT = frozenset(("idna", "punycode", "unicode-escape",
                       "raw-unicode-escape", "utf-7", "undefined"))


def time_of(ms: int) -> Optional[datetime]:
    """None if there is no time, or none that Python has."""
    if ms == NO_TIME:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return None


def _role(number: int) -> str:
    return ROLES[number] if 0 < number < len(ROLES) else "role %d" % number


def _decode(data: bytes, type: str) -> str:
    found = _CHARSET.search(type)
    name = found.group(1) if found else "utf-8"
    if codecs.lookup(name).name in _NOT_TEXT:
        raise LookupError("not a charset of texts: %s" % name)
    return data.decode(name)


class Part:
    """A part of an article: its ``role``, such as ``"body"``, its media
    ``type``, its ``size`` and its ``data``."""

    __slots__ = ("role", "type", "size", "_data", "_again")

    def __init__(
        self,
        role: str,
        type: str,
        size: int,
        data: Optional[bytes],
        again: Optional[Callable[[Callable[[bytes], object]], None]],
    ) -> None:
        self.role = role
        self.type = type
        self.size = size
        self._data = data
        self._again = again

    @property
    def data(self) -> bytes:
        """The bytes. Those of an article of more than 16 MiB are read from
        the archive each time."""
        if self._again is None:
            return self._data or b""
        pieces: List[bytes] = []
        self._again(pieces.append)
        return b"".join(pieces)

    @property
    def text(self) -> str:
        """The bytes as text, by the charset of the media type, or else
        UTF-8."""
        return _decode(self.data, self.type)

    def copy_to(self, file: Any) -> None:
        """Write the bytes to a file, in pieces if they are many."""
        if self._again is None:
            file.write(self._data)
        else:
            self._again(file.write)

    def __repr__(self) -> str:
        return "<sheaf.Part %s, %s, %d bytes>" % (
            self.role, self.type, self.size)


#: role, type, size, data, and if there is none what reads it again.
_Raw = Tuple[int, bytes, int, Optional[bytes],
             Optional[Callable[[Callable[[bytes], object]], None]]]


class Article:
    """An article, as it is in an archive and checked against its tree.

    ``id``, ``rev`` (from 1), ``leaf`` (its number in the archive),
    ``meta_bytes`` (the metadata as canonical JSON) and ``leaf_hash`` are its
    members; the others are computed when they are asked for.
    """

    __slots__ = ("id", "rev", "leaf", "meta_bytes", "leaf_hash", "_time_ms",
                 "_meta", "_raw", "_parts")

    id: str
    rev: int
    leaf: int
    meta_bytes: bytes
    leaf_hash: bytes
    _time_ms: int
    _meta: Optional[Dict[str, Any]]
    _raw: List[_Raw]
    _parts: Optional[Tuple[Part, ...]]

    @property
    def parts(self) -> Tuple[Part, ...]:
        """The parts, the body first."""
        if self._parts is None:
            self._parts = tuple(
                Part(_role(role), type.decode(), size, data, again)
                for role, type, size, data, again in self._raw)
        return self._parts

    @property
    def meta(self) -> Dict[str, Any]:
        """The metadata. Its numbers are integers."""
        if self._meta is None:
            self._meta = json.loads(self.meta_bytes)
        return self._meta

    def _string(self, name: str) -> Optional[str]:
        value = self.meta.get(name)
        return value if isinstance(value, str) else None

    @property
    def headline(self) -> Optional[str]:
        """None if there is none."""
        return self._string("headline")

    @property
    def published(self) -> Optional[str]:
        """The date of publication as it is in the metadata: a year, a month,
        a day or a time."""
        return self._string("published")

    @property
    def section(self) -> Optional[str]:
        """None if there is none."""
        return self._string("section")

    @property
    def url(self) -> Optional[str]:
        """None if there is none."""
        return self._string("url")

    @property
    def time(self) -> Optional[datetime]:
        """When the article was updated, or else published."""
        return time_of(self._time_ms)

    @property
    def type(self) -> str:
        """The media type of the body."""
        return self.parts[0].type

    @property
    def body(self) -> bytes:
        """The body, byte for byte as it was packed."""
        data = self._raw[0][3]
        return self.parts[0].data if data is None else data

    @property
    def text(self) -> str:
        """The body as text, by the charset of its media type, or else
        UTF-8."""
        return self.parts[0].text

    def part(self, role: str) -> Optional[Part]:
        """The first part with this role: body, text, raw, summary, media or
        note. None if there is none."""
        for part in self.parts:
            if part.role == role:
                return part
        return None

    def __repr__(self) -> str:
        return "<sheaf.Article %r, revision %d>" % (self.id, self.rev)


class Line(NamedTuple):
    """A line of a listing. A string is empty if the member is missing, or
    longer than 1,024 bytes."""

    id: str
    rev: int
    published: str
    section: str
    headline: str
    leaf: int
    redacted: bool = False
    reason: str = ""


#: The members that an article has in struct sheaf_article, in order.
Unpacked = Tuple[Any, ...]
Again = Callable[[int], Callable[[Callable[[bytes], object]], None]]


def article_of(t: Unpacked, again: Again, string_at: Any = string_at,
               parts_of: Any = PARTS.iter_unpack,
               new: Any = Article.__new__) -> Article:
    """Copies an article from the memory of the library, once."""
    (leaf, _, _, _, rev, time_ms, id_at, id_len, meta_at, meta_len, parts_at,
     count, leaf_hash) = t
    a: Article = new(Article)
    a.id = string_at(id_at, id_len).decode()
    a.rev = rev
    a.leaf = leaf
    a.meta_bytes = string_at(meta_at, meta_len)
    a.leaf_hash = leaf_hash
    a._time_ms = time_ms
    a._meta = None
    a._parts = None
    raw: List[_Raw] = []
    a._raw = raw
    for role, type_at, type_len, size, at, length in parts_of(
            string_at(parts_at, count * PART_SIZE)):
        if at or not size:
            raw.append((role, string_at(type_at, type_len), size,
                        string_at(at, length), None))
        else:
            raw.append((role, string_at(type_at, type_len), size, None,
                        again(len(raw))))
    return a
