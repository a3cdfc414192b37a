"""Keeps learners' responses in one SQL database: SQLite in a file, or PostgreSQL by its URL.

Device keys and resume codes are stored as plain SHA-256 digests: they are 128 and 80 random bits, so unlike
passwords they cannot be guessed from a digest, and need neither salt nor a slow hash.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import ResumeRefused, SaveConflict, StoreError, TooMuchStored
from ..text.codes import grouped, resume_code
from ..text.limits import check_text
from .access import refuse_served
from .answer_rows import answer_rows
from .consents import Consent, add_consent, newest_choices
from .credentials import add_key, checked_device_key, find_owner, random_code
from .database import Database, translate_database_errors, utc_now
from .queries import (
    Deleted,
    count,
    key_digest,
    lock_learner,
    only_latest,
    open_response,
    refuse_closed,
    refuse_too_many_removals,
    remove_learner,
    select_response,
    stored_characters,
    update_response,
)
from .tables import consents, keys, learners, responses, revisions
from .visibility import hide_response
from .withdrawals import Note, note_down
from .wordings import record, stored_wordings, version_asking

if TYPE_CHECKING:
    from ..study.self_study import Asked, SelfStudy

LONGEST_ANSWER, LONGEST_PLACE = 100_000, 64
MOST_TEXT = 20_000_000
"""Characters of all revisions of one learner together: hours of writing without a pause are under a tenth of it."""
MOST_REVISIONS = 10_000
"""Revisions of one answer: a page saves every two seconds at most, so five hours of typing without a pause."""
MOST_CHOICES = 500
"""Choices about the uses of one response."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The `number`-th stored text of one answer, counted from 1."""

    question: str
    number: int
    text: str = field(repr=False)
    saved_at: datetime
    study_version: int
    language: str


@dataclass(frozen=True, kw_only=True)
class Response:
    """One learner's answers to one self-study in one session."""

    pseudonym: str
    session: str
    study_key: str
    state: str
    """`in-progress`, `completed`, or `amended` (changed or handed in again after it was completed)."""
    place: str
    handed_in_at: datetime | None
    """When it was last handed in."""
    answers: dict[str, Revision] = field(repr=False)
    """The latest revision of each answer, by the key of its question."""
    choices: dict[str, Consent] = field(default_factory=dict)
    """The latest choice about each use of the response; none before the learner has chosen."""
    asked: dict[str, Asked] = field(default_factory=dict, repr=False)
    """What the question of each answer asked when the answer was given, as far as the store knows."""


