"""Names of several people in one stretch, so that the other words for them read as a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from . import cues
from .identifier import Identifier

_BETWEEN = re.compile(r",? (?:and|&) |, ")
_PLURAL = re.compile(r"(?<![\w'’-])([^\W\d_]{3,20})s $")
_KIN = re.compile(r"(?:brothers|sisters) ", re.IGNORECASE)
_TITLE = "|".join(sorted(cues.SURE_TITLES))
_FIRST_OF_TWO = re.compile(rf"(?<![\w'’-])(?:{_TITLE})\.? (?:and|&) $", re.IGNORECASE)
_SECOND_OF_TWO = re.compile(rf"(?:{_TITLE})\b", re.IGNORECASE)
_OWNS = re.compile(r"['’](?= [^\W\d_])")


def group_names(text: str, found: Sequence[Identifier]) -> list[Identifier]:
    """The same, with one identifier for "paramedics Tom and Ana", one for "Mr and Mrs Patel", and "James'" whole."""
    return [_owning(text, one) for run in _runs(text, found) for one in _as_one(text, run)]


def _runs(text: str, found: Sequence[Identifier]) -> Iterator[list[Identifier]]:
    """The names that stand beside one another, "Tom and Ana", "Tom, Ana and Ines"; any other by itself."""
    run: list[Identifier] = []
    for one in found:
        beside = run and run[-1].kind == one.kind == "name" and _BETWEEN.fullmatch(text, run[-1].end, one.start)
        if run and not beside:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _as_one(text: str, run: list[Identifier]) -> Iterator[Identifier]:
    """The names of a run; those behind a word for what all of them are with that word, which is enough."""
    for at, one in enumerate(run):
        if at < len(run) - 1 and (role := _role(text, one.start)):
            start, words = role
            surest = min(run[at:], key=lambda name: name.certainty)
            yield replace(surest, start=start, end=run[-1].end, replacement=words)
            return
        yield _couple(text, one) or one


def _role(text: str, start: int) -> tuple[int, str] | None:
    """Where the word for several people begins that the name at this place follows or begins with, and the word."""
    if kin := _KIN.match(text, start):
        return start, kin[0].strip()
    before = _PLURAL.search(text, max(0, start - 30), start)
    if before is None or not {before[1].lower(), f"{before[1][:-2]}fe".lower()} & (cues.KIN | cues.TITLES):
        return None
    return before.start(), before[0].strip()


def _couple(text: str, one: Identifier) -> Identifier | None:
    before = _FIRST_OF_TWO.search(text, max(0, one.start - 20), one.start)
    if one.kind != "name" or before is None or not _SECOND_OF_TWO.match(text, one.start):
        return None
    return replace(one, start=before.start(), replacement="a couple")


def _owning(text: str, one: Identifier) -> Identifier:
    """With its apostrophe, where a name that ends in s has something: "James' mother" is "a person's mother"."""
    owns = _OWNS.match(text, one.end) if text[one.end - 1 : one.end] in ("s", "S") else None
    if owns is None or one.kind not in ("name", "place"):
        return one
    ending = "'" if one.replacement.endswith("s") else "'s"
    return replace(one, end=owns.end(), replacement=one.replacement + ending)
