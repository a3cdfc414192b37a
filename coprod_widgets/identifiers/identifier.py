"""What the check gives back: one stretch of a text that may point to somebody, and why it was marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal[
    "name", "handle", "place", "address", "date", "age", "phone", "email", "url", "ip", "record", "insurance", "plate"
]
Certainty = Literal["likely", "possible"]

WORDS_FOR: dict[Kind, str] = {
    "name": "a person",
    "handle": "an account",
    "place": "a place",
    "address": "an address",
    "date": "that day",
    "age": "over 89",
    "phone": "a phone number",
    "email": "an email address",
    "url": "a web page",
    "ip": "a computer's address",
    "record": "a record number",
    "insurance": "an account number",
    "plate": "a number plate",
}
"""What can stand in an identifier's place, where its text suggests nothing better."""


@dataclass(frozen=True)
class Identifier:
    """A stretch of a text, in code points, that likely or possibly points to a person."""

    start: int
    end: int
    kind: Kind
    certainty: Certainty
    reason: str
    """Why it was marked, in words for the person who wrote the text."""
    replacement: str = ""
    """Words that could stand here instead."""


def mark(start: int, end: int, kind: Kind, reason: str, *, likely: bool = True, instead: str = "") -> Identifier:
    """An identifier with the usual replacement for its kind, unless there is a better one."""
    return Identifier(start, end, kind, "likely" if likely else "possible", reason, instead or WORDS_FOR[kind])


def merge_overlapping(marks: Iterable[Identifier]) -> list[Identifier]:
    """In order and apart: where some overlap, one covers them and keeps what the surer, then the longer, said."""
    result: list[Identifier] = []
    start = end = 0
    best: Identifier | None = None
    for one in sorted(marks, key=lambda one: (one.start, -one.end)):
        if best is None or one.start >= end:
            result += _covering(best, start, end)
            start, end, best = one.start, one.end, one
            continue
        surer, as_sure = one.certainty < best.certainty, one.certainty == best.certainty
        if surer or as_sure and one.end - one.start > end - start:
            best = one
        end = max(end, one.end)
    return result + _covering(best, start, end)


def _covering(best: Identifier | None, start: int, end: int) -> list[Identifier]:
    if best is None or (best.start, best.end) == (start, end):
        return [best] if best else []
    return [replace(best, start=start, end=end)]


def opened(one: Identifier) -> Identifier:
    """The same at the start of a sentence, where other words begin with a capital letter too."""
    return replace(one, replacement=one.replacement[:1].upper() + one.replacement[1:])
