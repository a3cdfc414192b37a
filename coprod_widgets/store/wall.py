"""The class's answers as an instructor sees them: what is new since last time, and what may be shown.

A wall keeps in memory what it has read, and reads again only the responses whose `changes` differ from then.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..errors import AnswerGone, WallConflict
from ..study.self_study import ACTORS, ASPECTS, SelfStudy
from ..text.limits import visible
from .access import refuse_served
from .change_feed import ChangeFeed
from .database import HasDatabase, translate_database_errors, utc_now
from .moderation import UNTOUCHED, Action, Display, ModeratedAnswer, display_after, displays_of, store_action, take_back
from .phases import phases_of
from .queries import agreed_to_class, newest_texts
from .tables import joined, learners, moderations, responses, sessions
from .visibility import shown_in

MOST_ACTIONS = 2**20
"""More than anybody clicks on one answer."""


class CardVersion(NamedTuple):
    """Which text of an answer an instructor looked at, and after how many actions; for a page it is one integer."""

    text: int
    """The number of the text."""
    actions: int
    """How often instructors had done something with the answer."""

    def to_int(self) -> int:
        """The same as one integer."""
        return self.text * MOST_ACTIONS + self.actions

    @classmethod
    def from_int(cls, version: int) -> CardVersion:
        """What `to_int` made an integer of."""
        return cls(*divmod(version, MOST_ACTIONS))


@dataclass(frozen=True, kw_only=True)
class Card:
    """One answer on the wall."""

    id: str
    question: str
    number: int
    text: str = field(repr=False)
    at: str
    shown: bool
    changed: bool
    edited: str | None = field(repr=False)
    draft: str | None = field(repr=False)
    """What stood instead of an earlier text of this answer: its learner has changed it since."""
    flagged: bool
    theme: str
    version: int

    def to_dict(self) -> dict[str, Any]:
        """The card as it goes to an instructor's page."""
        return asdict(self)


@dataclass(frozen=True)
class _ReadResponse:
    """What was read of one response, and which of its `changes` that was."""

    changes: int
    response_id: int
    handed_in: bool
    written: bool = False
    agreed: bool = False
    cards: Mapping[str, Card] = field(default_factory=dict)


