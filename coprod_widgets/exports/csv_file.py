"""Writes the rows of a store to one long CSV table, and reads it back to the letter."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..files.private import refuse_to_replace, written_whole
from .cells import typed
from .frames import as_texts, with_study
from .table_file import Table, read_table_file

if TYPE_CHECKING:
    from ..study.self_study import Asked, SelfStudy
from ..store.access import refuse_served

COLUMNS = (
    "study",
    "session",
    "pseudonym",
    "question",
    "actor",
    "aspect",
    "language",
    "version",
    "revision",
    "state",
    "time",
    "class_use",
    "research_use",
    "consent_version",
    "consent_language",
    "consent_at",
    "text",
)
CONSENT = ("class_use", "research_use", "consent_version", "consent_language", "consent_at")
INVENTED = tuple(name for name in COLUMNS if name not in CONSENT)
"""The columns of answers that nobody had to be asked about, such as the sample data's."""
READABLE = (COLUMNS, COLUMNS[1:], INVENTED, INVENTED[1:])
"""Older exports have no `study`: they are about the kit's own self-study."""

ANSWERS = {"session", "pseudonym", "question", "text"}
"""Columns that every table of answers has had, whichever version wrote it."""

# What a spreadsheet may take for a formula, also behind spaces, control and invisible characters; or an
# apostrophe, so that the one in front is always ours to take away.
HIDDEN = r"[\s\x01-\x1f\u200b-\u200f\u2060\ufeff]*"
RISKY = re.compile(rf"{HIDDEN}['=+\-@＝＋－＠﹢﹣﹦﹫]|{HIDDEN}[\t\r\n]")


# A program that splits at semicolons or tabs, as spreadsheets do where commas are decimals, heeds no quotes inside a
# cell: whatever stands behind one of these becomes a cell of its own, which may itself begin with quotes.
SIGNS = frozenset("'=+-@＝＋－＠﹢﹣﹦﹫")
SEPARATOR = re.compile(r"\r\n|[;\t\r\n]")
UNSEEN = re.compile(r'[;"\s\x01-\x1f\u200b-\u200f\u2060\ufeff]+')
SEPARATED = re.compile(r"(\r\n|[;\t\r\n])'")


def write_csv(rows: Iterable[Mapping[str, Any]], path: str | os.PathLike[str], study: SelfStudy | None = None) -> None:
    """Write the rows of `ResponseStore.rows` to a CSV file for this account alone.

    It replaces an earlier table of answers and nothing else: FileError names what is in the way.

    A cell that a spreadsheet could take for a formula gets an apostrophe in front: read it with `read_csv`.
    Actor and aspect are those of the question as it was asked; where the store does not know them, those of `study`.
    """
    now = _asked_now(study)
    _write(path, COLUMNS, (_values(row, now) for row in rows))


