"""Who has withdrawn, and which files their answers were in when they did: pseudonyms and names of files, never a text.

Beside an SQLite store stands a small file that says the same about withdrawals, so that they are known even where the
store itself was lost and a backup takes its place.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from ..errors import FileError, StoreError
from ..files.private import append, read
from ..text.days import is_moment
from ..text.limits import UNSTORABLE
from .database import Database, HasDatabase, translate_database_errors, utc_now
from .tables import handed_out, withdrawals

log = logging.getLogger(__name__)

# Strict, because the end of a line that was cut short names nobody.
PSEUDONYM = re.compile("L-[0-9A-HJKMNP-TV-Z]{8}")
LONGEST_NOTES = 10_000_000
"""Bytes of a file of notes: more than a hundred thousand withdrawals."""
BEGUN = "begun/"
"""Stands before the name of a file that is not known to be whole; no file's name has a slash."""

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
class HandedOut:
    """A file that held a learner's answers when it was written."""

    what: str
    at: datetime
    whole: bool = True
    """False where writing it was begun and nobody knows how it ended: it may be there, or a part of it."""


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A learner who was deleted, by whom, and the files that their answers had been in."""

    pseudonym: str
    at: datetime
    by: str
    files: tuple[HandedOut, ...]


class Ledger:
    """What was handed out of one database, and who has withdrawn from it."""

    def __init__(self, store: HasDatabase, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @translate_database_errors
    def hand_out(self, what: str, pseudonyms: Iterable[str]) -> None:
        """Note whose answers stand in a file of this name."""
        at = self._now()
        rows = [{"pseudonym": name, "what": what, "at": at} for name in sorted(set(pseudonyms))]
        if rows:
            with self.database.writing() as connection:
                connection.execute(sa.insert(handed_out), rows)

    @contextmanager
    def handing_out(self, what: str, pseudonyms: Iterable[str]) -> Iterator[None]:
        """Note whose answers stand in a file while it is being written.

        Before the block as begun, so that a file of a process that was killed is known too; after it as whole. Where
        the block fails nothing was handed out, and nothing stays noted.
        """
        whose = sorted(set(pseudonyms))
        begun = self._begin(what, whose)
        try:
            yield
        except BaseException:
            with suppress(StoreError):  # then it stays noted as begun
                self._end(begun, None)
            raise
        self._end(begun, what)

    @translate_database_errors
    def _begin(self, what: str, whose: Iterable[str]) -> list[int]:
        at = self._now()
        with self.database.writing() as connection:
            new = sa.insert(handed_out).returning(handed_out.c.id)
            rows = [{"pseudonym": name, "what": f"{BEGUN}{what}", "at": at} for name in whose]
            return list(connection.scalars(new, rows)) if rows else []

    @translate_database_errors
    def _end(self, begun: Sequence[int], what: str | None) -> None:
        with self.database.writing() as connection:
            change = sa.delete(handed_out) if what is None else sa.update(handed_out).values(what=what)
            if begun:
                same = handed_out.c.id == sa.bindparam("number")
                connection.execute(change.where(same), [{"number": number} for number in begun])

    @translate_database_errors
    def withdrawals(self) -> list[Withdrawal]:
        """Every learner who was deleted, the latest first."""
        files: dict[str, list[HandedOut]] = {}
        with self.database.reading() as connection:
            found = connection.execute(sa.select(withdrawals).order_by(withdrawals.c.at.desc())).all()
            for row in connection.execute(sa.select(handed_out).order_by(handed_out.c.id)):
                what, whole = row.what.removeprefix(BEGUN), not row.what.startswith(BEGUN)
                files.setdefault(row.pseudonym, []).append(HandedOut(what=what, at=row.at, whole=whole))
        return [
            Withdrawal(pseudonym=row.pseudonym, at=row.at, by=row.by, files=tuple(files.get(row.pseudonym, ())))
            for row in found
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
