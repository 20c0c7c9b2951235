"""_errors.py - what is raised for each result of the library."""

from __future__ import annotations

from typing import Dict, Optional, Tuple, Type


class Error(Exception):
    """What every failure of the library is.

    ``message`` is one line for a person, ``code`` the number of the result
    in sheaf.h, ``clause`` the clause of the specification that is broken, or
    ``""``, and ``offset`` where in the archive, or None where that is not
    known.
    """

    code = 0

    def __init__(
        self,
        message: str,
        clause: str = "",
        offset: Optional[int] = None,
        code: Optional[int] = None,
    ) -> None:
        Exception.__init__(self, message)
        self.message = message
        self.clause = clause
        self.offset = offset
        self.code = type(self).code if code is None else code

    def __str__(self) -> str:
        if self.clause:
            return "%s [%s]" % (self.message, self.clause)
        return self.message

    def __reduce__(self) -> Tuple[object, ...]:
        return type(self), (self.message, self.clause, self.offset, self.code)


class NotFound(Error, KeyError):
    """The archive has no such article. It is a KeyError, too."""

    code = -1


class Redacted(NotFound):
    """The article was removed; the message says why. It is a NotFound, too."""

    code = -10


class Corrupt(Error):
    """The bytes break a clause of the specification."""

    code = -2


class NotAuthentic(Error):
    """Well formed, but a hash or a signature is wrong."""

    code = -3


class Unsupported(Error):
    """This library does not know the version."""

    code = -4


class Limit(Error):
    """Over a limit of the format, or over your own."""

    code = -5


class InputOutput(Error, OSError):
    """Reading or writing failed; ``errno`` says how. It is an OSError, too."""

    code = -6

    def __init__(
        self,
        message: str,
        clause: str = "",
        offset: Optional[int] = None,
        code: Optional[int] = None,
        errno: int = 0,
    ) -> None:
        Error.__init__(self, message, clause, offset, code)
        self.errno = errno

    def __reduce__(self) -> Tuple[object, ...]:
        return type(self), (
            self.message, self.clause, self.offset, self.code, self.errno)


class OutOfMemory(Error, MemoryError):
    """It is a MemoryError, too."""

    code = -7


class Invalid(Error, ValueError):
    """An argument is invalid. It is a ValueError, too."""

    code = -8


class Stopped(Error):
    """A callback asked to stop."""

    code = -9


class Missing(Error):
    """An article is missing, and no redaction names it."""

    code = -11


class Rollback(Error):
    """The archive is older than a checkpoint that it must extend."""

    code = -12


class Fork(Error):
    """The archive does not extend such a checkpoint."""

    code = -13


class Incomplete(Error):
    """Articles are lost, so that the answer is not known."""

    code = -14


_ALL: Tuple[Type[Error], ...] = (
    NotFound, Corrupt, NotAuthentic, Unsupported, Limit, InputOutput,
    OutOfMemory, Invalid, Stopped, Redacted, Missing, Rollback, Fork,
    Incomplete,
)
BY_CODE: Dict[int, Type[Error]] = {c.code: c for c in _ALL}
