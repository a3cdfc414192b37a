"""Scrub a frame of responses: find what points to a person, and propose for each text what could stand there instead.

What comes out is de-identified and not more: people who were there may still recognise the story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pandas as pd

from ..exports.cells import said_yes
from ..exports.frames import KEY, need, newest, shared_key, with_study
from ..identifiers import in_english
from ..text.limits import counted, visible
from .disclosure import Risk, risk, suppress
from .external_finders import external_finders
from .finders import Finder, Found, lower_vocabulary, merge_overlapping, phone_finder, roster_finder, rule_finder
from .proposals import Change, Proposal

__all__ = ["Risk", "Scrubbed", "covered", "proposed", "risk", "scrub", "suppress"]

NEEDED = ("session", "pseudonym", "question", "text")
AGREED = "research_use"
"""The column that says whether a learner agreed to research and export."""

OLDEST = 89
"""Years; a higher age, or a year of birth before that, is rare enough to point to somebody."""


@dataclass(frozen=True)
class Scrubbed:
    """What is proposed for every text whose learner agreed to its being shared."""

    proposals: tuple[Proposal, ...] = field(repr=False)
    left_out: int = 0
    """Texts whose learners did not agree."""
    withheld: frozenset[tuple[str, ...]] = field(default=frozenset(), repr=False)
    """Which answers of the frame are not among the proposals: their learners did not agree, or they are empty."""

    def __repr__(self) -> str:
        """Without texts, because a repr ends up in notebook files."""
        changes = sum(len(text.changes) for text in self.proposals)
        unread = f"; {self.not_checked} not checked: not English" if self.not_checked else ""
        without = f"; {self.left_out} more without consent" if self.left_out else ""
        return f"<Scrubbed {counted(len(self.proposals), 'text')}, {counted(changes, 'change')}{unread}{without}>"

    @property
    def not_checked(self) -> int:
        """How many texts were not checked for names, places and dates, because they are not in English."""
        return sum(not text.checked for text in self.proposals)

    def counts(self) -> pd.DataFrame:
        """How many changes of each kind (row) each finder (column) led to; several can find the same."""
        found = [(one.kind, by) for text in self.proposals for one in text.changes for by in one.by.split(", ")]
        return pd.DataFrame(found, columns=["kind", "by"]).groupby(["kind", "by"]).size().unstack(fill_value=0)

    def to_frame(self) -> pd.DataFrame:
        """Each text as it was written (`text`) and as it is proposed (`proposed`): to be shown with `show_texts`."""
        rows = [(*text.place[:4], text.original, text.proposed) for text in self.proposals]
        return pd.DataFrame(rows, columns=[*KEY, "text", "proposed"])


def scrub(
    frame: pd.DataFrame,
    *,
    roster: Iterable[str] | str = (),
    regions: Sequence[str] = ("GB", "US", "SE"),
    helpers: Sequence[str] = (),
) -> Scrubbed:
    """Propose a de-identified text for the newest text of every answer whose learner agreed to this use.

    `frame` is as `read_csv` or `read_store` gives it. A learner who agreed has True in its column `research_use`;
    without that column nobody did. Without a column `study` it holds answers to the kit's own self-study. `roster`
    holds the names, usernames and e-mail addresses of the class, or is the text of a file with one a line; ValueError
    where it is no list of names. `helpers` may name `presidio` or `spacy` where they are installed. The rules know
    English only: in a text of another language they look for addresses and numbers, and its proposal says
    `checked=False`.
    """
    need(frame, NEEDED, "responses")
    latest = _newest(frame)
    agreed = _agreed(latest)
    texts = latest[agreed & latest["text"].map(visible).astype("bool")]
    finders = [
        roster_finder(roster),
        rule_finder(lower_vocabulary(texts["text"])),
        phone_finder(regions),
        *external_finders(helpers),
    ]
    rows = texts.to_dict("records")
    withheld = latest.drop(texts.index)[KEY].astype("str").itertuples(index=False, name=None)
    proposals = tuple(_proposal(row, finders) for row in rows)
    return Scrubbed(proposals, left_out=int((~agreed).sum()), withheld=frozenset(withheld))


def _newest(frame: pd.DataFrame) -> pd.DataFrame:
    """Each answer once, in its newest text."""
    return newest(frame).astype({"text": "str"})


def _agreed(frame: pd.DataFrame) -> pd.Series:
    """True where it says yes, and nowhere else; ValueError where a word says neither yes nor no."""
    cells = frame[AGREED].tolist() if AGREED in frame else [False] * len(frame)
    for row, cell in enumerate(cells, start=1):
        if isinstance(cell, str) and said_yes(cell) is None:
            raise ValueError(
                f"Row {row}, column {AGREED}, says neither yes nor no. Write True where a learner agreed, else False."
            )
    return pd.Series([said_yes(cell) is True for cell in cells], index=frame.index, dtype="bool")


def _proposal(row: dict[str, object], finders: Iterable[Finder]) -> Proposal:
    text = str(row["text"])
    study, session, pseudonym, question = (str(row[name]) for name in KEY)
    return Proposal(
        study=study,
        session=session,
        pseudonym=pseudonym,
        question=question,
        revision=int(str(row["revision"])),
        language=str(row.get("language", "")),
        version=str(row.get("version", "")),
        original=text,
        checked=in_english(text),
        changes=proposed(text, finders),
    )


def proposed(text: str, finders: Iterable[Finder]) -> tuple[Change, ...]:
    """What to change in a text, from its beginning to its end; placeholders are numbered within the text only."""
    found = merge_overlapping(_trimmed(text, one) for finder in finders for one in finder(text))
    numbers = _Numbers()
    return tuple(_change(text, one, numbers) for one in found)


def _trimmed(text: str, found: Found) -> Found:
    """Without a possessive's ending, the end of the sentence, or the word before a date that has no year to tell."""
    words = text[found.start : found.end]
    start, end = found.start, found.end
    if found.kind == "date":
        leading = None if _year(words) else re.match(r"(on|in)\s+", words, re.IGNORECASE)
        start, end = start + (leading.end() if leading else 0), end - words.endswith(".")
    elif found.kind in ("name", "place") and re.search(r"['’]s$", words):
        end -= len("'s")
    return replace(found, start=start, end=end)


