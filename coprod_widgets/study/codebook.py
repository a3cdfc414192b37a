"""Qualitative coding as plain data: the themes of a codebook, and one theme applied to words of a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..text.limits import check_text, counted
from .self_study import KIT_STUDY

LONGEST_NAME, LONGEST_EXCERPT, LONGEST_MEMO = 200, 100_000, 10_000
NAMES = ("coder", "study", "session", "pseudonym", "question", "theme")
WHICH = ("coder", "study", "session", "pseudonym", "question", "revision", "start", "end", "theme")
"""What says which coding it is; everything else of it can change."""


@dataclass(frozen=True, kw_only=True)
class Theme:
    """A named idea: what it means, and which words it is for and not for."""

    theme: str
    """Its key: codings are stored under it."""
    name: str
    meaning: str = ""
    include: str = ""
    exclude: str = ""

    def __post_init__(self) -> None:
        for name, value in (("theme", self.theme), ("name", self.name)):
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"A theme has no {name}. Fill the cell in, or leave the row out.")
            check_text(value, what=f"A theme's {name}", longest=LONGEST_NAME)


@dataclass(frozen=True, kw_only=True)
class Coding:
    """One coder's theme on one excerpt of a text."""

    coder: str
    study: str = KIT_STUDY
    session: str
    pseudonym: str
    question: str
    revision: int
    """The number of the text it was applied to."""
    start: int
    """The excerpt's first code point in that text, counted from 0."""
    end: int
    """The code point after its last."""
    words: str = field(repr=False)
    theme: str
    memo: str = field(default="", repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    """None before it is kept."""

    @property
    def key(self) -> tuple[str | int, ...]:
        """What says which coding it is."""
        return tuple(getattr(self, name) for name in WHICH)

    def __post_init__(self) -> None:
        for name in NAMES:
            _check_name(getattr(self, name), name)
        check_text(self.words, what="The excerpt", longest=LONGEST_EXCERPT)
        check_text(self.memo, what="The memo", longest=LONGEST_MEMO)
        if self.revision < 1:
            raise ValueError(f"A coding's revision is counted from 1; it can't be {self.revision}.")
        if not 0 <= self.start < self.end or self.end - self.start != len(self.words):
            where = f"{self.start} to {self.end}"
            raise ValueError(f"An excerpt of {counted(len(self.words), 'character')} can't reach from {where}.")


def _check_name(name: str, what: str) -> None:
    check_text(name, what=f"The {what}", longest=LONGEST_NAME)
    if not name.strip():
        raise ValueError(f"A coding needs a {what}.")
