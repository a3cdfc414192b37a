"""The wall: a class's answers, hidden until shown, for the one who moderates and for the projector."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import traitlets

from ..errors import AnswerGone, CoprodError, StoreError, WallConflict
from ..identifiers import find, in_english
from ..study.self_study import SelfStudy
from .assets import module_text, style_text
from .backends.wall import WallBackend
from .rpc import AnsweringWidget, BadRequest, Message, Reply, handler_for, int_in, problem, text_in
from .words import for_instructors, words

MAX_REPLY_CHARS = 100_000
"""Characters of text after which a reply ends; Jupyter drops messages when they come to a megabyte a second."""
FIRST_LINES, LINES = 320, 4
"""Characters and lines of an answer that a folded card gets, and shows. The rest is fetched when it is unfolded: what a
page was sent is what a person has before them."""
EXCERPT_CHARS, EXCERPTS_PER_CELL = 280, 4
"""Characters of an excerpt in the canvas, and how many a cell has."""
MOST = 60
"""Answers that may be asked for at once."""
MAX_VALUE_CHARS = 100_000

CARD_FIELDS = ("id", "question", "number", "at", "shown", "changed", "flagged", "theme", "version")
IDENTIFIER_FIELDS = ("start", "end", "kind", "reason", "replacement")

Card = Mapping[str, Any]


class ResponseWall(AnsweringWidget):
    """What a class wrote: to read, show and hide; with `projector`, only what is shown.

    Texts travel in numbered messages, each with a reply, and never in synced state, which ends up in notebook files.
    A covered page gets no hidden text; a projector's page can ask for nothing but what is shown, and for
    nothing at all once the session is closed. A page can show only what it was sent to the end.
    """

    _esm = module_text("wall/wall.js")
    _css = style_text("wall/wall.css")
    asker = "An instructor"
    outline: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    projector = traitlets.Bool().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, backend: WallBackend, study: SelfStudy, *, projector: bool = False, title: str = "", code: str = ""
    ):
        """`title` and `code` are the session's, so that nobody takes one class's wall for another's."""
        self.backend, self._course = backend, {"title": title, "code": code}
        # Not the trait: that one a page could change.
        self._asks = FOR_PROJECTOR if projector else FOR_INSTRUCTOR
        self._cards: dict[str, Card] = {}
        self._marks: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self._covered, self._page = True, ""
        # What each page was sent to the end, by page and card: two windows of one notebook share this widget.
        self._sent: dict[tuple[str, str], str] = {}
        self._secret = secrets.token_bytes(16)
        language = study.language
        language = for_instructors(language, "wall")
        payload = {"words": words(language, "wall"), "language": language}
        super().__init__(outline=_outline(study), projector=projector, title=title, **payload)

    def __repr__(self) -> str:
        """Constant, because a repr ends up in notebook files."""
        return "<ResponseWall>"

    def handle(self, message: Message) -> Reply:
        """Do one of the things that this kind of page can ask for."""
        self._covered = message.get("covered") is not False
        self._page = str(message["id"]).rpartition("-")[0]  # each page numbers its own messages
        if message.get("covered") is True:  # a heartbeat says nothing of it
            self._sent = {at: text for at, text in self._sent.items() if at[0] != self._page}
        handler = handler_for(message, self._asks)
        with self.backend.transaction(writes=message["ask"] in WRITES):
            return handler(self, message)

    def expected_error(self, error: StoreError) -> Reply | None:
        """What an instructor can do something about: another's click, an answer that is gone."""
        if isinstance(error, WallConflict):
            return problem("conflict", **self._card_reply(error.latest))  # type: ignore[arg-type]
        return problem("gone") if isinstance(error, AnswerGone) else None

    def _ping(self, message: Message) -> Reply:
        return {}

    # --- moderating ---

    def _changes(self, message: Message) -> Reply:
        """What is new, without the texts."""
        new = self.backend.changes(text_in(message, "cursor", 100))
        if new["whole"]:
            self._cards, self._marks = {}, {}
        self._cards |= {card["id"]: card for card in new["cards"]}
        for id in new["gone"]:
            self._cards.pop(id, None)
            self._marks.pop(id, None)
        payload = {name: new[name] for name in ("cursor", "whole", "gone", "phase", "sections", "left", "counts")}
        return {
            **payload,
            "heads": [self._card_without_text(card) for card in new["cards"]],
            "last": self.backend.last(),
        }

    def _texts(self, message: Message) -> Reply:
        """The texts of some cards, as far as this page may have them."""
        whole, texts, room = message.get("whole") is True, [], MAX_REPLY_CHARS
        for id in _ids(message):
            card = self._cards.get(id)
            if card is not None and self._may_see(card):
                texts.append(self._text(card, whole))
                room -= len(_seen(card))  # all of it was looked through for identifiers
            if room < 0:
                break
        return {"texts": texts}

    def _find(self, message: Message) -> Reply:
        """Which answers have all these words."""
        wanted = text_in(message, "words", 200).casefold().split()
        return {"found": [id for id, card in self._cards.items() if self._contains_words(card, wanted)]}

    def _act(self, message: Message) -> Reply:
        id, action = text_in(message, "card", 100), text_in(message, "action", 20)
        version = int_in(message, "version")
        value = int_in(message, "number") if action == "show" else message.get("value")
        if action == "show":
            self._refuse_unread(message, self._cards.get(id))
        if action != "show" and value is not None:
            value = text_in(message, "value", MAX_VALUE_CHARS)
        with _explained():
            card = self.backend.act(id, action, value, version=version)
        return {**self._card_reply(card, whole=message.get("whole") is True), "last": self.backend.last()}

    def _refuse_unread(self, message: Message, card: Card | None) -> None:
        """Refuse to put on the screen what this page was not sent to the end, or what asks for a second thought.

        `sure` of the message names the thoughts that its instructor has had. A card that is shown, or gone, is the
        backend's business.
        """
        if self._covered:  # nobody shows what they cannot see
            raise BadRequest("covered")
        if card is None or card["shown"]:
            return
        text, sure = _seen(card), message.get("sure")
        if self._sent.get((self._page, card["id"])) != text:
            raise BadRequest("unread", which=card["id"])
        doubts = {"flagged": card["flagged"], "named": bool(self._identifiers_in(card["id"], text))}
        for doubt in (name for name, there in doubts.items() if there):
            if not isinstance(sure, list) or doubt not in sure:
                raise BadRequest(doubt, which=card["id"])

    def _undo(self, message: Message) -> Reply:
        last = self.backend.last()
        if last and last["shows"]:  # what comes back onto the screen is shown like any other
            self._refuse_unread(message, self._cards.get(str(last["id"])))
        card = self.backend.undo()
        payload = self._card_reply(card) if card else {"card": None}
        return {**payload, "last": self.backend.last()}

    def _move(self, message: Message) -> Reply:
        phase, section = text_in(message, "phase", 20), text_in({"section": "", **message}, "section", 200)
        with _explained():
            self.backend.move(phase, section)
        return {"phase": phase}

    def _time(self, message: Message) -> Reply:
        minutes, more = int_in(message, "minutes"), message.get("more") is True
        with _explained():
            self.backend.time(minutes, more=more)
        return {"left": self.backend.left()}

    def _card_reply(self, card: Card, *, whole: bool = False) -> Reply:
        """A card as it is now, and its text if this page may have it."""
        self._cards[card["id"]] = card
        return {"card": self._card_without_text(card), "text": self._text(card, whole) if self._may_see(card) else None}

    def _card_without_text(self, card: Card) -> Reply:
        """All of a card but what its learner wrote; `key` changes with that, and tells nothing of it."""
        payload = {name: card[name] for name in CARD_FIELDS}
        edited = card["edited"] is not None
        seen = f"{card['number']} {edited} {_seen(card)}".encode()
        key = hmac.new(self._secret, seen, hashlib.sha256).hexdigest()[:12]
        return {**payload, "edited": edited, "length": len(_seen(card)), "key": key}

    def _may_see(self, card: Card) -> bool:
        return bool(card["shown"]) or not self._covered

    def _text(self, card: Card, whole: bool) -> Reply:
        text = _seen(card)
        sent = text if whole else _folded(text)
        if sent == text and not self._covered:
            self._sent[self._page, card["id"]] = text
        found = self._identifiers_in(card["id"], text)
        marks = [mark for mark in found if mark["start"] < len(sent)]
        fields = {name: card[name] for name in ("id", "version", "number")}
        fields |= {"text": sent, "more": len(sent) < len(text), "marks": marks, "found": len(found)}
        fields |= {"fold": len(_folded(text)), "words": len(text.split()), "checked": in_english(text)}
        if whole and card["edited"] is not None and not self._covered:
            fields["original"] = card["text"]
        if whole and card["draft"] is not None and not self._covered:
            fields["draft"] = card["draft"]
        return fields

    def _identifiers_in(self, id: str, text: str) -> list[dict[str, Any]]:
        """What may name somebody. Of the answers that are looked at: of two thousand it would take a second."""
        if id not in self._marks or self._marks[id][0] != text:
            marks = [{name: getattr(one, name) for name in IDENTIFIER_FIELDS} for one in find(text)]
            self._marks[id] = (text, marks)
        return self._marks[id][1]

    def _contains_words(self, card: Card, wanted: Sequence[str]) -> bool:
        if not self._may_see(card):
            return False
        text = _seen(card) if self._covered else f"{_seen(card)} {card['text']}"
        there = f"{text} {card['theme']}".casefold()
        return all(word in there for word in wanted)

    # --- what everybody may see ---

    def _shown(self, message: Message) -> Reply:
        """Whose class it is and which answers are shown, unless the page knows that.

        Each answer has a key that changes with its text. A closed session shows none.
        """
        shown = [
            {**{name: one[name] for name in ("id", "question", "edited")}, "key": _key(one)} for one in self._all()
        ]
        payload = {"shown": shown, "course": {**self._course, "closed": self._closed()}}
        state = hashlib.sha256(json.dumps(payload).encode()).hexdigest()[:20]
        fields = {"state": state, "left": self.backend.left()}
        return fields if message.get("state") == state else {**fields, **payload}

    def _shown_texts(self, message: Message) -> Reply:
        wanted, texts, room = set(_ids(message)), [], MAX_REPLY_CHARS
        for one in self._all():
            if one["id"] in wanted and room > 0:
                texts.append({"id": one["id"], "key": _key(one), "text": one["text"]})
                room -= len(one["text"])
        return {"texts": texts}

    def _all(self) -> Sequence[Mapping[str, Any]]:
        return [] if self._closed() else self.backend.shown()

    def _closed(self) -> bool:
        """Whether a projector has come to its end: in the next lesson another class sits before it."""
        return self._asks is FOR_PROJECTOR and self.backend.phase() == "closed"

    def _canvas(self, message: Message) -> Reply:
        if self._closed():
            raise BadRequest("closed")
        canvas = self.backend.canvas()
        excerpts = {
            actor: {aspect: [_excerpt(one) for one in shown[:EXCERPTS_PER_CELL]] for aspect, shown in aspects.items()}
            for actor, aspects in canvas["excerpts"].items()
        }
        return {**{name: canvas[name] for name in ("cells", "learners", "gaps")}, "excerpts": excerpts}