class ResponseStore:
    """Every learner, response and revision of one database.

    No connection is kept between calls: an idle kernel holds no file and no place on the server, a file that
    was moved away is noticed at once, and any thread may call. StoreError is what a failing database raises.
    """

    def __init__(self, url: str | os.PathLike[str] | None = None, *, now: Callable[[], datetime] = utc_now):
        """Name the database by its URL or a file's path; None is a file in this account's own data folder."""
        self._now = now
        self.database = Database(url)
        self._recorded: set[tuple[str, int, str]] = set()

    def __repr__(self) -> str:
        return f"<ResponseStore {self}>"

    def __str__(self) -> str:
        """The file or the URL, without a password."""
        return str(self.database.shown)

    def __enter__(self) -> ResponseStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; harmless when called twice."""
        self.database.close()

    @translate_database_errors
    def prepare(self) -> None:
        """Make the file private to this account and bring the tables up to date; call it once before a class.

        A missing folder is made for this account alone; an existing one keeps its mode.
        """
        self.database.prepare()

    @translate_database_errors
    def check(self) -> None:
        """Raise StoreError unless the store can be read and written right now and its tables are current."""
        self.database.check()

    @translate_database_errors
    def check_readable(self) -> None:
        """Raise StoreError unless there is a store whose tables are current; nothing is made or changed."""
        self.database.check_readable()

    @translate_database_errors
    def edition(self) -> str:
        """A word that differs after a restore, so that pages which were told "saved" can compare."""
        return self.database.edition()

    @translate_database_errors
    def learner(self, device_key: str) -> str | None:
        """The pseudonym of the learner this device is linked to."""
        with self.database.reading() as connection:
            found = find_owner(connection, key_digest("device", device_key))
            return found.pseudonym if found else None

    @translate_database_errors
    def enrol(self, device_key: str) -> str:
        """The pseudonym of this device's learner, who is added when the device is new."""
        digest = key_digest("device", checked_device_key(device_key))
        with self.database.writing() as connection:
            if found := find_owner(connection, digest):
                return str(found.pseudonym)
            at, pseudonym = self._now(), f"L-{random_code(8)}"
            new = sa.insert(learners).values(pseudonym=pseudonym, created_at=at).returning(learners.c.id)
            add_key(connection, connection.execute(new).scalar_one(), "device", digest, at)
        return pseudonym

    @translate_database_errors
    def issue_resume_code(self, pseudonym: str) -> str:
        """A new resume code, XXXX-XXXX-XXXX-XXXX; the old one stops working. Only its digest is kept."""
        code = random_code(16)
        with self.database.writing() as connection:
            learner_id = lock_learner(connection, pseudonym)
            old = (keys.c.learner_id == learner_id) & (keys.c.kind == "resume")
            connection.execute(sa.delete(keys).where(old))
            add_key(connection, learner_id, "resume", key_digest("resume", code), self._now())
        return grouped(code, 4)

    @translate_database_errors
    def is_code_of(self, code: str, pseudonym: str) -> bool:
        """Whether this is the learner's resume code: for a device that is linked to the learner already."""
        with self.database.reading() as connection:
            found = find_owner(connection, key_digest("resume", resume_code(code)))
            return found is not None and bool(found.pseudonym == pseudonym)

    @translate_database_errors
    def resume(self, code: str, *, device_key: str) -> str:
        """Link this device to the learner whose code it is and return the pseudonym; else ResumeRefused.

        Case, spaces and dashes don't matter, nor O for 0 and I or L for 1. Tries are not counted here: a code has 80
        random bits, and one count for all would let anybody lock out everybody. Each page counts its own.
        """
        digest = key_digest("device", checked_device_key(device_key))
        with self.database.writing() as connection:
            if found := find_owner(connection, key_digest("resume", resume_code(code)), lock=True):
                connection.execute(sa.delete(keys).where(keys.c.digest == digest))
                add_key(connection, found.id, "device", digest, self._now())
                return str(found.pseudonym)
        raise ResumeRefused(0)

    @translate_database_errors
    def pseudonym_for_code(self, code: str) -> str:
        """The pseudonym of the learner whose resume code it is; else ResumeRefused."""
        with self.database.reading() as connection:
            found = find_owner(connection, key_digest("resume", resume_code(code)))
        if found is None:
            raise ResumeRefused(0)
        return str(found.pseudonym)

    @translate_database_errors
    def response(self, pseudonym: str, *, session: str, study: SelfStudy) -> Response | None:
        """The learner's response with the latest revision of each answer; None before anything was saved."""
        with self.database.reading() as connection:
            kept = connection.execute(select_response(pseudonym, session, study)).first()
            if kept is None:
                return None
            latest = only_latest(_revisions_of(kept.id))
            answers = {row.question: _revision(row) for row in connection.execute(latest)}
            choices = newest_choices(connection, kept.id)
            asked = partial(stored_wordings(connection, study.key).of, study.key)
        return Response(
            pseudonym=pseudonym,
            session=session,
            study_key=study.key,
            state=kept.state,
            place=kept.place,
            handed_in_at=kept.handed_in_at,
            answers=answers,
            choices=choices,
            asked={
                key: words
                for key, one in answers.items()
                if (words := asked(one.study_version, one.language, one.question))
            },
        )

    @translate_database_errors
    def save(
        self,
        pseudonym: str,
        question: str,
        text: str,
        *,
        base: int,
        session: str,
        study: SelfStudy,
        version: int | None = None,
    ) -> Revision:
        """Store a text as a new revision, committed when this returns.

        `base` is the number of the revision the text was written on (0: none). Where another is the latest,
        SaveConflict carries that one; a text equal to the latest is no new revision, whatever the base. With
        nothing stored yet any base will do: there is no text to lose. A deleted learner is LearnerGone, a closed
        session or section SessionClosed. TooMuchStored bounds what one learner can store; an empty text always can be.

        `version` is that of the questions that the learner's page shows, where it is an earlier one than the study's:
        the text is kept as an answer to what that version asked. WordingChanged where this version of the study asked
        something else before.
        """
        what = f"The answer to {question!r}" if question in study.keys else "The answer"
        check_text(text, what=what, longest=LONGEST_ANSWER)
        which = study.key, study.version, study.language
        with self.database.writing() as connection:
            if which not in self._recorded:
                record(connection, study, self._now())
            study_version = version_asking(connection, question, study, version)
            kept, at = self._open(connection, pseudonym, session, study), self._now()
            latest = connection.execute(only_latest(_revisions_of(kept.id, question))).first()
            # Before anything is refused: a page whose reply was lost sends its text again, maybe to a closed session.
            if latest and latest.text == text:
                return _revision(latest)
            refuse_closed(connection, session, study.section_of(question).key)
            if latest and latest.number != base:
                raise SaveConflict(_revision(latest))
            full = stored_characters(connection, kept.learner_id) + len(text) > MOST_TEXT
            if text and (full or (latest and latest.number >= MOST_REVISIONS)):
                raise TooMuchStored
            if not latest:
                refuse_too_many_removals(connection, pseudonym, session, study, question)
            saved = Revision(
                question=question,
                number=latest.number + 1 if latest else 1,
                text=text,
                saved_at=at,
                study_version=study_version,
                language=study.language,
            )
            connection.execute(sa.insert(revisions).values(response_id=kept.id, **asdict(saved)))
            state = "in-progress" if kept.state == "in-progress" else "amended"
            update_response(connection, kept.id, state=state, updated_at=at, size=responses.c.size + len(text))
        self.database.after_commit(lambda: self._recorded.add(which))
        return saved

    @translate_database_errors
    def set_place(self, pseudonym: str, place: str, *, session: str, study: SelfStudy) -> None:
        """Remember where in the self-study the learner is, in at most 64 characters."""
        check_text(place, what="The place", longest=LONGEST_PLACE)
        with self.database.writing() as connection:
            kept = self._open(connection, pseudonym, session, study)
            update_response(connection, kept.id, place=place, updated_at=self._now())

    @translate_database_errors
    def revisions(self, pseudonym: str, question: str, *, session: str, study: SelfStudy) -> list[Revision]:
        """Every stored text of one answer, newest first."""
        with self.database.reading() as connection:
            kept = connection.execute(select_response(pseudonym, session, study)).first()
            found = connection.execute(_revisions_of(kept.id, question)) if kept else ()
            return [_revision(row) for row in found]

    @translate_database_errors
    def hand_in(self, pseudonym: str, *, session: str, study: SelfStudy) -> Response:
        """Mark the response completed (amended, if it was before); return it read back after the commit."""
        with self.database.writing() as connection:
            refuse_closed(connection, session)
            kept, at = self._open(connection, pseudonym, session, study), self._now()
            state = "completed" if kept.state == "in-progress" else "amended"
            update_response(connection, kept.id, state=state, handed_in_at=at, updated_at=at)
        self.database.commit()  # what is read back must not be what only this connection sees
        read_back = self.response(pseudonym, session=session, study=study)
        if read_back is None or read_back.handed_in_at is None or read_back.handed_in_at < at:
            raise StoreError("The store does not give back what was just handed in. Hand in again.")
        return read_back

    @translate_database_errors
    def agree(
        self, pseudonym: str, use: str, given: bool, *, version: int, language: str, session: str, study: SelfStudy
    ) -> Consent:
        """Keep a learner's choice about one use, committed when this returns; `version` is that of the wording."""
        with self.database.writing() as connection:
            kept = self._open(connection, pseudonym, session, study)
            choice = Consent(use=use, given=given, version=version, language=language, at=self._now())
            # Past the bound only a no is stored, and only where the newest choice is a yes: nobody is held to a yes.
            if count(connection, sa.select(consents.c.id).where(consents.c.response_id == kept.id)) >= MOST_CHOICES:
                newest = newest_choices(connection, kept.id).get(use)
                if given:
                    raise TooMuchStored
                if newest and not newest.given:
                    return newest
            add_consent(connection, kept.id, choice)
            if use == "class" and not given:
                hide_response(connection, kept.id)
            update_response(connection, kept.id)
        if not given:
            self.database.commit()  # the file must not say what the database does not
            note_down(self.database, [Note(at=choice.at, what=use, pseudonym=pseudonym)])
        return choice

    @translate_database_errors
    def choices(self, pseudonym: str, *, session: str, study: SelfStudy) -> dict[str, Consent]:
        """The latest choice about each use of the learner's response; no text is read for it."""
        with self.database.reading() as connection:
            kept = connection.execute(select_response(pseudonym, session, study)).first()
            return newest_choices(connection, kept.id) if kept else {}

    @translate_database_errors
    def delete(self, pseudonym: str, *, by: str = "learner") -> Deleted:
        """Delete a learner with keys, responses, revisions, consents and whatever coders quoted of them.

        Left is a withdrawal, which holds no text. On SQLite the text leaves the file too; PostgreSQL overwrites it
        at its next vacuum. `Backups.restore` deletes them again if they are in an older backup.
        """
        at = self._now()
        with self.database.writing() as connection:
            gone = remove_learner(connection, pseudonym, by=by, at=at)
        note_down(self.database, [Note(at=at, what=by, pseudonym=pseudonym)])
        return replace(gone, left_the_file=self.database.vacuum_deleted_text(patient=by == "learner"))

    @translate_database_errors
    def rows(self, *, latest_only: bool = True, sessions: Collection[str] | None = None) -> Iterator[dict[str, Any]]:
        """One dict a revision, by session, pseudonym and time; only the latest of each answer unless told.

        `sessions` names those to read. Each row says what its learner agreed to, `class_use` and `research_use`, false
        where nothing was chosen (`consents.agreed` takes those who did); and `lead`, `prompt`, `part`, `actor` and
        `aspect` of what was asked, None where the store does not know it. CoprodError on a page that is served.
        """
        refuse_served()
        with self.database.reading() as connection:
            return iter(answer_rows(connection, latest_only=latest_only, sessions=sessions))

    def _open(self, connection: sa.Connection, pseudonym: str, session: str, study: SelfStudy) -> sa.Row[Any]:
        return open_response(connection, pseudonym, session, study, self._now())


def _revisions_of(response_id: int, question: str | None = None) -> sa.Select[Any]:
    theirs = sa.select(revisions).where(revisions.c.response_id == response_id)
    mine = theirs if question is None else theirs.where(revisions.c.question == question)
    return mine.order_by(revisions.c.question, revisions.c.number.desc())


def _revision(row: sa.Row[Any]) -> Revision:
    return Revision(**{name: row._mapping[name] for name in Revision.__dataclass_fields__})
