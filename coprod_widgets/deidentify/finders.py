"""What finds identifiers in a text before it is shared: the class roster, the kit's own rules, telephone numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from ..identifiers import find
from ..identifiers.tokens import tokens
from ..identifiers.word_lists import everyday, plain
from .roster import roster_entries

SHORTEST_PART = 3
"""Letters that a part of a full name needs, to be looked for alone."""


@dataclass(frozen=True)
class Found:
    """Characters of a text that may point to a person, who found them, and why."""

    start: int
    end: int
    kind: str
    by: str
    reason: str


Finder = Callable[[str], Iterable[Found]]


def merge_overlapping(found: Iterable[Found]) -> list[Found]:
    """In order and without overlap: one stretch covers all that overlap, and says what the longest of them said."""
    result: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not result or one.start >= result[-1].end:
            result.append(one)
            continue
        last = result[-1]
        longest = max(last, one, key=lambda each: each.end - each.start)
        by = ", ".join(sorted({*last.by.split(", "), *one.by.split(", ")}))
        result[-1] = replace(longest, start=last.start, end=max(last.end, one.end), by=by)
    return result


# The class roster


def roster_finder(roster: Iterable[str] | str) -> Finder:
    """Finds the people on the list, by name, username or e-mail address, in any case; parts of a full name too.

    ValueError where the list is none: see `roster_entries`.
    """
    kinds: dict[str, str] = {}
    for entry in roster_entries(roster):
        kinds |= dict.fromkeys(_spellings(entry), "email" if "@" in entry else "name")
    for part in [part for entry in [*kinds] for part in _parts(entry)]:
        kinds.setdefault(part, "name")
    if not kinds:
        return lambda text: ()
    longest_first = sorted(kinds, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    reason = "stands on the class roster"
    emails = {entry.casefold() for entry, kind in kinds.items() if kind == "email"}

    def finder(text: str) -> Iterator[Found]:
        for match in pattern.finditer(text):
            yield Found(*match.span(), "email" if match[0].casefold() in emails else "name", "roster", reason)

    return finder


def _spellings(words: str) -> set[str]:
    """As it is given, with accents as letters or as signs of their own, and without them."""
    whole = unicodedata.normalize("NFC", words)
    return {whole, unicodedata.normalize("NFD", whole), plain(whole)} if "@" not in words else {whole}


def _parts(entry: str) -> list[str]:
    """The words of a full name, or of what stands before an address's @, unless they are everyday words.

    Double names and addresses are taken apart too: a text has one half of them.
    """
    words = re.split(r"[\s,/|]+", entry.partition("@")[0])
    parts = [part for word in words for part in (word, *re.split(r"[._+\-\u2010-\u2015]+", word)) if part != entry]
    return [part for part in parts if len(part.strip(".")) >= SHORTEST_PART and plain(part) not in everyday()]


# The kit's own rules


def rule_finder(lower_vocabulary: Collection[str]) -> Finder:
    """Finds what the form's own check finds, and words that nobody in the whole export writes in small letters."""
    known = frozenset(lower_vocabulary)

    def finder(text: str) -> Iterator[Found]:
        for one in find(text, strict=True, lower_vocabulary=known):
            yield Found(one.start, one.end, one.kind, "rules", one.reason)

    return finder


def lower_vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Every word that stands in small letters somewhere, as the rules spell it: one tokeniser reads for both."""
    return frozenset(word.key for text in texts for word in tokens(text) if word.text.islower())


# Telephone numbers

FEWEST_DIGITS = 6
"""Fewer are a year, a dose or a service that everybody may call."""

NO_PHONE = re.compile(
    r"(?<!\d)\d{2,3}/\d{2,3}(?!\d)"  # a blood pressure
    r"|(?<!\d)(\d{1,2}[./-]\d{1,2}[./-](\d\d|\d{4})|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)"  # a date
    r"|(?<!\d)(19|20)\d\d ?[-–/] ?(19|20)\d\d(?!\d)"  # from one year to another
    r"|(?<!\d)\d{1,2}[.:]\d\d ?[-–] ?\d{1,2}[.:]\d\d(?!\d)"  # from one hour to another
)


AROUND = 20
"""Characters on each side that can belong to a date or a reading that a number is a part of."""
BEFORE, AFTER = re.compile(r"[\d./:-]+$"), re.compile(r"[\d./:-]+")


def phone_finder(regions: Iterable[str]) -> Finder:
    """Finds what can be a telephone number in one of these regions, or with a country's own number in front."""
    from phonenumbers import Leniency, PhoneNumberMatcher  # loaded when it is needed: it brings every country's rules

    def finder(text: str) -> Iterator[Found]:
        for region in regions:
            for match in PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE, max_tries=2**31):
                if _is_phone(text, match.start, match.end):
                    yield Found(match.start, match.end, "phone", "phone", f"can be a telephone number ({region})")

    return finder


def _is_phone(text: str, start: int, end: int) -> bool:
    """Whether it is not only digits of something else, such as a year, a blood pressure, a date or two times of day."""
    if sum(map(str.isdigit, text[start:end])) < FEWEST_DIGITS:
        return False
    before, after = BEFORE.search(text, max(0, start - AROUND), start), AFTER.match(text, end, end + AROUND)
    whole = (before[0] if before else "") + text[start:end] + (after[0] if after else "")
    return not NO_PHONE.search(whole)
