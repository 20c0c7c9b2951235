"""_facts.py - what is known of an archive, and what a checkpoint states."""

from __future__ import annotations

import builtins
import ctypes
from dataclasses import dataclass
from typing import Optional

from ._keys import PublicKey
from ._library import CheckpointStruct, Failure, fail, lib, text_of, view


@dataclass(frozen=True)
class Info:
    """What the end of an archive says of it."""

    #: Leaves of the tree: articles, and statements of the archive itself.
    size: int
    #: Every revision counts, and so do redacted ones.
    articles: int
    redactions: int
    generation: int
    raw_bytes: int
    file_bytes: int
    tail_bytes: int
    end_damaged: bool
    #: Leaves of later generations, whose tops are damaged.
    lost_leaves: int
    #: Leaves under the signature; 0 if there is none.
    signed_size: int
    root: bytes
    origin: str
    #: The newest checkpoint, or b"".
    note: bytes
    level: int
    dictionaries: int
    key_changes: int
    words: bool
    authentic: bool
    #: The key that signed, if it was authenticated.
    signer: Optional[PublicKey]


@dataclass(frozen=True)
class Report:
    """What `Archive.verify` found: all of it is good."""

    articles: int
    leaves: int
    generations: int
    bytes: int
    raw_bytes: int
    #: The key has signed the checkpoint.
    authentic: bool
    signed_size: int
    redacted: int
    revisions: int
    key_changes: int
    signer: Optional[PublicKey]
    optional: int
    unknown: int


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint states."""

    origin: str
    size: int
    root: builtins.bytes


def checkpoint_of(c: CheckpointStruct) -> Checkpoint:
    return Checkpoint(text_of(c.origin), c.size, bytes(c.root))


def parse_note(note: bytes) -> CheckpointStruct:
    """Its origin is a view of the note."""
    out = CheckpointStruct()
    failure = Failure()
    rc = lib.sheaf_checkpoint_parse(
        view(note), ctypes.byref(out), ctypes.byref(failure))
    if rc:
        fail(rc, failure)
    return out


def read_checkpoint(note: bytes) -> Checkpoint:
    """What a signed note states. No signature is checked."""
    return checkpoint_of(parse_note(note))
