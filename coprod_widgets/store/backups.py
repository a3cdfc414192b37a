"""Makes and restores backups of an SQLite store; learners who withdrew since a backup are deleted again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..errors import CoprodError, FileError, LearnerGone, StoreError
from ..files.private import make_folder, shown, written_whole
from ..files.temporary import private_folder, remove_abandoned
from ..study.self_study import USES
from ..text.limits import counted
from .backup_file import beside, look_for, read_backup, refuse_itself
from .consents import Consent, add_consent, choice_history, newest_choices
from .database import Database, HasDatabase, new_edition, translate_database_errors, utc_now
from .phases import reset_sections
from .queries import add_withdrawal, count, remove_answer, remove_learner
from .retention import Purged, Retention
from .tables import (
    consents,
    handed_out,
    keys,
    learners,
    metadata,
    removed_answers,
    responses,
    section_phases,
    sessions,
    withdrawals,
    wordings,
)
from .visibility import hide_all
from .withdrawals import ANSWER, Note, note_down, noted, noted_in, notes_beside

WRITING_FAILED = {
    "CANTOPEN": "it cannot be made there",
    "FULL": "the disk is full",
    "IOERR": "its disk does not take it",
    "READONLY": "its folder is read-only",
}


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restored store holds, and what did not come back with it."""

    learners: int
    again: int
    """Learners of the backup who had withdrawn since, and were deleted again."""
    purged: tuple[Purged, ...]
    """Sessions of the backup whose last day is past."""


@dataclass(frozen=True, kw_only=True)
class _NoteFiles:
    """What is noted in files beside a store and its backup, and in those of others."""

    ours: tuple[Note, ...]
    others: tuple[Note, ...]


@dataclass(frozen=True, kw_only=True)
class _StateAfterBackup:
    """What a store knows that an older backup of it does not."""

    notes: tuple[Note, ...]
    choices: tuple[tuple[str, str, str, Consent], ...]
    sessions: tuple[dict[str, object], ...]
    section_phases: tuple[dict[str, object], ...]
    files: tuple[dict[str, object], ...]
    wordings: tuple[dict[str, object], ...]
    keys: tuple[dict[str, object], ...]
    """Of devices and resume codes, each with the pseudonym of its learner."""


