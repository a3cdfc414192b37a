"""The review of scrubbed texts: one at a time, with what is proposed to change, to be approved or dropped."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import traitlets

from ..deidentify.proposals import LONGEST_TEXT, VERDICTS, Change, Decision, Place, Proposal, Reviewed, decide, reviewed
from ..study.codebook import LONGEST_NAME
from ..study.self_study import KIT_STUDY
from ..text.limits import check_text, counted
from .assets import module_text, style_text
from .backends.review import InMemoryDecisions, ReviewBackend
from .rpc import AnsweringWidget, BadRequest, Message, Reply, handler_for, int_in, text_in
from .words import for_instructors, words

MAX_REPLY_CHARS = 50_000
"""Characters of text after which a reply ends; Jupyter drops messages when they come to a megabyte a second."""


class ReviewDesk(AnsweringWidget):
    """Proposed texts to approve or to drop; whatever nobody decided on is not shared.

    Texts and decisions travel in numbered messages, each with a reply, and are never part of the widget's synced
    state, which ends up in notebook files.
    """

    _esm = module_text("desk/review.js")
    _css = style_text("desk/review.css")
    asker = "A reviewer"
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        proposals: Iterable[Proposal],
        *,
        reviewer: str,
        backend: ReviewBackend | None = None,
        asked: Mapping[tuple[str, str], Mapping[str, str]] | None = None,
        language: str = "en",
    ):
        """`asked` holds the `prompt` and `part` of a question by its study and key, to be shown above its texts."""
        check_text(reviewer, what="The reviewer's name", longest=LONGEST_NAME)
        if not reviewer.strip():
            raise ValueError("A release says who approved it: give the reviewer's name or initials.")
        self.reviewer, self.backend = reviewer, backend or InMemoryDecisions()
        self._texts, self._asked = tuple(proposals), asked or {}
        self._at = {text.place: at for at, text in enumerate(self._texts)}
        if len(self._at) != len(self._texts):
            raise ValueError("A text is given twice. Give each answer once, in its newest text.")
        language = for_instructors(language, "review")
        super().__init__(words=words(language, "review"), language=language)

    def __repr__(self) -> str:
        """Without texts, because a repr ends up in notebook files."""
        return f"<ReviewDesk {counted(len(self._texts), 'text')}>"

    @property
    def reviewed(self) -> Reviewed:
        """Every text with what was decided on it, read from the backend."""
        return reviewed(self._texts, self.backend.decisions())

    def handle(self, message: Message) -> Reply:
        """Do one of the things a reviewer's page can ask for."""
        return handler_for(message, HANDLERS)(self, message)

    def _ping(self, message: Message) -> Reply:
        return {}

    def _hello(self, message: Message) -> Reply:
        """How much there is, and what is decided on it."""
        said = [[at, decision.verdict] for at, (_, decision) in enumerate(self.reviewed.pairs) if decision]
        facts = {"reviewer": self.reviewer, "kept": self.backend.where, "longest": LONGEST_TEXT}
        return {**facts, "texts": len(self._texts), "said": said}

    def _some_texts(self, message: Message) -> Reply:
        """Texts from one on, as many as go well into one reply, each with what was decided on it."""
        kept = self.backend.decisions()
        told: list[Reply] = []
        room = MAX_REPLY_CHARS
        for at in range(int_in(message, "at"), len(self._texts)):
            text = self._texts[at]
            said = kept.get(text.place)
            told.append({"at": at, **self._told(text, said if said and said.about(text) else None)})
            room -= 2 * len(text.original)
            if room < 0:
                break
        return {"texts": told}

    def _told(self, text: Proposal, said: Decision | None) -> Reply:
        decided = {"verdict": said.verdict, "text": said.text, "saved_at": _iso(said)} if said else None
        pieces = [{"words": words, **(_shown(change) if change else {})} for words, change in text.pieces()]
        asked = self._asked.get((text.study, text.question), {"prompt": text.question})
        facts = {"language": text.language, "checked": text.checked, "said": decided, **asked}
        return {"place": list(text.place), "pieces": pieces, **facts}

    def _decide(self, message: Message) -> Reply:
        text = self._text(message)
        verdict = message.get("verdict")
        if verdict not in VERDICTS:
            raise BadRequest("unusable")
        whole = text_in(message, "text", LONGEST_TEXT) if verdict == "approved" else ""
        try:
            said = decide(text, verdict, by=self.reviewer, text=whole, read=True)
        except ValueError:
            raise BadRequest("unusable") from None
        return {"at": self._at[text.place], "saved_at": _iso(self.backend.keep(said))}

    def _forget(self, message: Message) -> Reply:
        text = self._text(message)
        self.backend.forget(text.place)
        return {"at": self._at[text.place], "saved_at": datetime.now(UTC).isoformat()}

    def _text(self, message: Message) -> Proposal:
        """The text that a message is about, as it is proposed here."""
        place = message.get("place")
        if isinstance(place, list) and len(place) == 4:  # an older page names no study
            place = [KIT_STUDY, *place]
        at = self._at.get(_place(place)) if isinstance(place, list) and len(place) == 5 else None
        if at is None:
            raise BadRequest("unknown_text")
        if message.get("proposed") != self._texts[at].proposed:
            raise BadRequest("other_text")
        return self._texts[at]


HANDLERS: dict[str, Callable[[ReviewDesk, Message], Reply]] = {
    "ping": ReviewDesk._ping,
    "hello": ReviewDesk._hello,
    "texts": ReviewDesk._some_texts,
    "decide": ReviewDesk._decide,
    "forget": ReviewDesk._forget,
}


def _shown(change: Change) -> Reply:
    return {name: cell for name, cell in asdict(change).items() if name in ("kind", "replacement", "reason")}


def _place(cells: list[object]) -> Place:
    if not all(isinstance(cell, str) for cell in cells[:4]) or type(cells[4]) is not int:
        raise BadRequest("unusable")
    study, session, pseudonym, question, revision = map(str, cells)
    return study, session, pseudonym, question, int(revision)


def _iso(decision: Decision) -> str:
    return decision.at.isoformat() if decision.at else ""
