"""What is known by its shape: email and web addresses, telephone and record numbers, plates, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .identifier import Identifier, Kind, mark
from .word_lists import kept_in

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_SPELT = re.compile(r"(?<![\w.])[\w.]{2,40} ?[(\[]?\bat\b[)\]]? ?[\w-]{2,40}(?: ?[(\[]?\bdot\b[)\]]? ?\w{2,20}){1,3}")
_URL = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"]{2,300}")
_DOMAIN = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]{2,63}\.){1,4}(?:com|org|net|edu|gov|info|uk|eu|se|de|fr|nl|pl|dk|fi|ie|ca|au|nz|ng|io"
    r"|example|health|care|nhs)(?![\w@-]|\.\w)(?:[/?][^\s<>\"]{0,200})?"
)
_IP = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|(?<![\w:])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}(?![\w:])"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}(?![\w:])|(?<![\w:])::[0-9a-f]{1,4}(?![\w:])"
)
_VERSION = re.compile(r"(?:firmware|version|release|v|build|update|ios|android|software)\W{0,2}$")
_HANDLE = re.compile(r"(?<![\w.@/])@[\w.]{2,40}|(?<![\w.@/])[A-Za-z0-9][\w.-]{0,38}_[\w.-]{0,38}\w")
_DOTTED = re.compile(r"(?<![\w.@/-])[a-z]{1,20}\.[a-z]{2,20}(?![\w@/-]|\.\w)")
_CHUNK = re.compile(r"(?<![\w@])(?=\S{0,24}\d)[A-Za-z0-9][A-Za-z0-9/.#:_-]{1,58}[A-Za-z0-9](?!\w)")
_GROUPS = re.compile(r"(?<![\w.,/:-])(?:\+ ?)?\(?\d(?:[()/. –-]{0,3}\d){3,24}(?!\w)")
_LONGER = re.compile(r"(?<![\w.,/:-])\d{4,12}(?![\w/:]|[.,]\d)")
_PLATE = re.compile(r"(?<![\w-])(?:[A-Z0-9]{1,4}[ -]){1,4}[A-Z0-9]{1,5}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_POSTCODE = re.compile(
    r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{2} \d{5}(?:-\d{4})?"
    r"|\d{3} \d{2}(?= [A-ZÅÄÖ][a-zåäö])|(?<=, )\d{4,6}(?= [A-Z][a-z]))(?!\w)"
)
_UNIT = re.compile(
    r"\d+(?:[.,]\d+)?(?:st|nd|rd|th|s|am|pm|h|hrs?|mins?|m|cm|mm|km|kg|g|mg|mcg|ug|ml|l|dl|x|k|kb|mb|gb|hz|mmhg|mmol"
    r"|bpm|iu|units?|yo|wks?|days?|years?|yrs?|c|f)?|\d{1,2}[:.]\d\d(?:am|pm)?"
)
_CLINICAL = re.compile(
    r"(?:covid|sars|mers|cov|hba|h\dn|ca|cd|il|hla|brca|cyp|phq|gad|eq|sf|icd|dsm|ffp|gpt|bnp|pm|cha|ds|type|grade|stage"
    r"|level|ward|bay|bed|room|[pvtlcsbkdqan])[- ]?[\d.-]*[a-z]?\d?"
)
_COUNTED = re.compile(
    r" ?(?:%|€|£|\$|kr\b|steps|people|patients|words|miles|km|met|pounds|euros|dollars|kronor|rupees|naira|calories"
    r"|cases|per\b|times|hours|days|nurses|beds|of\b)"
)
_MEASURED = re.compile(r" ?(?:m?c?g|kg|[mcd]?l|[kcm]?m|kcal|kj|iu|units?|hrs?|h|hundred|o'?clock|[ap]\.?m)\b")
_AT = re.compile(r"\b(?:at|by|till?|until|from|to|before|after|around|about|since|[-–])\s?$")
_HOUR = re.compile(r"(?:[01]\d|2[0-3])[0-5][05]")
"""A time of day in four digits: "at 0830"."""
_NUMBERED: tuple[Kind, ...] = ("record", "insurance", "phone", "handle", "plate")
_CUES = {word: kind for kind in _NUMBERED for word in kept_in(f"before a {kind}")}
_EMERGENCY = kept_in("emergency")
_NO_PLATES = kept_in("no plates")
_WORDS = re.compile(r"[a-z]{1,20}")
_ANNOUNCED = "looks like somebody's number, because of the words before it"
_SPELT_OUT = "looks like an email address, spelt out"
_SOMEBODYS = "looks like somebody's number: letters and digits together"


def by_shape(text: str, lowered: str, *, strict: bool) -> Iterator[Identifier]:
    """Everything whose shape gives it away; `lowered` is the text in small letters, letter for letter."""
    if "@" in text:
        yield from (mark(*match.span(), "email", "looks like an email address") for match in _EMAIL.finditer(text))
    if "dot" in lowered:
        yield from (mark(*match.span(), "email", _SPELT_OUT) for match in _SPELT.finditer(lowered))
    for match in (*_URL.finditer(lowered), *_DOMAIN.finditer(lowered)):
        end = match.start() + len(match[0].rstrip(".,;:!?)'’\""))
        yield mark(match.start(), end, "url", "looks like a web address")
    if "_" in text or "@" in text:
        for match in _HANDLE.finditer(text):
            if match[0].strip("_") != match[0].upper() or any(map(str.isdigit, match[0])):
                yield mark(*match.span(), "handle", "looks like the name of an account")
    for match in _DOTTED.finditer(text):
        announced = _cue(lowered, match.start()) == "handle"
        if announced:
            yield mark(*match.span(), "handle", "looks like the name of an account")
    if re.search(r"\d", text):
        yield from _with_digits(text, lowered)
        if strict:
            yield from _unannounced(lowered)


def _with_digits(text: str, lowered: str) -> Iterator[Identifier]:
    for match in _IP.finditer(lowered):
        version = _VERSION.search(lowered, max(0, match.start() - 12), match.start())
        if not version and ("." in match[0] or match[0].count(":") > 3 or "::" in match[0]):
            yield mark(*match.span(), "ip", "looks like the address of a computer")
    yield from (mark(*match.span(), "insurance", "looks like an account number") for match in _IBAN.finditer(text))
    yield from (mark(*match.span(), "address", "looks like a postcode") for match in _POSTCODE.finditer(text))
    for match in _PLATE.finditer(text):
        yield from _plate(match, _cue(lowered, match.start()))
    for match in _CHUNK.finditer(text):
        yield from _chunk(lowered, match, _cue(lowered, match.start()))
    for match in _GROUPS.finditer(text):
        yield from _groups(lowered, match, _cue(lowered, match.start()))


def _cue(lowered: str, start: int) -> Kind | None:
    """The kind of number that the few words before it announce."""
    words = _WORDS.findall(lowered[max(0, start - 45) : start].rpartition(". ")[2])[-5:]
    return next((_CUES[word] for word in reversed(words) if word in _CUES), None)


def _plate(match: re.Match[str], cue: Kind | None) -> Iterator[Identifier]:
    parts = re.split("[ -]", match[0])
    digits, letters = sum(map(str.isdigit, match[0])), sum(map(str.isalpha, match[0]))
    if digits < 2 or letters < 2 or digits + letters < 5 or parts[0] in _NO_PLATES:
        return
    mixed = any(part.isalnum() and not part.isdigit() and not part.isalpha() for part in parts)
    turns = sum(a.isdigit() != b.isdigit() for a, b in zip(parts, parts[1:], strict=False))
    british = re.fullmatch(r"[A-Z]{2}\d\d[ -]?[A-Z]{3}", match[0]) is not None
    pair = re.fullmatch(r"[A-Z]{3}[ -]\d{2,3}[A-Z0-9]?", match[0]) is not None
    sure = mixed and digits + letters >= 6 or turns >= 2 and digits >= 3 or british or cue == "plate" or digits >= 7
    if sure or pair and digits >= 3 or cue and digits >= 3:
        yield mark(
            *match.span(), cue or "plate", "looks like a number plate or a code", likely=bool(sure or cue and not pair)
        )


def _chunk(lowered: str, match: re.Match[str], cue: Kind | None) -> Iterator[Identifier]:
    chunk = lowered[match.start() : match.end()]
    digits, letters = sum(map(str.isdigit, chunk)), sum(map(str.isalpha, chunk))
    if not letters:
        yield from _bare(lowered, match, cue, digits)
    elif _is_measured(chunk, digits):
        return
    elif digits >= 4 and not re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", chunk):
        yield mark(*match.span(), cue or "record", _SOMEBODYS)
    elif re.fullmatch(r"[a-z]{2,20}[._-]?[a-z]{0,20}[._-]?\d{1,4}", match[0]) and (
        "." in chunk or digits + letters >= 6
    ):
        sure = letters >= 3 and (digits > 1 or "." in chunk)
        yield mark(*match.span(), "handle", "looks like the name of an account", likely=sure)
    elif digits >= 3 and (letters + digits >= 6 or cue):
        yield mark(*match.span(), cue or "record", _SOMEBODYS, likely=cue is not None)


def _unannounced(lowered: str) -> Iterator[Identifier]:
    """Any longer number that nothing announces, unless it is a year, or counts something."""
    for match in _LONGER.finditer(lowered):
        counted = _quantity(lowered, match) or _MEASURED.match(lowered, match.end()) is not None
        hour = _HOUR.fullmatch(match[0]) and _AT.search(lowered, max(0, match.start() - 8), match.start())
        year = re.fullmatch(r"(?:19|20)\d\d|\d+000", match[0])
        if not (year or counted or hour or match[0] in _EMERGENCY):
            yield mark(*match.span(), "record", "may be somebody's number", likely=False)


def _is_measured(chunk: str, digits: int) -> bool:
    """Whether it is a dose, a time, an emergency number, or a word of medicine such as "hba1c"."""
    if ":" in chunk or chunk in _EMERGENCY or _UNIT.fullmatch(chunk):
        return True
    dose = re.fullmatch(r"[\d.,/-]+[a-z/]{1,14}|\d+x\d+[a-z]*", chunk)
    return digits < 5 and (dose is not None or _CLINICAL.fullmatch(chunk) is not None)


def _bare(lowered: str, match: re.Match[str], cue: Kind | None, digits: int) -> Iterator[Identifier]:
    """A number with nothing in it but digits and marks."""
    if cue is None or digits < 3 or match[0] in _EMERGENCY or _quantity(lowered, match):
        return
    time_or_year = re.fullmatch(r"\d{1,2}[:.]\d\d|(?:19|20)\d\d(?:[-/]\d\d(?:\d\d)?)?", match[0])
    pressure = re.fullmatch(r"\d{2,3}/\d{2,3}", match[0])
    if not time_or_year and not pressure and (digits >= 4 or cue == "handle"):
        yield mark(*match.span(), cue, _ANNOUNCED)


def _quantity(lowered: str, match: re.Match[str]) -> bool:
    """Whether it is a sum of money, or counts something."""
    before = lowered[max(0, match.start() - 2) : match.start()]
    return any(sign in before for sign in "$£€₦₹¥") or _COUNTED.match(lowered, match.end()) is not None


def _groups(lowered: str, match: re.Match[str], cue: Kind | None) -> Iterator[Identifier]:
    shape = match[0]
    groups = re.findall(r"\d+", shape)
    digits = sum(map(len, groups))
    if digits < 5 or _quantity(lowered, match) or _harmless(shape, groups, digits) and not (cue and digits > 5):
        return
    dialled = shape.startswith(("+", "0", "(")) and 7 <= digits <= 15
    american = re.fullmatch(r"(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}|\d{3}[-.]\d{4}", shape)
    if dialled or american:
        yield mark(*match.span(), cue or "phone", "looks like a telephone number")
    elif digits >= 6 and (cue or "-" in shape or len(groups) == 1 and not shape.endswith("000")):
        yield mark(*match.span(), cue or "record", "looks like somebody's number")
    elif digits >= 7:
        sure = max(map(len, groups)) >= 4
        yield mark(*match.span(), "phone", "looks like a telephone number or somebody's number", likely=sure)
    elif cue:
        yield mark(*match.span(), cue, _ANNOUNCED, likely="." not in shape and "/" not in shape)


def _harmless(shape: str, groups: list[str], digits: int) -> bool:
    """Whether these are years, a blood pressure, a score, times, or numbers in a row."""
    if re.fullmatch(r"\d{3}[ .-]\d{3}[ .-]\d{4}", shape):
        return False
    years = all(len(group) == 4 and group[:2] in ("19", "20") for group in groups)
    times = (
        all(len(group) <= 2 or re.fullmatch("[012]\\d[0-5]\\d", group) for group in groups)
        and digits <= 8
        and shape[0] != "("
    )
    pairs = all(len(group) <= 3 for group in groups) and not shape.startswith(("0", "+", "(")) and "-" not in shape
    return years or pairs or times or "/" in shape and digits <= 7 or bool(re.fullmatch(r"\d{1,3}(?:[ .]000)+", shape))