def _change(text: str, found: Found, numbers: _Numbers) -> Change:
    words = text[found.start : found.end]
    said = _year(words) if found.kind == "date" else _age(words) if found.kind == "age" else ""
    replacement = said or f"[{found.kind.upper()}-{numbers.of(found.kind, words)}]"
    start, end, kind, by, reason = found.start, found.end, found.kind, found.by, found.reason
    return Change(start=start, end=end, kind=kind, replacement=replacement, by=by, reason=reason)


def _year(words: str) -> str:
    """A date's year; nothing where it is missing, or so long ago that it tells a great age."""
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", words)
    if len(years) != 1 or datetime.now(UTC).year - int(years[0]) > OLDEST:
        return ""
    leading = re.match(r"(on|in)\s", words, re.IGNORECASE)
    return f"{words[0].translate(_IN)}n {years[0]}" if leading else years[0]


_IN = str.maketrans("oO", "iI")
"""A day is on, a year is in."""


def _age(words: str) -> str:
    """A great age as one that many share; the words around the number stay."""
    numbers = re.findall(r"\d+", words)
    return re.sub(r"\d+", f"{OLDEST + 1}+", words) if len(numbers) == 1 else f"{OLDEST + 1}+"


class _Numbers:
    """Numbers what is replaced: the same for the same, and for a name and a part of it."""

    def __init__(self) -> None:
        self._names: list[frozenset[str]] = []
        self._numbers: dict[str, dict[frozenset[str], int]] = {}

    def of(self, kind: str, words: str) -> int:
        parts = frozenset(_parts(words))
        if kind == "name":
            return self._of_name(parts)
        # Not a search through all of them: a pasted log has thousands of numbers.
        seen = self._numbers.setdefault(kind, {})
        return seen.setdefault(parts, len(seen) + 1)

    def _of_name(self, parts: frozenset[str]) -> int:
        for number, one in enumerate(self._names, start=1):
            if parts <= one or parts >= one:
                self._names[number - 1] = parts | one
                return number
        self._names.append(parts)
        return len(self._names)


TITLES = frozenset(("aunt", "doctor", "dr", "miss", "mr", "mrs", "ms", "nurse", "prof", "professor", "sister", "uncle"))


def _parts(words: str) -> Iterator[str]:
    """The words of a name without titles, or all of them where there is nothing else."""
    found = re.findall(r"\w+", words.casefold())
    yield from [word for word in found if word not in TITLES] or found


def covered(scrubbed: Scrubbed, known: pd.DataFrame) -> pd.Series:
    """For each known identifier (`pseudonym`, `question`, `start`, `end`), whether all its letters and digits go.

    `known` may have `study` and `session` too, and needs them where a learner is in several. In an answer that is not
    shared an identifier is gone. ValueError where it is in an answer that was not scrubbed, and where `known` does not
    say which text it is in.
    """
    texts = pd.DataFrame([text.place[:4] for text in scrubbed.proposals], columns=KEY)
    key = shared_key(texts, with_study(known) if "study" in known else known)
    if twice := int(texts.duplicated(key).sum()):
        raise ValueError(
            f"{counted(twice, 'text')} can't be told apart by {', '.join(key)}. Give the identifiers with the columns "
            f"{', '.join(name for name in KEY if name not in key)}."
        )
    places = dict(zip(texts[key].itertuples(index=False, name=None), scrubbed.proposals, strict=True))
    rows = list(known[[*key, "start", "end"]].itertuples(index=False, name=None))
    at = [KEY.index(name) for name in key]
    withheld = {tuple(place[part] for part in at) for place in scrubbed.withheld}
    if unknown := sum(row[:-2] not in places and row[:-2] not in withheld for row in rows):
        own = " In your own class's answers nobody has marked any: leave this cell out, and go on with open_review."
        own = own if unknown == len(rows) else ""
        which = "None" if unknown == len(rows) else f"Only {len(rows) - unknown:,}"
        raise ValueError(
            f"{which} of {counted(len(rows), 'identifier')} {'is' if unknown >= len(rows) - 1 else 'are'} in an answer "
            f"that was scrubbed here, so nobody can say whether all are gone: {unknown:,} of them must be of other "
            f"answers than the {counted(len(places), 'text')} here. They are joined by {', '.join(key)}.{own}"
        )
    found = [_gone(places.get(row[:-2]), *row[-2:]) for row in rows]
    return pd.Series(found, index=known.index, dtype="bool")


def _gone(text: Proposal | None, start: int, end: int) -> bool:
    """A text that is not shared takes its identifiers along."""
    if text is None:
        return True
    going = {at for change in text.changes for at in range(change.start, change.end)}
    return all(at in going or not text.original[at].isalnum() for at in range(start, end))
