"""Finds what may point to a person in a text: names, places, contacts, dates, numbers. English only.

It misses some, and it cannot see that a story is recognisable. Only the standard library: it runs in every learner's
kernel.
"""

from __future__ import annotations

from collections.abc import Container

from .dates import dates
from .identifier import Certainty, Identifier, Kind, merge_overlapping, opened
from .language import in_english, reads_as_english
from .names import people
from .patterns import by_shape
from .places import places
from .several_people import group_names
from .tokens import tokens

__all__ = ["Certainty", "Identifier", "Kind", "find", "in_english"]


def find(text: str, *, strict: bool = False, lower_vocabulary: Container[str] = frozenset()) -> list[Identifier]:
    """What may point to a person in `text`, in order and never overlapping.

    In a text that is not English (`in_english`), only what has the shape of an address or a number is found.

    `strict` is for an export that a person reads before it goes out: it marks all that is possible. The words of
    `lower_vocabulary`, which the whole export has in small letters, are then no names at the start of a sentence.
    """
    lowered = _lowered(text)
    words = tokens(text)
    shapes = by_shape(text, lowered, strict=strict)
    if not reads_as_english(words):
        return merge_overlapping(shapes)
    marks = [
        *shapes,
        *dates(lowered.replace("’", "'"), text, strict=strict),
        *places(lowered, words, strict=strict),
    ]
    found = merge_overlapping([*marks, *people(words, strict=strict, lower_vocabulary=lower_vocabulary)])
    if not strict:  # an export has a number for each person instead
        found = group_names(text, found)
    opening = {word.start for word in words if word.opens and word.text[0].isupper()}
    return [opened(one) if one.start in opening else one for one in found]


def _lowered(text: str) -> str:
    """The text in small letters, each in its place: a few letters, such as "İ", would otherwise become two."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
