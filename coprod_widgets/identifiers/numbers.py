"""What is known by its shape: email and web addresses, telephone and record numbers, plates, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .found import Identifier, Kind, mark

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_SPELT = re.compile(
    r"(?<![\w.])[\w.]{2,40} ?(?:\(at\)|\[at\]| at ) ?[\w-]{2,40}(?: ?(?:\(dot\)|\[dot\]| dot ) ?\w{2,20}){1,3}", re.I
)
_URL = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"]{2,300}", re.I)
_DOMAIN = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]{2,63}\.){1,4}(?:com|org|net|edu|gov|info|uk|eu|se|de|fr|nl|pl|dk|fi|ie|ca|au|nz|ng|io"
    r"|example|local|health|care|nhs)(?![\w@-]|\.\w)(?:[/?][^\s<>\"]{0,200})?"
)
_IP = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)|(?<![\w:])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}(?![\w:])", re.I
)
_HANDLE = re.compile(r"(?<![\w.@/])@[\w.]{2,40}|(?<![\w.@/])[A-Za-z0-9][\w.-]{0,38}_[\w.-]{0,38}\w")
_CHUNK = re.compile(r"(?<![\w@])(?=[^\s]{0,24}\d)[A-Za-z0-9][A-Za-z0-9/.#:_-]{1,58}[A-Za-z0-9](?!\w)")
_GROUPS = re.compile(r"(?<![\w.,/:-])(?:\+ ?)?\(?\d(?:[()/. –-]{0,3}\d){3,24}(?!\w)")
_PLATE = re.compile(r"(?<![\w-])(?:[A-Z0-9]{1,4}[ -]){1,4}[A-Z0-9]{1,5}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_POSTCODE = re.compile(
    r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{2} \d{5}(?:-\d{4})?|\d{3} \d{2}(?= [A-ZÅÄÖ][a-zåäö]))(?!\w)"
)
_UNIT = re.compile(
    r"\d+(?:[.,]\d+)?(?:st|nd|rd|th|s|am|pm|h|hrs?|mins?|m|cm|mm|km|kg|g|mg|mcg|ug|ml|l|dl|x|k|kb|mb|gb|hz|mmhg|mmol|bpm|iu|units?"
    r"|yo|wks?|days?|years?|yrs?|°?[cf]|%)?",
    re.I,
)
_CLINICAL = re.compile(
    r"(?:covid|sars|mers|hba1c|h\dn\d|ca|cd|il|hla|brca|cyp|phq|gad|eq|sf|icd|dsm|ffp|gpt|mp|bnp|pm|eq-5d|cov|cha2ds2|p|v|t|l|c|s|b|k|d|q|level"
    r"|grade|type|stage|part|ward|bay|bed|room|floor|version|v\d)[- ]?[\d.-]*[a-z]?\d?",
    re.I,
)
_CUES: dict[str, Kind] = (
    dict.fromkeys(
        "number numbers no nr num mrn id ref reference record records file folder chart case code badge licence license chi nhs "
        "ssn passport nin pps personnummer aadhaar bsn serial dob hospital barcode wristband prescription registration".split(),
        "record",
    )
    | dict.fromkeys(
        "policy account acct claim member membership insurance iban sort card medicare medicaid plan".split(),
        "insurance",
    )
    | dict.fromkeys(
        "tel telephone phone phoned mobile cell cellphone fax text texted whatsapp call called ring rang dial line landline".split(),
        "phone",
    )
    | dict.fromkeys("bleep bleeped pager paged beep dect ext extension login username user handle".split(), "handle")
    | dict.fromkeys("plate plates reg car van".split(), "plate")
)
_EMERGENCY = frozenset("111 112 999 911 000 101 988 1177 116117 211 311 119 1099".split())
_VERSION = re.compile(r"(?:firmware|version|release|v|build|update|ios|android|software)\W{0,2}$", re.I)
_WORDS = re.compile(r"[A-Za-z]{1,20}")


def numbers(text: str) -> Iterator[Identifier]:
    """Everything whose shape gives it away."""
    if "@" in text:
        yield from (mark(*match.span(), "email", "looks like an email address") for match in _EMAIL.finditer(text))
    for match in _SPELT.finditer(text):
        if "dot" in match[0].lower():
            yield mark(*match.span(), "email", "looks like an email address, spelt out")
    for match in (*_URL.finditer(text), *_DOMAIN.finditer(text)):
        yield mark(
            match.start(), match.start() + len(match[0].rstrip(".,;:!?)'’\"")), "url", "looks like a web address"
        )
    for match in _HANDLE.finditer(text):
        if not match[0].strip("_").isupper() or any(map(str.isdigit, match[0])):
            yield mark(*match.span(), "handle", "looks like the name of an account")
    if any(map(str.isdigit, text)):
        yield from _with_digits(text)


def _with_digits(text: str) -> Iterator[Identifier]:
    for match in _IP.finditer(text):
        if (
            not _VERSION.search(text, max(0, match.start() - 12), match.start())
            and "." in match[0]
            or match[0].count(":") > 3
        ):
            yield mark(*match.span(), "ip", "looks like the address of a computer")
    for pattern, kind, why in (
        (_IBAN, "insurance", "looks like an account number"),
        (_POSTCODE, "address", "looks like a postcode"),
    ):
        yield from (mark(*match.span(), kind, why) for match in pattern.finditer(text))  # type: ignore[arg-type]
    for match in _PLATE.finditer(text):
        yield from _plate(text, match)
    for match in _CHUNK.finditer(text):
        yield from _chunk(text, match)
    for match in _GROUPS.finditer(text):
        yield from _groups(text, match)


def _cue(text: str, start: int) -> Kind | None:
    """The kind of number that the few words before it announce."""
    words = _WORDS.findall(text[max(0, start - 45) : start].rpartition(". ")[2])
    return next((_CUES[word] for word in reversed([word.lower() for word in words[-5:]]) if word in _CUES), None)


def _plate(text: str, match: re.Match[str]) -> Iterator[Identifier]:
    parts = re.split("[ -]", match[0])
    digits, letters = sum(map(str.isdigit, match[0])), sum(map(str.isalpha, match[0]))
    mixed = any(not part.isdigit() and not part.isalpha() for part in parts)
    cue = _cue(text, match.start()) == "plate"
    if digits < 2 or letters < 2 or digits + letters < 5:
        return
    turns = sum(a.isdigit() != b.isdigit() for a, b in zip(parts, parts[1:], strict=False))
    shaped = mixed and digits + letters >= 6 or turns >= 2 and digits >= 3
    british = re.fullmatch(r"[A-Z]{2}\d\d[ -]?[A-Z]{3}", match[0]) is not None
    pair = re.fullmatch(r"[A-Z]{3}[ -]\d{2,3}[A-Z0-9]?", match[0]) is not None
    if cue or shaped or british:
        yield mark(*match.span(), "plate", "looks like a number plate", likely=True)
    elif pair and digits >= 3 and parts[0] not in ("NHS", "ICU", "MRI", "WHO", "BMJ", "CT", "GCS"):
        yield mark(*match.span(), "plate", "looks like a number plate", likely=False)


def _chunk(text: str, match: re.Match[str]) -> Iterator[Identifier]:
    chunk = match[0]
    digits, letters = sum(map(str.isdigit, chunk)), sum(map(str.isalpha, chunk))
    cue = _cue(text, match.start())
    if chunk in _EMERGENCY or _UNIT.fullmatch(chunk) and (letters or digits < 4) or not digits:
        if not (cue in ("handle",) and digits >= 3 and not letters):
            return
    if letters == 0:
        if cue and digits >= 4 and not _quantity(text, match) and not re.fullmatch(r"(?:19|20)\d\d", chunk):
            yield mark(*match.span(), cue, "a number after a word that announces one")
        elif cue == "handle" and digits >= 3:
            yield mark(*match.span(), "handle", "a number after a word that announces one")
        return
    if ":" in chunk or re.fullmatch(r"[\d./x-]*(?:[a-z]{1,12}[\d./x-]*)", chunk) and chunk[0].isdigit() and digits < 5:
        return
    if _CLINICAL.fullmatch(chunk) and digits < 5:
        return
    joined = re.fullmatch(r"[A-Za-z]+", re.sub(r"[\d/._#-]", "", chunk)) is not None
    if digits >= 4 and joined and not re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", chunk):
        yield mark(*match.span(), cue or "record", "letters and digits that look like somebody's number")
    elif re.fullmatch(r"[a-z]{2,20}[._-]?[a-z]{0,20}[._-]?\d{1,4}", chunk) and ("." in chunk or letters + digits >= 6):
        yield mark(
            *match.span(),
            "handle",
            "looks like the name of an account",
            likely=letters >= 3 and (digits > 1 or "." in chunk),
        )
    elif digits >= 3 and letters + digits >= 6 or cue and digits >= 3:
        yield mark(
            *match.span(),
            cue or "record",
            "letters and digits that look like somebody's number",
            likely=cue is not None or digits >= 4,
        )


def _quantity(text: str, match: re.Match[str]) -> bool:
    """Whether it is a sum of money, or counts something."""
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 14]
    counted = r" ?(?:%|€|£|\$|kr\b|steps|people|patients|words|miles|km|meters|metres|pounds|euros|dollars|kronor|rupees|naira|calories|cases|per\b|times|hours|days|nurses|beds)"
    return any(sign in before for sign in "$£€₦₹¥") or re.match(counted, after, re.I) is not None


def _groups(text: str, match: re.Match[str]) -> Iterator[Identifier]:
    shape, cue = match[0], _cue(text, match.start())
    groups = re.findall(r"\d+", shape)
    digits = sum(map(len, groups))
    if digits < 5 or _quantity(text, match) or _harmless(shape, groups, digits) and not cue:
        return
    if (
        shape.startswith(("+", "0", "("))
        and 7 <= digits <= 15
        or re.fullmatch(r"\d{3}[ .-]\d{3}[ .-]\d{4}|1[ .-]\d{3}[ .-]\d{3}[ .-]\d{4}|\d{3}[-.]\d{4}", shape)
    ):
        yield mark(*match.span(), cue or "phone", "looks like a telephone number")
    elif digits >= 6 and (cue or "-" in shape or len(groups) == 1 and not shape.endswith("000")):
        yield mark(*match.span(), cue or "record", "looks like somebody's number")
    elif cue and digits >= 5:
        yield mark(*match.span(), cue, "a number after a word that announces one")
    elif digits >= 7:
        yield mark(
            *match.span(),
            "phone",
            "looks like a telephone number or somebody's number",
            likely=max(map(len, groups)) >= 4,
        )


def _harmless(shape: str, groups: list[str], digits: int) -> bool:
    """Whether these are years, a blood pressure, a score, times, or numbers in a row."""
    years = all(len(group) == 4 and group[:2] in ("19", "20") for group in groups)
    pairs = all(len(group) <= 3 for group in groups) and not shape.startswith(("0", "+", "(")) and "-" not in shape
    phone = re.fullmatch(r"\d{3}[ .-]\d{3}[ .-]\d{4}", shape) is not None
    return not phone and (
        years or pairs or "/" in shape and digits <= 7 or re.fullmatch(r"\d{1,3}(?:[ .]000)+", shape) is not None
    )
