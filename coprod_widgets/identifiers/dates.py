"""Dates finer than a year, and ages over 89."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .identifier import Identifier, mark
from .word_lists import kept_in

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b(?:\.(?= ?\d))?"
)
_ORDINAL = (
    r"(?:(?:twenty|thirty)[- ])?(?:first|second|third|\w{3,5}th)"
    r"|tenth|eleventh|twelfth|\w{3,5}teenth|twentieth|thirtieth"
)
_DAY = rf"(?:[0-3]?\d(?:st|nd|rd|th)?|{_ORDINAL})"
_YEAR = r"(?:(?:19|20)\d\d|'\d\d)"
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_DAY_MONTH = re.compile(rf"\b({_DAY})(?: of| in)?[ -]({_MONTH})(?:,?[ -]({_YEAR}))?(?!\d)")
_MONTH_DAY = re.compile(rf"\b({_MONTH})(?: the)? ({_DAY})\b(?:,? ({_YEAR}))?(?![\d:])")
_MONTH_YEAR = re.compile(rf"\b{_MONTH}(?:,| of)?[ -]({_YEAR})\b")
_WEEKDAY_DAY = re.compile(rf"\b{_WEEKDAY},? the [0-3]?\d(?:st|nd|rd|th)\b")
_FEAST = re.compile(
    r"\b(?:eve|day|christmas|easter|ramadan|eid|diwali|friday|sunday|monday)(?:,| in| of)? ((?:19|20)\d\d)\b"
)
_DIGITS = re.compile(
    r"(?<![\w/.-])(?:((?:19|20)\d\d)([-/.])([01]?\d)\2([0-3]?\d)|([0-3]?\d)([-/.])([0-3]?\d)\6((?:19|20)?\d\d)"
    r"|([01]?\d)/((?:19|20)\d\d)|([0-3]?\d)/([01]?\d))(?![\w/-]|[.,]\d)"
)
_DAY_BEFORE = re.compile(rf"\b(?:on|dated?|due|d\.o\.b\.?|{_WEEKDAY}),?:? (?:the )?$")
_TIME_BEFORE = re.compile(r"\b(?:since|until|till|from|by|before|after|born)(?: the)? $")
_WITH_ZERO = re.compile(r"(?<![\w/.-])(?:0\d/\d\d|\d\d/0\d)(?![\w/])")
"""Somebody who writes one date like "28/02" writes others so."""
_PART_OF = re.compile(
    r" (?:(?:of|an?|the|way|full|empty|hours?|days?|times?|cups?|tablets?|pills?|dose|inch|marks?|stars?|pain|points?"
    r"|rd|th)\b|%)"
)
_BEFORE = re.compile(rf"(?:(?:on|in) )?(?:{_WEEKDAY},? )?(?:the )?$")
_GOES_ON = re.compile(
    r" (?!(?:at|on|and|when|we|i|he|she|they|it|the|was|in|because|after|before|my|our|is|to|that|this|with)\b)[a-z]"
)
_VERBS = frozenset(("may", "march", "mar", "sat", "dec"))
_NINETY = re.compile(
    r"(?<![\w.,/:+-])(?:9\d|1[01]\d|ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|(?:a|one) hundred(?: and \w{3,6})?)(?![\w/:%°]|[.,]\d|-\d)"
)
_OLD = re.compile(r"[- ]?(?:years?|yrs?|yr)[- ](?:old|of age|young)|[- ]?y/?o\b")
_NEXT = re.compile(r"[ -]?(%|[a-z']{1,20}|[–-]?\d)?")
_MARKS = str.maketrans(',("“‘', "     ")
_JOINED = re.compile(r"([a-z-]{3,20})(?:,| were| are| is|:| \()? \d{2,3},? and (?:her |his |my )?$")
_PAIR_AFTER = re.compile(r",? and (?:[6-9]\d|1[01]\d)(?![\w:%]|[.,]\d)")
_PAIR_BEFORE = re.compile(r"(?:ninety|aged|ages|old|both|were|are)[:,]? $")
_STOPS = frozenset((*".,;:!?)\"”’'", ""))
_AGING = kept_in("aging")
_AGED = _AGING | {"who"}
_BEING = kept_in("being aged")
_PEOPLE = kept_in("people")
_READINGS = kept_in("readings")
_COUNTED, _CLOSING = kept_in("counted"), kept_in("closing")


def dates(text: str, original: str, *, strict: bool) -> Iterator[Identifier]:
    """Every date finer than a year and every age over 89, in a text in small letters; `original` has its capitals."""
    for match in _DAY_MONTH.finditer(text):
        verb = (
            match[2] in _VERBS and not match[3] and " of " not in match[0] and match[1] in ("second", "first", "third")
        )
        yield _date(text, match, match[3], sure=not verb)
    for match in _MONTH_DAY.finditer(text):
        bare = match[2].isdigit() and not match[3]
        doubtful = bare and (match[1] in _VERBS - {"march"} or _GOES_ON.match(text, match.end()) is not None)
        verb = match[1] in _VERBS and match[2].isalpha()
        yield _date(text, match, match[3], sure=not doubtful and not verb)
    for match in _MONTH_YEAR.finditer(text):
        yield _date(text, match, match[1], reason="is a month and a year; the year alone would say less")
    for match in _WEEKDAY_DAY.finditer(text):
        yield _date(text, match, None)
    for match in _FEAST.finditer(text):
        yield _date(text, match, match[1], reason="is a day that a calendar shows; the year alone would say less")
    for match in _DIGITS.finditer(text):
        yield from (one for one in _in_digits(text, match) if strict or one.certainty == "likely")
    for match in _NINETY.finditer(text):
        yield from _age(text, original, match)


def _is_somebody(word: str) -> bool:
    """Whether an age may follow: "my gran, 91", "both grandmothers, 91", "my mother-in-law, 91"."""
    return word in _PEOPLE or word.removesuffix("s") in _PEOPLE or word.endswith(("-in-law", "women", "men", "sisters"))


def _is_joined(text: str, match: re.Match[str]) -> bool:
    """Whether it stands beside another age: "91 and 93", "over ninety: 92"."""
    if match[0].isdigit() and _PAIR_AFTER.match(text, match.end()):
        return _PAIR_BEFORE.search(text, max(0, match.start() - 24), match.start()) is not None
    joined = _JOINED.search(text, max(0, match.start() - 48), match.start())
    return joined is not None and (joined[1] in ("ninety", "both", "aged") or _is_somebody(joined[1]))


def _date(text: str, match: re.Match[str], year: str | None, *, sure: bool = True, reason: str = "") -> Identifier:
    """A date with the words that lead to it, so that "on 3 May 2024" can become "in 2024"."""
    worded = text[max(0, match.start() - 2) : match.start()].strip(", ").isalpha()
    lead = _BEFORE.search(text, max(0, match.start() - 20), match.start()) if worded else None
    start = lead.start() if lead and (lead.start() == 0 or not text[lead.start() - 1].isalnum()) else match.start()
    instead = f"in {year}" if year and len(year) == 4 else "that day"
    return mark(start, match.end(), "date", reason or "looks like a date", likely=sure, instead=instead)


def _in_digits(text: str, match: re.Match[str]) -> Iterator[Identifier]:
    parts = [int(match[group]) for group in (3, 4, 5, 7, 9, 11, 12) if match[group]]
    if not all(1 <= part <= 31 for part in parts) or min(parts) > 12:
        return
    if match[11]:
        sure = "0" in (match[11][0], match[12][0]) and len(match[12]) == 2
        if sure or _is_day_and_month(text, match):
            yield _date(text, match, None, sure=sure)
        return
    year = match[1] or match[8] or match[10]
    sure = len(year) == 4 or "/" in match[0] or max(parts) > 9
    yield _date(text, match, year, sure=sure)


def _is_day_and_month(text: str, match: re.Match[str]) -> bool:
    """Whether "28/2" is a date, as words before it say: "10/10" is a score, "1/2" a part, "24/7" all the time."""
    day, month = int(match[11]), int(match[12])
    if match[0] == "24/7":
        return False
    if _WITH_ZERO.search(text):
        return True
    if _PART_OF.match(text, match.end()):
        return False
    before = text[max(0, match.start() - 12) : match.start()]
    if month in (5, 10):  # what is counted from or to, as in "from 9/10 to 2/10"
        return day > 12 or _DAY_BEFORE.search(before) is not None
    if day > 12 or month > 12:
        return month <= 12
    return (_DAY_BEFORE.search(before) or _TIME_BEFORE.search(before)) is not None


def _age(text: str, original: str, match: re.Match[str]) -> Iterator[Identifier]:
    before = text[max(0, match.start() - 28) : match.start()].translate(_MARKS).split() or [""]
    glued = text[max(0, match.start() - 2) : match.start()]
    end = match.end()
    following = (_NEXT.match(text, end) or match)[1] or ""
    if (
        following in _COUNTED
        or following[-1:].isdigit()
        or text.startswith((" on air", " on room", " to ", " or "), end)
    ):
        return
    closed, last = text[end : end + 1] in _STOPS or following in _CLOSING, before[-1].rstrip(":")
    old = _OLD.match(text, end)
    named = before[-2:-1] and before[-2] in _AGED and last in ("of", "is", "was")
    if old or last in _AGING or named or _is_joined(text, match):
        sure = True
    elif _READINGS & set(before[-3:]):
        return
    elif last in _BEING and closed:
        spelt = not match[0].isdigit()
        of_whom = last == "of" and before[-2:-1] and before[-2] in _PEOPLE
        sure = bool(
            before == ["at"]
            or last not in ("of", "at", "past", "about", "over", "just", "only", "already")
            or of_whom
            or spelt
            and "-" in match[0]
        )
    elif (
        glued in (", ", " (")
        and (_is_somebody(last) or original[text.rfind(last, 0, match.start())].isupper())
        or text.startswith(" years", end)
        and last in _PEOPLE
    ):
        sure = True
    elif "ninety-" in match[0] or "ninety " in match[0] or glued in (", ", " (", "("):
        sure = "ninety" in match[0] and (last in _BEING or text[end : end + 4] == " was")
    else:
        return
    instead = "very old" if old and old[0][0] == "-" else "over 89"
    reason = "is an age that few people reach"
    yield mark(match.start(), old.end() if old else end, "age", reason, likely=sure, instead=instead)
