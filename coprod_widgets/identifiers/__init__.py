"""Finds what may point to a person in a text: names, places, contacts, dates, numbers. It misses some, and cannot see
that a story is recognisable.

Only the standard library: this runs in every learner's kernel.
"""

from __future__ import annotations

from collections.abc import Container

from .capitals import people
from .dates import dates
from .found import Certainty, Identifier, Kind, merged
from .numbers import numbers
from .places import places
from .tokens import tokens

__all__ = ["Certainty", "Identifier", "Kind", "find"]


def find(text: str, *, strict: bool = False, lower_vocabulary: Container[str] = frozenset()) -> list[Identifier]:
    """What may point to a person in `text`, in order and never overlapping; English only.

    `strict` is for an export that a person reads before it goes out: it marks whatever is possible as well, but no word
    of `lower_vocabulary`, which is what the whole export has in small letters.
    """
    words = tokens(text)
    marks = [*numbers(text), *dates(text), *places(text, words, strict=strict)]
    marks += people(words, strict=strict, lower_vocabulary=lower_vocabulary)

    return merged(marks)
