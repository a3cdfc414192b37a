"""How a learner's rows are found, held and deleted: what the store and the rooms beside it have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .errors import LearnerGone
from .migrations.tables import codings, learners, responses, revisions, withdrawals

if TYPE_CHECKING:
    from .self_study import SelfStudy


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """How much went when a learner was deleted."""

    answers: int
    revisions: int
    left_the_file: bool = True
    """False where another program held SQLite's file: the next deletion or purge overwrites what it still holds."""


def lock_learner(connection: sa.Connection, pseudonym: str) -> int:
    """The learner's id; on PostgreSQL the row stays locked until the commit (SQLite locks the whole file)."""
    query = sa.select(learners.c.id).where(learners.c.pseudonym == pseudonym).with_for_update()
    if (learner_id := connection.scalar(query)) is None:
        raise LearnerGone("This learner is not in the store: everything was deleted, or this is another store.")
    return int(learner_id)


def response_of(pseudonym: str, session: str, study: SelfStudy) -> sa.Select[Any]:
    """The row of a learner's response."""
    mine = (learners.c.pseudonym == pseudonym) & (responses.c.session == session)
    return sa.select(responses).join(learners).where(mine & (responses.c.study_key == study.key))


def open_response(
    connection: sa.Connection, pseudonym: str, session: str, study: SelfStudy, at: datetime
) -> sa.Row[Any]:
    """The learner's response, added if new; no other kernel changes it until the commit."""
    learner_id = lock_learner(connection, pseudonym)
    query = response_of(pseudonym, session, study)
    if connection.execute(query).first() is None:
        which = {"learner_id": learner_id, "session": session, "study_key": study.key}
        start = {"state": "in-progress", "place": "", "created_at": at, "updated_at": at}
        connection.execute(sa.insert(responses).values(**which, **start))
    return connection.execute(query).one()


def count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    """How many rows a query finds."""
    return connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def remove_learner(connection: sa.Connection, pseudonym: str, *, by: str, at: datetime) -> Deleted:
    """Delete a learner with keys, responses, revisions, consents and codings, and note the withdrawal."""
    learner_id = lock_learner(connection, pseudonym)
    theirs = sa.select(revisions.c.response_id, revisions.c.question).join(responses)
    theirs = theirs.where(responses.c.learner_id == learner_id)
    gone = Deleted(answers=count(connection, theirs.distinct()), revisions=count(connection, theirs))
    connection.execute(sa.delete(codings).where(codings.c.pseudonym == pseudonym))
    connection.execute(sa.delete(learners).where(learners.c.id == learner_id))
    add_withdrawal(connection, pseudonym, by=by, at=at)
    return gone


def add_withdrawal(connection: sa.Connection, pseudonym: str, *, by: str, at: datetime) -> None:
    """Note that a learner was deleted; harmless when it is noted already."""
    known = sa.select(withdrawals.c.id).where(withdrawals.c.pseudonym == pseudonym)
    if connection.scalar(known) is None:
        connection.execute(sa.insert(withdrawals).values(pseudonym=pseudonym, by=by, at=at))
