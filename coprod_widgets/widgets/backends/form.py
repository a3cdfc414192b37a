"""Who keeps what a learner writes: the contract between the form and a store, and the backend of a lone notebook."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from ...errors import JoinRefused, ResumeRefused, SaveConflict, StoreError


class StoredText(Protocol):
    """One stored text of one answer: the `number`-th, stored at `saved_at`."""

    @property
    def number(self) -> int: ...
    @property
    def saved_at(self) -> datetime: ...
    @property
    def text(self) -> str: ...


class StoredChoice(Protocol):
    """A learner's choice about one use of their answers, and when it was stored."""

    @property
    def given(self) -> bool: ...
    @property
    def at(self) -> datetime: ...


class Asked(Protocol):
    """What a question asked when it was answered."""

    @property
    def lead(self) -> str: ...
    @property
    def prompt(self) -> str: ...
    @property
    def part(self) -> str: ...


class StoredResponse(Protocol):
    """All that is kept of one learner: newest texts and choices, the place in the form, the hand-in."""

    @property
    def answers(self) -> Mapping[str, StoredText]: ...
    @property
    def place(self) -> str: ...
    @property
    def handed_in_at(self) -> datetime | None: ...
    @property
    def choices(self) -> Mapping[str, StoredChoice]: ...
    @property
    def asked(self) -> Mapping[str, Asked]: ...


@dataclass(frozen=True, kw_only=True)
class ClassInfo:
    """The class that a learner is in; without a name they write on their own."""

    name: str = ""
    title: str = field(default="", repr=False)
    """As its instructor wrote it."""
    support: str = field(default="", repr=False)
    """Whom its learners can turn to; without it, the page has a general sentence."""
    refused: bool = False
    """A code came with the page, and opened nothing."""
    joinable: bool = False
    """There are classes to come into, with a code."""


class Classmate(Protocol):
    """An answer that a classmate agreed to show and an instructor has shown."""

    @property
    def question(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def edited(self) -> bool: ...


class FormBackend(Protocol):
    """Keeps answers for the browser that `device`, a random key, stands for. Any call may raise StoreError.

    hello     what is kept, or None for somebody new
    save      add a text; raises SaveConflict when `base` is not the newest number, LearnerGone when all was deleted;
              `version` is that of the questions on the page, where it is another than the form's
    asks      whether an earlier version asked this question, so that a page that still shows it can save
    remove    delete one answer with its earlier texts; how many texts that was
    place     note where in the form the learner is
    revisions every text of one answer, newest first
    hand_in   mark as done, then read back what is kept
    code      a resume code: `known`, if it is the right one, or a new one; None for somebody who has written nothing
    resume    let this browser in with a code; raises ResumeRefused
    agree     keep a choice about one use (`class`, `research`), made on a wording with a version and a language;
              raises LearnerGone when `known`, whom the page knew, was deleted
    until     to which moment everything is kept, if anyone has said
    edition   a word that is another once other texts were put in the place of what is kept, as after a restore
    delete    delete everything; how many answers and stored texts that was
    phases    what the class is doing: `phase`, `sections`, those that have one of their own, and the seconds that are
              `left` for it; counts the browser in, where one is given
    join      see whether a join code opens a class; raises JoinRefused
    classmates what is shown of others' answers to questions that this learner has answered
    transaction within its block, all calls are one transaction, or two where it does not `write` from its start
    """

    where: str
    """`store` or `notebook`: what the form tells its learner."""
    course: ClassInfo

    def hello(self, device: str) -> StoredResponse | None: ...
    def save(self, device: str, question: str, text: str, base: int, version: int | None = None) -> StoredText: ...
    def asks(self, question: str) -> bool: ...
    def remove(self, device: str, question: str) -> int: ...
    def place(self, device: str, place: str) -> None: ...
    def revisions(self, device: str, question: str) -> Sequence[StoredText]: ...
    def hand_in(self, device: str) -> StoredResponse: ...
    def code(self, device: str, known: str) -> str | None: ...
    def resume(self, device: str, code: str) -> None: ...
    def agree(
        self, device: str, use: str, given: bool, *, version: int, language: str, known: bool
    ) -> Mapping[str, StoredChoice]: ...
    def until(self) -> datetime | None: ...
    def edition(self) -> str: ...
    def delete(self, device: str) -> tuple[int, int]: ...
    def phases(self, device: str = "") -> Mapping[str, Any]: ...
    def join(self, code: str) -> None: ...
    def classmates(self, device: str) -> Sequence[Classmate]: ...
    def transaction(self, *, writes: bool = False) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, kw_only=True)
class _Text:
    number: int
    saved_at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class _Response:
    answers: dict[str, _Text] = field(repr=False)
    place: str
    handed_in_at: datetime | None
    choices: Mapping[str, StoredChoice] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)


class InMemoryBackend:
    """Keeps answers in the kernel's memory, for a form that is shown without a store."""

    where = "notebook"
    course = ClassInfo()

    def __init__(self) -> None:
        self._texts: dict[str, list[_Text]] = {}
        self._place = ""
        self._handed_in_at: datetime | None = None

    def hello(self, device: str) -> _Response:
        answers = {question: texts[-1] for question, texts in self._texts.items()}
        return _Response(answers=answers, place=self._place, handed_in_at=self._handed_in_at)

    def save(self, device: str, question: str, text: str, base: int, version: int | None = None) -> _Text:
        texts = self._texts.setdefault(question, [])
        if texts and texts[-1].text == text:
            return texts[-1]
        if texts and base != texts[-1].number:
            raise SaveConflict(texts[-1])
        texts.append(_Text(number=len(texts) + 1, saved_at=datetime.now(UTC), text=text))
        return texts[-1]

    def asks(self, question: str) -> bool:
        return False

    def remove(self, device: str, question: str) -> int:
        return len(self._texts.pop(question, []))

    def place(self, device: str, place: str) -> None:
        self._place = place

    def revisions(self, device: str, question: str) -> list[_Text]:
        return self._texts.get(question, [])[::-1]

    def hand_in(self, device: str) -> _Response:
        self._handed_in_at = datetime.now(UTC)
        return self.hello(device)

    def code(self, device: str, known: str) -> None:
        return None

    def resume(self, device: str, code: str) -> None:
        raise ResumeRefused(0)

    def agree(
        self, device: str, use: str, given: bool, *, version: int, language: str, known: bool
    ) -> Mapping[str, StoredChoice]:
        raise StoreError("Nothing leaves a form without a store, so there is nothing to agree to.")

    def until(self) -> None:
        return None

    def edition(self) -> str:
        return ""

    def delete(self, device: str) -> tuple[int, int]:
        counts = len(self._texts), sum(map(len, self._texts.values()))
        self._texts, self._place, self._handed_in_at = {}, "", None
        return counts

    def phases(self, device: str = "") -> Mapping[str, Any]:
        return {"phase": "writing", "sections": {}, "left": None}

    def join(self, code: str) -> None:
        raise JoinRefused(0)

    def classmates(self, device: str) -> list[Classmate]:
        return []

    def transaction(self, *, writes: bool = False) -> AbstractContextManager[None]:
        return nullcontext()
