"""A text as words: each with its place, its plain spelling, and whether a sentence begins with it."""

from __future__ import annotations

import re
from functools import lru_cache

from .cues import PARTICLES, TITLES, WORDLIKE
from .word_lists import everyday, family, given, kept, plain, rare, towns

# A word is whatever is no space, digit or mark, so that accents, joined emoji and what cannot be seen stay in it.
_LETTER = r"[^\s\d!-/:-@\[-`{-~…“”‘’«»‹›–—·•、。´ʼ＇]"
_JOIN = "'’‘´`ʼ＇"
"""What keyboards give for an apostrophe."""
_WORD = re.compile(rf"{_LETTER}{{1,40}}(?:[{_JOIN}-]{_LETTER}{{1,40}}){{0,4}}")
_OPENS = re.compile(r"[.!?…:\n“«‹\"•]|(?:^|\s)['‘*-]+$")
_SHORTENED = re.compile(rf"(?:[{_JOIN}](?:s|ll|d|ve|re|m|em))+$", re.IGNORECASE)
"""What is left of a verb behind a word: "Grace'll", "I'd've"; and a possessive's ending."""


class Token:
    """One word of a text."""

    __slots__ = ("after", "cap", "end", "gap", "key", "known", "opens", "start", "text")

    def __init__(self, text: str, *, start: int, gap: str, after: str, opens: bool):
        self.text, self.start, self.end, self.opens = text, start, start + len(text), opens
        self.gap, self.after = gap, after
        """What stands between it and the word before; the character that follows it."""
        self.cap = text[0].isupper() or not text.isalpha() and _is_joined(text)
        self.key = plain(_SHORTENED.sub("", text)) if not text.isalpha() else plain(text)
        self.known = is_word(self.key)
        """Whether it is an everyday word, or made of such words."""

    @property
    def given(self) -> bool:
        """Whether it is in the list of given names."""
        return is_given(self.key)

    @property
    def listed(self) -> bool:
        """Whether it is in a list of names, whole or in part."""
        return is_listed(self.key)

    @property
    def harmless(self) -> bool:
        """Whether its capital letter means nothing: a month, a nation, a drug, an abbreviation."""
        return is_harmless(self.key)

    @property
    def role(self) -> bool:
        """Whether it is a role, a unit, or what hospitals call their parts."""
        return self.key in kept("roles")

    @property
    def place(self) -> bool:
        """Whether it is a town or a region."""
        return is_place(self.key)

    @property
    def rare(self) -> bool:
        """Whether it is a word of English that few texts hold, or ends as words do and names do not."""
        return is_rare(self.key)

    @property
    def eponym(self) -> bool:
        """Whether something in medicine is called after somebody of this name."""
        return any(part in kept("eponyms") or part in kept("inventors") for part in self.key.split("-"))

    @property
    def caps(self) -> bool:
        """Whether it is an abbreviation by its capitals, as "NHS", "CPNs" and "HbA1c" are, and not "McKay"."""
        capitals = sum(map(str.isupper, self.text))
        if self.after.isdigit() and len(self.text) < 5:
            return True
        return capitals > 1 and (capitals == len(self.text) or capitals * 2 >= len(self.text) and "-" not in self.text)

    @property
    def stop(self) -> int:
        """Where it ends without a possessive 's, or what is left of a verb."""
        short = _SHORTENED.search(self.text)
        return self.start + short.start() if short else self.end

    @property
    def shortens(self) -> bool:
        """Whether a verb is joined to it: "Grace'll"."""
        return self.stop != self.end and not self.owns

    @property
    def owns(self) -> bool:
        """Whether it ends in a possessive 's."""
        return self.stop != self.end and self.text[-2] in _JOIN and self.text[-1] in "sS"


# The caches only spare work within a text and its neighbours; they are small.
@lru_cache(4096)
def is_word(key: str) -> bool:
    """Whether this is an everyday word, or several joined by hyphens."""
    return len(key) < 2 or key in everyday() or key.endswith("n't") or is_joined(key)


@lru_cache(4096)
def is_joined(key: str) -> bool:
    """Whether it is several everyday words joined: "well-being", "o'clock"."""
    parts = _parts(key)
    return len(parts) > 1 and all(len(part) < 3 or part in everyday() for part in parts)


@lru_cache(4096)
def is_given(key: str) -> bool:
    """Whether this is a given name."""
    return key in given()


@lru_cache(4096)
def is_listed(key: str) -> bool:
    """Whether this is a name in the lists, or has a part that is."""
    return any(part in given() or part in family() for part in (key, *_parts(key)) if len(part) > 1)


@lru_cache(4096)
def is_place(key: str) -> bool:
    """Whether this is a town or a region."""
    return key in kept("places") or key in towns()


@lru_cache(4096)
def is_rare(key: str) -> bool:
    """Whether this is a seldom word of English, or has an ending that only words have."""
    stem = key[:-1] if key[-1:] == "s" else key
    return key in rare() or stem in rare() or stem.endswith(WORDLIKE)


@lru_cache(4096)
def is_harmless(key: str) -> bool:
    """Whether a capital letter means nothing here."""
    if key in kept("harmless"):
        return True
    parts = _parts(key)
    fine = [part in kept("harmless") for part in parts]
    return any(fine) and all(one or len(part) < 3 or part in everyday() for one, part in zip(fine, parts, strict=True))


def _is_joined(text: str) -> bool:
    """Whether a capital letter follows a particle: "al-Hassan", "d'Souza"."""
    head, mark, rest = re.sub(f"[{_JOIN}]", "-", text).partition("-")
    return bool(mark and rest and rest[0].isupper()) and head in PARTICLES


def _parts(key: str) -> list[str]:
    return [part for part in re.split("['-]", key) if part] if "-" in key or "'" in key else []


def tokens(text: str) -> list[Token]:
    """The words of a text, in order."""
    result: list[Token] = []
    end = 0
    for match in _WORD.finditer(text):
        start = match.start()
        gap = text[max(end, start - 40) : start]
        end = match.end()
        opens = not result or gap != " " and _begins(result[-1], gap)
        result.append(Token(match[0], start=start, gap=gap, after=text[end : end + 1], opens=opens))
    return result


def _begins(last: Token, gap: str) -> bool:
    if not _OPENS.search(gap):
        return False
    return not (gap in (". ", ".") and (last.key in TITLES or last.key == "st" or len(last.text) == 1))
