"""People, and towns, by their words: what stands before them, capital letters, and lists of names."""

from __future__ import annotations

from collections.abc import Container, Iterator

from . import cues
from .context import Context
from .identifier import Identifier, mark
from .tokens import Token, is_joined
from .word_lists import family, kept, kept_in

_LISTED = "may be somebody's name: it is in a list of names"
_BESIDE = "may be somebody's name, going by the words next to it"
_MIDDLE = "may be a name: it has a capital letter and is not an everyday word"
_ANNOUNCED = "looks like a name, because the words before it introduce one"
_UNUSUAL = "may be a name: it is not an everyday word"
_TOWN = "looks like a town or a region"
_CAPITAL = "may be a name: it has a capital letter in the middle of a sentence"
_BOTH = "is an everyday word, and somebody's name too"
_NO_INITIALS = kept_in("no initials")
_FAMILY = kept_in("family")

_ADMITTED = ("admitted", "readmitted", "discharged", "transferred")
_MOVED = ("moved", "taken", "took", "brought", "sent", "driven", "drove", "airlifted")
_WHOM = ("me", "him", "her", "us", "them", "back", "over", "up", "down")


class Reader(Context):
    """One reading of the words of a text."""

    def people(self) -> Iterator[Identifier]:
        """Every name of a person, and every town that only its word gives away."""
        index = 0
        while index < len(self.words):
            found, after = self._at(index)
            if found:
                yield found
            index = max(index + 1, after)

    def _at(self, index: int) -> tuple[Identifier | None, int]:
        """What begins at this word, and the place of the word after it."""
        word = self.words[index]
        if titled := self._titled(index):
            return titled
        if not word.cap:
            return self._small(index)
        judged = self._judged(index)
        if judged is None:
            return None, index
        first, last = self._stretch(index)
        return self._mark(first, last, likely=judged[0], reason=judged[1]), last + 1

    def _titled(self, index: int) -> tuple[Identifier, int] | None:
        """A title, or what people are to each other, and the name after it."""
        word = self.words[index]
        if word.key not in cues.TITLES and word.key not in cues.KIN or index + 1 >= len(self.words):
            return None
        name, title = self.words[index + 1], word.key in cues.TITLES
        if (after := self.past_particles(index + 1)) and (title or word.cap or self.words[after].listed):
            _, last = self._stretch(after)
            return self._mark(index, last, likely=True, reason=_after(word), title=word.key), last + 1
        if name.gap not in (" ", "\u00a0") and not (title and name.gap in (". ", ".", ".\u00a0")):
            return None
        if not (_after_title(word, name) if title else self._after_kin(index)):
            return None
        _, last = self._stretch(index + 1)
        return self._mark(index, last, likely=True, reason=_after(word), title=word.key), last + 1

    def _after_kin(self, index: int) -> bool:
        word, name = self.words[index], self.words[index + 1]
        if name.harmless or name.caps or name.role and not name.given:
            return False
        if not name.cap:
            return word.key in ("abu", "umm", "mama", "baba") and name.listed and not name.known
        return name.listed or not name.known and not self.medical(index + 1)

    def _small(self, index: int) -> tuple[Identifier | None, int]:
        """A name in small letters."""
        word = self.words[index]
        if word.known:
            return self._small_and_everyday(index)
        if len(word.key) < 3 or word.harmless or word.key in cues.TITLES:
            return None, index
        announced, last = self.announced(index), index
        if announced or word.listed:
            while (after := self.next(last)) and not after.known and after.listed and not after.harmless:
                last += 1
            sure = announced or len(word.key) > 3 and word.given or last > index
            if sure or self.strict or word.key in family() and len(word.key) > 4:
                reason = _ANNOUNCED if announced else _LISTED
                return self._mark(index, last, likely=sure, reason=reason), last + 1
        if word.place:
            near = self.key(index - 1) in cues.PLACING
            return mark(word.start, word.stop, "place", _TOWN, likely=near, instead="a town"), index + 1
        after = self.next(index)
        does = after is not None and after.key in cues.DEEDS
        if self.strict and len(word.key) > 3 and (does or self._stands_by_a_name(index)) and not _is_shaped(word):
            return self._mark(index, index, likely=False, reason=_UNUSUAL), index + 1
        return None, index

    def _stands_by_a_name(self, index: int) -> bool:
        """Whether a name often follows the word before: "from leeds", "my nephew tuuli", not "my nephew's tea"."""
        before = self.key(index - 1)
        return before in cues.PLACING or before in cues.KIN and not self.words[index - 1].owns

    def _small_and_everyday(self, index: int) -> tuple[Identifier | None, int]:
        """A name in small letters that is an everyday word too: "grace the chemo nurse"."""
        word = self.words[index]
        if not word.given or word.harmless or len(word.key) < 3:
            return None, index
        after, before = self.next(index), self.key(index - 1)
        verbish = word.key in cues.VERBISH
        opens = word.opens or before in ("and", "then", "but", "so", "when", "because", "nurse", "sister")
        does = after is not None and opens and after.key in (cues.SPEAKING if verbish else cues.DEEDS)
        if does or not verbish and (self.announced(index) or self.is_called_a_role(index)):
            return self._mark(index, index, likely=True, reason=_BESIDE), index + 1
        kin = before in cues.KIN and not self.words[index - 1].owns
        if not verbish and (before in ("nurse", "auntie", "uncle") or self.strict and kin):
            return self._mark(index, index, likely=before == "nurse", reason=_BESIDE), index + 1
        return None, index

    def _judged(self, index: int) -> tuple[bool, str] | None:
        """Whether a word with a capital letter is likely or possibly a name, and why; None if it is none."""
        word = self.words[index]
        if len(word.key) < 2:
            return self._initial(index)
        if word.key in cues.TITLES or word.role and not word.given:
            return None
        if word.harmless:
            after = self.next(index)
            strong = self.strict and word.given and after is not None and after.key in cues.DEEDS
            return (False, _BESIDE) if strong else None
        if word.caps:
            return self._capitals(index)
        if self.famous(index):
            return None
        if self.eponym(index):
            return None
        if self.announced(index) and (not word.known or word.given or self.key(index - 1) != "called"):
            return True, _ANNOUNCED
        greeted = self.key(index - 1) in cues.GREETING and not word.opens and (not word.known or word.given)
        if greeted:
            return True, _ANNOUNCED
        return self._opening(index) if word.opens else self._inside(index)

    def _initial(self, index: int) -> tuple[bool, str] | None:
        """One letter: "T.A.", "J. Lindqvist"."""
        word, after = self.words[index], self.words[index + 1] if index + 1 < len(self.words) else None
        if after is None or not after.cap or not word.text.isalpha():
            return None
        if after.gap in (".", ". ") and len(after.text) == 1 and (word.text + after.text).lower() not in _NO_INITIALS:
            third = self.words[index + 2] if index + 2 < len(self.words) else None
            named = third is not None and third.gap in (". ", ".") and third.cap and not (third.known or third.harmless)
            return named or self.key(index - 1) in ("initials", "signed"), "looks like initials"
        if after.gap in (". ", ".") and not after.known and not after.harmless:
            return True, "looks like an initial and a name"
        return None

    def _capitals(self, index: int) -> tuple[bool, str] | None:
        """A word in capitals, which is most often an abbreviation."""
        word = self.words[index]
        if word.given and not word.known and len(word.key) > 3:
            return True, _LISTED
        shouted = word.listed and (len(word.key) > 4 or self.shouts(index))
        if self.strict and len(word.key) > 2 and (shouted or not word.known and len(word.key) > 5):
            return False, "may be a name, written in capitals"
        return None

    def _opening(self, index: int) -> tuple[bool, str] | None:
        """A word that opens a sentence, where every word has a capital letter."""
        word, after = self.words[index], self.next(index)
        named = after is not None and after.cap and not (after.caps or after.harmless or after.role)
        surname = named and after is not None and (not after.known or after.listed)
        if word.known:
            return self._opening_everyday(index, after, surname=surname)
        if word.listed:
            sure = surname or after is not None and after.key in cues.DOES or self.introduced(index)
            likely = len(word.key) > 2 and word.given or sure
            return (likely, _LISTED) if likely or self.strict else None
        if word.place:
            return True, _TOWN
        if word.key in self.lower or word.rare and not self.introduced(index):
            return None
        shaped = word.key.endswith(cues.DRUGS) or word.key.endswith(cues.PEOPLES)
        done = self.key(index + 1) in cues.BEING and self.key(index + 2) in cues.DONE
        done = done or word.key.endswith(cues.MAYBE_DRUGS)
        does = after is not None and after.key in cues.DOES and not done
        acts = after is not None and after.known and after.key[-2:] == "ed" and after.key not in cues.DONE
        foreign = not word.text.strip("'’").isascii() and any(map(str.isalpha, word.key))
        does = does or acts or after is not None and after.key in cues.DEEDS
        if foreign or surname or self.introduced(index) or (does or self.is_somebody(index)) and not shaped:
            return True, "looks like a name, going by the words after it"
        return None if shaped and not self.strict else (False, _UNUSUAL)

    def _opening_everyday(self, index: int, after: Token | None, *, surname: bool) -> tuple[bool, str] | None:
        """An everyday word that opens a sentence and may be a name: "Grace asked", "Will this hurt?"."""
        word = self.words[index]
        if not word.given:
            return None
        deeds = cues.SPEAKING if word.key in ("will", "may", "can") else cues.DEEDS
        does = after is not None and after.key in deeds or word.shortens
        other = self.words[index + 2] if index + 2 < len(self.words) and self.key(index + 1) in ("and", "&") else None
        pair = other is not None and other.cap and other.listed and not other.known
        if does or pair or self.introduced(index) or surname and word.key not in ("will", "may", "can"):
            return True, _BESIDE
        noun = after is not None and after.key not in deeds and self.describes_a_thing(index)
        return (False, _BOTH) if self.strict and word.key not in self.lower and not noun else None

    def _inside(self, index: int) -> tuple[bool, str] | None:
        """A capitalised word in mid-sentence."""
        word, before = self.words[index], self.key(index - 1)
        weak = (False, _CAPITAL)
        if word.known:
            return self._inside_everyday(index, before)
        if self.describes(index):
            return weak
        if word.given or word.key in family() and before not in cues.ARTICLES or word.listed and "-" in word.key:
            return True, _LISTED
        if word.place or word.key in family() and self.stands_in(index):
            return True, _TOWN
        if (word.rare or self.sells(index)) and not self.introduced(index):
            return weak
        plural = word.key[-1:] == "s" and word.key[:-1] in kept("harmless")
        if plural or word.key.endswith(cues.DRUGS) or word.key.endswith(cues.PEOPLES) or self.medical(index):
            return weak if self.strict else None
        owned = before in cues.ARTICLES or before in cues.OWNERS
        if word.text.isascii() and (owned or before in cues.USING and before not in ("by", "via", "on")):
            return False, _MIDDLE
        return True, _MIDDLE

    def _inside_everyday(self, index: int, before: str) -> tuple[bool, str] | None:
        word, last, after = self.words[index], self.words[index - 1], self.next(index)
        if word.place and before in cues.PLACING:
            return True, _TOWN
        heading = after is not None and after.cap and after.known and not after.given
        heading = heading or word.gap == " " and last.cap and last.known and not last.opens and not last.given
        if word.given and not heading and not self.is_thing(index) and before not in cues.ARTICLES:
            return True, _LISTED
        return (False, _CAPITAL) if self.strict and not self._is_written_small(word) else None

    def _is_written_small(self, word: Token) -> bool:
        """Whether nobody takes it for a name: it stands in small letters somewhere, or is made of everyday words."""
        made = len(word.key) < 2 or word.key.endswith("n't") or word.shortens or is_joined(word.key)
        return word.key in self.lower or word.key in cues.FUNCTION or made and not word.given

    def _stretch(self, index: int) -> tuple[int, int]:
        """The first and the last word of the name that holds this one, with initials, particles and surnames."""
        first = last = index
        while last - index < 6 and (step := self._step(last)):
            last += step
        while first > 0 and index - first < 3 and self.words[first].gap == " " and self.leads(first - 1):
            first -= 1
        return first, last

    def _step(self, last: int) -> int:
        """How many more words belong to the name after its last: 1, 2 with a particle, or none."""
        if last + 1 >= len(self.words) or self.words[last].owns:
            return 0
        if self.goes_on(last + 1) or self.shouts_on(last + 1):
            return 1
        particle = self.words[last + 1].key in cues.PARTICLES and self.words[last + 1].gap == " "
        more = 2
        while particle and more < 4 and self.key(last + more) in cues.PARTICLES and not self.words[last + more].cap:
            more += 1
        return more if particle and last + more < len(self.words) and self.goes_on(last + more) else 0

    def _mark(self, first: int, last: int, *, likely: bool, reason: str, title: str = "") -> Identifier:
        """The identifier from one word to another, with words to put there."""
        word, before = self.words[first], self.key(first - 1)
        town = word.place or before in cues.PLACING - {"to", "from", "of", "left", "behind", "over", "around"}
        if not title and town and not word.given:
            return mark(word.start, self.words[last].stop, "place", reason, likely=likely, instead="a town")
        if reason == _ANNOUNCED:
            return mark(word.start, self.words[last].stop, "name", reason, likely=likely, instead="[name]")
        if not title and not word.listed and (place := self._taken_to(first)):
            return mark(word.start, self.words[last].stop, "name", reason, likely=likely, instead=place)
        instead = _role(title, determined=before in cues.ARTICLES | cues.OWNERS)
        return mark(word.start, self.words[last].stop, "name", reason, likely=likely, instead=instead)

    def _taken_to(self, index: int) -> str:
        """What a name that nobody bears stands for where somebody is brought there: "admitted to Ryhov"."""
        way, before, earlier = (self.key(index - back) for back in (1, 2, 3))
        if way not in ("to", "from", "at"):
            return ""
        if before in _ADMITTED or earlier in _ADMITTED:
            return "a hospital"
        moved = before in _MOVED or earlier in _MOVED and before in _WHOM
        return "a place" if way == "at" or moved else ""


