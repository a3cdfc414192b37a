"""Writes the rows of a store to one long CSV table, and reads it back to the letter."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .frames import with_study

if TYPE_CHECKING:
    from .self_study import Asked, SelfStudy

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

# What a spreadsheet may take for a formula, also behind spaces, control and invisible characters; or an
# apostrophe, so that the one in front is always ours to take away.
HIDDEN = r"[\s\x01-\x1f\u200b-\u200f\u2060\ufeff]*"
RISKY = re.compile(rf"{HIDDEN}['=+\-@＝＋－＠﹢﹣﹦﹫]|{HIDDEN}[\t\r\n]")


def write_csv(rows: Iterable[Mapping[str, Any]], path: str | os.PathLike[str], study: SelfStudy | None = None) -> None:
    """Write the rows of `ResponseStore.rows` to a CSV file for this account alone; an older one is replaced.

    A cell that a spreadsheet could take for a formula gets an apostrophe in front: read it with `read_csv`.
    Actor and aspect are those of the question as it was asked; where the store does not know them, those of `study`.
    """
    now = _asked_now(study)
    _write(path, COLUMNS, (_values(row, now) for row in rows))


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write any frame that holds people's texts, such as codings, as `write_csv` writes answers."""
    _write(path, [str(name) for name in frame.columns], frame.astype(str).to_numpy().tolist())


def _write(path: str | os.PathLike[str], columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    target = Path(path)
    # A temporary file is made with mode 0600, and the half-written table never bears the name.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerows(map(_guarded, row) for row in (columns, *rows))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read what `write_csv` wrote, as it was stored: numbers, aware times in UTC, and text to the letter.

    Invented answers, which have no columns about consent, are read as they are. A file without the column `study`, as
    exports once were, is about the kit's own self-study.
    """
    frame = read_table(path)
    if tuple(frame.columns) not in READABLE:
        raise ValueError(f"{path} is not a table of answers. Its columns must be: {', '.join(COLUMNS)}.")
    return _typed(with_study(frame))


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read what `write_table` wrote; every column is text, to the letter."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        lines = [[cell.removeprefix("'") for cell in line] for line in csv.reader(file, strict=True)]
    columns, *rows = lines or [[]]
    return pd.DataFrame(rows, columns=columns, dtype="str")


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
    return f"'{cell}" if RISKY.match(cell) else cell
