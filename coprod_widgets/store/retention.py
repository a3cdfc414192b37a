"""Until when the answers of a session are kept, and the purge that keeps that promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..text.days import end_of, has_ended, refuse_past
from .database import HasDatabase, translate_database_errors, utc_now
from .queries import count
from .tables import codings, joined, learners, removed_answers, responses, revisions, sessions, withdrawals
from .withdrawals import ANSWER, Note, note_down

QUIET = timedelta(days=90)
"""Without anything new in a store its owner is asked whether the clock is right, before it decides what goes."""


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What went of one session, or would go; `learners` had answers in it, `leaving` had none anywhere else."""

    session: str
    title: str
    until: datetime
    learners: int
    leaving: int
    answers: int
    revisions: int
    codings: int


class Retention:
    """The last day of every session of one database."""

    def __init__(self, store: HasDatabase, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @translate_database_errors
    def keep_until(self, session: str, day: date, *, title: str, study_key: str) -> datetime | None:
        """Keep the answers of a session to the end of this day where the class is; the end that was promised before."""
        refuse_past(day, self._now())
        until = end_of(day)
        with self.database.writing() as connection:
            before = connection.execute(sa.select(sessions).where(sessions.c.name == session)).first()
            if before is None:
                new = {"name": session, "title": title, "study_key": study_key, "created_at": self._now()}
                connection.execute(sa.insert(sessions).values(**new, retain_until=until))
                return None
            change = sa.update(sessions).where(sessions.c.name == session)
            connection.execute(change.values(retain_until=until))
            return before.retain_until  # type: ignore[no-any-return]

    @translate_database_errors
    def until(self, session: str) -> datetime | None:
        """Until when the answers of a session are kept; None where nobody has said."""
        with self.database.reading() as connection:
            return connection.scalar(sa.select(sessions.c.retain_until).where(sessions.c.name == session))

    @translate_database_errors
    def due(self) -> list[Purged]:
        """The sessions whose day is past and of which something is left, with what a purge would delete."""
        with self.database.reading() as connection:
            return _due(connection, self._now())

    @translate_database_errors
    def newest(self) -> datetime | None:
        """When anything was stored last; None where nothing was."""
        times = (revisions.c.saved_at, responses.c.updated_at, sessions.c.created_at, withdrawals.c.at)
        with self.database.reading() as connection:
            found = [connection.scalar(sa.select(sa.func.max(time))) for time in times]
        return max(filter(None, found), default=None)

    def doubt(self, *, or_newer: datetime | None = None) -> str:
        """Why the clock of this computer may be wrong; empty where it fits what is stored, or was stored elsewhere."""
        newest, at = max(filter(None, (self.newest(), or_newer)), default=None), self._now()
        if newest is None or at - newest <= QUIET:
            return ""
        return f"This computer says that it is {at:%Y-%m-%d}, and nothing was stored since {newest:%Y-%m-%d}"

    @translate_database_errors
    def purge(self) -> list[Purged]:
        """Delete what is due: answers, revisions, consents and codings, and the learners who then have nothing left.

        On SQLite the texts leave the file too, and so does whatever an earlier deletion could not overwrite.
        """
        at, gone = self._now(), list[Note]()
        with self.database.writing() as connection:
            due = _due(connection, at)
            for one in due:
                gone += _purge(connection, one.session, at)
        note_down(self.database, gone)
        self.database.vacuum_deleted_text()
        return due


def _due(connection: sa.Connection, at: datetime) -> list[Purged]:
    past = sa.select(sessions).where(sessions.c.retain_until < at).order_by(sessions.c.retain_until, sessions.c.id)
    # A day that was set in another time zone ends there, and also here: never earlier than it was promised.
    over = [session for session in connection.execute(past).all() if has_ended(session.retain_until, at)]
    found = (_would_go(connection, session) for session in over)
    return [one for one in found if one.learners or one.codings]


def _would_go(connection: sa.Connection, session: sa.Row[Any]) -> Purged:
    stored = sa.select(revisions.c.response_id, revisions.c.question).join(responses)
    stored = stored.where(responses.c.session == session.name)
    return Purged(
        session=session.name,
        title=session.title,
        until=session.retain_until,
        learners=count(connection, _learners_in(session.name).distinct()),
        leaving=count(connection, _leaving(session.name)),
        answers=count(connection, stored.distinct()),
        revisions=count(connection, stored),
        codings=count(connection, sa.select(codings.c.id).where(codings.c.session == session.name)),
    )


def _purge(connection: sa.Connection, session: str, at: datetime) -> list[Note]:
    """Delete one session's answers; notes of the learners who left with them, and of what went of those who stay."""
    here = responses.c.session == session
    # Held until the commit, so that nobody writes meanwhile (SQLite holds the whole file).
    held = sa.select(learners.c.id).where(learners.c.id.in_(_learners_in(session))).with_for_update()
    connection.execute(held).all()
    left = list(connection.scalars(_leaving(session)))
    new = sa.select(learners.c.pseudonym, sa.literal(at, withdrawals.c.at.type), sa.literal("purge"))
    new = new.where(learners.c.pseudonym.in_(_leaving(session)))
    new = new.where(learners.c.pseudonym.not_in(sa.select(withdrawals.c.pseudonym)))
    connection.execute(sa.insert(withdrawals).from_select(["pseudonym", "at", "by"], new))
    connection.execute(sa.delete(removed_answers).where(removed_answers.c.pseudonym.in_(_leaving(session))))
    stay = _answers_of_those_who_stay(connection, session)
    if stay:
        connection.execute(sa.insert(removed_answers), [{**answer, "at": at} for answer in stay])
    connection.execute(sa.delete(learners).where(learners.c.pseudonym.in_(_leaving(session))))
    connection.execute(sa.delete(responses).where(here))
    connection.execute(sa.delete(joined).where(joined.c.session == session))
    connection.execute(sa.delete(codings).where(codings.c.session == session))
    return [
        *(Note(at=at, what="purge", pseudonym=pseudonym) for pseudonym in left),
        *(
            Note(at=at, what=ANSWER, pseudonym=one["pseudonym"], answer=(session, one["study"], one["question"]))
            for one in stay
        ),
    ]


def _answers_of_those_who_stay(connection: sa.Connection, session: str) -> list[dict[str, str]]:
    """Which answers of a session are by learners who have others: the session may get a later day, then a restore."""
    which = sa.select(
        learners.c.pseudonym, responses.c.session, responses.c.study_key.label("study"), revisions.c.question
    )
    query = which.select_from(revisions.join(responses).join(learners)).where(responses.c.session == session)
    stay = query.where(learners.c.pseudonym.not_in(_leaving(session))).distinct()
    return [{**row} for row in connection.execute(stay).mappings()]


def _learners_in(session: str) -> sa.Select[Any]:
    return sa.select(responses.c.learner_id).where(responses.c.session == session)


def _leaving(session: str) -> sa.Select[Any]:
    """The pseudonyms of those who have answers in this session and nowhere else."""
    elsewhere = sa.select(responses.c.learner_id).where(responses.c.session != session)
    only_here = learners.c.id.in_(_learners_in(session)) & learners.c.id.not_in(elsewhere)
    return sa.select(learners.c.pseudonym).where(only_here)
