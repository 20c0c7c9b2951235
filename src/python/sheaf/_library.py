"""_library.py - libsheaf: where it is, its structs and its functions.

The structs are those of sheaf.h, member by member; tests/python/layout.py
compares each with the header. All functions are called through CDLL, which
releases the lock of the interpreter meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import struct
from ctypes import (
    CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_int, c_int32, c_int64,
    c_size_t, c_uint, c_uint8, c_uint32, c_uint64, c_void_p,
)
from typing import Any, Dict, List, NoReturn, Optional, Tuple, Union

from ._errors import BY_CODE, Error, InputOutput

VERSION = "1.0.0-rc1"
SONAME = "libsheaf.so.1"
#: `make install` writes here where it has put the library.
LIBDIR = ""

OK = 0
END = 1
EIO = -6
ESTOPPED = -9
NO_OFFSET = 2 ** 64 - 1
NO_TIME = -(2 ** 63)
WHOLE_MAX = 16 << 20


# ---- Structs ---------------------------------------------------------------

class Failure(Structure):
    C_NAME = "sheaf_error"
    _fields_ = [
        ("code", c_int), ("sys", c_int), ("offset", c_uint64),
        ("clause", c_char * 8), ("message", c_char * 192),
    ]


class Bytes(Structure):
    C_NAME = "sheaf_bytes"
    _fields_ = [("data", c_void_p), ("len", c_size_t)]


class Buf(Structure):
    C_NAME = "sheaf_buf"
    _fields_ = [("data", c_void_p), ("len", c_size_t), ("cap", c_size_t)]


class Range(Structure):
    C_NAME = "sheaf_range"
    _fields_ = [("offset", c_uint64), ("len", c_uint64), ("keep", c_int)]


SIZE_FN = CFUNCTYPE(c_uint64, c_void_p)
READ_AT_FN = CFUNCTYPE(c_int, c_void_p, c_uint64, c_void_p, c_size_t)
CLOSE_FN = CFUNCTYPE(None, c_void_p)
EXPECT_FN = CFUNCTYPE(None, c_void_p, c_void_p, c_size_t)
#: int (*)(void *arg, const void *item): of listings, leaves, keys, articles
ITEM_FN = CFUNCTYPE(c_int, c_void_p, c_void_p)
#: int (*)(void *arg, const void *data, size_t len): of parts
WRITE_FN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
PROGRESS_FN = CFUNCTYPE(c_int, c_void_p, c_uint64, c_uint64)
#: int (*)(void *arg, ...), of which only the first argument is looked at.
STEP_FN = CFUNCTYPE(c_int, c_void_p)


def address_of(callback: Any) -> Optional[int]:
    return ctypes.cast(callback, c_void_p).value


class SourceOps(Structure):
    C_NAME = "sheaf_source_ops"
    _fields_ = [
        ("size", SIZE_FN), ("read_at", READ_AT_FN), ("close", CLOSE_FN),
        ("expect", EXPECT_FN),
    ]


class Source(Structure):
    C_NAME = "sheaf_source"
    _fields_ = [("ops", c_void_p), ("ctx", c_void_p)]


class Sink(Structure):
    C_NAME = "sheaf_sink"
    _fields_ = [("ops", c_void_p), ("ctx", c_void_p)]


class PublicKeyStruct(Structure):
    C_NAME = "sheaf_public_key"
    _fields_ = [("id", c_uint8 * 8), ("key", c_uint8 * 32)]


class SecretKeyStruct(Structure):
    C_NAME = "sheaf_secret_key"
    _fields_ = [("id", c_uint8 * 8), ("key", c_uint8 * 64)]


class Limits(Structure):
    C_NAME = "sheaf_limits"
    _fields_ = [
        ("size", c_size_t), ("article_max", c_uint64), ("cache_max", c_uint64),
    ]


class InfoStruct(Structure):
    C_NAME = "sheaf_info"
    _fields_ = [
        ("size", c_uint64), ("articles", c_uint64), ("generation", c_uint64),
        ("raw_bytes", c_uint64), ("file_bytes", c_uint64),
        ("tail_bytes", c_uint64), ("end_damaged", c_int),
        ("signed_size", c_uint64), ("root", c_uint8 * 32), ("origin", Bytes),
        ("note", Bytes), ("zstd_version", c_uint32), ("level", c_int),
        ("dictionaries", c_uint), ("runs", c_uint), ("redactions", c_uint64),
        ("key_changes", c_uint), ("words", c_int), ("trusted", c_int),
        ("signer", PublicKeyStruct), ("lost_leaves", c_uint64),
    ]


class CheckpointStruct(Structure):
    C_NAME = "sheaf_checkpoint"
    _fields_ = [
        ("origin", Bytes), ("size", c_uint64), ("root", c_uint8 * 32),
    ]


class Entry(Structure):
    C_NAME = "sheaf_entry"
    _fields_ = [
        ("leaf", c_uint64), ("offset", c_uint64), ("length", c_uint64),
        ("index", c_uint32),
    ]


class PartStruct(Structure):
    C_NAME = "sheaf_part"
    _fields_ = [
        ("role", c_int), ("type", Bytes), ("size", c_uint64), ("data", Bytes),
    ]


class ArticleStruct(Structure):
    C_NAME = "sheaf_article"
    _fields_ = [
        ("leaf", c_uint64), ("offset", c_uint64), ("length", c_uint64),
        ("content_size", c_uint64), ("rev", c_uint32), ("time_ms", c_int64),
        ("id", Bytes), ("meta", Bytes), ("parts", c_void_p),
        ("part_count", c_size_t), ("leaf_hash", c_uint8 * 32),
    ]


class ListingStruct(Structure):
    C_NAME = "sheaf_listing"
    _fields_ = [
        ("entry", Entry), ("id", Bytes), ("published", Bytes),
        ("section", Bytes), ("headline", Bytes), ("redacted", c_int),
        ("rev", c_uint32), ("lost", c_int),
    ]


class ListFilter(Structure):
    C_NAME = "sheaf_list_filter"
    _fields_ = [
        ("size", c_size_t), ("first_day", c_int32), ("last_day", c_int32),
        ("redacted", c_int), ("first_leaf", c_uint64), ("lost", c_int),
    ]


class ScanItem(Structure):
    C_NAME = "sheaf_scan_item"
    _fields_ = [
        ("leaf", c_uint64), ("state", c_int), ("entry", Entry),
        ("article", ArticleStruct), ("id", Bytes), ("why", POINTER(Failure)),
        ("id_hash", c_uint8 * 32),
    ]


class VerifyOptions(Structure):
    C_NAME = "sheaf_verify_options"
    _fields_ = [
        ("size", c_size_t), ("threads", c_uint),
        ("key", POINTER(PublicKeyStruct)), ("tmpdir", c_char_p),
        ("progress", c_void_p), ("arg", c_void_p),
        ("since", POINTER(CheckpointStruct)), ("since_count", c_size_t),
    ]


class ReportStruct(Structure):
    C_NAME = "sheaf_report"
    _fields_ = [
        ("articles", c_uint64), ("leaves", c_uint64),
        ("generations", c_uint64), ("bytes", c_uint64),
        ("raw_bytes", c_uint64), ("authentic", c_int),
        ("signed_size", c_uint64), ("redacted", c_uint64),
        ("revisions", c_uint64), ("key_changes", c_uint),
        ("signer", PublicKeyStruct), ("optional", c_uint64),
        ("unknown", c_uint64),
    ]


class ProofInfo(Structure):
    C_NAME = "sheaf_proof_info"
    _fields_ = [
        ("origin", Bytes), ("note", Bytes), ("size", c_uint64),
        ("root", c_uint8 * 32), ("signer", PublicKeyStruct),
        ("followed", c_uint), ("records", c_size_t), ("articles", c_size_t),
        ("generation", c_uint64), ("seal_time_ms", c_int64),
    ]


class RecordStruct(Structure):
    C_NAME = "sheaf_record"
    _fields_ = [
        ("leaf", c_uint64), ("type", c_int), ("rev", c_uint32),
        ("time_ms", c_int64), ("prev", c_uint8 * 32),
        ("id_hash", c_uint8 * 32), ("leaf_hash", c_uint8 * 32),
        ("parts", c_uint), ("body_size", c_uint64),
        ("body_hash", c_uint8 * 32), ("salted", c_int),
    ]


class Claim(Structure):
    C_NAME = "sheaf_claim"
    _fields_ = [
        ("size", c_size_t), ("id", Bytes), ("meta", Bytes), ("rev", c_uint32),
        ("body", POINTER(Source)),
    ]


class AnswerStruct(Structure):
    C_NAME = "sheaf_answer"
    _fields_ = [
        ("standing", c_int), ("record", RecordStruct), ("id_checked", c_int),
        ("meta_checked", c_int), ("body_checked", c_int),
        ("revisions", c_size_t),
    ]


class WriteOptions(Structure):
    C_NAME = "sheaf_write_options"
    _fields_ = [
        ("size", c_size_t), ("level", c_int), ("dict_max", c_int64),
        ("threads", c_uint), ("tmpdir", c_char_p), ("origin", c_char_p),
        ("time_ms", c_int64), ("unique", c_int), ("sample_max", c_uint64),
        ("salted", c_int), ("block", c_uint32), ("plain", c_int),
        ("verified", c_int), ("recipe", c_int), ("step", c_void_p),
        ("step_arg", c_void_p), ("dict", Bytes), ("shards", c_uint64),
    ]


class NewPartStruct(Structure):
    C_NAME = "sheaf_new_part"
    _fields_ = [
        ("role", c_int), ("type", c_char_p), ("data", Bytes),
        ("source", POINTER(Source)),
    ]


class WrittenStruct(Structure):
    C_NAME = "sheaf_written"
    _fields_ = [
        ("articles", c_uint64), ("revisions", c_uint64),
        ("after_lost", c_uint64), ("unlike", c_uint64),
        ("unchanged", c_uint64),
        ("raw_bytes", c_uint64), ("bytes", c_uint64),
        ("dict_bytes", c_uint64), ("optional_lost", c_uint64),
        ("size", c_uint64),
        ("root", c_uint8 * 32), ("origin", c_char * 256),
    ]


#: Every struct, for the comparison with the header.
STRUCTS: List[Any] = [
    Failure, Bytes, Buf, Range, SourceOps, Source, Sink,
    PublicKeyStruct, SecretKeyStruct, Limits, InfoStruct, CheckpointStruct,
    Entry, PartStruct, ArticleStruct, ListingStruct, ListFilter, ScanItem,
    VerifyOptions, ReportStruct, ProofInfo, RecordStruct, Claim, AnswerStruct,
    WriteOptions, NewPartStruct, WrittenStruct,
]

# Of what is read for each article the members are unpacked at once, which is
# several times as fast as to ask a Structure for each. "@" aligns as C does.
ENTRY = struct.Struct("@QQQI0Q")
PARTS = struct.Struct("@iPNQPN")
RANGE = struct.Struct("@QQi0Q")
_ARTICLE = "QQQQIqPNPNPN32s"
ARTICLE = struct.Struct("@" + _ARTICLE + "0Q")
LISTING = struct.Struct("@QQQI0QPNPNPNPNiIi0Q")
SCAN_ITEM = struct.Struct("@QiQQQI0Q" + _ARTICLE + "0QPNP32s")
FAST: Dict[struct.Struct, Any] = {
    ENTRY: Entry, PARTS: PartStruct, RANGE: Range, ARTICLE: ArticleStruct,
    LISTING: ListingStruct, SCAN_ITEM: ScanItem,
}


# ---- Functions -------------------------------------------------------------

_P = c_void_p
#: name: (result, parameters). A pointer to anything is a void pointer here.
FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "sheaf_version": (c_char_p, ()),
    "sheaf_strerror": (c_char_p, (c_int,)),
    "sheaf_buf_free": (None, (_P,)),
    "sheaf_source_file": (c_int, (_P, c_char_p, _P)),
    "sheaf_source_memory": (c_int, (_P, Bytes, _P)),
    "sheaf_sink_file": (c_int, (_P, c_char_p, c_int, _P)),
    "sheaf_sink_fd": (c_int, (_P, c_int, _P)),
    "sheaf_public_key_parse": (c_int, (Bytes, _P, _P)),
    "sheaf_public_key_format": (c_int, (_P, _P, _P)),
    "sheaf_secret_key_encrypted": (c_int, (Bytes,)),
    "sheaf_secret_key_parse": (c_int, (Bytes, Bytes, _P, _P)),
    "sheaf_secret_key_format": (c_int, (_P, Bytes, _P, _P)),
    "sheaf_keygen": (c_int, (_P, _P, _P)),
    "sheaf_secret_key_wipe": (None, (_P,)),
    "sheaf_open": (c_int, (Source, _P, _P, _P)),
    "sheaf_close": (None, (_P,)),
    "sheaf_get_info": (None, (_P, _P)),
    "sheaf_authenticate": (c_int, (_P, _P, _P)),
    "sheaf_expect": (None, (_P, _P, _P, c_size_t, c_int)),
    "sheaf_checkpoint_parse": (c_int, (Bytes, _P, _P)),
    "sheaf_scratch_new": (c_int, (_P, _P)),
    "sheaf_scratch_free": (None, (_P,)),
    "sheaf_check_note": (c_int, (_P, _P, Bytes, _P, _P, _P)),
    "sheaf_find": (c_int, (_P, _P, Bytes, c_uint32, _P, _P)),
    "sheaf_is_newest": (c_int, (_P, _P, Bytes, c_uint64, _P, _P)),
    "sheaf_find_url": (c_int, (_P, _P, Bytes, _P, _P)),
    "sheaf_locate": (c_int, (_P, _P, c_uint64, _P, _P)),
    "sheaf_read": (c_int, (_P, _P, _P, _P, _P)),
    "sheaf_read_part": (c_int, (_P, _P, _P, c_size_t, WRITE_FN, _P, _P)),
    "sheaf_list": (c_int, (_P, _P, _P, ITEM_FN, _P, _P)),
    "sheaf_scanner_new": (c_int, (_P, _P, _P, _P)),
    "sheaf_scanner_next": (c_int, (_P, _P, _P)),
    "sheaf_scanner_free": (None, (_P,)),
    "sheaf_get_damage": (c_uint64, (_P, _P)),
    "sheaf_verify": (c_int, (_P, _P, _P, _P)),
    "sheaf_prove": (c_int, (_P, _P, _P, _P, _P)),
    "sheaf_prove_many": (
        c_int, (_P, _P, _P, c_size_t, _P, c_size_t, _P, _P)),
    "sheaf_prove_consistency": (c_int, (_P, _P, _P, _P, _P)),
    "sheaf_check_proof": (c_int, (Bytes, _P, _P, _P)),
    "sheaf_proof_free": (None, (_P,)),
    "sheaf_proof_get_info": (None, (_P, _P)),
    "sheaf_proof_record": (c_int, (_P, c_size_t, _P)),
    "sheaf_proof_ask": (c_int, (_P, _P, _P, _P)),
    "sheaf_check_consistency": (c_int, (Bytes, _P, _P, _P, _P)),
    "sheaf_writer_new": (c_int, (Sink, _P, _P, _P)),
    "sheaf_writer_append": (c_int, (c_char_p, _P, _P, _P, _P)),
    "sheaf_add": (c_int, (_P, Bytes, _P, c_size_t, _P, _P)),
    "sheaf_commit": (c_int, (_P, _P, _P, _P)),
    "sheaf_writer_free": (None, (_P,)),
    "sheaf_json_canonical": (c_int, (Bytes, _P, _P)),
}


def _candidates() -> List[str]:
    given = os.environ.get("SHEAF_LIBRARY")
    if given:
        return [given]
    beside = os.path.join(LIBDIR, SONAME)
    return [beside, SONAME] if LIBDIR and os.path.exists(beside) else [SONAME]


def _load() -> Any:
    why: Optional[OSError] = None
    for name in _candidates():
        try:
            found = ctypes.CDLL(name)
            break
        except OSError as e:
            why = why or e
    else:
        raise ImportError(
            "sheaf: cannot load the library: %s. Install libsheaf, or name "
            "the file in the environment variable SHEAF_LIBRARY." % why)
    for name, (result, parameters) in FUNCTIONS.items():
        try:
            function = getattr(found, name)
        except AttributeError:
            raise ImportError(
                "sheaf: this library has no %s: it is another version than "
                "this package, %s" % (name, VERSION)) from None
        function.restype = result
        function.argtypes = parameters
    # They come from one source: in another version, a struct may have grown.
    version = found.sheaf_version().decode()
    if version != VERSION:
        raise ImportError("sheaf: the library is version %s, this package %s"
                          % (version, VERSION))
    return found


lib = _load()


# ---- Failures --------------------------------------------------------------

def error_of(rc: int, failure: Failure) -> Error:
    """The exception for a result."""
    kind = BY_CODE.get(rc, Error)
    # A message that was cut may end within a character.
    message = failure.message.decode("utf-8", "replace")
    if not message:
        message = lib.sheaf_strerror(rc).decode()
    offset = None if failure.offset == NO_OFFSET else failure.offset
    if issubclass(kind, InputOutput):
        if failure.sys:
            message = "%s: %s" % (message, os.strerror(failure.sys))
        return kind(message, failure.clause.decode(), offset, rc, failure.sys)
    return kind(message, failure.clause.decode(), offset, rc)


def fail(rc: int, failure: Failure) -> NoReturn:
    raise error_of(rc, failure)


# ---- Bytes -----------------------------------------------------------------

BytesLike = Union[bytes, bytearray, memoryview]


def view(data: bytes) -> Bytes:
    """A view of bytes, which the caller keeps alive."""
    return Bytes(ctypes.cast(c_char_p(data), c_void_p), len(data))


def view_any(data: BytesLike) -> Tuple[Bytes, object]:
    """A view of anything with a buffer, and what must be kept alive for it.
    It is copied only if its memory is scattered, or cannot be written to."""
    if isinstance(data, bytes):
        return view(data), data
    whole = memoryview(data)
    if not whole.c_contiguous or whole.readonly:
        copy = bytes(whole)
        return view(copy), copy
    held = (c_uint8 * whole.nbytes).from_buffer(whole.cast("B"))
    return Bytes(ctypes.addressof(held), whole.nbytes), (held, whole)


def text_of(b: Bytes) -> str:
    return ctypes.string_at(b.data, b.len).decode("utf-8", "replace")


def path_bytes(path: Union[str, bytes, "os.PathLike[str]"]) -> bytes:
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("a path with a NUL in it")
    return name


class Output:
    """A buffer that the library fills."""

    def __init__(self) -> None:
        self.buf = Buf()
        self.at = ctypes.addressof(self.buf)

    def take(self) -> bytes:
        data = ctypes.string_at(self.buf.data, self.buf.len)
        lib.sheaf_buf_free(self.at)
        return data
