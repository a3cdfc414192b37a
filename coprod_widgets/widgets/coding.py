"""The coder's desk: one text at a time, and a codebook whose themes are applied to words of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import traitlets

from ..errors import CodingGone, LearnerGone, MemoConflict, StoreError
from ..study.codebook import LONGEST_EXCERPT, LONGEST_MEMO, LONGEST_NAME, Coding, Theme
from ..study.self_study import KIT_STUDY
from ..text.limits import check_text, counted
from .assets import module_text, style_text
from .backends.coding import CodingBackend, InMemoryCodings
from .rpc import AnsweringWidget, BadRequest, Message, Reply, handler_for, int_in, problem, text_in
from .words import for_instructors, words

MAX_REPLY_CHARS = 50_000
"""Characters of text after which a reply ends; Jupyter drops messages when they come to a megabyte a second."""

PLACE = ("study", "session", "pseudonym", "question")
Place = tuple[str, str, str, str]
"""What says which answer it is."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """One answer's text to be coded, with what its reader needs beside it."""

    study: str = KIT_STUDY
    session: str
    pseudonym: str
    question: str
    revision: int
    text: str = field(repr=False)
    prompt: str = ""
    part: str = ""
    roles: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the learner calls each actor."""
    language: str = ""

    @property
    def place(self) -> Place:
        """Which answer it is."""
        return self.study, self.session, self.pseudonym, self.question


class CodingDesk(AnsweringWidget):
    """Texts to code with the themes of a codebook; `codings` is what this coder has coded.

    Texts and codings travel in numbered messages, each with a reply, and are never part of the widget's synced
    state, which ends up in notebook files. A coder sees only their own codings.
    """

    _esm = module_text("desk/coding.js")
    _css = style_text("desk/coding.css")
    asker = "A coder"
    themes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        texts: Iterable[Mapping[str, Any]],
        themes: Iterable[Mapping[str, Any]],
        *,
        coder: str,
        backend: CodingBackend | None = None,
        language: str = "en",
    ):
        """`texts` and `themes` are dicts with the names of a `Text`'s and a `Theme`'s fields; others are ignored."""
        self.coder = coder
        self.backend = backend or InMemoryCodings()
        self._texts = [_text(row) for row in texts]
        self._at = _numbered(self._texts)
        codebook = [_made(Theme, row) for row in themes]
        self._themes = _distinct(theme.theme for theme in codebook)
        check_text(coder, what="The coder's name", longest=LONGEST_NAME)
        if not coder.strip():
            raise ValueError("Codings are kept by the coder's name: give one.")
        told = [asdict(theme) for theme in codebook]
        language = for_instructors(language, "coding")
        super().__init__(themes=told, words=words(language, "coding"), language=language)

    def __repr__(self) -> str:
        """Without texts, because a repr ends up in notebook files."""
        return f"<CodingDesk {counted(len(self._texts), 'text')}>"

    @property
    def codings(self) -> list[Coding]:
        """What this coder has coded, read from the backend."""
        return list(self.backend.codings(self.coder))

    def handle(self, message: Message) -> Reply:
        """Do one of the things a coder's page can ask for."""
        return handler_for(message, HANDLERS)(self, message)

    def expected_error(self, error: StoreError) -> Reply | None:
        """What the coder can do something about."""
        if isinstance(error, MemoConflict):
            return problem("conflict", memo=error.latest)
        if isinstance(error, CodingGone):
            return problem("removed")
        return problem("gone") if isinstance(error, LearnerGone) else None

    def _ping(self, message: Message) -> Reply:
        return {}

    def _hello(self, message: Message) -> Reply:
        """How much there is, what of it is coded, and where the coder was last."""
        here = [coding for coding in self.codings if self._stands(coding)]
        here.sort(key=lambda coding: coding.created_at or datetime.min.replace(tzinfo=UTC))
        at = [self._at[_place(coding)] for coding in here]
        facts = {"coder": self.coder, "kept": self.backend.where, "longest": LONGEST_MEMO}
        return {**facts, "texts": len(self._texts), "coded": sorted(set(at)), "at": at[-1] if at else 0}

    def _some_texts(self, message: Message) -> Reply:
        """Texts from one on, as many as go well into one reply, each with what this coder has coded of it."""
        coded: dict[Place, list[Coding]] = defaultdict(list)
        for coding in self.codings:
            coded[_place(coding)].append(coding)
        told: list[Reply] = []
        room = MAX_REPLY_CHARS
        for at in range(int_in(message, "at"), len(self._texts)):
            text = self._texts[at]
            told.append({"at": at, **asdict(text), "codings": [self._told(one) for one in coded[text.place]]})
            room -= len(text.text) + sum(len(one.words) + len(one.memo) for one in coded[text.place])
            if room < 0:
                break
        return {"texts": told}

    def _add(self, message: Message) -> Reply:
        coding = self._coding(message, memo=text_in(message, "memo", LONGEST_MEMO))
        kept = self.backend.add(coding)
        if kept.words != coding.words:  # coded before, on another text under the same revision
            raise BadRequest("other_text")
        return _kept(kept)

    def _memo(self, message: Message) -> Reply:
        memo, base = text_in(message, "memo", LONGEST_MEMO), text_in(message, "base", LONGEST_MEMO)
        return _kept(self.backend.set_memo(self._coding(message, memo=memo), memo, base=base))

    def _remove(self, message: Message) -> Reply:
        self.backend.remove(self._coding(message))
        return {"saved_at": datetime.now(UTC).isoformat()}

    def _coding(self, message: Message, memo: str = "") -> Coding:
        """The coding that a message is about: words of a text that is here, as it stands here."""
        message = {"study": KIT_STUDY, **message}  # an older page names none
        names: dict[str, Any] = {name: text_in(message, name, LONGEST_NAME) for name in (*PLACE, "theme")}
        numbers: dict[str, Any] = {name: int_in(message, name) for name in ("revision", "start", "end")}
        excerpt = text_in(message, "words", LONGEST_EXCERPT)
        try:
            coding = Coding(coder=self.coder, words=excerpt, memo=memo, **names, **numbers)
        except ValueError:
            raise BadRequest("unusable") from None
        if coding.theme not in self._themes:
            raise BadRequest("unknown_theme")
        if not self._stands(coding):
            raise BadRequest("unknown_text" if _place(coding) not in self._at else "other_text")
        return coding

    def _stands(self, coding: Coding) -> bool:
        """Whether its words stand where it says, in the text as it is here, under a theme of this codebook."""
        at = self._at.get(_place(coding))
        if at is None or coding.theme not in self._themes:
            return False
        text = self._texts[at]
        # The words too: what was de-identified has another text under the same revision.
        return coding.revision == text.revision and text.text[coding.start : coding.end] == coding.words

    def _told(self, coding: Coding) -> Reply:
        where = {name: getattr(coding, name) for name in ("theme", "start", "end", "words")}
        why = "" if self._stands(coding) else "theme" if coding.theme not in self._themes else "text"
        return {**where, "apart": why, **_kept(coding)}


