"""The answers of a store as rows, each with what its learner agreed to and what was asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from .consents import columns, newest_choices_of_all
from .queries import only_latest
from .tables import learners, responses, revisions
from .wordings import asked_in, stored_wordings

WHICH = (
    revisions.c.response_id,
    responses.c.session,
    learners.c.pseudonym,
    responses.c.study_key.label("study"),
    *revisions.c["question", "language", "study_version"],
    revisions.c.number.label("revision"),
    responses.c.state,
    *revisions.c["saved_at", "text"],
)


def answer_rows(
    connection: sa.Connection, *, latest_only: bool, sessions: Collection[str] | None
) -> list[dict[str, Any]]:
    """One dict a revision, as `ResponseStore.rows` promises."""
    query = only_latest(sa.select(*WHICH)) if latest_only else sa.select(*WHICH)
    query = query.select_from(revisions.join(responses).join(learners))
    if sessions is not None:
        query = query.where(responses.c.session.in_(sessions))
    found = connection.execute(query.order_by(revisions.c.saved_at, revisions.c.id)).mappings().all()
    wordings = stored_wordings(connection)
    choices = newest_choices_of_all(connection)  # after the texts: what was taken back meanwhile counts
    beside = {response: columns(choices[response]) for response in {row["response_id"] for row in found}}
    rows = [{**beside[row["response_id"]], **asked_in(row, wordings), **row} for row in found]
    for row in rows:
        del row["response_id"]
    # Sorted here: PostgreSQL would order the names by its own locale.
    return sorted(rows, key=lambda row: (row["session"], row["pseudonym"]))
