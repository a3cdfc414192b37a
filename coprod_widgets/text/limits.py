"""Which texts can be stored: those that both databases give back to the letter. And how messages count things."""

import re
import unicodedata

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL has no place for, and half a character, which is no text in either database."""


UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\U000e0000-\U000e0fff]"
)
"""What is left out when it is shown, though it is no space and no control or format character; the empty Braille cell,
and the mark that stands for an object which is not there."""


def visible(text: str) -> bool:
    """Whether there is anything to see in a text; static/shared/texts.js says the same of it. Else it is no answer."""
    return any(
        unicodedata.category(one) not in ("Cc", "Cf", "Zs", "Zl", "Zp") and not UNSEEN.match(one) for one in text
    )


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
    """A text without line breaks and terminal control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
