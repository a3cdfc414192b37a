"""Dates finer than a year, and ages over 89."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .found import Identifier, mark

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = (
    r"(?:[0-3]?\d(?:st|nd|rd|th)?|(?:twenty[- ]|thirty[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)"
)
_YEAR = r"(?:(?:19|20)\d\d|['’]\d\d)"
_WEEKDAY = r"(?:(?:mon|tues?|wednes|wed|thurs?|fri|satur|sat|sun)(?:day)?,? {1,2})"
_WRITTEN = re.compile(
    rf"\b{_WEEKDAY}?(?:the )?(?P<day>{_DAY})(?: of)?[ -](?P<month>{_MONTH})(?:,?[ -](?P<year>{_YEAR}))?(?!\d)"
    rf"|\b{_WEEKDAY}?(?P<month2>{_MONTH})(?: the)? (?P<day2>{_DAY})\b(?:,? (?P<year2>{_YEAR})\b)?(?![\d:])"
    rf"|\b(?P<month3>{_MONTH})(?:,| of)?[ -](?P<year3>{_YEAR})\b"
    rf"|\b{_WEEKDAY}the [0-3]?\d(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
_FEAST = re.compile(
    r"\b(?:christmas(?: eve| day)?|boxing day|new year'?s?(?: eve| day)?|easter(?: \w{3,6}day)?|good friday"
    r"|whit \w{3,6}day|halloween|thanksgiving)(?:,| in| of)? (?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<![\w/.-])(?:(?P<y>(?:19|20)\d\d)([-/.])(?P<m>[01]?\d)\2(?P<d>[0-3]?\d)"
    r"|(?P<a>[0-3]?\d)([-/.])(?P<b>[0-3]?\d)\6(?P<y2>(?:19|20)?\d\d)"
    r"|(?P<m3>[01]?\d)/(?P<y3>(?:19|20)\d\d))(?![\w/-]|\.\d)"
)
_GOES_ON = re.compile(
    r" (?!(?:at|on|and|when|we|i|he|she|they|it|the|was|in|because|after|before|my|our|is|to)\b)[a-z]", re.I
)
_NINETY = r"(?:9\d|1[01]\d|(?:ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)|(?:a|one) hundred(?: and \w{3,6})?)"
_AGE = re.compile(
    rf"(?<![\w.,/:-])(?P<age>{_NINETY})(?:[- ]?(?:years?|yrs?|yr)[- ](?:old|of age|young)\b|[- ]?y/?o\b|[- ]year[- ]olds?\b)"
    rf"|\b(?:age|aged|turn|turned|turning|turns)(?: of| is| was|:)? (?P<age2>{_NINETY})\b(?! ?(?:%|per|mg|to\b))"
    rf"|\b(?:i'?m|am|is|was|were|be|being|he's|she's|i’m|he’s|she’s|nearly|almost|hes|shes|at|of|past) "
    rf"(?:only |now |already |nearly |almost |just |about |over )?(?P<age3>{_NINETY})"
    r"(?=[.;!?)]?$|[.!?;)](?!\d)|, (?!\d|then \d)| (?:and|but|now|when|then|himself|herself|years?\b(?! (?:ago|later|since))|"
    r"this|next|last|with|who|at the time|in (?:may|june|july|march|april)|old)\b)"
    rf"|(?P<who>[^\W\d_]{{2,20}})(?:,| \() ?(?P<age4>9\d|10\d)(?=[,)])",
    re.IGNORECASE,
)  # fmt: skip
_PEOPLE = frozenset(
    "mother father mum mom mam dad nan nana gran granny grandma grandpa grandad granddad grandmother grandfather aunt "
    "uncle auntie aunty neighbour neighbor patient man woman lady gentleman resident husband wife sister brother friend "
    "papa mama great-grandmother great-grandfather great-aunt".split()
)
_READINGS = frozenset(
    "sats sat saturation saturations spo2 pulse bp hr temp temperature pressure rate weight score".split()
)


def dates(text: str) -> Iterator[Identifier]:
    """Every date finer than a year and every age over 89."""
    for match in _WRITTEN.finditer(text):
        yield from _written(text, match)
    for match in _FEAST.finditer(text):
        yield mark(*match.span(), "date", "a day that can be looked up", instead=f"in {match['year']}")
    for match in _DIGITS.finditer(text):
        yield from _in_digits(match)
    for match in _AGE.finditer(text):
        yield from _age(text, match)


def _written(text: str, match: re.Match[str]) -> Iterator[Identifier]:
    year = match["year"] or match["year2"] or match["year3"] or ""
    month = match["month"] or match["month2"] or match["month3"] or ""
    sure = bool(year) or not (match["month2"] and _doubtful(text, match))
    if month == "may" and not year and not re.search(r"\d(?:st|nd|rd|th)", match[0]):
        sure = bool(match["month"])
    if (match["month"] and match["day"][:1].isalpha() and match["day"].lower() == "second" and not year) or (
        not year and month.lower() in ("mar", "sat", "dec", "march") and month.islower()
    ):
        sure = sure and " of " in match[0] or bool(re.search(r"\d", match[0])) and sure
    start, instead = match.start(), f"in {year}" if len(year) == 4 else "that day"
    if text[max(0, start - 3) : start].lower() in ("on ", "in "):
        start -= 3
    what = "a month and a year: finer than a year" if match["month3"] else "looks like a date"
    yield mark(start, match.end(), "date", what, likely=sure, instead=instead)


def _doubtful(text: str, match: re.Match[str]) -> bool:
    """Whether "May 10" might go on: "In May 10 people came"."""
    return match["day2"].isdigit() and _GOES_ON.match(text, match.end()) is not None


def _in_digits(match: re.Match[str]) -> Iterator[Identifier]:
    numbers = [int(match[name]) for name in ("m", "d", "a", "b", "m3") if match[name]]
    if not all(1 <= number <= 31 for number in numbers) or min(numbers) > 12:
        return
    year = match["y"] or match["y2"] or match["y3"]
    sure = (
        len(year) == 4
        or "/" in match[0]
        or "-" in match[0]
        and max(numbers) > 9
        or "." in match[0]
        and max(numbers) > 9
    )
    instead = f"in {year}" if len(year) == 4 else "that day"
    yield mark(*match.span(), "date", "looks like a date", likely=sure, instead=instead)


def _age(text: str, match: re.Match[str]) -> Iterator[Identifier]:
    name = next(name for name in ("age", "age2", "age3", "age4") if match[name])
    before = text[max(0, match.start() - 24) : match.start(name)].lower().replace("(", " ").replace(",", " ").split()
    if _READINGS & set(before[-4:]):
        return
    sure = name in ("age", "age2") or name == "age3" and before[-1:] != ["of"]
    if name == "age3" and before[-1:] in (["at"], ["were"], ["be"], ["past"]):
        sure = match[name].isdigit() and before[-1:] == ["at"] and "live" in text[match.end() : match.end() + 20]
    if name == "age4":
        who = match["who"]
        sure = who.lower() in _PEOPLE or who[0].isupper() and len(who) > 2
        if not sure:
            return
    yield mark(*match.span(name), "age", "an age over 89, which few people reach", likely=sure)
