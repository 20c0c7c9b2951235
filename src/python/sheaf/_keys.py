"""_keys.py - keys, and the files of minisign that they are in."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any, Optional, Union

from ._library import (
    Bytes, Failure, Output, PublicKeyStruct, SecretKeyStruct, fail, lib, view,
)

PathLike = Union[str, "os.PathLike[str]"]


def _bytes_of(text: Union[str, bytes]) -> bytes:
    return text.encode() if isinstance(text, str) else text


@dataclass(frozen=True)
class PublicKey:
    """A public key of minisign: 32 bytes of Ed25519, and an ID of 8 bytes.

    >>> key = PublicKey.parse(
    ...     "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
    >>> print(key)
    RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
    >>> key.number
    'E7620F1842B4E81F'
    """

    id: bytes
    key: bytes

    @classmethod
    def parse(cls, text: Union[str, bytes]) -> PublicKey:
        """A key from the content of its file, or only the base64 in it."""
        out = PublicKeyStruct()
        failure = Failure()
        rc = lib.sheaf_public_key_parse(
            view(_bytes_of(text)), ctypes.byref(out), ctypes.byref(failure))
        if rc:
            fail(rc, failure)
        return cls(bytes(out.id), bytes(out.key))

    @classmethod
    def load(cls, path: PathLike) -> PublicKey:
        """A key from a file of minisign or signify."""
        with open(path, "rb") as file:
            return cls.parse(file.read(1 << 16))

    def format(self) -> bytes:
        """The content of a key file."""
        out = Output()
        failure = Failure()
        rc = lib.sheaf_public_key_format(
            ctypes.byref(self._struct()), out.at, ctypes.byref(failure))
        if rc:
            fail(rc, failure)
        return out.take()

    def save(self, path: PathLike) -> None:
        """Write a key file. An existing file is not replaced."""
        with open(path, "xb") as file:
            file.write(self.format())

    @property
    def number(self) -> str:
        """The ID as minisign prints it."""
        return "%016X" % int.from_bytes(self.id, "little")

    def __str__(self) -> str:
        return self.format().decode().splitlines()[-1]

    def _struct(self) -> PublicKeyStruct:
        out = PublicKeyStruct()
        if len(self.id) != 8 or len(self.key) != 32:
            raise ValueError("a key has 32 bytes, and its ID 8")
        out.id[:] = self.id
        out.key[:] = self.key
        return out


class SecretKey:
    """A secret key of minisign. `wipe`, or the end of a `with`, erases it.

    >>> with SecretKey.generate() as secret:
    ...     text = secret.format()
    >>> SecretKey.parse(text).public_key.number == PublicKey.parse(
    ...     SecretKey.parse(text).public_key.format()).number
    True
    >>> secret
    <sheaf.SecretKey wiped>
    """

    def __init__(self) -> None:
        raise TypeError("use SecretKey.load, .parse or .generate")

    _key: SecretKeyStruct
    _wiped: bool

    @classmethod
    def _new(cls) -> SecretKey:
        made = cls.__new__(cls)
        made._key = SecretKeyStruct()
        made._wiped = False
        return made

    @classmethod
    def generate(cls) -> SecretKey:
        """A new key."""
        made = cls._new()
        public = PublicKeyStruct()
        failure = Failure()
        rc = lib.sheaf_keygen(
            ctypes.byref(made._key), ctypes.byref(public),
            ctypes.byref(failure))
        if rc:
            fail(rc, failure)
        return made

    @classmethod
    def parse(
        cls,
        text: Union[str, bytes],
        passphrase: Union[str, bytes, None] = None,
    ) -> SecretKey:
        """A key from the content of its file. With a passphrase, this takes
        seconds and 1 GiB of memory."""
        made = cls._new()
        data = _bytes_of(text)
        failure = Failure()
        if passphrase is None and lib.sheaf_secret_key_encrypted(view(data)):
            raise ValueError("this secret key needs a passphrase")
        word = _bytes_of(passphrase or b"")
        rc = lib.sheaf_secret_key_parse(
            view(data), view(word), ctypes.byref(made._key),
            ctypes.byref(failure))
        if rc:
            fail(rc, failure)
        return made

    @classmethod
    def load(
        cls, path: PathLike, passphrase: Union[str, bytes, None] = None
    ) -> SecretKey:
        """A key from a file of minisign, or of signify without a
        passphrase."""
        with open(path, "rb") as file:
            return cls.parse(file.read(1 << 16), passphrase)

    def format(self, passphrase: Union[str, bytes, None] = None) -> bytes:
        """The content of a key file, encrypted unless `passphrase` is None.
        That takes seconds and 1 GiB of memory."""
        out = Output()
        failure = Failure()
        word = None if passphrase is None else _bytes_of(passphrase)
        rc = lib.sheaf_secret_key_format(
            ctypes.byref(self._struct()),
            Bytes(None, 0) if word is None else view(word), out.at,
            ctypes.byref(failure))
        if rc:
            fail(rc, failure)
        return out.take()

    def save(
        self, path: PathLike, passphrase: Union[str, bytes, None] = None
    ) -> None:
        """Write a key file that only you can read. An existing file is not
        replaced."""
        text = self.format(passphrase)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(path, flags, 0o600), "wb") as file:
            file.write(text)

    @property
    def public_key(self) -> PublicKey:
        """The key that others check with."""
        key = self._struct()
        return PublicKey(bytes(key.id), bytes(key.key)[32:])

    def wipe(self) -> None:
        """Erase the key from memory."""
        self._wiped = True
        lib.sheaf_secret_key_wipe(ctypes.byref(self._key))

    def _struct(self) -> SecretKeyStruct:
        if self._wiped:
            raise ValueError("this secret key was wiped")
        return self._key

    def __enter__(self) -> SecretKey:
        return self

    def __exit__(self, *why: object) -> None:
        self.wipe()

    def __del__(self, wipe: Any = lib.sheaf_secret_key_wipe) -> None:
        key = getattr(self, "_key", None)
        if key is not None:
            wipe(ctypes.addressof(key))

    def __repr__(self) -> str:
        return "<sheaf.SecretKey%s>" % (" wiped" if self._wiped else "")

    def __reduce__(self) -> str:
        raise TypeError("a secret key is not pickled")


#: A key, or the path of its file.
AnyPublicKey = Union[PublicKey, str, "os.PathLike[str]"]
AnySecretKey = Union[SecretKey, str, "os.PathLike[str]"]


def public_struct(key: AnyPublicKey) -> PublicKeyStruct:
    if isinstance(key, SecretKey):
        raise TypeError("a secret key where a public one is meant")
    if isinstance(key, (str, os.PathLike)):
        key = PublicKey.load(key)
    if not isinstance(key, PublicKey):
        raise TypeError("a public key, or the path of one, is meant")
    return key._struct()


def secret_key(key: Optional[AnySecretKey]) -> Optional[SecretKey]:
    if key is None or isinstance(key, SecretKey):
        return key
    if isinstance(key, (str, os.PathLike)):
        return SecretKey.load(key)
    raise TypeError("a secret key, or the path of one, is meant")


def key_of(found: Any) -> PublicKey:
    return PublicKey(bytes(found.id), bytes(found.key))