class Backups:
    """Copies of one store, made and put back."""

    def __init__(self, store: HasDatabase, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @translate_database_errors
    def back_up(self, target: Path) -> int:
        """Write the whole store to a new file for this account alone; how many learners are in it.

        Others may write meanwhile. What was deleted before is not in it, not even as a stale byte. A store of an
        earlier version is written as it is: that is the copy to have before it is brought up to date.
        """
        self._only_sqlite(f"pg_dump --format=custom --file={target} {self.database.shown.replace('+psycopg', '')}")
        self.database.check_readable(older=True)
        remove_abandoned(Path(self.database.shown).parent)
        if stale := beside(target):  # of a store that had this name, and was moved away without its log
            raise FileError(f"{shown(stale[0])} would be taken for a part of the backup. Give the backup another name.")
        with written_whole(target) as temporary:
            problem = None
            try:
                with self.database.raw() as raw:
                    raw.execute("VACUUM INTO ?", (str(temporary),))
            except sqlite3.OperationalError as error:
                # It reads the store and writes the backup; a store that could not be read would have failed above.
                if not (problem := WRITING_FAILED.get(error.sqlite_errorname.removeprefix("SQLITE_").split("_")[0])):
                    raise
            if problem:
                raise FileError(f"{target} cannot be written: {problem}.")
            return _learners(Database(temporary))

    @translate_database_errors
    def restore(
        self, backup: Path, *, overwrite: bool = False, skip_unreadable: bool = False, clock_is_right: bool = False
    ) -> Restored:
        """Put a backup in the place of this store, in one step: a running server goes on with what came back.

        First everyone is deleted from it who withdrew since: as this store knows, or the notes beside it, or any notes
        in the backup's folder. Choices taken back since are taken back, sessions past their day are purged, and no
        answer is on a screen until it is shown again.

        Writers wait meanwhile, from the last look at this store until the other rows are in it: what was
        acknowledged is known here, or comes after. The store then has another `Database.edition`, by which open pages
        notice that they must compare what they show with what is stored.

        A line of the notes that cannot be read is a FileError, or passed over with `skip_unreadable`. Where sessions
        would be purged by a clock that may be wrong, nothing is changed unless `clock_is_right`.
        """
        self._only_sqlite("pg_restore --clean; then coprod withdraw for everyone whom coprod withdrawals listed")
        notes = _notes_for(Path(self.database.shown), backup, skip_unreadable)  # before anything is changed
        look_for(backup)
        beside = Path(self.database.shown).parent
        make_folder(beside)
        self.database.refuse_folder()
        refuse_itself(backup, self.database.file)
        with private_folder(beside) as folder:
            copy = read_backup(backup, folder)
            self.database.prepare()
            with self.database.raw() as here:
                here.execute("BEGIN IMMEDIATE")  # writers wait from here on
                try:
                    if not overwrite and (lost := _learners(self.database)):
                        raise StoreError(
                            f"The store {self.database.shown} holds {counted(lost, 'learner')}, whose newest answers "
                            "are not in the backup. Keep them with coprod backup, then add --overwrite."
                        )
                    restored = self._up_to_date(copy, notes, clock_is_right)
                    _replace_rows(here, copy)
                    here.execute("COMMIT")
                finally:
                    if here.in_transaction:
                        here.execute("ROLLBACK")
        self.database.vacuum_deleted_text()
        return restored

    def _up_to_date(self, copy: Database, notes: _NoteFiles, clock_is_right: bool) -> Restored:
        with copy.reading() as connection:
            known = {*connection.scalars(sa.select(learners.c.pseudonym))}
        since = _state_after(self.database, notes, known)
        with copy.writing() as connection:
            _add_sessions(connection, since.sessions, since.section_phases)
            _add_files(connection, since.files)
            _add_choices(connection, since.choices)
            _replace_keys(connection, since.keys)
            _add_wordings(connection, since.wordings)
            again = _replay(connection, since.notes)
            hide_all(connection)
        retention = Retention(_Owned(copy), now=self._now)
        if not clock_is_right:
            self._refuse_doubtful_purge(retention)
        purged = retention.purge()
        # The notes outlive the store that they were learned from.
        ours = noted(Path(self.database.shown), skip=True)
        note_down(self.database, [note for note in (*since.notes, *_taken_back(since.choices)) if note not in ours])
        return Restored(learners=_learners(copy), again=again, purged=tuple(purged))

    def _refuse_doubtful_purge(self, retention: Retention) -> None:
        """A purge by a wrong clock would be noted, and every later restore would follow that note."""
        due = retention.due()
        if due and (doubt := retention.doubt(or_newer=Retention(self, now=self._now).newest())):
            names = ", ".join(one.session for one in due)
            raise CoprodError(
                f"{doubt}. By that day {names} would be purged, so nothing was restored. If the date is right, add "
                "--clock-is-right."
            )

    def _only_sqlite(self, instead: str) -> None:
        if self.database.file is None:
            raise CoprodError(f"A store on PostgreSQL has its own tools for this. Use {instead}.")


@dataclass(frozen=True)
class _Owned:
    database: Database


def _replace_rows(here: sqlite3.Connection, copy: Database) -> None:
    """Put every row of the copy in the place of what is here; both have the tables of this version.

    Not with SQLite's backup interface, which does not work in a transaction.
    """
    here.execute("ATTACH DATABASE ? AS copy", (str(copy.file),))
    here.execute("PRAGMA defer_foreign_keys = ON")
    for table in reversed(metadata.sorted_tables):
        here.execute(f'DELETE FROM main."{table.name}"')  # noqa: S608
    for table in metadata.sorted_tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        here.execute(f'INSERT INTO main."{table.name}" ({columns}) SELECT {columns} FROM copy."{table.name}"')  # noqa: S608
    here.execute(f"PRAGMA main.user_version = {new_edition()}")


def _notes_for(store: Path, backup: Path, skip: bool) -> _NoteFiles:
    """The notes beside a store and its backup, and all others in the backup's folder.

    People keep these files with their backups under the old store's name, which a new store need not have.
    """
    ours = {notes_beside(store), notes_beside(backup)}
    others = sorted({*backup.parent.glob("*.withdrawn")} - ours)
    return _NoteFiles(
        ours=tuple(note for path in sorted(ours) for note in noted_in(path, skip=skip)),
        others=tuple(note for path in others for note in noted_in(path, skip=skip)),
    )


def _state_after(database: Database, notes: _NoteFiles, pseudonyms: Collection[str]) -> _StateAfterBackup:
    """All that the store now in place and the notes know; of other stores' notes only what is about these learners."""
    who = learners.c.pseudonym, responses.c.session, responses.c.study_key
    chosen = sa.select(*who, consents).select_from(consents.join(responses).join(learners)).order_by(consents.c.id)
    parts = tuple(Consent.__dataclass_fields__)
    theirs = sa.select(learners.c.pseudonym, *keys.c["kind", "digest", "created_at"]).join_from(keys, learners)
    about = [note for note in notes.others if note.pseudonym in pseudonyms]
    with database.reading() as connection:
        told = [
            *(
                Note(at=row.at, what=row.by, pseudonym=row.pseudonym)
                for row in connection.execute(sa.select(withdrawals))
            ),
            *(
                Note(at=row.at, what=ANSWER, pseudonym=row.pseudonym, answer=(row.session, row.study, row.question))
                for row in connection.execute(sa.select(removed_answers).order_by(removed_answers.c.id))
            ),
        ]
        return _StateAfterBackup(
            notes=tuple(dict.fromkeys([*told, *notes.ours, *about])),
            choices=tuple(
                (row.pseudonym, row.session, row.study_key, Consent(**{name: row._mapping[name] for name in parts}))
                for row in connection.execute(chosen)
            ),
            sessions=tuple(_rows(connection, sessions)),
            section_phases=tuple(_rows(connection, section_phases)),
            files=tuple(_rows(connection, handed_out)),
            wordings=tuple(_rows(connection, wordings)),
            keys=tuple(dict(row) for row in connection.execute(theirs).mappings()),
        )


def _rows(connection: sa.Connection, table: sa.Table) -> Iterable[dict[str, Any]]:
    for row in connection.execute(sa.select(table)).mappings():
        yield {name: value for name, value in row.items() if name != "id"}


def _replay(connection: sa.Connection, notes: Iterable[Note]) -> int:
    """Delete what was deleted and take back what was taken back; how many learners were deleted."""
    again = 0
    for note in sorted(notes, key=lambda note: note.answer is None):  # a deleted learner gets no more notes
        if note.answer is not None:
            _remove_again(connection, note, *note.answer)
        elif note.what in USES:
            _take_back(connection, note)
        else:
            again += _delete_again(connection, note)
    return again


def _remove_again(connection: sa.Connection, note: Note, session: str, study: str, question: str) -> None:
    """Delete an answer that its learner deleted, unless the backup knows of that.

    What it then holds of the answer was written after it. No clock is asked, because it may have been put back.
    """
    which = {"pseudonym": note.pseudonym, "session": session, "study": study, "question": question}
    if connection.execute(sa.select(removed_answers.c.id).filter_by(**which, at=note.at)).first():
        return
    theirs = sa.select(responses).join(learners).where(learners.c.pseudonym == note.pseudonym)
    here = theirs.where((responses.c.session == session) & (responses.c.study_key == study))
    response = connection.execute(here).first()
    if response is None or not remove_answer(connection, response, note.pseudonym, question, note.at).answers:
        connection.execute(sa.insert(removed_answers).values(**which, at=note.at))  # the next backup knows of it


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
        reset_sections(connection, str(row["name"]))
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


def _add_choices(connection: sa.Connection, known: Iterable[tuple[str, str, str, Consent]]) -> None:
    """What learners chose since the backup, in the order in which they did.

    Order is that of the rows and never that of the clock, which may have been put back. Of each use a backup has the
    same first choices as the store that it was made of. Where it has others after these, nobody knows which came last:
    then a no wins.
    """
    where = learners.c.pseudonym, responses.c.session, responses.c.study_key
    found = connection.execute(sa.select(*where, responses.c.id).select_from(responses.join(learners)))
    places = {tuple(row[:3]): row.id for row in found}
    here: dict[tuple[int, str], list[Consent]] = {}
    for *place, choice in known:
        if (response_id := places.get(tuple(place))) is not None:
            here.setdefault((response_id, choice.use), []).append(choice)
    for (response_id, use), choices in here.items():
        there = choice_history(connection, response_id, use)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(choices, there, strict=False)))
        later, others = choices[same:], there[same:]
        for choice in later:
            add_consent(connection, response_id, choice)
        if later and later[-1].given and others and not others[-1].given:
            add_consent(connection, response_id, others[-1])