def people(words: list[Token], *, strict: bool, lower_vocabulary: Container[str]) -> Iterator[Identifier]:
    """Every name of a person, and every town that only its word gives away."""
    return Reader(words, strict=strict, lower=lower_vocabulary).people()


def _after_title(title: Token, name: Token) -> bool:
    """Whether this is a name after a title: "Dr Will", "mrs okafor", and not "the doctor told"."""
    if name.role and not name.given or name.key in cues.FUNCTION or name.key in cues.TITLES:
        return False
    if not name.known or name.listed and title.key in cues.SURE_TITLES:
        return not name.harmless or name.cap and title.key in cues.SURE_TITLES and (name.given or title.key != "dr")
    return name.cap and title.cap and (title.key in cues.SURE_TITLES or name.listed)


def _is_shaped(word: Token) -> bool:
    """Whether it is a seldom word of English, or the name of a drug or a disease by its ending."""
    return word.rare or word.key.endswith(cues.DRUGS) or word.key.endswith(cues.PEOPLES)


def _role(title: str, *, determined: bool) -> str:
    """The role to write instead of the name: "the nurse", "the doctor"."""
    role = "doctor" if title in ("dr", "doctor", "prof", "professor") else title
    if not role or role in cues.TITLES and role != "doctor" or role in ("umm", "abu", "mate", "guy"):
        return "a person"
    return role if determined else f"my {role}" if role in _FAMILY else f"the {role}"


def _after(word: Token) -> str:
    return f"looks like a name, because it follows '{word.text}'"