class Wall:
    """The answers to one self-study in one session, as far as their learners agreed to class use."""

    def __init__(
        self,
        store: HasDatabase,
        session_name: str,
        study: SelfStudy,
        by: str = "instructor",
        *,
        now: Callable[[], datetime] = utc_now,
    ):
        refuse_served()
        self.database, self.session, self.study, self.by, self._now = store.database, session_name, study, by, now
        self._lock = threading.RLock()
        self._key = self._wall_key()
        self._order = {question.key: index for index, question in enumerate(study.questions)}
        self._responses: dict[str, _ReadResponse] = {}
        """What was read of each learner's response, by pseudonym."""
        self._cards: ChangeFeed[Card] = ChangeFeed()

    def __repr__(self) -> str:
        return f"<Wall {self.session}>"

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[None]:
        """Let all calls within its block share one connection, as `Database.transaction` says."""
        try:
            with self.database.transaction(writes=writes):
                yield
        except (WallConflict, AnswerGone):  # nothing was written
            raise
        except BaseException:
            with self._lock:  # cards may show what was rolled back
                self._responses = {learner: replace(read, changes=-1) for learner, read in self._responses.items()}
            raise

    @translate_database_errors
    def changes(self, cursor: str) -> dict[str, Any]:
        """What is new since the call that gave this cursor; everything for an empty one, or one that is not ours."""
        with self._lock:
            class_state = self._refresh()
            changed = self._cards.changed_since(cursor)
            ids = list(self._cards) if changed is None else changed
            cards = sorted((self._cards[id] for id in ids if id in self._cards), key=self._sort_key)
            return {
                "cursor": self._cards.cursor,
                "whole": changed is None,
                "gone": [id for id in ids if id not in self._cards],
                "cards": [card.to_dict() for card in cards],
                **class_state,
            }

    @translate_database_errors
    def counts(self) -> dict[str, Any]:
        """What the class is doing, and how many have joined, written, handed in and agreed to class use."""
        with self._lock:
            return self._refresh()

    @translate_database_errors
    def act(self, id: str, action: str, value: Any = None, *, version: int) -> dict[str, Any]:
        """Do one thing with one answer; its card afterwards.

        WallConflict carries the card as it is now, where what was looked at (`version`) is not what is there; but what
        is so already is no conflict, and hiding never is. AnswerGone when the answer is not on the wall any more.
        """
        with self._lock:
            self._refresh()  # the card may be gone, or another than this wall knows
            done = self._act(id, action, value, CardVersion.from_int(version))
            self._refresh()
            if (card := self._cards.get(id)) is None:
                raise AnswerGone
        if not done:
            raise WallConflict(card.to_dict())
        return card.to_dict()

    def _act(self, id: str, action: str, value: Any, version: CardVersion) -> bool:
        """Store an action, unless it was asked for on another text, or after fewer actions, than there are now."""
        learner, question = self._where(id)
        with self.database.writing() as connection:
            # Without this lock PostgreSQL would let two instructors act on the same display, each on the state before.
            self.database.lock_exclusively(connection)
            response_id = self._responses[learner].response_id
            text = newest_texts(connection, [response_id]).get((response_id, question))
            if text is None or not agreed_to_class(connection, [response_id]):
                raise AnswerGone
            before = displays_of(connection, [response_id]).get((response_id, question), UNTOUCHED)
            after = display_after(before, action, value, text.number)
            seen = value if action == "show" and value is not None else version.text
            # Showing and editing are about a certain text; hiding must work on whatever is there.
            if action in ("show", "edit") and seen != text.number:
                return False
            if after == before:
                return True
            if version.actions != before.version and action != "hide":
                return False
            answer = ModeratedAnswer(response_id=response_id, question=question, session=self.session)
            store_action(connection, answer, Action(action, before, after, by=self.by, at=self._now()))
        return True

    @translate_database_errors
    def undo(self) -> dict[str, Any] | None:
        """Take back this instructor's newest action that is not taken back yet; its card, None if there is none.

        What another instructor has changed since stays as they left it.
        """
        with self._lock:
            self._refresh()
            with self.database.writing() as connection:
                self.database.lock_exclusively(connection)
                if (newest := self._newest(connection)) is None:
                    return None
                id, row = newest
                take_back(connection, row, at=self._now())
            self._refresh()
            card = self._cards.get(id)
            return card.to_dict() if card else None

    @translate_database_errors
    def last(self) -> dict[str, Any] | None:
        """What `undo` would take back, of what was read so far: the `id` of the card, the `action`, whether it `shows`.

        It shows an answer that is hidden now, and was shown in the same text before that action.
        """
        with self._lock, self.database.reading() as connection:
            newest = self._newest(connection)
        if newest is None:
            return None
        id, row = newest
        card = self._cards[id]
        shows = not card.shown and row.before.get("shown_number") == card.number
        return {"id": id, "action": row.action, "shows": shows}

    def _newest(self, connection: sa.Connection) -> tuple[str, sa.Row[Any]] | None:
        """This instructor's newest action that is not taken back, on an answer that is still on the wall."""
        learner_of = {read.response_id: learner for learner, read in self._responses.items()}
        mine = (moderations.c.session == self.session) & (moderations.c.by == self.by) & ~moderations.c.undone
        for row in connection.execute(sa.select(moderations).where(mine).order_by(moderations.c.id.desc())):
            id = self._id(learner_of.get(row.response_id, ""), row.question)
            if id in self._cards:
                return id, row
        return None

    @translate_database_errors
    def shown(self) -> list[dict[str, Any]]:
        """What learners and projector see, in the order of the questions: no time and no pseudonym."""
        with self.database.reading() as connection:
            found = shown_in(connection, self.session, self.study.key)
        told = [
            {
                "id": self._id(one.pseudonym, one.question),
                "question": one.question,
                "text": one.text,
                "edited": one.edited,
            }
            for one in found
            if one.question in self._order
        ]
        return sorted(told, key=lambda one: (self._order[str(one["question"])], one["id"]))

    @translate_database_errors
    def canvas(self) -> dict[str, Any]:
        """What the class brought, by actor and aspect: how many wrote of it (None where nothing asks
        about it), shown excerpts, and where nobody did.
        """
        with self._lock:
            self._refresh()
            cards = list(self._cards.values())
            learners = sum(bool(read.cards) for read in self._responses.values())
        excerpts: dict[str, dict[str, list[dict[str, Any]]]] = {a: {b: [] for b in ASPECTS} for a in ACTORS}
        asked = {one.key: (str(one.actor), str(one.aspect)) for one in self.study.questions if one.actor and one.aspect}
        cells: dict[str, dict[str, int | None]] = {
            a: {b: 0 if (a, b) in asked.values() else None for b in ASPECTS} for a in ACTORS
        }
        wrote = Counter(asked[card.question] for card in cards if card.question in asked)
        for (actor, aspect), number in wrote.items():
            cells[actor][aspect] = number
        for one in self.shown():
            if one["question"] in asked:
                actor, aspect = asked[one["question"]]
                excerpts[actor][aspect].append(one)
        asked_for = dict.fromkeys(asked.values())
        gaps = [[actor, aspect] for actor, aspect in asked_for if not cells[actor][aspect]]
        return {"cells": cells, "learners": learners, "excerpts": excerpts, "gaps": gaps}

    @translate_database_errors
    def phase(self) -> str:
        """What the class is doing."""
        with self.database.reading() as connection:
            return phases_of(connection, self.session).session

    @translate_database_errors
    def left(self) -> float | None:
        """Seconds until the time is over that the class was given; below 0 after it, None without."""
        with self.database.reading() as connection:
            return phases_of(connection, self.session).seconds_left(self._now())

    # --- reading ---

    def _refresh(self) -> dict[str, Any]:
        """Read what has changed; the phases and the counts."""
        with self.database.reading() as connection:
            phases = phases_of(connection, self.session)
            opened = connection.scalar(sa.select(sa.func.count()).where(joined.c.session == self.session)) or 0
            listed = {row.pseudonym: row for row in connection.execute(self._listing())}
            for learner in self._responses.keys() - listed.keys():
                self._cards.replace(self._responses.pop(learner).cards, {})
            changed = [row for row in listed.values() if self._has_changed(row)]
            for start in range(0, len(changed), 500):  # databases limit how many values a statement may have
                self._read_anew(connection, changed[start : start + 500])
        there = self._responses.values()
        counts = {
            "joined": max(opened, len(there)),
            "writing": sum(read.written for read in there),
            "handed_in": sum(read.handed_in for read in there),
            "agreed": sum(read.agreed for read in there),
        }
        return {**phases.to_message(self._now()), "counts": counts}

    def _listing(self) -> sa.Select[Any]:
        here = (responses.c.session == self.session) & (responses.c.study_key == self.study.key)
        wanted = sa.select(*responses.c["id", "changes", "handed_in_at"], learners.c.pseudonym)
        return wanted.select_from(responses.join(learners)).where(here)

    def _has_changed(self, row: sa.Row[Any]) -> bool:
        read = self._responses.get(row.pseudonym)
        return read is None or (read.changes, read.response_id) != (row.changes, row.id)

    def _read_anew(self, connection: sa.Connection, rows: Iterable[sa.Row[Any]]) -> None:
        """Read responses anew. Consent comes after the texts: what is taken back meanwhile counts."""
        ids = [row.id for row in rows]
        texts, display = newest_texts(connection, ids), displays_of(connection, ids)
        agreed = agreed_to_class(connection, ids)
        theirs: dict[int, list[Any]] = {}
        for (response_id, _), text in texts.items():
            theirs.setdefault(response_id, []).append(text)
        for row in rows:
            written = [text for text in theirs.get(row.id, ()) if visible(text.text)]
            cards = {}
            for text in written if row.id in agreed else ():
                if text.question in self._order:
                    card = self._card(row.pseudonym, text, display.get((row.id, text.question), UNTOUCHED))
                    cards[card.id] = card
            earlier = self._responses.get(row.pseudonym)
            self._responses[row.pseudonym] = _ReadResponse(
                row.changes,
                row.id,
                handed_in=row.handed_in_at is not None,
                written=bool(written),
                agreed=row.id in agreed,
                cards=cards,
            )
            self._cards.replace(earlier.cards if earlier else {}, cards)

    def _card(self, learner: str, text: sa.Row[Any], display: Display) -> Card:
        return Card(
            id=self._id(learner, text.question),
            question=text.question,
            number=text.number,
            text=text.text,
            at=text.saved_at.isoformat(),
            shown=display.shown_number == text.number,
            changed=display.shown_number is not None and display.shown_number < text.number,
            edited=display.edited if display.edited_number == text.number else None,
            draft=display.edited if display.edited_number != text.number else None,
            flagged=display.flagged,
            theme=display.theme,
            version=CardVersion(text.number, display.version).to_int(),
        )

    def _sort_key(self, card: Card) -> tuple[int, str, str]:
        return self._order[card.question], card.at, card.id

    # --- names ---

    @translate_database_errors
    def _wall_key(self) -> bytes:
        """What makes ids that lead back to nobody: the session's own, else this wall's."""
        with self.database.reading() as connection:
            kept = connection.scalar(sa.select(sessions.c.wall_key).where(sessions.c.name == self.session))
        return (kept or secrets.token_hex(16)).encode()

    def _id(self, learner: str, question: str) -> str:
        # Of the pseudonym, not of a row: SQLite gives the number of a deleted row to another.
        return hmac.new(self._key, f"{learner} {question}".encode(), hashlib.sha256).hexdigest()[:20]

    def _where(self, id: str) -> tuple[str, str]:
        """Whose answer to which question a card is."""
        if (card := self._cards.get(id)) is None:
            raise AnswerGone
        return next(learner for learner, read in self._responses.items() if id in read.cards), card.question
