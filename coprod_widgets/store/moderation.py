"""What an instructor does with one answer, field by field, and the trail that it leaves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import KW_ONLY, asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..errors import CoprodError
from ..text.limits import check_text, visible
from .queries import update_response
from .tables import displays, moderations

LONGEST_EDIT, LONGEST_THEME = 100_000, 100
ACTIONS = ("show", "hide", "edit", "unedit", "flag", "unflag", "theme")


@dataclass(frozen=True, kw_only=True)
class Display:
    """What was done with an answer; `version` counts how often."""

    shown_number: int | None = None
    edited: str | None = field(default=None, repr=False)
    edited_number: int | None = None
    flagged: bool = False
    theme: str = ""
    version: int = field(default=0, compare=False)

    @property
    def shows_edited(self) -> bool:
        """Whether a screen has the edited text instead of the original."""
        return self.edited is not None and self.shown_number == self.edited_number


UNTOUCHED = Display()
"""Nothing was done with the answer yet."""


@dataclass(frozen=True, kw_only=True)
class ModeratedAnswer:
    """Which answer an action is about."""

    response_id: int
    question: str
    session: str


@dataclass(frozen=True)
class Action:
    """One thing that an instructor did with an answer."""

    name: str
    """One of ACTIONS, or `undo`."""
    before: Display
    after: Display
    _: KW_ONLY
    by: str
    at: datetime
    undone: bool = False
    """Whether it can no longer be taken back."""


def display_after(before: Display, action: str, value: Any, number: int) -> Display:
    """What an action makes of an answer whose newest text is the `number`-th.

    Raises CoprodError for an unknown action or an invalid value.
    """
    if action == "show":
        return replace(before, shown_number=number)
    if action == "edit":
        return replace(before, edited=_text(value, LONGEST_EDIT), edited_number=number)
    if action == "theme":
        return replace(before, theme=_text(value or "", LONGEST_THEME, empty=True))
    changes: dict[str, dict[str, Any]] = {
        "hide": {"shown_number": None},
        "unedit": {"edited": None, "edited_number": None},
        "flag": {"flagged": True},
        "unflag": {"flagged": False},
    }
    if action not in changes:
        raise CoprodError(f"Unknown action. Choose one of: {', '.join(ACTIONS)}.")
    return hidden_if_unedited(before, replace(before, **changes[action]))


def hidden_if_unedited(before: Display, after: Display) -> Display:
    """Take an answer off the screen where the screen would suddenly show what had been edited out."""
    return replace(after, shown_number=None) if before.shows_edited and not after.shows_edited else after


def displays_of(connection: sa.Connection, response_ids: Collection[int]) -> dict[tuple[int, str], Display]:
    """What was done with the answers of some responses, by response and question."""
    query = sa.select(displays).where(displays.c.response_id.in_(response_ids))
    parts = [part.name for part in fields(Display)]
    return {
        (row.response_id, row.question): Display(**{name: row._mapping[name] for name in parts})
        for row in connection.execute(query)
    }


def store_action(connection: sa.Connection, answer: ModeratedAnswer, action: Action) -> None:
    """Store what an action made of an answer, and the action itself in the trail."""
    key = {"response_id": answer.response_id, "question": answer.question}
    display = {**asdict(action.after), "version": action.before.version + 1, "updated_at": action.at}
    if not connection.execute(sa.update(displays).filter_by(**key).values(**display)).rowcount:
        connection.execute(sa.insert(displays).values(**key, **display))
    trail = sa.insert(moderations).values(
        **asdict(answer),
        action=action.name,
        before=_fields(action.before),
        after=_fields(action.after),
        by=action.by,
        at=action.at,
        undone=action.undone,
    )
    connection.execute(trail)
    update_response(connection, answer.response_id)


def take_back(connection: sa.Connection, row: sa.Row[Any], *, at: datetime) -> None:
    """Take an action of the trail back; a field that was changed again since stays as it is."""
    now = displays_of(connection, [row.response_id]).get((row.response_id, row.question), UNTOUCHED)
    unchanged_since = {name: row.before[name] for name in row.before if getattr(now, name) == row.after[name]}
    connection.execute(sa.update(moderations).where(moderations.c.id == row.id).values(undone=True))
    after = hidden_if_unedited(now, replace(now, **unchanged_since))
    answer = ModeratedAnswer(response_id=row.response_id, question=row.question, session=row.session)
    store_action(connection, answer, Action("undo", now, after, by=row.by, at=at, undone=True))


def _fields(display: Display) -> dict[str, Any]:
    return {name: value for name, value in asdict(display).items() if name != "version"}


def _text(value: Any, longest: int, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (empty or visible(value)):
        raise CoprodError("This needs some words. To take all of an answer off the screen, hide it.")
    try:
        check_text(value, what="The text", longest=longest)
    except ValueError as error:
        raise CoprodError(str(error)) from None
    return value.strip()
