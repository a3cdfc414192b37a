"""What the check gives back: one stretch of a text that may point to somebody, and why it was marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
    """Why, in words for whoever wrote the text."""
    replacement: str = ""
    """Words that could stand here instead."""


def mark(start: int, end: int, kind: Kind, reason: str, *, likely: bool = True, instead: str = "") -> Identifier:
    """An identifier with the usual replacement for its kind, unless there is a better one."""
    return Identifier(start, end, kind, "likely" if likely else "possible", reason, instead or WORDS_FOR[kind])


def merged(marks: Iterable[Identifier]) -> list[Identifier]:
    """In order and apart: where two overlap, one covers both and keeps what the surer, then the longer, said."""
    result: list[Identifier] = []
    for one in sorted(marks, key=lambda one: (one.start, -one.end)):
        if not result or one.start >= result[-1].end:
            result.append(one)
            continue
        last = result[-1]
        best = max(last, one, key=lambda each: (each.certainty == "likely", each.end - each.start))
        end = max(last.end, one.end)
        result[-1] = Identifier(last.start, end, best.kind, best.certainty, best.reason, best.replacement)
    return result
