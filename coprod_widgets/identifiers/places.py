"""Addresses, and hospitals, wards, schools and the like with a name of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .identifier import Identifier, mark
from .tokens import Token
from .word_lists import kept_in

_KINDS = (
    "a hospital",
    "a hospice",
    "a clinic",
    "a ward",
    "a care home",
    "a school",
    "a place of worship",
    "a centre",
    "a place",
)
_HEADS = {word: kind for kind in _KINDS for word in kept_in(kind)}
"""The last word of such a name, and what to call the place instead."""
_FOREIGN = tuple(sorted(kept_in("foreign")))
_FREE = kept_in("free")
"""Heads whose names are often everyday words: "Kingfisher Ward"."""
_BEFORE_NAME = kept_in("before name")
"""Heads whose name may also follow: "Ward Nightingale"."""
_STREETS = kept_in("streets")
_SURE_STREETS = kept_in("sure streets")
_DETERMINERS = kept_in("owners") | {"the", "a", "an"}
_ANYBODYS = kept_in("anybodys")
_LEADING = kept_in("before names")
_GENERIC = _LEADING | kept_in("generic")
_ADJECTIVES = tuple(sorted(kept_in("adjectives")))
"""How words end that say of what kind a place is: "Virtual Ward"."""
_SMALL = kept_in("small")
_DWELLINGS = kept_in("dwelling")
"""What may stand before or after the name of a place: "our care home, The Larches"."""
_ABROAD = re.compile(
    r"\b[^\W\d_][\w'’-]{1,30}(?:gatan|gata|vägen|väg|stigen|gränd|svängen|torget|backen|allén|stra(?:ß|ss)e|weg|gasse"
    r"|platz|laan|straat|gade|vej|veien|katu|kuja|tie) \d{1,4}(?: ?[a-z]\b)?"
    r"|\b(?:ulica|ulicy|ul\.|rue|calle|via|viale|avenida|rua|plaza|piazza|jalan|carrer|strada)(?: [\w'’-]{1,20}){1,4},?"
    r" \d{1,4}\b|\bp\.? ?o\.? ?box \d{1,6}|\b(?:flat|apartment|apt|plot|villa)\.? (?:no\.? ?)?\d{1,4}[a-z]?\b"
)
_BEHIND = re.compile(r" \d{1,3}[a-z]?(?![\w:/]|[.,]\d)(?! (?:times|years|hours|minutes|days|of)\b)")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?:(?:flat|apt|no)\.? )?(?<![\w.,/:-])\d{1,4}(?:[/-]\d{1,4})?[a-z]?,? $")


_REST = re.compile(
    r"(?:,? (?:apt|apartment|unit|suite|ste|flat|room|no|#)\.? ?#?\d{1,5}[a-z]?(?!\w))?"
    r"(?:,? (?:zip(?: code)? )?\d{5}(?:-\d{4})?(?!\w)"
    r"|(?:, [^\W\d_]{2,20}(?: [^\W\d_]{2,20}){0,2})?,? (?:[a-z]{2},? \d{5}(?:-\d{4})?"
    r"|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})(?!\w))?"
)
"""What may follow a street: an apartment, a town, a ZIP code."""


def places(lowered: str, words: list[Token], *, strict: bool) -> Iterator[Identifier]:
    """Every address, and every institution that has a name; `lowered` is the text in small letters."""
    for match in _ABROAD.finditer(lowered):
        yield mark(*match.span(), "address", "looks like an address")
    for index, word in enumerate(words):
        if word.key in _DWELLINGS and not word.cap:
            yield from _called(words, index)
        if word.key in _STREETS:
            yield from _street(lowered, words, index)
        if word.key in _HEADS or word.key.endswith(_FOREIGN):
            yield from _institution(words, index, strict=strict)
        elif word.key in ("st", "ste", "saint", "sankt", "san", "santa"):
            yield from _saint(words, index)


def _street(lowered: str, words: list[Token], index: int) -> Iterator[Identifier]:
    street, first = words[index], index
    if street.key not in _SURE_STREETS and not _DIGIT.search(lowered, max(0, street.start - 80), street.end + 4):
        return
    while first > 0 and index - first < 4 and words[first].gap == " " and _street_word(words[first - 1], street):
        first -= 1
    if first == index:
        return
    start = words[first].start
    near = any(map(str.isdigit, lowered[max(0, start - 4) : start]))
    number = _NUMBER.search(lowered, max(0, start - 14), start) if near else None
    if words[first].key in _ANYBODYS and not (number and street.cap and words[first].cap):
        return
    named = all(word.cap for word in words[first : index + 1]) and street.key in _SURE_STREETS and not words[first].role
    behind = _BEHIND.match(lowered, street.end) if street.cap and not words[first].role else None
    if behind and all(word.cap for word in words[first : index + 1]):
        yield mark(words[first].start, behind.end(), "address", f"looks like an address, because of '{street.text}'")
    elif number and (street.cap or street.key in _SURE_STREETS and street.key != "close"):
        rest = _REST.match(lowered, street.end)
        end = rest.end() if rest else street.end
        yield mark(number.start(), end, "address", f"looks like an address: a number comes before '{street.text}'")
    elif named:
        yield mark(words[first].start, street.end, "address", f"looks like an address, because of '{street.text}'")


def _called(words: list[Token], index: int) -> Iterator[Identifier]:
    """The name beside a dwelling, between commas: "our care home, The Larches", "The Willows, my aunt's care home"."""
    after = index + 1
    if after < len(words) and words[after].gap in (", ", " (") and _named(words, after):
        yield _dwelling(words, after, index)
    first = index
    while first > 0 and index - first < 5 and words[first].gap in (" ", "-"):
        first -= 1
    if first > 0 and words[first].gap in (", ", " (") and words[first].key in _DETERMINERS:
        last = first - 1
        start = last
        while start > 0 and last - start < 3 and words[start].gap == " " and words[start - 1].cap:
            start -= 1
        plain = any(word.role or word.harmless or word.caps or word.given for word in words[start : last + 1])
        if not words[last].opens and (_named(words, start) or start < last and not plain):
            yield _dwelling(words, start, index)


def _named(words: list[Token], index: int) -> bool:
    """Whether a name of a place stands here: "The Larches", "Rosemount"."""
    word, after = words[index], words[index + 1] if index + 1 < len(words) else None
    if word.key == "the" and word.cap:
        return after is not None and after.gap == " " and after.cap and not (after.role or after.harmless or after.caps)
    return word.cap and not (word.known or word.role or word.harmless or word.caps or word.rare or word.eponym)


def _dwelling(words: list[Token], first: int, head: int) -> Identifier:
    last = first
    while last + 1 < len(words) and last - first < 4 and words[last + 1].gap == " " and words[last + 1].cap:
        last += 1
    kind = _HEADS.get(words[head].key, "a place")
    reason = f"looks like the name of {kind}, because of '{words[head].text}' beside it"
    return mark(words[first].start, words[last].stop, "place", reason, instead=kind)


def _street_word(word: Token, street: Token) -> bool:
    if word.cap:
        return True
    common = word.key in _GENERIC or word.role or word.key.endswith(("ing", "ed", "ly", "s"))
    return not street.cap and street.key in _SURE_STREETS and not common


def _institution(words: list[Token], index: int, *, strict: bool) -> Iterator[Identifier]:
    head, first = words[index], index
    if head.cap and head.key in _BEFORE_NAME and index + 1 < len(words):
        yield from _name_after(words, index, strict=strict)
    while (
        first > 0
        and index - first < 6
        and words[first].gap in (" ", "-", " & ", ". ", "' ", "’ ")
        and _belongs(words, first - 1, head)
    ):
        first -= 1
    while first < index and words[first].key in _LEADING:
        first += 1
    own = [word for word in words[first:index] if _own(word) and (head.cap or not word.eponym)]
    if not own or _is_followed_by_a_role(words, index) or head.key == "general" and not head.cap:
        return
    unknown = any(not word.known or word.given and not word.opens for word in own)
    freely = head.cap and not own[0].opens and (head.key in _FREE or len(own) > 1)
    if unknown or freely or strict and head.cap:
        kind = _HEADS.get(head.key, "a hospital")
        reason, instead = f"looks like the name of {kind}", _after_article(words, first, kind)
        yield mark(words[first].start, head.end, "place", reason, likely=unknown or freely, instead=instead)


def _after_article(words: list[Token], first: int, kind: str) -> str:
    """What to call a place: "a hospital", or "hospital" where an article or an owner stands before its name."""
    determined = first > 0 and words[first - 1].key in ("the", "our", "my", "a", "this")
    return kind.split(" ", 1)[1] if determined else kind


def _name_after(words: list[Token], index: int, *, strict: bool) -> Iterator[Identifier]:
    head, name = words[index], words[index + 1]
    if name.gap == " " and name.cap and not (name.role or name.harmless or name.caps or name.key in _HEADS):
        sure = name.key not in _GENERIC and (name.given or not name.known)
        if sure or strict:
            yield mark(
                head.start,
                name.stop,
                "place",
                f"may be the name of a place, because it begins with '{head.text}'",
                likely=sure,
            )


def _is_followed_by_a_role(words: list[Token], index: int) -> bool:
    after = words[index + 1] if index + 1 < len(words) else None
    return (
        after is not None
        and after.gap == " "
        and after.cap
        and words[index].cap
        and after.role
        and after.key not in _HEADS
    )


def _belongs(words: list[Token], index: int, head: Token) -> bool:
    """Whether this word can be part of the name that ends with `head`."""
    word = words[index]
    if word.cap:
        return True
    if head.cap:
        if word.key == "the":
            return index > 0 and words[index - 1].key in ("of", "for")
        return word.key in ("of", "and", "for") and word.gap == " " and index > 0 and words[index - 1].cap
    return not word.known and not word.harmless or word.key in _SMALL


def _own(word: Token) -> bool:
    """Whether the word is part of a name of its own, and not what any hospital's parts are called."""
    if word.key in _GENERIC or word.key in _HEADS or word.role or word.harmless or word.caps:
        return False
    return word.cap and not (word.known and word.key.endswith(_ADJECTIVES)) or not word.known


def _saint(words: list[Token], index: int) -> Iterator[Identifier]:
    saint = words[index]
    if index + 1 >= len(words) or words[index + 1].gap not in (" ", ". "):
        return
    name = words[index + 1]
    short = saint.key in ("st", "ste")
    housed = index + 2 < len(words) and words[index + 2].key in _HEADS and saint.key != "san"
    if name.cap and saint.cap or (short or housed) and not name.role and (name.listed or name.owns or not name.known):
        last = index + 1
        while last + 1 < len(words) and last < index + 4 and _goes_on(words[last + 1]):
            last += 1
        reason = f"looks like the name of a place, because it begins with '{saint.text}'"
        instead = _after_article(words, index, _HEADS.get(words[last].key, "a place"))
        yield mark(saint.start, words[last].end, "place", reason, instead=instead)


def _goes_on(word: Token) -> bool:
    if word.gap in ("' ", "’ "):
        return word.key in _HEADS
    return word.gap == " " and (word.cap and not word.harmless or word.key in _HEADS)
