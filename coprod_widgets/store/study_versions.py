"""The versions of self-studies that a store knows: what each asked, and answers to questions that are gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..text.limits import visible
from .database import HasDatabase, translate_database_errors, utc_now
from .queries import Deleted, lock_learner, only_latest, remove_answer, select_response
from .tables import responses, revisions
from .withdrawals import ANSWER, Note, note_down
from .wordings import Wordings, record, refuse_changed, stored_wordings, versions_asking

if TYPE_CHECKING:
    from ..study.self_study import SelfStudy


class StudyVersions:
    """What the self-studies of one database have asked."""

    def __init__(self, store: HasDatabase, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @translate_database_errors
    def record(self, study: SelfStudy) -> None:
        """Keep what a self-study asks, before anybody answers; harmless when it is kept.

        WordingChanged where the same version asked something else before.
        """
        with self.database.reading() as connection:
            new = refuse_changed(connection, study)
        if new:
            with self.database.writing() as connection:
                record(connection, study, self._now())

    @translate_database_errors
    def compare(self, study: SelfStudy) -> None:
        """Raise WordingChanged where this version of the self-study asked something else before; keep nothing."""
        with self.database.reading() as connection:
            refuse_changed(connection, study)

    @translate_database_errors
    def wordings(self, study_key: str | None = None) -> Wordings:
        """What was asked, by one self-study or by all."""
        with self.database.reading() as connection:
            return stored_wordings(connection, study_key)

    @translate_database_errors
    def ask(self, question: str, study: SelfStudy) -> bool:
        """Whether some version of a self-study, in its language, asks this question."""
        with self.database.reading() as connection:
            return connection.scalar(versions_asking(study, question).limit(1)) is not None

    @translate_database_errors
    def unasked(self, study: SelfStudy) -> dict[str, int]:
        """How many answers are stored under keys that the self-study no longer asks, by key; without blanks."""
        theirs = (responses.c.study_key == study.key) & revisions.c.question.not_in(study.keys)
        query = only_latest(sa.select(*revisions.c["question", "text"]).where(theirs))
        with self.database.reading() as connection:
            rows = connection.execute(query.select_from(revisions.join(responses))).all()
        return dict(sorted(Counter(row.question for row in rows if visible(row.text)).items()))

    @translate_database_errors
    def remove_answer(self, pseudonym: str, question: str, *, session: str, study: SelfStudy) -> Deleted:
        """Delete one answer with its earlier texts, and what coders and instructors made of it, for good."""
        with self.database.writing() as connection:
            lock_learner(connection, pseudonym)
            if (kept := connection.execute(select_response(pseudonym, session, study)).first()) is None:
                return Deleted(answers=0, revisions=0)
            at = self._now()
            gone = remove_answer(connection, kept, pseudonym, question, at)
        if gone.answers:
            answer = session, study.key, question
            note_down(self.database, [Note(at=at, what=ANSWER, pseudonym=pseudonym, answer=answer)])
        return replace(gone, left_the_file=self.database.vacuum_deleted_text(patient=True)) if gone.answers else gone
