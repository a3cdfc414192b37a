"""The frozen lists that words are looked up in; each is read once, when it is first asked for."""

from __future__ import annotations

import unicodedata
from functools import cache
from os.path import dirname, join

FOLDER = join(dirname(__file__), "lists")  # noqa: PTH118, PTH120
"""A plain path: loading pathlib would take as long as reading the lists."""
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("’‘´`ʼ＇", "'")
)


def _read(name: str) -> str:
    with open(join(FOLDER, f"{name}.txt"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()


class Words:
    """A list of words that costs the memory of its letters: one string for each first two letters."""

    def __init__(self, name: str):
        lines = _read(name).split("\n")
        self._rest = {line[:2]: f"{line[2:]} " for line in lines}

    def __contains__(self, word: str) -> bool:
        return len(word) > 1 and f" {word[2:] or '-'} " in self._rest.get(word[:2], "")


@cache
def given() -> Words:
    """Given names."""
    return Words("given")


@cache
def family() -> Words:
    """Family names that are no everyday words."""
    return Words("family")


@cache
def everyday() -> Words:
    """Words that stand in small letters in plain English."""
    return Words("words")


@cache
def rare() -> Words:
    """Words that stand in small letters in English, but seldom."""
    return Words("rare")


@cache
def towns() -> Words:
    """Towns that are neither words nor names of people."""
    return Words("towns")


@cache
def kept(name: str) -> frozenset[str]:
    """One of the lists kept by hand."""
    lines = _read(name).split("\n")
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())


@cache
def _sections() -> dict[str, frozenset[str]]:
    sections = _read("cues").split("\n[")[1:]
    return {name: frozenset(words.split()) for name, _, words in (section.partition("]") for section in sections)}


def kept_in(section: str) -> frozenset[str]:
    """One section of the list of small words that say what stands beside them."""
    return _sections()[section]


def plain(word: str) -> str:
    """A word as the lists spell it: in small letters, without accents, without what cannot be seen."""
    if word.isascii():
        return word.lower().replace("`", "'")
    spread = unicodedata.normalize("NFD", word.lower().translate(_LETTERS))
    return "".join(letter for letter in spread if letter.isascii())
