"""Names of several people in one stretch, so that the other words for them read as a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from . import cues
from .found import Identifier

_BETWEEN = re.compile(r",? (?:and|&) |, ")
_PLURAL = re.compile(r"(?<![\w'’-])([^\W\d_]{3,20})s $")
_KIN = re.compile(r"(?:brothers|sisters) ", re.IGNORECASE)
_TITLE = "|".join(sorted(cues.SURE_TITLES))
_FIRST_OF_TWO = re.compile(rf"(?<![\w'’-])(?:{_TITLE})\.? (?:and|&) $", re.IGNORECASE)
_SECOND_OF_TWO = re.compile(rf"(?:{_TITLE})\b", re.IGNORECASE)
_OWNS = re.compile(r"['’](?= [^\W\d_])")


def together(text: str, found: Sequence[Identifier]) -> list[Identifier]:
    """The same, with one identifier for "paramedics Tom and Ana", one for "Mr and Mrs Patel", and "James'" whole."""
    result: list[Identifier] = []
    at = 0
    while at < len(found):
        run = _run(text, found[at:])
        one = _with_role(text, run) or _couple(text, found[at]) or found[at]
        at += len(run) if one.end == run[-1].end else 1
        result.append(_owning(text, one))
    return result


def _run(text: str, found: Sequence[Identifier]) -> Sequence[Identifier]:
    """The names that stand beside one another here: "Tom and Ana", "Tom, Ana and Ines"."""
    count = 1
    while count < len(found) and found[0].kind == found[count].kind == "name":
        if not _BETWEEN.fullmatch(text, found[count - 1].end, found[count].start):
            break
        count += 1
    return found[:count]


def _with_role(text: str, run: Sequence[Identifier]) -> Identifier | None:
    """The names and what all of them are, where that stands right before: it is enough."""
    if len(run) < 2:
        return None
    surest, start = min(run, key=lambda one: one.certainty), run[0].start
    if kin := _KIN.match(text, start):
        return replace(surest, start=start, end=run[-1].end, replacement=kin[0].strip())
    before = _PLURAL.search(text, max(0, start - 30), start)
    if before is None or not {before[1].lower(), f"{before[1][:-2]}fe".lower()} & (cues.KIN | cues.TITLES):
        return None
    return replace(surest, start=before.start(), end=run[-1].end, replacement=before[0].strip())


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
