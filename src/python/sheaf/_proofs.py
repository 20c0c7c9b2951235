"""_proofs.py - checking proofs, without an archive."""

from __future__ import annotations

import ctypes
from ctypes import string_at
from dataclasses import dataclass
from datetime import datetime
from typing import Any, List, Mapping, Optional, Tuple, Union

from ._archive import _text_bytes
from ._article import time_of
from ._facts import Checkpoint, checkpoint_of, parse_note
from ._keys import AnyPublicKey, PublicKey, key_of, public_struct
from ._library import (
    OK, AnswerStruct, BytesLike, CheckpointStruct, Claim, Failure, ProofInfo,
    RecordStruct, Source, error_of, lib, text_of, view,
)
from ._streams import close_source, failed, read_source
from ._writer import canonical

_STANDINGS = ("unknown", "newest", "older", "redacted", "absent")
_LEAVES = ("", "article", "seal", "redaction", "key change")


@dataclass(frozen=True)
class Record:
    """The record of a leaf: not the article, but the commitments to it."""

    leaf: int
    #: "article" or "redaction".
    type: str
    rev: int
    #: As claimed.
    time: Optional[datetime]
    id_hash: bytes
    leaf_hash: bytes
    #: The metadata included.
    parts: int
    body_size: int
    body_hash: bytes
    salted: bool


@dataclass(frozen=True)
class Proof:
    """What a proof shows. All of it was checked, up to the signature."""

    #: "newest", "older", "redacted", "absent", or "unknown": there may be
    #: newer revisions.
    standing: str
    #: None if absent.
    record: Optional[Record]
    #: What was compared with the record.
    id_checked: bool
    meta_checked: bool
    body_checked: bool
    #: Records of articles with this ID.
    revisions: int
    origin: str
    #: Leaves that the checkpoint covers.
    size: int
    root: bytes
    #: The checkpoint.
    note: bytes
    signer: PublicKey
    #: Key changes from the given key to the signer.
    key_changes: int
    #: When the archive was sealed, as claimed.
    sealed: Optional[datetime]
    #: Every record in the proof.
    records: Tuple[Record, ...]


def _record(r: RecordStruct) -> Record:
    return Record(
        r.leaf, _LEAVES[r.type] if 0 < r.type < len(_LEAVES) else "",
        r.rev, time_of(r.time_ms), bytes(r.id_hash), bytes(r.leaf_hash),
        r.parts, r.body_size, bytes(r.body_hash), bool(r.salted))


def _records(proof: int) -> Tuple[Record, ...]:
    out: List[Record] = []
    r = RecordStruct()
    while lib.sheaf_proof_record(proof, len(out), ctypes.byref(r)) == OK:
        out.append(_record(r))
    return tuple(out)


def _raise(rc: int, failure: Failure) -> None:
    if rc:
        raise failed(error_of(rc, failure))


def check(
    proof: bytes,
    key: AnyPublicKey,
    *,
    id: Optional[str] = None,
    meta: Union[bytes, Mapping[str, Any], None] = None,
    body: Union[BytesLike, Any, None] = None,
    rev: int = 0,
) -> Proof:
    """Check a proof, and compare with it what you know of the article: its
    ID, its metadata, its body (bytes, or a binary file), its revision.

    Corrupt: this is not a proof. NotAuthentic: it does not prove what it
    says, another key signed it, or the article is another one. ValueError: it
    has several articles, so say which.

    Look at the answer: that an ID is absent is proven, too; and what you did
    not give was not compared.
    """
    if isinstance(body, str):
        raise TypeError("a body is bytes; encode the text as it was packed")
    failure = Failure()
    struct = public_struct(key)
    text = bytes(proof)
    pointer = ctypes.c_void_p()
    _raise(lib.sheaf_check_proof(
        view(text), ctypes.byref(struct), ctypes.byref(pointer),
        ctypes.byref(failure)), failure)
    try:
        return _ask(pointer.value or 0, id, meta, body, rev)
    finally:
        lib.sheaf_proof_free(pointer)


def _ask(
    proof: int,
    id: Optional[str],
    meta: Union[bytes, Mapping[str, Any], None],
    body: Any,
    rev: int,
) -> Proof:
    failure = Failure()
    info = ProofInfo()
    answer = AnswerStruct()
    claim = Claim(ctypes.sizeof(Claim))
    if not 0 <= rev < 2 ** 32:
        raise ValueError("no revision %d" % rev)
    claim.rev = rev
    id_bytes = None if id is None else _text_bytes(id)
    if id_bytes is not None:
        claim.id = view(id_bytes)
    line = (None if meta is None
            else meta if isinstance(meta, bytes) else canonical(meta))
    if line is not None:
        claim.meta = view(line)
    source: Optional[Source] = None
    if body is not None:
        source, _held = read_source(body)
        claim.body = ctypes.pointer(source)
    try:
        _raise(lib.sheaf_proof_ask(
            proof, ctypes.byref(claim), ctypes.byref(answer),
            ctypes.byref(failure)), failure)
    finally:
        if source is not None:
            close_source(source)
    lib.sheaf_proof_get_info(proof, ctypes.byref(info))
    standing = _STANDINGS[answer.standing]
    return Proof(
        standing, None if standing == "absent" else _record(answer.record),
        bool(answer.id_checked), bool(answer.meta_checked),
        bool(answer.body_checked), answer.revisions, text_of(info.origin),
        info.size, bytes(info.root),
        string_at(info.note.data, info.note.len), key_of(info.signer),
        info.followed,
        time_of(info.seal_time_ms) if info.generation else None,
        _records(proof))


def check_extends(proof: bytes, note: bytes, key: AnyPublicKey) -> Checkpoint:
    """Check the output of `Archive.prove_extends`: that the tree of its
    checkpoint, which is returned and which the key must have signed, begins
    with the tree of the one in `note`. The signature of `note` is not
    checked."""
    old = parse_note(note)
    struct = public_struct(key)
    text = bytes(proof)
    out = CheckpointStruct()
    failure = Failure()
    _raise(lib.sheaf_check_consistency(
        view(text), ctypes.byref(old), ctypes.byref(struct),
        ctypes.byref(out), ctypes.byref(failure)), failure)
    return checkpoint_of(out)
