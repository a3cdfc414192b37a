"""Which answers of a session may be on a screen: shown by an instructor, agreed to by their learner, and unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from ..text.limits import visible
from .consents import agreed_to
from .queries import is_newest
from .tables import displays, learners, responses, revisions


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One answer as everybody may see it."""

    pseudonym: str
    question: str
    text: str = field(repr=False)
    edited: bool
    """Whether an instructor took something out of it."""


def shown_in(connection: sa.Connection, session: str, study_key: str) -> list[Shown]:
    """Every answer of a session that is shown right now."""
    wanted = sa.select(
        learners.c.pseudonym, *displays.c["question", "edited", "edited_number"], *revisions.c["number", "text"]
    )
    same = (revisions.c.response_id == displays.c.response_id) & (revisions.c.question == displays.c.question)
    tables = displays.join(responses).join(learners)
    query = wanted.select_from(tables.join(revisions, same & (revisions.c.number == displays.c.shown_number)))
    query = query.where(
        (responses.c.session == session) & (responses.c.study_key == study_key),
        agreed_to("class", displays.c.response_id),
        is_newest(*displays.c["response_id", "question", "shown_number"]),
    )
    answers = [_shown(row) for row in connection.execute(query)]
    return [answer for answer in answers if visible(answer.text)]


def hide_response(connection: sa.Connection, response_id: int) -> None:
    """Take a learner's answers off every screen; who agrees again is not shown again before an instructor does so."""
    shown = (displays.c.response_id == response_id) & displays.c.shown_number.is_not(None)
    change = sa.update(displays).where(shown)
    connection.execute(change.values(shown_number=None, version=displays.c.version + 1))


def hide_all(connection: sa.Connection) -> None:
    """Take every answer off every screen: one that was hidden since a backup must not come back shown."""
    connection.execute(sa.update(displays).values(shown_number=None))


def _shown(row: sa.Row[tuple[str, str, str | None, int | None, int, str]]) -> Shown:
    edited = row.edited is not None and row.edited_number == row.number
    text = row.edited if edited else row.text
    return Shown(pseudonym=row.pseudonym, question=row.question, text=text, edited=edited)
