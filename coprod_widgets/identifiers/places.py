"""Addresses, and hospitals, wards, schools and the like with a name of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .found import Identifier, mark
from .lists import kept
from .tokens import Token

_KINDS = {
    "a hospital": "hospital hospitals infirmary sykehus sjukhus krankenhaus szpital sairaala",
    "a hospice": "hospice",
    "a clinic": "clinic surgery polyclinic practice dispensary medical vårdcentral rehabilitation pharmacy chemist chemists opticians",
    "a ward": "ward unit suite wing bay",
    "a care home": "home homes lodge manor",
    "a school": "school college academy university nursery kindergarten polytechnic gymnasium institute",
    "a place of worship": "church mosque temple gurdwara synagogue chapel cathedral parish",
    "a centre": "centre center house hall court hub foundation trust",
    "a place": "village estate island bridge park valley county township borough province district beach airport station",
}
_HEADS = {word: instead for instead, words in _KINDS.items() for word in words.split()}
_NAMED_FREELY = frozenset(
    "ward house lodge manor hospice school college academy court suite hall wing home homes park bridge".split()
)
"""Heads whose names are often everyday words: "Kingfisher Ward"."""
_STREETS = frozenset(
    "street road avenue lane close crescent drive terrace gardens grove way walk row mews square place hill rise view green "
    "parade boulevard yard wharf quay croft vale alley ginnel nagar marg colony highway court st rd ave ln blvd cres sq".split()
)
_SURELY_STREETS = frozenset(
    "street road avenue lane crescent terrace rd ave ln boulevard blvd mews ginnel close".split()
)
_NO_ONES_STREET = frozenset(
    "high main side wrong right same whole other own back front middle long home cross harley downing wall".split()
)
_GENERIC = frozenset(
    "a an the of and for our my your his her their this that at in to from & by on with no new old great north south east west northern "
    "southern eastern western central upper lower regional district county national local rural city town metropolitan teaching specialist "
    "specialty private nhs foundation veterans army military naval mission christian catholic children women men people older young "
    "eye heart chest cancer kidney pain sleep skin breast bone brain blood foot hand hearing stroke fracture hip knee spinal burns "
    "nursing care residential retirement rest group funeral sheltered coffee opening night day after big second first third fourth care "
    "general royal university community cottage base field tertiary referral treatment drop-in walk-in high-dependency special "
    "secondary primary middle elementary grammar nursery medical sunday summer boarding public state village health planned parenthood "
    "outpatient inpatient maternity birth birthing wellness leisure shopping dialysis diabetes covid flu vaccination isolation "
    "acute assessment admissions discharge short stay long term step-down locked psychiatric geriatric elderly mixed male female open "
    "nightingale mental sexual memory when then if so every each any some one two three another white full haunted guest open light care "
    "i we you he she they it but or as is was were be not which who what where how why because while until since before".split()
)
_STREETS_ABROAD = re.compile(
    r"\b[A-ZÅÄÖÜÉ][\w'’-]{1,30}(?:gatan|gata|vägen|väg|stigen|gränd|svängen|torget|backen|allén|stra(?:ß|ss)e|weg|gasse|platz"
    r"|laan|straat|gade|vej|veien|katu|kuja|tie) \d{1,4}(?: ?[A-Za-z])?\b"
    r"|\b(?:ulica|ulicy|ul\.|rue|calle|via|viale|avenida|rua|plaza|piazza|jalan|carrer|strada)(?: [\w'’-]{1,20}){1,3},? \d{1,4}[a-z]?\b"
    r"|\bP\.? ?O\.? ?Box \d{1,6}|\b(?:Flat|Apartment|Apt|Plot|Villa|Hostel)\.? (?:No\.? ?)?\d{1,4}[A-Za-z]?\b",
    re.IGNORECASE,
)
_SAINT = re.compile(r"(?<!\w)(?:st|saint|ste|sankt|san|santa)\.?$", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?:flat|apt|no)\.? )?(?<![\w.,/:-])\d{1,4}(?:[/-]\d{1,4})?[a-zA-Z]?,? $", re.IGNORECASE)


def places(text: str, words: list[Token], *, strict: bool) -> Iterator[Identifier]:
    """Every address, and every institution that has a name."""
    for match in _STREETS_ABROAD.finditer(text):
        yield mark(*match.span(), "address", "looks like an address")
    for index, token in enumerate(words):
        if token.key in _STREETS:
            yield from _street(text, words, index)
        if token.key in _HEADS:
            yield from _institution(words, index, strict=strict)
        if _SAINT.fullmatch(token.text) and index + 1 < len(words):
            yield from _saint(words, index)


def _street(text: str, words: list[Token], index: int) -> Iterator[Identifier]:
    token, first = words[index], index
    while first > 0 and index - first < 4 and words[first].gap in (" ", ". ") and _street_word(words[first - 1], token):
        first -= 1
    if first == index or words[first].key in _NO_ONES_STREET:
        return
    number = _NUMBER.search(text, max(0, words[first].start - 14), words[first].start)
    abbreviated = token.key in ("st", "dr", "pl")
    named = all(word.cap for word in words[first : index + 1]) and token.key in _SURELY_STREETS
    if number and (token.cap or token.key in _SURELY_STREETS) and not abbreviated or number and token.cap:
        yield mark(number.start(), token.end, "address", f"a number before '{token.text}' looks like an address")
    elif named and not words[first].role:
        yield mark(words[first].start, token.end, "address", f"looks like an address, because of '{token.text}'")


def _street_word(word: Token, street: Token) -> bool:
    if word.cap:
        return True
    ours = not street.cap and street.key in _SURELY_STREETS and word.key not in _GENERIC
    return ours and not word.key.endswith(("ing", "ed", "ly")) and word.key not in kept("roles") and word.gap != " "


def _institution(words: list[Token], index: int, *, strict: bool) -> Iterator[Identifier]:
    head, first = words[index], index
    while (
        first > 0
        and index - first < 6
        and words[first].gap in (" ", "-", " & ", ". ")
        and _belongs(words, first - 1, head)
    ):
        first -= 1
    while (
        first < index and (not words[first].cap or words[first].opens) and words[first].key in _GENERIC | {"and", "of"}
    ):
        first += 1
    named = [word for word in words[first:index] if _own(word)]
    if not named or (
        head.cap
        and index + 1 < len(words)
        and words[index + 1].role
        and words[index + 1].cap
        and words[index + 1].gap == " "
    ):
        return
    unknown = any(not word.known or word.listed and not word.opens for word in named)
    free = head.cap and head.key in _NAMED_FREELY and not named[0].opens
    if unknown or free or len(named) > 1 and head.cap and not named[0].opens:
        yield mark(
            words[first].start,
            head.end,
            "place",
            f"looks like the name of {_HEADS[head.key]}",
            instead=_instead(words, first, head),
        )
    elif strict and head.cap:
        yield mark(
            words[first].start,
            head.end,
            "place",
            f"may be the name of {_HEADS[head.key]}",
            likely=False,
            instead=_instead(words, first, head),
        )


def _belongs(words: list[Token], index: int, head: Token) -> bool:
    word = words[index]
    if word.cap:
        return not (word.opens and word.key in _GENERIC)
    if word.key in ("of", "and", "the") and index > 0 and words[index - 1].cap and words[index].gap == " ":
        return head.cap
    return not head.cap and (
        not word.known
        and not word.harmless
        or word.role
        or word.key in _GENERIC
        and word.key
        in (
            "general",
            "royal",
            "university",
            "care",
            "nursing",
            "medical",
            "community",
            "primary",
            "high",
            "district",
            "county",
        )
    )


def _own(word: Token) -> bool:
    """Whether the word is part of a name of one's own, and not what any hospital's parts are called."""
    if word.key in _GENERIC or word.role or word.harmless or word.caps or word.key in _HEADS:
        return False
    return word.cap or not word.known


def _instead(words: list[Token], first: int, head: Token) -> str:
    kind = _HEADS[head.key]
    return kind.split(" ", 1)[1] if first > 0 and words[first - 1].key in ("the", "our", "my", "a", "this") else kind


def _saint(words: list[Token], index: int) -> Iterator[Identifier]:
    saint, name = words[index], words[index + 1]
    short = saint.key in ("st", "ste")
    if name.gap not in (" ", ". ") or not short and not (saint.cap and name.cap) or name.role and name.known:
        return
    if name.cap or name.listed or name.text.endswith(("'s", "’s", "s")) and not name.known:
        last = index + 1
        while (
            last + 1 < len(words)
            and last < index + 4
            and words[last + 1].gap == " "
            and (words[last + 1].cap or words[last + 1].key in _HEADS)
        ):
            last += 1
        yield mark(saint.start, words[last].end, "place", f"'{saint.text}' begins the name of a place")
