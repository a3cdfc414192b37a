"""Backups of an SQLite store, and the way back: whoever withdrew since then is deleted again before it is used."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from .consents import Consent, add_consent, choices_of
from .errors import CoprodError, LearnerGone, StoreError
from .ledger import Note, note_down, noted
from .migrations.database import Database, Owner, in_plain_words, utc_now
from .migrations.tables import (
    consents,
    handed_out,
    learners,
    removed_answers,
    responses,
    revisions,
    section_phases,
    sessions,
    withdrawals,
    wordings,
)
from .phases import bring_together
from .records import add_withdrawal, count, remove_answer, remove_learner
from .retention import Purged, Retention
from .self_study import USES
from .showing import hide_all
from .texts import counted


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restored store holds, and what did not come back with it."""

    learners: int
    again: int
    """Learners of the backup who had withdrawn since, and were deleted again."""
    purged: tuple[Purged, ...]
    """Sessions of the backup whose last day is past."""


@dataclass(frozen=True, kw_only=True)
class _Since:
    """What a store knows that an older backup of it does not."""

    notes: tuple[Note, ...]
    choices: tuple[tuple[str, str, str, Consent], ...]
    sessions: tuple[dict[str, object], ...]
    section_phases: tuple[dict[str, object], ...]
    files: tuple[dict[str, object], ...]
    wordings: tuple[dict[str, object], ...]
    removed: tuple[dict[str, Any], ...]


