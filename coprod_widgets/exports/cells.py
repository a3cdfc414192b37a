"""The cells of a table of answers as numbers, times and choices, as stored or as a spreadsheet shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import pandas as pd

from .table_file import Table

YES = frozenset(("yes", "true"))
NO = frozenset(("no", "false", ""))
_WHOLE = re.compile(r"\s*(\d{1,9})(?:[.,]0*)?\s*")
_CLOCK = r"(\d{1,2}:\d\d(?::\d\d)?)"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([./])(\d{{1,2}})\2(\d{{4}})(?:,? {_CLOCK}(?: ?([AP]M))?)?", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?:[ T]" + _CLOCK + ")?")
T = TypeVar("T")
_EXAMPLE = "2026-11-30 10:07"


def said_yes(cell: object) -> bool | None:
    """Whether a cell says yes or no, as text, a truth value or a number; None where it says neither."""
    word = "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip().lower()
    return True if word in YES else False if word in NO else None


def typed(table: Table) -> pd.DataFrame:
    """The table of answers with its types; ValueError names the line and column of a cell that has another."""
    frame = pd.DataFrame(table.rows, columns=table.columns, dtype="str")
    for name in ("session", "pseudonym", "question"):
        _each(table, name, lambda cell: cell or None, "is empty; each row needs it. Cells may have been moved")
    for name in frame.columns.intersection(["version", "revision", "consent_version"]):
        empty = "0" if name == "consent_version" else ""
        numbers = _each(table, name, lambda cell, empty=empty: _whole(cell or empty), _NO_NUMBER)  # type: ignore[misc]
        frame[name] = pd.Series(numbers, dtype="int64")
    for name in frame.columns.intersection(["class_use", "research_use"]):
        frame[name] = pd.Series(
            _each(table, name, said_yes, "says neither yes nor no. Write one of them"), dtype="bool"
        )
    for name in frame.columns.intersection(["time", "consent_at"]):
        frame[name] = _times(table, name)
    return frame


_NO_NUMBER = "is no whole number. Cells may have been moved; put them back, or export the table again"


def _each(table: Table, name: str, read: Callable[[str], T | None], problem: str) -> list[T]:
    found = []
    for row, cells in enumerate(table.rows):
        value = read(cells[table.columns.index(name)])
        if value is None:
            raise table.refuse(row, name, f"{problem}.")
        found.append(value)
    return found


def _whole(cell: str) -> int | None:
    match = _WHOLE.fullmatch(cell)
    return int(match[1]) if match else None


def _times(table: Table, name: str) -> pd.Series[pd.Timestamp]:
    """Times in UTC; a time without a zone, as a spreadsheet shows it, is in UTC too, as it was written."""
    cells = [cells[table.columns.index(name)].strip() for cells in table.rows]
    month_first = _month_first(cells)
    found: list[datetime | None] = []
    for row, cell in enumerate(cells):
        time = _time(cell, month_first=month_first)
        if time is None and (cell or name == "time"):
            raise table.refuse(row, name, _no_time(cell))
        found.append(time)
    return pd.Series(pd.to_datetime(pd.Series(found, dtype="object"), utc=True)).astype("datetime64[us, UTC]")


def _month_first(cells: Sequence[str]) -> bool | None:
    """Whether dates with strokes begin with the month, as any beyond the 12th shows; None where nothing shows it."""
    pairs = [(int(match[1]), int(match[3])) for match in map(_DAY_FIRST.fullmatch, cells) if match and match[2] == "/"]
    if any(first > 12 for first, _ in pairs):
        return False
    return True if any(second > 12 for _, second in pairs) else None


def _time(cell: str, *, month_first: bool | None) -> datetime | None:
    try:
        if match := _DAY_FIRST.fullmatch(cell):
            first, second = int(match[1]), int(match[3])
            if match[2] == "/" and month_first is None and first != second:
                return None
            day, month = (second, first) if match[2] == "/" and month_first else (first, second)
            return _made(int(match[4]), month, day, match[5], match[6])
        if match := _YEAR_FIRST.fullmatch(cell):
            return _made(int(match[1]), int(match[3]), int(match[4]), match[5], None)
        time = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _made(year: int, month: int, day: int, clock: str | None, half: str | None) -> datetime:
    hour, minute, second = [int(part) for part in (clock or "0:0").split(":")] + [0] * (2 - (clock or "0:0").count(":"))
    if half:
        hour = hour % 12 + 12 * (half.upper() == "PM")
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _no_time(cell: str) -> str:
    if _DAY_FIRST.fullmatch(cell):
        return f"may have its day or its month first. Show the column as {_EXAMPLE} in the spreadsheet, and save again."
    if re.fullmatch(r"\d{1,2}:\d\d(?:[.:]\d+)?", cell):
        return f"has lost its day in a spreadsheet. Show the column as {_EXAMPLE} there, or export the table again."
    return f"is no time that can be read. Write it as {_EXAMPLE}, or export the table again."