def check_output(path: str | os.PathLike[str]) -> None:
    """Raise FileError where `write_csv` would find something in the way: before anybody is told of a file."""
    refuse_to_replace(Path(path), lambda content: _is_earlier(content, COLUMNS))


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write any frame that holds people's texts, such as codings, as `write_csv` writes answers.

    It replaces an earlier table with the same columns and nothing else.
    """
    _write(path, [str(name) for name in frame.columns], as_texts(frame).to_numpy().tolist())


def _write(path: str | os.PathLike[str], columns: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    header = [_guarded(name) for name in columns]
    # The half-written table never bears the name.
    with (
        written_whole(path, replaces=lambda content: _is_earlier(content, header)) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(map(_guarded, row) for row in rows)


def _is_earlier(content: bytes, header: Sequence[str]) -> bool:
    """Whether a file is a table that was written here: of answers, or with the same header."""
    if not content.startswith(codecs.BOM_UTF8):
        return False
    with closing(io.StringIO(content.decode("utf-8-sig", "replace"), newline="")) as file, suppress(csv.Error):
        first = next(csv.reader(file), [])
        return first == list(header) or {*first} >= ANSWERS
    return False


def read_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read what `write_csv` wrote, as it was stored: numbers, aware times in UTC, and text to the letter.

    A file that a spreadsheet saved again is read too, with its separators and dates; ValueError says in which line and
    column something cannot be read, and never quotes it.

    Invented answers, which have no columns about consent, are read as they are. A file without the column `study`, as
    exports once were, is about the kit's own self-study.
    """
    table = _restored_table(path)
    known = next((columns for columns in READABLE if {*columns} == {*table.columns}), None)
    if known is None:
        missing = [name for name in INVENTED[1:] if name not in table.columns]
        which = f"It lacks {', '.join(missing)}" if missing else "It has columns that no such table has"
        raise ValueError(f"{path} is not a table of answers. {which}. Its columns must be: {', '.join(COLUMNS)}.")
    if "class_use" in table.columns:  # people were asked, so it is no sample
        refuse_served()
    return with_study(typed(table)[list(known)])


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read what `write_table` wrote, also where a spreadsheet saved it again; every column is text, to the letter."""
    table = _restored_table(path)
    return pd.DataFrame(table.rows, columns=table.columns, dtype="str")


def _restored_table(path: str | os.PathLike[str]) -> Table:
    table = read_table_file(path)
    rows = [[_restored(cell) for cell in cells] for cells in table.rows]
    return replace(table, columns=[_restored(name) for name in table.columns], rows=rows)


def to_frame(rows: Iterable[Mapping[str, Any]], study: SelfStudy | None = None) -> pd.DataFrame:
    """The rows of `ResponseStore.rows` as the same frame that `read_csv` gives."""
    now = _asked_now(study)
    return _typed(pd.DataFrame([_values(row, now) for row in rows], columns=list(COLUMNS), dtype="str"))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers, times and choices as such; `consent_version` is 0 and `consent_at` not a time where nobody chose."""
    for name in frame.columns.intersection(["time", "consent_at"]):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    for name in frame.columns.intersection(["class_use", "research_use"]):
        frame[name] = frame[name] == "yes"
    return frame.astype(dict.fromkeys(frame.columns.intersection(["version", "revision", "consent_version"]), "int64"))


def _asked_now(study: SelfStudy | None) -> dict[tuple[str, str], Asked]:
    return {(study.key, question): asked for question, asked in study.wording.items()} if study else {}


def _values(row: Mapping[str, Any], now: Mapping[tuple[str, str], Asked]) -> list[str]:
    asked = now.get((row["study"], row["question"]))
    known = {name: row.get(name) for name in ("actor", "aspect")}
    cells = {
        **row,
        **{name: getattr(asked, name, "") if cell is None else cell for name, cell in known.items()},
        "version": row["study_version"],
        "time": _time(row["saved_at"]),
        "consent_at": _time(row["consent_at"]),
        **{use: "yes" if row[use] else "no" for use in ("class_use", "research_use")},
    }
    return [str(cells[name]) for name in COLUMNS]


def _time(time: datetime | None) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if time else ""


def _guarded(cell: str) -> str:
    """A cell that no program takes for a formula: with an apostrophe in front, and after each separator before one."""
    behind = _guarded_behind(cell) if SEPARATOR.search(cell) else cell
    return cell if behind == cell and not RISKY.match(cell) else "'" + behind


def _guarded_behind(cell: str) -> str:
    """Found by what may stand between separator and sign, so that a thousand blank lines take no time."""

    def guard(unseen: re.Match[str]) -> str:
        return SEPARATOR.sub(r"\g<0>'", unseen[0]) if cell[unseen.end() : unseen.end() + 1] in SIGNS else unseen[0]

    return UNSEEN.sub(guard, cell)


def _restored(cell: str) -> str:
    """What `_guarded` was given."""
    return SEPARATED.sub(r"\1", cell[1:]) if cell.startswith("'") else cell
