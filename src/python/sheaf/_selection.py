"""_selection.py - which articles a listing takes."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Optional, Tuple, Union

#: A day, month or year.
Day = Union[str, date]

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
#: What `published` and `updated` can be. All else counts in the days of no
#: group.
_FORM = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d"
                   r"(?:(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?)?)?)?", re.ASCII)
_Ymd = Tuple[int, int, int]


def _bound(day: Optional[Day], last: bool) -> Optional[_Ymd]:
    """A bound of a selection; for the last one, a month or year to its end."""
    if day is None:
        return None
    if isinstance(day, date):
        return day.year, day.month, day.day
    if not isinstance(day, str):
        raise TypeError("a date, or a string with one, is meant")
    found = _DATE.fullmatch(day)
    month, of_month = (found.group(2), found.group(3)) if found else ("", "")
    if found is None or not (1 <= int(month or 1) <= 12
                             and 1 <= int(of_month or 1) <= 31):
        raise ValueError("%r is no date; a date is YYYY, YYYY-MM or "
                         "YYYY-MM-DD" % day)
    return (int(found.group(1)), int(month or (12 if last else 1)),
            int(of_month or (31 if last else 1)))


def _day_of(published: str) -> Optional[_Ymd]:
    found = _DATE.match(published) if _FORM.fullmatch(published) else None
    if found is None:
        return None
    return (int(found.group(1)), int(found.group(2) or 1),
            int(found.group(3) or 1))


def _lower(text: str) -> str:
    """Without regard to the case of ASCII letters, as `sheaf list` has it."""
    return "".join(c.lower() if c.isascii() else c for c in text)


PLANNED_DAYS = 366


class _Selection:
    def __init__(
        self,
        since: Optional[Day],
        until: Optional[Day],
        section: Optional[str],
        prefix: Optional[str],
    ) -> None:
        self.since = _bound(since, False)
        self.until = _bound(until, True)
        self.section = None if section is None else _lower(section)
        self.prefix = prefix
        self.filtered = (since, until, section, prefix) != (None,) * 4

    def first_day(self) -> int:
        """Groups that end earlier need not be read. Their days are those of
        the last update, which may be a year before what was planned is
        published."""
        if self.since is None or self.since[0] < 1:
            return -(2 ** 31)
        year, month, day = self.since
        first = date(year, month, 1).toordinal() + day - 1
        return first - date(1970, 1, 1).toordinal() - PLANNED_DAYS

    def takes(self, id: str, published: str, section: str) -> bool:
        if self.prefix is not None and not id.startswith(self.prefix):
            return False
        if self.section is not None and _lower(section) != self.section:
            return False
        if self.since is None and self.until is None:
            return True
        day = _day_of(published)
        return (day is not None
                and (self.since is None or day >= self.since)
                and (self.until is None or day <= self.until))


def _unescape(data: bytes) -> str:
    """A string of JSON without its quotes."""
    if b"\\" not in data:
        return data.decode()
    return str(json.loads(b'"' + data + b'"'))
