"""What the words around a word say: that a name comes, that a role follows, that a disease is called after somebody."""

from __future__ import annotations

from collections.abc import Container

from . import cues
from .tokens import Token
from .word_lists import kept, kept_in

_DETERMINERS = cues.ARTICLES | cues.OWNERS | {"one"}
_NO_NOUNS = cues.FUNCTION | cues.DOES | cues.BEING | kept_in("household")


class Context:
    """The words of a text, each seen with its neighbours."""

    def __init__(self, words: list[Token], *, strict: bool, lower: Container[str]):
        self.words, self.strict, self.lower = words, strict, lower

    def key(self, index: int) -> str:
        """The word at this place in plain letters; nothing beyond the ends of the text."""
        return self.words[index].key if 0 <= index < len(self.words) else ""

    def next(self, index: int) -> Token | None:
        """The word after this one, if only a space is between them."""
        after = self.words[index + 1] if index + 1 < len(self.words) else None
        return after if after is not None and after.gap == " " else None

    def past_particles(self, index: int) -> int:
        """The place of the name after "van der"; 0 if there is none."""
        first = index
        while index < len(self.words) and index - first < 4 and self.words[index].key in cues.PARTICLES:
            if self.words[index].gap not in (" ", ". ", "."):
                return 0
            index += 1
        name = self.words[index] if first < index < len(self.words) else None
        return index if name and name.cap and name.gap in (" ", "'", "’") and not (name.harmless or name.role) else 0

    def is_somebody(self, index: int) -> bool:
        """Whether who this is follows: "is the sort of nurse who"."""
        after = self.words[index + 1 : index + 7]
        if len(after) < 3 or after[0].key not in ("is", "was") or after[1].key not in _DETERMINERS:
            return False
        return any(word.key in cues.KIN and not word.owns for word in after[2:])

    def announced(self, index: int) -> bool:
        """Whether the words before say that a name comes: "a nurse called", "her name was", "my nurse was"."""
        word, before, earlier = self.words[index], self.key(index - 1), self.key(index - 2)
        if index == 0 or word.gap.strip("'‘’\"“” ") or word.role or word.key in cues.FUNCTION:
            return False
        if before in ("him", "her", "them", "me", "calls", "call") and word.cap and (word.given or not word.known):
            return before[:4] == "call" or earlier in ("call", "calls", "called", "calling", "named", "name")
        if before in cues.NAMING:
            return (
                before != "called"
                or earlier not in ("she", "he", "they", "i", "we", "who", "and", "then")
                or word.given
            )
        if before in ("is", "was", "were"):
            return earlier in ("name", "names", "surname") or earlier in cues.KIN and word.listed and not word.known
        return False

    def introduced(self, index: int) -> bool:
        """Whether who this is follows, between commas: ", the night HCA,"."""
        after = self.words[index + 1 : index + 6]
        if len(after) < 2 or after[0].gap not in (", ", " (", " - ", " – ", " — ") or after[0].key not in _DETERMINERS:
            return False
        for word in after[1:]:
            if word.gap not in (" ", "-") or word.key in cues.DOES:
                return False
            if word.key in cues.KIN or word.role or word.key.removesuffix("s") in cues.KIN:
                return True
        return False

    def is_called_a_role(self, index: int) -> bool:
        """Whether "the nurse" or ", the chemo nurse" follows."""
        if self.introduced(index):
            return True
        after = self.words[index + 1 : index + 4]
        opens = self.words[index].opens or self.key(index - 1) in (
            "and", "then", "but", "so", "when", "because", "with", "to", "by", "from", "for", "thank", "thanks",
        )  # fmt: skip
        if not after or after[0].key not in ("the", "my", "our", "from") or not opens:
            return False
        return all(word.gap == " " for word in after) and any(word.key in cues.KIN and word.role for word in after[1:])

    def famous(self, index: int) -> bool:
        """Whether everybody knows these two words, or the shop: "Marie Curie", "Nando's is"."""
        word, after = self.words[index], self.next(index)
        if f"{word.key}_{self.key(index + 1)}" in cues.FAMOUS or f"{self.key(index - 1)}_{word.key}" in cues.FAMOUS:
            return True
        shop = word.owns and f"{word.key}'s" in kept("harmless")
        return shop and (after is None or after.key in cues.FUNCTION | cues.BEING)

    def medical(self, index: int) -> bool:
        """Whether what follows makes a capitalised word a disease, a score, a drug or a device."""
        for step in range(1, 4):
            after = self.words[index + step] if index + step < len(self.words) else None
            if after is None or after.gap not in (" ", "-", "'s ", "' ", "’ ", ", "):
                return False
            if after.key in cues.MEDICAL:
                return after.gap != ", " or after.key in ("mg", "ml", "mcg", "units")
            if not (after.cap and after.known or after.gap == ", " or step == 1 and self.words[index].owns):
                return False
        return False

    def eponym(self, index: int) -> bool:
        """Whether the name is that of somebody long dead, after whom a disease or a score is called."""
        word, before = self.words[index], self.key(index - 1)
        if before in cues.TITLES:
            return False
        medical = self.medical(index)
        if medical and (not word.given or before in cues.ARTICLES):
            return True
        parts = word.key.split("-")
        if not any(part in kept("eponyms") or part in kept("inventors") for part in parts):
            return medical and word.owns
        after = self.next(index)
        if medical or len(parts) > 1 and not word.given or word.owns and (after is None or after.key in cues.FUNCTION):
            return True
        if parts[0] in kept("inventors"):
            return False
        named = index > 0 and self.words[index - 1].cap and self.words[index - 1].given
        return not (word.given or named or after is not None and after.key in cues.DEEDS)

    def describes(self, index: int) -> bool:
        """Whether it stands before a noun, as in "the Helsinki Declaration"."""
        word, after = self.words[index], self.next(index)
        if word.place and self.key(index - 1) not in cues.PLACING and after and after.cap and after.known:
            return not (after.listed or after.caps or len(after.text) < 3)
        if self.key(index - 1) not in cues.ARTICLES or word.owns:
            return word.place and self.key(index - 1) in cues.OWNERS
        if after is None:
            return not self.stands_in(index)
        return after.known and after.key not in _NO_NOUNS and not (after.given and after.cap)

    def describes_a_thing(self, index: int) -> bool:
        """Whether a noun follows, as after no name: "Bright lights", "Per the letter"."""
        after = self.next(index)
        if after is None or after.cap:
            return False
        noun = after.known and not after.key.endswith(("ed", "ly")) and after.key not in _NO_NOUNS
        return noun or after.key in ("the", "a", "an", "this", "these", *cues.OWNERS)

    def shouts(self, index: int) -> bool:
        """Whether a word beside it is in capitals too, as in a text that is typed so."""
        beside = [self.words[at] for at in (index - 1, index + 1) if 0 <= at < len(self.words)]
        return any(len(word.key) > 2 and word.caps for word in beside)

    def shouts_on(self, index: int) -> bool:
        """Whether a surname in capitals goes on with a name in capitals: "NURSE JESSICA BROWN"."""
        word, before = self.words[index], self.words[index - 1]
        if word.gap not in (" ", "-") or not (before.caps and word.caps) or len(word.key) < 3:
            return False
        if (
            word.harmless
            or word.role
            or word.key in cues.FUNCTION | cues.DOES | cues.BEING | cues.TITLES | cues.PLACING
        ):
            return False
        return not word.known or word.listed or not word.key.endswith(("ed", "ly", "ing", "s", "ful"))

    def is_thing(self, index: int) -> bool:
        """Whether an everyday word is no name here: "; frank talk helps", "tea, patience", "our dean"."""
        word, after = self.words[index], self.next(index)
        does = after is not None and (after.key in cues.DOES or after.key.endswith("ed"))
        if word.owns or does or word.gap == " ":
            return word.role and self.key(index - 1) in cues.OWNERS
        noun = after is not None and after.known and not after.cap and after.key not in _NO_NOUNS
        return noun or word.key in cues.VIRTUES and word.after != ","

    def stands_in(self, index: int) -> bool:
        """Whether it is a place by its name alone: "from the Maudsley"."""
        after = self.next(index)
        free = after is None or after.key in cues.FUNCTION | cues.DOES
        return free and self.key(index - 1) == "the" and self.key(index - 2) in ("from", "at", "to", "near", "reached")

    def sells(self, index: int) -> bool:
        """Whether a firm or a drug is likelier: "works for Siemens", "put on Clopidogrel"."""
        before, earlier = self.key(index - 1), self.key(index - 2)
        return before in ("by", "for", "from", "at", "with") and earlier in cues.SELLING or before == "on"

    def leads(self, index: int) -> bool:
        """Whether a capitalised word before a name is its first part: "Faith Moorehouse"."""
        word = self.words[index]
        if not word.cap or word.harmless or word.role or word.caps or len(word.key) < 2:
            return False
        return not word.known or word.given or word.key in cues.LEADING

    def goes_on(self, index: int) -> bool:
        word, before = self.words[index], self.words[index - 1]
        if not word.cap or word.opens and word.gap != ".":
            return False
        if word.gap in (".", ". ") and len(before.text) == 1:
            return True
        if word.gap not in (" ", "-", "\u00a0", "'", "’"):
            return False
        if len(word.text) == 1:
            return word.text != "I"
        return not (word.harmless or word.role or word.caps or word.key in cues.TITLES)