HANDLERS: dict[str, Callable[[CodingDesk, Message], Reply]] = {
    "ping": CodingDesk._ping,
    "hello": CodingDesk._hello,
    "texts": CodingDesk._some_texts,
    "add": CodingDesk._add,
    "memo": CodingDesk._memo,
    "remove": CodingDesk._remove,
}

T = TypeVar("T")


def _made(kind: type[T], row: Mapping[str, Any]) -> T:
    parts = fields(kind)  # type: ignore[arg-type]
    needed = [part.name for part in parts if part.default is MISSING and part.default_factory is MISSING]
    if missing := [name for name in needed if name not in row]:
        what = kind.__name__.lower()
        raise ValueError(f"A {what} lacks {', '.join(missing)}; each needs {', '.join(needed)}.")
    return kind(**{part.name: row[part.name] for part in parts if part.name in row})


def _text(row: Mapping[str, Any]) -> Text:
    text = _made(Text, row)
    check_text(text.text, what=f"The answer to {text.question!r}", longest=LONGEST_EXCERPT)
    return replace(text, revision=int(text.revision), roles=dict(text.roles))  # a frame's numbers are not Python's


def _numbered(texts: list[Text]) -> dict[Place, int]:
    _distinct(text.place for text in texts)
    return {text.place: at for at, text in enumerate(texts)}


def _distinct(names: Iterable[T]) -> set[T]:
    seen: set[T] = set()
    for name in names:
        if name in seen:
            raise ValueError(
                f"{name!r} is given twice. Give each answer once, in its newest text, and each theme once."
            )
        seen.add(name)
    return seen


def _place(coding: Coding) -> Place:
    return coding.study, coding.session, coding.pseudonym, coding.question


def _kept(coding: Coding) -> Reply:
    saved_at = coding.updated_at.isoformat() if coding.updated_at else ""
    return {"memo": coding.memo, "saved_at": saved_at}
