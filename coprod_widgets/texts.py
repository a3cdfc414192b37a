"""Which texts can be stored: those that both databases give back to the letter. And how messages count things."""

import re

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL has no place for, and half a character, which is no text in either database."""


def check_text(text: str, *, what: str, longest: int) -> None:
    """Raise ValueError, which says `what` it is and never quotes it, where a text cannot be stored."""
    if len(text) > longest:
        raise ValueError(f"{what} has {counted(len(text), 'character')}; it can have {longest:,}.")
    if UNSTORABLE.search(text):
        raise ValueError(f"{what} holds a NUL or half a character (a lone surrogate), which cannot be stored.")


def counted(number: int, noun: str) -> str:
    """How many there are of what this English noun names: `1 answer`, `1,200 answers`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def on_one_line(text: str) -> str:
    """A text without line breaks and without what steers a terminal, whoever wrote it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
