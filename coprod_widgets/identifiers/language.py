"""Whether a text is English, which is all that the rules read.

Counted are small words, as in most ways to tell languages apart, so that it costs a learner's kernel no package and
less than the rules themselves. A text of few words, or of names alone, counts as English: it is read.
"""

from __future__ import annotations

from functools import cache

from .cues import PARTICLES
from .tokens import Token, tokens
from .word_lists import kept

_ARTICLES = PARTICLES | {"los", "las", "les", "il", "lo"}
"""What names begin with: "Los Angeles", "van der Berg"."""
_NEVER_ENGLISH = frozenset(("la", "con", "y", "et", "le", "les", "un", "une", "el", "los", "del", "das", "mi", "ella"))
"""Other languages' words that lists of English have too."""
_LATIN_ENDS = "\u0250"
_LATIN_MORE = ("\u1e00", "\u1eff")


def in_english(text: str) -> bool:
    """Whether the rules read this text; False where it is in another language, and nobody looked for names."""
    words = tokens(text)
    strange = sum(_is_of_another_script(word.text) for word in words)
    return reads_as_english(words) and 2 * strange <= len(words) - strange


def reads_as_english(words: list[Token]) -> bool:
    """Whether words in Latin letters are English; those in other letters are never taken for names."""
    foreign, unknown, english = _counted(words)
    if foreign and foreign + unknown > 1 and foreign + unknown / 2 > english:
        return False
    return not (unknown > 7 and unknown > 3 * english)


def _counted(words: list[Token]) -> list[int]:
    """How many words are another language's, how many nobody's, how many English."""
    counts = [0, 0, 0]
    loud = all(word.cap for word in words)  # a text in capitals, or of names
    for index, word in enumerate(words):
        addressed = word.after == "@" or word.gap in ("@", ".", "/", "_")  # a part of an e-mail or web address
        if addressed or word.cap and not (word.opens or loud) or _is_of_another_script(word.text):
            continue
        after = words[index + 1] if index + 1 < len(words) else None
        names = after is not None and after.cap and not loud and word.key in _ARTICLES
        if not names and (place := _place(word)) is not None:
            counts[place] += 1
    return counts


def _place(word: Token) -> int | None:
    """0 for another language's word, 1 for one that nobody knows, 2 for an English one; None tells nothing."""
    lowered = word.text.lower().replace("’", "'")
    if lowered in _small_words():
        return None if word.known and lowered.isascii() and lowered not in _NEVER_ENGLISH else 0
    if word.known or word.harmless:
        return 2
    if word.cap or word.listed or word.rare or word.place or len(word.key) < 3:
        return None
    return 1 if lowered.isascii() else 0


def _is_of_another_script(text: str) -> bool:
    first = next(filter(str.isalpha, text), "a")
    return first >= _LATIN_ENDS and not _LATIN_MORE[0] <= first <= _LATIN_MORE[1]


@cache
def _small_words() -> frozenset[str]:
    return kept("foreign")
