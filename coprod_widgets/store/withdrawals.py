"""Who has withdrawn, and the file beside an SQLite store that says so too: pseudonyms, never a text.

With that file, withdrawals are known even if the store itself was lost and a backup takes its place.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from ..errors import FileError
from ..files.private import append, read
from ..text.days import is_moment
from ..text.limits import UNSTORABLE
from .database import Database, HasDatabase, translate_database_errors
from .handed_out import HandedOut, files_by_learner
from .tables import withdrawals

log = logging.getLogger(__name__)

# Strict, because the end of a line that was cut short names nobody.
PSEUDONYM = re.compile("L-[0-9A-HJKMNP-TV-Z]{8}")
LONGEST_NOTES = 10_000_000
"""Bytes of a file of notes: more than a hundred thousand withdrawals."""

WITHDRAWN_BY, TAKEN_BACK = ("learner", "instructor", "purge"), ("class", "research")
ANSWER = "answer"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One line of the file: who took back what, and when.

    `what` is by whom everything of a learner's was deleted, or a use that they no longer agree to, or "answer" where
    one answer was deleted: to `answer`, which is class session, self-study and question.
    """

    at: datetime
    what: str
    pseudonym: str
    answer: tuple[str, str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A learner who was deleted, by whom, and the files that their answers had been in."""

    pseudonym: str
    at: datetime
    by: str
    files: tuple[HandedOut, ...]


class Withdrawals:
    """Who has withdrawn from one database."""

    def __init__(self, store: HasDatabase):
        self.database = store.database

    @translate_database_errors
    def all(self) -> list[Withdrawal]:
        """Every learner who was deleted, the latest first."""
        with self.database.reading() as connection:
            files = files_by_learner(connection)
            rows = connection.execute(sa.select(withdrawals).order_by(withdrawals.c.at.desc())).all()
        return [
            Withdrawal(pseudonym=row.pseudonym, at=row.at, by=row.by, files=tuple(files.get(row.pseudonym, ())))
            for row in rows
        ]


def notes_beside(file: Path) -> Path:
    """Where the withdrawals from a store, or since a backup, are noted beside it."""
    return file.with_name(f"{file.name}.withdrawn")


def note_down(database: Database, notes: Iterable[Note]) -> None:
    """Add lines to the file beside an SQLite store; what the database itself knows does not hang on it."""
    lines = "".join(map(_line, notes))
    if database.file is None or not lines:
        return
    try:
        append(notes_beside(database.file), lines.encode())
    except OSError as error:
        log.error("A withdrawal could not be noted in %s: %s", notes_beside(database.file), error.strerror)


def noted(file: Path, *, skip: bool = False) -> list[Note]:
    """The notes beside a store or a backup; none where there is no such file.

    FileError names the first line that cannot be read: it may stand for a learner who would come back. With `skip`
    such lines are passed over.
    """
    return noted_in(notes_beside(file), skip=skip)


def noted_in(path: Path, *, skip: bool = False) -> list[Note]:
    """The notes in a file."""
    try:
        content = read(path, LONGEST_NOTES + 1)
    except FileNotFoundError:
        return []
    if len(content) > LONGEST_NOTES:
        raise FileError(f"{path} has more than {LONGEST_NOTES:,} bytes, which no such file has. Move it away.")
    notes = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            # What an editor may have added is harmless: a mark at the beginning, blanks, an empty line.
            text = line.decode("utf-8-sig").strip()
            if text:
                notes.append(_note(text))
        except (ValueError, RecursionError):  # UnicodeDecodeError is one
            if not skip:
                raise FileError(
                    f"{path}, line {number} cannot be read. It may name a learner who has withdrawn and would come "
                    "back: mend the line, or go on without it with --skip-unreadable."
                ) from None
    return notes


def _line(note: Note) -> str:
    answer = () if note.answer is None else (json.dumps(note.answer),)  # in ASCII, without a tab or line break
    return "\t".join((note.at.astimezone(UTC).isoformat(), note.what, note.pseudonym, *answer)) + "\n"


def _note(line: str) -> Note:
    at, what, pseudonym, *more = line.split("\t")
    when, answer = datetime.fromisoformat(at), None
    if what == ANSWER and len(more) == 1:
        answer = _answer(json.loads(more[0]))
    elif what not in WITHDRAWN_BY + TAKEN_BACK or more:
        raise ValueError("not a note")
    if not PSEUDONYM.fullmatch(pseudonym) or not is_moment(when):
        raise ValueError("nobody, or at no time")
    return Note(at=when.astimezone(UTC), what=what, pseudonym=pseudonym, answer=answer)


def _answer(parts: object) -> tuple[str, str, str]:
    match parts:
        case [str(session), str(study), str(question)] if session and study and question:
            if not UNSTORABLE.search(session + study + question):
                return session, study, question
    raise ValueError("no answer")
