"""People and places by their words: what stands before them, capital letters, and lists of names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from .found import Identifier, mark
from .lists import family, given, kept
from .tokens import TITLES, Token

_KIN = frozenset(
    "sister brother nurse matron father mother auntie aunty uncle aunt mama baba papa cousin grandma grandpa granny grandad granddad nan nana "
    "umm abu midwife doula carer consultant therapist physiotherapist physio pharmacist porter surgeon receptionist neighbour neighbor friend "
    "colleague healthcare assistant student registrar psychologist dietitian counsellor interpreter paramedic husband wife son daughter partner "
    "niece nephew boyfriend girlfriend chaplain specialist gp cleaner volunteer manager teacher grandson granddaughter patient resident worker "
    "driver secretary caretaker cook helper baby little big dear hi hello hey oma opa amma appa tante onkel saint brothers sisters".split()
)
"""What may stand before a name, and often stands alone."""
_NAMING = frozenset(
    "called named name's surname nickname nicknamed christened renamed alias aka regards sincerely love thanks dear signed hi hello".split()
)
_HUMAN = frozenset(
    "said says told tells asked asks explained explains listened listens sat sits held holds rang rings phoned phones texted wrote writes smiled "
    "laughed cried nodded knew knows noticed remembered promised insisted suggested offered showed shows taught teaches thought thinks wanted wants "
    "kept came comes went goes gave gives took takes brought brings made makes helped helps stayed stays checked checks did does never always also "
    "would visited called calls spoke speaks talked talks understood sang sings whispered answered replied apologised apologized arranged booked "
    "stood stopped looked looks started used introduced fetched drove carried decided read put walked waited got let found saw felt worked works "
    "who whose then just even and".split()
)
_DEEDS = _HUMAN - frozenset(
    "came comes goes went made makes brought brings gave gives never always also would did does then and even just who whose found got let felt works worked started stopped looked looks takes took kept called calls used put read".split()
)
"""What only people do: trusted after a word that is a name and an everyday word too."""
_BE = frozenset("is was has had will can could isn't wasn't hasn't hadn't".split())
_MEDICAL = frozenset(
    "disease diseases syndrome syndromes score scores scale scales test tests sign line lines tube tubes criteria palsy chorea lymphoma contracture "
    "fracture thyroiditis procedure position manoeuvre maneuver catheter catheters cuff lactate solution phenomenon index tumour tumor index "
    "frame method technique nodes fit stage staging classification questionnaire inventory operation repair anaemia dystrophy ulcer reflex "
    "exercises exercise diagram charts chart principles model effect cycle law curve clamp forceps needle drain bag mask valve ring pump scheme "
    "guidelines competence competent guardian oesophagus esophagus encephalopathy hernia cells cell bodies dementia virus fever sarcoma arch splint "
    "bandage stockings device inhaler injection tablets tablet capsules patch patches mg ml dose cream spray drops vaccine pen app".split()
)
_PLACING = frozenset(
    "in at near from to around outside towards toward through via across into leaving reached visiting visited left of over".split()
)
_ARTICLES = frozenset("a an the any some these those no each every another".split())
_OWNERS = frozenset("my our his her their your its".split())
_USING = frozenset(
    "take took taking takes on using used use prescribed dose of drank drinking wearing wore bought like drive driving drove wear downloaded "
    "switched started stopped via by with watched watching played playing swallowed injected injecting read reading tried".split()
)
_PARTICLES = frozenset(
    "van von der den de del della la le di da dos das du bin bint ibn al el ul ap ab ben ter ten abu umm y e".split()
)
_VERBISH = frozenset(
    "will may hope mark bill sue grant chase bless can let rose drew pat rob jack pierce wade tan ray rich".split()
)
_DRUG = re.compile(
    r".{2,}(?:mab|nib|pril|olol|statin|sartan|azole|cillin|mycin|oxacin|prazole|azepam|zolam|caine|dipine|gliptin|glutide|gliflozin|parin|xaban"
    r"|triptan|setron|tidine|zine|zide|amide|amine|ine|one|mide|phen|fen|profen|vir|vudine|barbital|barb|thyroxine|sone|solone|onide|terol|tropium"
    r"|phylline|lukast|dronate|platin|rubicin|taxel|feron|kinra|cept|tide|dopa|trel|gestrel|formin|um|ol|ex|ax|ix|yx|in)"
)
_SURE_DRUG = re.compile(
    r".{2,}(?:mab|nib|pril|olol|statin|sartan|azole|cillin|mycin|oxacin|prazole|azepam|zolam|caine|dipine|gliptin|glutide|gliflozin|xaban|triptan"
    r"|setron|tidine|profen|vudine|barbital|thyroxine|solone|onide|terol|tropium|phylline|lukast|dronate|platin|rubicin|taxel|formin|triptyline|zepine|zodone|oxetine)"
)
_PEOPLES = re.compile(r".{3,}(?:ish|ese|ian|ians|ism|ist|ists|itis|osis|oma|emia|aemia|ology)")
_INITIALS = re.compile(r"[A-Z]")


def people(words: list[Token], *, strict: bool, lower_vocabulary: Container[str]) -> Iterator[Identifier]:
    """Every name of a person, and every place that only its word gives away."""
    index = 0
    while index < len(words):
        found = _at(words, index, strict=strict, lower=lower_vocabulary)
        if found:
            yield found[0]
        index = max(index + 1, found[1] if found else 0)


def _at(words: list[Token], index: int, *, strict: bool, lower: Container[str]) -> tuple[Identifier, int] | None:
    """What begins at this word, and the index of the word after it."""
    word = words[index]
    cue = _titled(words, index)
    if cue:
        return cue
    if not word.cap:
        return _small(words, index, strict=strict)
    why = _why(words, index, strict=strict, lower=lower)
    if not why:
        return None
    likely, reason = why
    first, last = _stretch(words, index)
    return _marked(words, first, last, likely=likely, reason=reason), last + 1


def _titled(words: list[Token], index: int) -> tuple[Identifier, int] | None:
    """A title and the name after it."""
    word = words[index]
    if index + 1 >= len(words) or words[index + 1].gap not in (" ", ". ", ".", ".\u00a0", "\u00a0"):
        return None
    after = words[index + 1]
    if word.key in TITLES and not (after.role and not after.listed) and not after.key in _GENERAL:
        title = (
            after.cap
            and (word.cap or after.listed or not after.known)
            or not after.known
            or after.listed
            and word.key in ("dr", "mr", "mrs", "ms")
        )
        if title and (
            word.key not in ("lord", "lady", "sir", "doctor", "chief", "sr", "captain", "prof")
            or after.cap
            and (after.listed or not after.known)
            or not after.known
        ):
            _, last = _stretch(words, index + 1)
            return _marked(
                words,
                index,
                last,
                likely=True,
                reason=f"looks like a name, because it follows '{word.text}'",
                title=word,
            ), last + 1
    elif (
        word.key in _KIN
        and after.cap
        and words[index + 1].gap == " "
        and not after.harmless
        and not after.role
        and not after.caps
    ):
        if after.listed or not after.known and not _medical(words, index + 1):
            _, last = _stretch(words, index + 1)
            return _marked(
                words,
                index,
                last,
                likely=True,
                reason=f"looks like a name, because it follows '{word.text}'",
                title=word,
            ), last + 1
    return None


_GENERAL = frozenset("the a an and or who is was in on at to for of said told i he she they we it you".split())


def _small(words: list[Token], index: int, *, strict: bool) -> tuple[Identifier, int] | None:
    """A name in small letters."""
    word = words[index]
    if len(word.key) < 3 or word.harmless and not _named(words, index):
        return None
    named = _named(words, index)
    listed = word.key in given() or word.listed and "-" not in word.key and len(word.key) > 4
    if not word.known and (listed or named):
        last = index
        while (
            last + 1 < len(words)
            and words[last + 1].gap == " "
            and not words[last + 1].known
            and words[last + 1].listed
        ):
            last += 1
        sure = named or len(word.key) > 3 and word.key in given() or word.key in family() and last > index
        reason = "follows a word that announces a name" if named else "is in the list of names"
        return _marked(words, index, last, likely=bool(sure), reason=reason), last + 1
    if word.key in kept("places") and not word.known:
        near = index > 0 and words[index - 1].key in _PLACING
        return mark(word.start, word.stop, "place", "is a town or a region", likely=near, instead="a town"), index + 1
    if listed and (named and word.key not in _VERBISH or _the_role(words, index)):
        return _marked(
            words, index, index, likely=True, reason="looks like a name, because of the words beside it"
        ), index + 1
    if strict and listed and word.key not in _VERBISH and index > 0 and words[index - 1].key in _KIN:
        return _marked(words, index, index, likely=False, reason="may be a name"), index + 1
    if (
        strict
        and not word.known
        and not word.harmless
        and len(word.key) > 3
        and (index and words[index - 1].key in _PLACING | _KIN or _follows_human(words, index))
    ):
        return _marked(words, index, index, likely=False, reason="is no everyday word"), index + 1
    return None


def _follows_human(words: list[Token], index: int) -> bool:
    return index + 1 < len(words) and words[index + 1].gap == " " and words[index + 1].key in _DEEDS


def _named(words: list[Token], index: int) -> bool:
    """Whether the words before say that a name comes: "called", "her name was", "my nurse was"."""
    before = [word.key for word in words[max(0, index - 3) : index]]
    if not before or re.search(r"[.!?\n]", words[index].gap):
        return False
    if before[-1] in ("called", "named", "name's", "nicknamed"):
        return (
            before[-2:-1] != ["she"]
            and before[-2:-1] != ["he"]
            and before[-2:-1] != ["they"]
            and before[-2:-1] != ["i"]
            or before[-1] == "named"
        )
    if before[-1] in ("is", "was", "were") and len(before) > 1:
        return before[-2] in ("name", "names") or (
            before[-2] in _KIN and words[index].listed and not words[index].known
        )
    return False


def _the_role(words: list[Token], index: int) -> bool:
    """Whether "the nurse", "the chemo nurse" follows: "grace the chemo nurse"."""
    after = words[index + 1 : index + 4]
    if words[index].key in _VERBISH or not after or after[0].key not in ("the", "my", "our", "from"):
        return False
    return (
        any(word.key in _KIN and word.key in kept("roles") for word in after[1:])
        and all(word.gap == " " for word in after)
        and (
            index == 0
            or words[index - 1].key
            in ("and", "then", "but", "so", "when", "because", "with", "to", "by", "from", "for", "thank", "thanks")
        )
    )


def _why(words: list[Token], index: int, *, strict: bool, lower: Container[str]) -> tuple[bool, str] | None:
    """Whether a word with a capital letter is likely or possibly a name, and why; None if it is none."""
    word = words[index]
    if len(word.key) < 2 or word.key in TITLES:
        return _initial(words, index, strict=strict)
    if word.harmless or word.role and word.key not in given():
        return _like_a_name(words, index) if word.key in given() else None
    if word.caps:
        return _capitals(words, index, strict=strict)
    if _eponym(words, index):
        return None
    named = _named(words, index) or index > 0 and words[index - 1].key in _NAMING and not word.opens
    if word.known and not (named and not word.opens) and word.key not in given() and word.key not in kept("places"):
        rare = strict and not (word.opens or word.key in lower)
        return (False, "has a capital letter in mid-sentence") if rare else None
    if word.opens and not named:
        return _opening(words, index, strict=strict, lower=lower)
    return _inside(words, index, named=bool(named), strict=strict)


def _like_a_name(words: list[Token], index: int) -> tuple[bool, str] | None:
    if _follows_human(words, index) or _named(words, index):
        return (words[index].key not in kept("harmless"), "looks like a name, because of the words beside it")
    return None


def _initial(words: list[Token], index: int, *, strict: bool) -> tuple[bool, str] | None:
    """An initial: "T.A.", "Mary K."."""
    word = words[index]
    if len(word.text) != 1 or word.text in "IAO" and words[index].opens or index + 1 >= len(words):
        return None
    after = words[index + 1]
    if (
        after.gap in (".", ". ")
        and after.cap
        and len(after.text) == 1
        and (word.text + after.text)
        not in ("UK", "US", "PS", "RN", "MD", "IV", "IT", "ER", "OT", "EU", "NB", "PE", "AE", "GP")
    ):
        return (index > 0 and words[index - 1].key in ("initials", "signed"), "looks like initials")
    if after.gap == ". " and after.cap and not after.known and not after.harmless:
        return (True, "looks like an initial and a name")
    return None


def _capitals(words: list[Token], index: int, *, strict: bool) -> tuple[bool, str] | None:
    """A word in capitals only, which is most often an abbreviation."""
    word = words[index]
    if word.key in given() and not word.known and len(word.key) > 3:
        return (True, "is in the list of names")
    if strict and len(word.key) > 2 and (word.listed or not word.known and len(word.key) > 5):
        return (False, "may be a name in capitals")
    return None


def _medical(words: list[Token], index: int) -> bool:
    """Whether what follows makes a capitalised word a disease, a score or a drug."""
    after = words[index + 1 : index + 3]
    owned = words[index].stop != words[index].end
    if (
        after
        and after[0].gap in (" ", "-")
        and (after[0].key in _MEDICAL or owned and len(after) > 1 and after[1].key in _MEDICAL)
    ):
        return True
    return False


def _eponym(words: list[Token], index: int) -> bool:
    word = words[index]
    if _medical(words, index) and (not _titled_before(words, index)) and word.key not in given():
        return True
    parts = word.key.split("-")
    if not all(part in kept("eponyms") for part in parts):
        return _medical(words, index) and word.stop != word.end
    if _medical(words, index) or len(parts) > 1:
        return True
    return (
        word.key not in given()
        and not (index and words[index - 1].key in given() and words[index - 1].cap)
        and not (index + 1 < len(words) and words[index + 1].key in _DEEDS)
    )


def _titled_before(words: list[Token], index: int) -> bool:
    return index > 0 and words[index - 1].key in TITLES


def _opening(words: list[Token], index: int, *, strict: bool, lower: Container[str]) -> tuple[bool, str] | None:
    """A capitalised word that opens a sentence, where every word has a capital letter."""
    word = words[index]
    after = words[index + 1] if index + 1 < len(words) else None
    surname = (
        after is not None
        and after.gap == " "
        and after.cap
        and not after.caps
        and not after.harmless
        and not after.role
        and (not after.known or after.listed)
    )
    does = _follows_human(words, index)
    if word.known and word.key in given():
        if surname or does and word.key not in ("will", "may", "can") or _and_a_name(words, index):
            return True, "looks like a name, because of the words beside it"
        return (False, "is a name and an everyday word") if strict and word.key not in lower else None
    if word.listed and word.key not in kept("eponyms"):
        sure = len(word.key) > 2 and (
            word.key in given() or does or surname or after is not None and after.key in _HUMAN | _BE
        )
        return sure or strict and None or sure, "is in the list of names"
    if word.key in kept("places"):
        return True, "is a town or a region"
    if after is not None and (
        does or surname or after.gap == " " and after.key in _HUMAN and not _SURE_DRUG.fullmatch(word.key)
    ):
        return True, "is no everyday word, and what follows reads as after a name"
    if word.key in lower or _DRUG.fullmatch(word.key) and not strict or _PEOPLES.fullmatch(word.key):
        return None
    return False, "is no everyday word"


def _and_a_name(words: list[Token], index: int) -> bool:
    """Whether "and Tom" follows."""
    if index + 2 >= len(words) or words[index + 1].key not in ("and", "&"):
        return False
    other = words[index + 2]
    return other.cap and other.listed and not other.known


def _inside(words: list[Token], index: int, *, named: bool, strict: bool) -> tuple[bool, str] | None:
    """A capitalised word in mid-sentence."""
    word, before = words[index], words[index - 1].key if index else ""
    after = words[index + 1] if index + 1 < len(words) else None
    if named:
        return True, "follows a word that announces a name"
    if word.known:
        company = after is not None and after.gap == " " and after.cap and after.known and not after.listed
        company = (
            company
            or index > 0
            and word.gap == " "
            and words[index - 1].cap
            and words[index - 1].known
            and not words[index - 1].opens
            and not words[index - 1].listed
        )
        if word.key in kept("places") and before in _PLACING:
            return True, "is a town or a region"
        if company or before in _ARTICLES or word.key not in given():
            return (False, "may be a name") if strict else None
        return True, "has a capital letter and is in the list of names"
    if word.key in given() or word.key in family() and before not in _ARTICLES:
        return True, "has a capital letter and is in the list of names"
    if word.key in kept("places"):
        return True, "is a town or a region"
    if _SURE_DRUG.fullmatch(word.key) or word.gap and any(map(str.isdigit, word.gap)):
        return (False, "is no everyday word") if strict else None
    if _PEOPLES.fullmatch(word.key) or word.key.endswith("s") and word.key[:-1] in kept("harmless"):
        return (False, "is no everyday word") if strict else None
    if (
        before in _ARTICLES
        or before in _OWNERS
        and word.key not in family()
        or before in _USING - _PLACING
        and before not in ("by", "with", "like", "tried")
        or _DRUG.fullmatch(word.key)
        and before in _USING
    ):
        return False, "has a capital letter and is no everyday word"
    return True, "has a capital letter in mid-sentence and is no everyday word"


def _stretch(words: list[Token], index: int) -> tuple[int, int]:
    """The first and the last word of a name that holds this one: initials, particles, other capitalised words."""
    last = index
    while last + 1 < len(words) and last - index < 6:
        if _goes_on(words, last + 1):
            last += 1
        elif (
            words[last + 1].key in _PARTICLES
            and words[last + 1].gap == " "
            and (
                words[last + 1].cap
                or last + 2 < len(words)
                and words[last + 2].cap
                and words[last + 2].gap in (" ", "-")
            )
            and last + 2 < len(words)
            and words[last + 2].cap
            and words[last + 2].gap in (" ", "-", "'")
            and not words[last + 2].harmless
        ):
            last += 2
        else:
            break
    first = index
    while first > 0 and index - first < 3 and words[first].gap == " " and _leads(words, first - 1):
        first -= 1
    return first, last


def _goes_on(words: list[Token], index: int) -> bool:
    word, before = words[index], words[index - 1]
    if word.opens or not word.cap or before.stop != before.end:
        return False
    if word.gap in (".", ". ") and len(before.text) == 1:
        return True
    if word.gap != " ":
        return False
    if len(word.text) == 1:
        return word.text != "I"
    return not word.harmless and not word.role and not word.caps and word.key not in TITLES


def _leads(words: list[Token], index: int) -> bool:
    """Whether a capitalised word before a name is its first part: "Faith Moorehouse"."""
    word = words[index]
    return (
        word.cap
        and not word.harmless
        and not word.role
        and not word.caps
        and (not word.known or word.key in given())
        and len(word.key) > 1
    )


def _marked(
    words: list[Token], first: int, last: int, *, likely: bool, reason: str, title: Token | None = None
) -> Identifier:
    """The identifier from one word to another, with words to put there."""
    word = words[first]
    before = words[first - 1].key if first else ""
    if title is None and (
        before in _PLACING - {"to", "from", "of", "left"}
        and word.key not in given()
        or word.key in kept("places")
        and word.key not in given()
    ):
        return mark(word.start, words[last].stop, "place", reason, likely=likely)
    return mark(word.start, words[last].stop, "name", reason, likely=likely, instead=_someone(words, first, title))


def _someone(words: list[Token], first: int, title: Token | None) -> str:
    """The role to write instead of the name: "the nurse", "the doctor"."""
    role = title.key if title else ""
    if role in ("dr", "doctor", "prof", "professor"):
        role = "doctor"
    elif not role or role in TITLES or role in ("hi", "hello", "hey", "dear", "little", "big", "umm", "abu"):
        return "a person"
    return role if first and words[first - 1].key in _ARTICLES | _OWNERS else f"the {role}"