def _taken_back(known: Iterable[tuple[str, str, str, Consent]]) -> list[Note]:
    """What the store knows to be taken back, as notes: the backup need not have the response that it stands in."""
    newest = {(pseudonym, *place, choice.use): choice for pseudonym, *place, choice in known}
    return [
        Note(at=choice.at, what=choice.use, pseudonym=pseudonym)
        for (pseudonym, *_), choice in newest.items()
        if not choice.given
    ]


def _replace_keys(connection: sa.Connection, known: Sequence[Mapping[str, object]]) -> None:
    """Of learners whom the store knows too, its keys count: a resume code that was replaced since opens nothing."""
    found = connection.execute(sa.select(*learners.c["pseudonym", "id"]))
    here = {row.pseudonym: row.id for row in found}
    theirs = [key for key in known if key["pseudonym"] in here]
    for key in theirs:
        stale = (keys.c.learner_id == here[str(key["pseudonym"])]) | (keys.c.digest == key["digest"])
        connection.execute(sa.delete(keys).where(stale))
    for key in theirs:
        new = {name: key[name] for name in ("kind", "digest", "created_at")}
        connection.execute(sa.insert(keys).values(**new, learner_id=here[str(key["pseudonym"])]))


def _take_back(connection: sa.Connection, note: Note) -> None:
    """A use that a learner no longer agreed to, in every response that agrees to it.

    Where the row of that very choice is here, what its learner chose after it is here too, and counts. Where it is
    not, the note wins, whatever the clock said when the other choice was made.
    """
    theirs = sa.select(responses.c.id).join(learners).where(learners.c.pseudonym == note.pseudonym)
    found = connection.scalars(theirs).all()
    if any(
        (choice.given, choice.at) == (False, note.at)
        for response_id in found
        for choice in choice_history(connection, response_id, note.what)
    ):
        return
    for response_id in found:
        choice = newest_choices(connection, response_id).get(note.what)
        if choice and choice.given:
            add_consent(connection, response_id, replace(choice, given=False, at=note.at))


def _learners(database: Database) -> int:
    with database.reading() as connection:
        return count(connection, sa.select(learners.c.id))
