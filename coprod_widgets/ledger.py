"""Who has withdrawn, and which files their answers were in when they did: pseudonyms and names of files, never a text.

Beside an SQLite store stands a small file that says the same about withdrawals, so that they are known even where the
store itself was lost and a backup takes its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from .migrations.database import Database, Owner, in_plain_words, utc_now
from .migrations.tables import handed_out, withdrawals

WITHDRAWN_BY, TAKEN_BACK = ("learner", "instructor", "purge"), ("class", "research")


@dataclass(frozen=True, kw_only=True)
class Note:
    """One line of the file: who took back what, and when.

    `what` is by whom everything of a learner's was deleted, or a use that they no longer agree to.
    """

    at: datetime
    what: str
    pseudonym: str


@dataclass(frozen=True, kw_only=True)
class HandedOut:
    """A file that held a learner's answers when it was written."""

    what: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A learner who was deleted, by whom, and the files that their answers had been in."""

    pseudonym: str
    at: datetime
    by: str
    files: tuple[HandedOut, ...]


class Ledger:
    """What was handed out of one database, and who has withdrawn from it."""

    def __init__(self, store: Owner, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @in_plain_words
    def hand_out(self, what: str, pseudonyms: Iterable[str]) -> None:
        """Note whose answers stand in a file of this name."""
        at = self._now()
        rows = [{"pseudonym": name, "what": what, "at": at} for name in sorted(set(pseudonyms))]
        if rows:
            with self.database.writing() as connection:
                connection.execute(sa.insert(handed_out), rows)

    @in_plain_words
    def withdrawals(self) -> list[Withdrawal]:
        """Every learner who was deleted, the latest first."""
        files: dict[str, list[HandedOut]] = {}
        with self.database.reading() as connection:
            found = connection.execute(sa.select(withdrawals).order_by(withdrawals.c.at.desc())).all()
            for row in connection.execute(sa.select(handed_out).order_by(handed_out.c.id)):
                files.setdefault(row.pseudonym, []).append(HandedOut(what=row.what, at=row.at))
        return [
            Withdrawal(pseudonym=row.pseudonym, at=row.at, by=row.by, files=tuple(files.get(row.pseudonym, ())))
            for row in found
        ]


def notes_beside(file: Path) -> Path:
    """Where the withdrawals from a store, or since a backup, are noted beside it."""
    return file.with_name(f"{file.name}.withdrawn")


def note_down(database: Database, notes: Iterable[Note]) -> None:
    """Add lines to the file beside an SQLite store; what the database itself knows does not hang on it."""
    lines = "".join(f"{note.at.astimezone(UTC).isoformat()}\t{note.what}\t{note.pseudonym}\n" for note in notes)
    if database.file is None or not lines:
        return
    with suppress(OSError):
        handle = os.open(notes_beside(database.file), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def noted(file: Path) -> list[Note]:
    """The notes beside a store or a backup; none where there is no such file. A line cut short counts as none."""
    with suppress(FileNotFoundError):
        lines = notes_beside(file).read_text(encoding="utf-8").splitlines()
        return [note for line in lines if (note := _note(line))]
    return []


def _note(line: str) -> Note | None:
    with suppress(ValueError):
        at, what, pseudonym = line.split("\t")
        if what in WITHDRAWN_BY + TAKEN_BACK:
            return Note(at=datetime.fromisoformat(at).astimezone(UTC), what=what, pseudonym=pseudonym)
    return None