class Backups:
    """Copies of one store, made and put back."""

    def __init__(self, store: Owner, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @in_plain_words
    def back_up(self, target: Path) -> int:
        """Write the whole store to a new file for this account alone; how many learners are in it.

        Others may write meanwhile. What was deleted before is not in it, not even as a stale byte.
        """
        self._only_sqlite(f"pg_dump --format=custom --file={target} {self.database.shown.replace('+psycopg', '')}")
        if target.exists():
            raise CoprodError(f"{target} exists already, and a backup is never overwritten. Name another file.")
        self.database.check()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")  # with mode 0600
        os.close(handle)
        try:
            with self.database.raw() as raw:
                raw.execute("VACUUM INTO ?", (name,))
            _sync(Path(name))
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        return _learners(Database(target))

    @in_plain_words
    def restore(self, backup: Path, *, overwrite: bool = False) -> Restored:
        """Put a backup in the place of this store, in one step: a running server goes on with what came back.

        First everyone is deleted from it who withdrew since: as this store knows, or the notes beside it, or those
        beside the backup. Choices taken back since are taken back, sessions past their day are purged, and no
        answer is on a screen until it is shown again.
        """
        self._only_sqlite("pg_restore --clean; then coprod withdraw for everyone whom coprod withdrawals listed")
        self.database.prepare()
        if not overwrite and (lost := _learners(self.database)):
            raise StoreError(
                f"The store {self.database.shown} holds {counted(lost, 'learner')}, whose newest answers are not in "
                "the backup. Keep them with coprod backup, then add --overwrite."
            )
        with tempfile.TemporaryDirectory(dir=Path(self.database.shown).parent, prefix=".restoring-") as folder:
            copy = _copy(backup, Path(folder) / "copy.sqlite3")
            restored = self._as_of_now(copy, backup)
            with copy.raw() as source, self.database.raw() as here:
                source.backup(here)
        with self.database.writing() as connection:  # whoever withdrew while this went on
            _follow(connection, noted(Path(self.database.shown)))
        self.database.forget()
        return restored

    def _as_of_now(self, copy: Database, backup: Path) -> Restored:
        since = _known_since(self.database, backup)
        with copy.writing() as connection:
            _add_sessions(connection, since.sessions, since.section_phases)
            _add_files(connection, since.files)
            _add_choices(connection, since.choices)
            _add_wordings(connection, since.wordings)
            _remove_answers(connection, since.removed)
            again = _follow(connection, since.notes)
            hide_all(connection)
        purged = Retention(_Owned(copy), now=self._now).purge()
        if not copy.forget():
            raise StoreError(f"The backup {backup} could not be prepared. Try again.")
        # The notes outlive the store that they were learned from.
        ours = Path(self.database.shown)
        note_down(self.database, [note for note in since.notes if note not in noted(ours)])
        return Restored(learners=_learners(copy), again=again, purged=tuple(purged))

    def _only_sqlite(self, instead: str) -> None:
        if self.database.file is None:
            raise CoprodError(f"A store on PostgreSQL has its own tools for this. Use {instead}.")


@dataclass(frozen=True)
class _Owned:
    database: Database


def _copy(backup: Path, target: Path) -> Database:
    """A copy of the backup, with the tables of this version of the kit."""
    if not backup.is_file():
        raise CoprodError(f"There is no backup {backup}.")
    copy = Database(target)
    copy.shown = str(backup)  # messages are about what the caller named
    target.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as source, copy.raw() as into:
            source.backup(into)
    except sqlite3.DatabaseError:
        problem = f"{backup} is not a backup that can be read. Name a file that coprod backup wrote."
    else:
        if not _holds_a_store(copy):
            raise CoprodError(f"{backup} is not a backup of a store. Name a file that coprod backup wrote.")
        copy.prepare()
        return copy
    raise CoprodError(problem)


def _holds_a_store(copy: Database) -> bool:
    with copy.reading() as connection:
        return sa.inspect(connection).has_table("revision")


def _known_since(database: Database, backup: Path) -> _Since:
    """All that the store now in place, the notes beside it and those beside the backup know."""
    who = learners.c.pseudonym, responses.c.session, responses.c.study_key
    chosen = sa.select(*who, consents).select_from(consents.join(responses).join(learners)).order_by(consents.c.id)
    parts = tuple(Consent.__dataclass_fields__)
    with database.reading() as connection:
        told = [
            Note(at=row.at, what=row.by, pseudonym=row.pseudonym) for row in connection.execute(sa.select(withdrawals))
        ]
        return _Since(
            notes=tuple(dict.fromkeys([*told, *noted(Path(database.shown)), *noted(backup)])),
            choices=tuple(
                (row.pseudonym, row.session, row.study_key, Consent(**{name: row._mapping[name] for name in parts}))
                for row in connection.execute(chosen)
            ),
            sessions=tuple(_rows(connection, sessions)),
            section_phases=tuple(_rows(connection, section_phases)),
            files=tuple(_rows(connection, handed_out)),
            wordings=tuple(_rows(connection, wordings)),
            removed=tuple(_rows(connection, removed_answers)),
        )


def _rows(connection: sa.Connection, table: sa.Table) -> Iterable[dict[str, Any]]:
    for row in connection.execute(sa.select(table)).mappings():
        yield {name: value for name, value in row.items() if name != "id"}


def _follow(connection: sa.Connection, notes: Iterable[Note]) -> int:
    """Delete whoever has withdrawn and take back what was taken back; how many learners were deleted."""
    again = 0
    for note in notes:
        if note.what in USES:
            _take_back(connection, note)
        else:
            again += _delete_again(connection, note)
    return again


def _delete_again(connection: sa.Connection, note: Note) -> bool:
    try:
        remove_learner(connection, note.pseudonym, by=note.what, at=note.at)
    except LearnerGone:
        add_withdrawal(connection, note.pseudonym, by=note.what, at=note.at)
        return False
    return True


def _add_sessions(
    connection: sa.Connection, known: Iterable[dict[str, object]], apart: Sequence[dict[str, object]]
) -> None:
    """The last day that counts is the one that learners were told last, and so are the phases."""
    for row in known:
        bring_together(connection, str(row["name"]))
        same = sessions.c.name == row["name"]
        if connection.execute(sa.select(sessions.c.id).where(same)).first():
            connection.execute(sa.update(sessions).where(same).values(row))
        else:
            connection.execute(sa.insert(sessions).values(row))
    if apart:
        connection.execute(sa.insert(section_phases), apart)


def _add_files(connection: sa.Connection, known: Iterable[dict[str, object]]) -> None:
    there = {tuple(row.items()) for row in _rows(connection, handed_out)}
    if new := [row for row in known if tuple(row.items()) not in there]:
        connection.execute(sa.insert(handed_out), new)


def _add_wordings(connection: sa.Connection, known: Iterable[dict[str, object]]) -> None:
    """What was asked since; of what the backup knows itself, its own words stand, to which its answers were given."""
    which = ("study_key", "version", "language", "question")
    there = {tuple(row[name] for name in which) for row in _rows(connection, wordings)}
    if new := [row for row in known if tuple(row[name] for name in which) not in there]:
        connection.execute(sa.insert(wordings), new)


def _remove_answers(connection: sa.Connection, known: Iterable[dict[str, Any]]) -> None:
    """Delete again what learners deleted since, one answer at a time; a text that came later is not among them."""
    for row in known:
        query = sa.select(responses).join(learners).where(learners.c.pseudonym == row["pseudonym"])
        query = query.where((responses.c.session == row["session"]) & (responses.c.study_key == row["study"]))
        if (response := connection.execute(query).first()) is None:
            continue
        theirs = (revisions.c.response_id == response.id) & (revisions.c.question == row["question"])
        newest = connection.scalar(sa.select(sa.func.max(revisions.c.saved_at)).where(theirs))
        if newest is not None and newest <= row["at"]:
            remove_answer(connection, response, row["pseudonym"], row["question"], row["at"])


def _add_choices(connection: sa.Connection, known: Iterable[tuple[str, str, str, Consent]]) -> None:
    """What learners chose since, in the order in which they did."""
    where = learners.c.pseudonym, responses.c.session, responses.c.study_key
    found = connection.execute(sa.select(*where, responses.c.id).select_from(responses.join(learners)))
    places = {tuple(row[:3]): row.id for row in found}
    for *place, choice in known:
        if (response_id := places.get(tuple(place))) is None:
            continue
        before = choices_of(connection, response_id).get(choice.use)
        if before is None or before.at < choice.at:
            add_consent(connection, response_id, choice)


def _take_back(connection: sa.Connection, note: Note) -> None:
    """A use that a learner no longer agreed to, in every response that agreed to it before."""
    theirs = sa.select(responses.c.id).join(learners).where(learners.c.pseudonym == note.pseudonym)
    for response_id in connection.scalars(theirs).all():
        choice = choices_of(connection, response_id).get(note.what)
        if choice and choice.given and choice.at < note.at:
            add_consent(connection, response_id, replace(choice, given=False, at=note.at))


def _learners(database: Database) -> int:
    with database.reading() as connection:
        return count(connection, sa.select(learners.c.id))


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
