"""A text as words: each with its place, its plain spelling, and whether a sentence begins with it."""

from __future__ import annotations

import re

from .lists import everyday, family, given, kept, plain

# A word is whatever is no space, digit or mark, so that accents, joined emoji and what cannot be seen stay in it.
_LETTER = r"[^\s\d!-/:-@\[-`{-~…“”‘’«»‹›–—·•、。]"
_WORD = re.compile(rf"{_LETTER}{{1,40}}(?:['’-]{_LETTER}{{1,40}}){{0,4}}")
_OPENS = re.compile(r"[.!?…:\n“«‹\"•]|(?:^|\s)['‘*-]+$")
TITLES = frozenset(
    "dr mr mrs ms mx miss prof professor doctor sir dame lord lady rev reverend fr sr hajiya alhaji alhaja hajia "
    "malam mallam sheikh shaikh imam rabbi pastor captain capt sgt sergeant lt hr fru herr frau señor señora sra "
    "madame monsieur mme ustadh ustaz shri smt chief pandit".split()
)
"""What stands before a name and nothing else."""


class Token:
    """One word of a text."""

    __slots__ = ("cap", "caps", "end", "gap", "key", "opens", "start", "text", "_known", "_listed")

    def __init__(self, text: str, start: int, gap: str, opens: bool):
        self.text, self.start, self.end, self.gap, self.opens = text, start, start + len(text), gap, opens
        self.cap = text[0].isupper()
        self.caps = len(text) > 1 and text.isupper()
        key = plain(text)
        if key.endswith(("'s", "s'")):
            key = key[:-2] if key.endswith("'s") else key[:-1]
        self.key = key
        self._known: bool | None = None
        self._listed: bool | None = None

    @property
    def known(self) -> bool:
        """Whether it is an everyday word, or made of such words."""
        if self._known is None:
            self._known = is_word(self.key)
        return self._known

    @property
    def listed(self) -> bool:
        """Whether it is in the lists of names, whole or in part."""
        if self._listed is None:
            self._listed = is_listed(self.key)
        return self._listed

    @property
    def harmless(self) -> bool:
        """Whether its capital letter means nothing: a month, a nation, a drug, an abbreviation."""
        return self.key in kept("harmless") or "-" in self.key and _parts_harmless(self.key)

    @property
    def role(self) -> bool:
        """Whether it is a role, a unit, or what hospitals call their parts."""
        return self.key in kept("roles")

    @property
    def stop(self) -> int:
        """Where it ends without a possessive 's."""
        return self.end - 2 if self.text.endswith(("'s", "’s", "'S", "’S")) else self.end


def _parts_harmless(key: str) -> bool:
    parts = [part for part in key.split("-") if part]
    return any(part in kept("harmless") for part in parts) and all(
        part in kept("harmless") or part in everyday() for part in parts
    )


def is_word(key: str) -> bool:
    """Whether this is an everyday word, or several joined by hyphens."""
    if key in everyday() or len(key) < 2:
        return True
    if "-" in key or "'" in key:
        parts = [part for part in re.split("['-]", key) if part]
        return len(parts) > 1 and all(len(part) < 3 or part in everyday() for part in parts)
    return False


def is_listed(key: str) -> bool:
    """Whether this is a name in the lists."""
    if key in given() or key in family():
        return True
    if "-" in key or "'" in key:
        parts = [part for part in re.split("['-]", key) if len(part) > 2]
        return any(part in given() or part in family() for part in parts)
    return False


def tokens(text: str) -> list[Token]:
    """The words of a text, in order."""
    result: list[Token] = []
    end = 0
    for match in _WORD.finditer(text):
        gap = text[max(end, match.start() - 40) : match.start()]
        result.append(Token(match[0], match.start(), gap, _begins(result, gap)))
        end = match.end()
    return result


def _begins(before: list[Token], gap: str) -> bool:
    if not before:
        return True
    if gap == " " or not _OPENS.search(gap):
        return False
    last = before[-1]
    short = gap.startswith(".") and "\n" not in gap and (last.key in TITLES or last.key == "st" or len(last.text) == 1)
    return not short
