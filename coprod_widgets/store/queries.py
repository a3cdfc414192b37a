"""How a learner's rows are found, held and deleted: what the store and the rooms beside it have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import LearnerGone, SessionClosed, TooMuchStored
from .consents import agreed_to
from .phases import phases_of
from .tables import (
    codings,
    displays,
    joined,
    keys,
    learners,
    moderations,
    removed_answers,
    responses,
    revisions,
    sessions,
    withdrawals,
)

if TYPE_CHECKING:
    from ..study.self_study import SelfStudy

MOST_REMOVALS = 100
"""How often one answer is begun again after its learner deleted it: each time is noted for good."""


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """How much went when a learner was deleted."""

    answers: int
    revisions: int
    left_the_file: bool = True
    """False where SQLite's file may still hold bytes of it: another program held the file, its disk is full, or it was
    compacted less than a minute before. The next deletion, purge or `prepare` after that makes up for it."""


def lock_learner(connection: sa.Connection, pseudonym: str) -> int:
    """The learner's id; on PostgreSQL the row stays locked until the commit (SQLite locks the whole file)."""
    query = sa.select(learners.c.id).where(learners.c.pseudonym == pseudonym).with_for_update()
    if (learner_id := connection.scalar(query)) is None:
        raise LearnerGone("This learner is not in the store: everything was deleted, or this is another store.")
    return int(learner_id)


def select_response(pseudonym: str, session: str, study: SelfStudy) -> sa.Select[Any]:
    """The row of a learner's response."""
    mine = (learners.c.pseudonym == pseudonym) & (responses.c.session == session)
    return sa.select(responses).join(learners).where(mine & (responses.c.study_key == study.key))


def open_response(
    connection: sa.Connection, pseudonym: str, session: str, study: SelfStudy, at: datetime
) -> sa.Row[Any]:
    """The learner's response, added if new; no other kernel changes it until the commit."""
    learner_id = lock_learner(connection, pseudonym)
    query = select_response(pseudonym, session, study)
    if connection.execute(query).first() is None:
        which = {"learner_id": learner_id, "session": session, "study_key": study.key}
        start = {"state": "in-progress", "place": "", "created_at": at, "updated_at": at}
        connection.execute(sa.insert(responses).values(**which, **start))
    return connection.execute(query).one()


def only_latest(query: sa.Select[Any]) -> sa.Select[Any]:
    """Of the revisions that a query finds, those that nothing newer has replaced."""
    return query.where(is_newest(*revisions.c["response_id", "question", "number"]))