Asks = dict[str, Callable[[ResponseWall, Message], Reply]]
FOR_PROJECTOR: Asks = {
    "ping": ResponseWall._ping,
    "shown": ResponseWall._shown,
    "shown_texts": ResponseWall._shown_texts,
    "canvas": ResponseWall._canvas,
}
FOR_INSTRUCTOR: Asks = {
    "ping": ResponseWall._ping,
    "changes": ResponseWall._changes,
    "texts": ResponseWall._texts,
    "find": ResponseWall._find,
    "act": ResponseWall._act,
    "undo": ResponseWall._undo,
    "move": ResponseWall._move,
    "time": ResponseWall._time,
    "canvas": ResponseWall._canvas,
}

WRITES = {"act", "undo"}
"""Handled in a transaction that writes from its start: what they look at must still be so when they write."""


@contextmanager
def _explained() -> Iterator[None]:
    """A mistake that is not the store's is one that the page can explain."""
    try:
        yield
    except StoreError:
        raise
    except CoprodError as error:
        raise BadRequest("unusable", why=str(error)) from None


def _outline(study: SelfStudy) -> list[dict[str, Any]]:
    """The sections and questions that answers are sorted under."""
    return [
        {
            "key": section.key,
            "letter": section.letter,
            "title": section.title,
            "questions": [
                {"key": one.key, "number": one.number, "prompt": one.prompt, "part": one.part}
                for one in section.questions
            ],
        }
        for section in study.sections
    ]


def _folded(text: str) -> str:
    """The first lines of a text; all of it where it has no more."""
    first = "\n".join(text.split("\n", LINES)[:LINES])
    if len(first) > FIRST_LINES:
        first = first[:FIRST_LINES].rpartition(" ")[0] or first[:FIRST_LINES]
    return text if first.rstrip() == text.rstrip() else first.rstrip()


def _seen(card: Card) -> str:
    """What of an answer is, or would be, on the screen."""
    return str(card["text"] if card["edited"] is None else card["edited"])


def _key(one: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{one['id']} {one['edited']} {one['text']}".encode()).hexdigest()[:16]


def _excerpt(one: Mapping[str, Any]) -> Reply:
    text = one["text"]
    return {
        "text": text if len(text) <= EXCERPT_CHARS else f"{text[:EXCERPT_CHARS].rstrip()}…",
        "edited": one["edited"],
    }


def _ids(message: Message) -> list[str]:
    ids = message.get("ids")
    if not isinstance(ids, list) or len(ids) > MOST or not all(isinstance(id, str) for id in ids):
        raise BadRequest("unusable")
    return ids