def is_newest(
    response_id: sa.ColumnElement[int], question: sa.ColumnElement[str], number: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """A condition of a query: the answer has no revision with a higher number than this."""
    later = revisions.alias()
    same = (later.c.response_id == response_id) & (later.c.question == question)
    return ~sa.select(later.c.id).where(same & (later.c.number > number)).exists()


def refuse_closed(connection: sa.Connection, session: str, section: str = "") -> None:
    """Raise SessionClosed when an instructor has closed the session, or this section; until the commit nobody does."""
    query = sa.select(sessions.c.phase).where(sessions.c.name == session)
    if connection.scalar(query.with_for_update(read=True)) == "closed":
        raise SessionClosed
    # Read after the session's row is held: one who moves a section holds that row meanwhile.
    if section and phases_of(connection, session).phase_of(section) == "closed":
        raise SessionClosed(section)


def refuse_too_many_removals(
    connection: sa.Connection, pseudonym: str, session: str, study: SelfStudy, question: str
) -> None:
    """Raise TooMuchStored where a learner has deleted this one answer too often to begin it once more."""
    which = {"pseudonym": pseudonym, "session": session, "study": study.key, "question": question}
    if count(connection, sa.select(removed_answers.c.id).filter_by(**which)) >= MOST_REMOVALS:
        raise TooMuchStored


def update_response(connection: sa.Connection, response_id: int, **values: Any) -> None:
    """Change a response's own row, and let every wall know that there is something new."""
    change = sa.update(responses).where(responses.c.id == response_id)
    connection.execute(change.values(**values, changes=responses.c.changes + 1))


def stored_characters(connection: sa.Connection, learner_id: int) -> int:
    """How many characters are stored of a learner, in all revisions together."""
    query = sa.select(sa.func.coalesce(sa.func.sum(responses.c.size), 0)).where(responses.c.learner_id == learner_id)
    return int(connection.scalar(query) or 0)


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
    connection.execute(sa.delete(removed_answers).where(removed_answers.c.pseudonym == pseudonym))
    uncount_devices(connection, learner_id)
    connection.execute(sa.delete(learners).where(learners.c.id == learner_id))
    add_withdrawal(connection, pseudonym, by=by, at=at)
    return gone


def key_digest(kind: str, secret: str) -> str:
    """What is kept of a device's key or a resume code."""
    return hashlib.sha256(f"coprod {kind}:{secret}".encode("utf-8", "surrogatepass")).hexdigest()


def joined_digest(session: str, device_digest: str) -> str:
    """What is kept of a browser that opened a session: another word in each, and none that says who it is."""
    return hashlib.sha256(f"coprod joined:{session}:{device_digest}".encode("utf-8", "surrogatepass")).hexdigest()


def uncount_devices(connection: sa.Connection, learner_id: int) -> None:
    """Count a learner's browsers no longer among those that opened a session."""
    theirs = (keys.c.learner_id == learner_id) & (keys.c.kind == "device")
    devices = connection.scalars(sa.select(keys.c.digest).where(theirs)).all()
    names = connection.scalars(sa.select(joined.c.session).distinct()).all()
    gone = [joined_digest(name, device) for name in names for device in devices]
    for at in range(0, len(gone), 500):  # databases limit how many values a statement may have
        connection.execute(sa.delete(joined).where(joined.c.digest.in_(gone[at : at + 500])))


def remove_answer(
    connection: sa.Connection, response: sa.Row[Any], pseudonym: str, question: str, at: datetime
) -> Deleted:
    """Delete one answer with every text, what was done with it on the wall and its codings, and note that it went."""
    theirs = sa.select(revisions.c.id).where(
        (revisions.c.response_id == response.id) & (revisions.c.question == question)
    )
    if not (number := count(connection, theirs)):
        return Deleted(answers=0, revisions=0)
    # The trail of moderation holds texts that were edited, so it goes with the answer.
    for table in (revisions, displays, moderations):
        here = (table.c.response_id == response.id) & (table.c.question == question)
        connection.execute(sa.delete(table).where(here))
    which = {
        "pseudonym": pseudonym,
        "session": response.session,
        "study": response.study_key,
        "question": question,
    }
    connection.execute(sa.delete(codings).filter_by(**which))
    connection.execute(sa.insert(removed_answers).values(**which, at=at))
    left = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(revisions.c.text)), 0))
    left = left.where(revisions.c.response_id == response.id)
    update_response(connection, response.id, updated_at=at, size=left.scalar_subquery())
    return Deleted(answers=1, revisions=number)


def add_withdrawal(connection: sa.Connection, pseudonym: str, *, by: str, at: datetime) -> None:
    """Note that a learner was deleted; harmless when it is noted already."""
    known = sa.select(withdrawals.c.id).where(withdrawals.c.pseudonym == pseudonym)
    if connection.scalar(known) is None:
        connection.execute(sa.insert(withdrawals).values(pseudonym=pseudonym, by=by, at=at))


def newest_texts(connection: sa.Connection, response_ids: Collection[int]) -> dict[tuple[int, str], sa.Row[Any]]:
    """The newest revision of each answer of some responses, by response and question."""
    query = only_latest(sa.select(revisions).where(revisions.c.response_id.in_(response_ids)))
    return {(row.response_id, row.question): row for row in connection.execute(query)}


def agreed_to_class(connection: sa.Connection, response_ids: Collection[int]) -> set[int]:
    """Which of some responses the class may see: of each learner's choices the newest counts."""
    query = sa.select(responses.c.id).where(responses.c.id.in_(response_ids), agreed_to("class", responses.c.id))
    return set(connection.scalars(query))
