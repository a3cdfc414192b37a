"""Scrub a frame of responses: find what points to a person, and propose for each text what could stand there instead.

What comes out is de-identified and not more: people who were there may still recognise the story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pandas as pd

from .disclosure import Risk, risk, suppress
from .finders import Finder, Found, apart, lower_vocabulary, phone_finder, roster_finder, rule_finder
from .frames import KEY, newest, shared_key, with_study
from .helpers import helper_finders
from .proposal import Change, Proposal
from .texts import counted, visible

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

    def __repr__(self) -> str:
        """Without texts, because a repr ends up in notebook files."""
        changes = sum(len(text.changes) for text in self.proposals)
        without = f"; {self.left_out} more without consent" if self.left_out else ""
        return f"<Scrubbed {counted(len(self.proposals), 'text')}, {counted(changes, 'change')}{without}>"

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
    roster: Iterable[str] = (),
    regions: Sequence[str] = ("GB", "US", "SE"),
    helpers: Sequence[str] = (),
) -> Scrubbed:
    """Propose a de-identified text for the newest text of every answer whose learner agreed to this use.

    `frame` is as `export.to_frame` or `read_csv` gives it. Whoever agreed has True in its column `research_use`;
    without that column nobody did. Without a column `study` it holds answers to the kit's own self-study. `roster`
    holds the names, usernames and e-mail addresses of the class. `helpers` may name `presidio` or `spacy` where they
    are installed. The rules know English only.
    """
    if missing := [name for name in NEEDED if name not in frame.columns]:
        raise ValueError(f"The frame lacks the column {', '.join(missing)}; it needs {', '.join(NEEDED)}.")
    latest = _newest(frame)
    agreed = _agreed(latest)
    texts = latest[agreed & latest["text"].map(visible).astype("bool")]
    finders = [
        roster_finder(roster),
        rule_finder(lower_vocabulary(texts["text"])),
        phone_finder(regions),
        *helper_finders(helpers),
    ]
    rows = texts.to_dict("records")
    return Scrubbed(tuple(_proposal(row, finders) for row in rows), left_out=int((~agreed).sum()))


def _newest(frame: pd.DataFrame) -> pd.DataFrame:
    """Each answer once, in its newest text; empty where a cell is."""
    return newest(frame).astype({"text": "object"}).fillna({"text": ""}).astype({"text": "str"})


def _agreed(frame: pd.DataFrame) -> pd.Series:
    """True where it says so, and nowhere else."""
    said = frame[AGREED].tolist() if AGREED in frame else [None] * len(frame)
    return pd.Series([str(cell).strip().lower() == "true" for cell in said], index=frame.index, dtype="bool")


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
        changes=proposed(text, finders),
    )


def proposed(text: str, finders: Iterable[Finder]) -> tuple[Change, ...]:
    """What to change in a text, from its beginning to its end; placeholders are numbered within the text only."""
    found = apart(_trimmed(text, one) for finder in finders for one in finder(text))
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
        self._seen: dict[str, list[frozenset[str]]] = {}

    def of(self, kind: str, words: str) -> int:
        parts = frozenset(_parts(words))
        seen = self._seen.setdefault(kind, [])
        for number, one in enumerate(seen, start=1):
            if parts == one or (kind == "name" and (parts <= one or parts >= one)):
                seen[number - 1] = parts | one
                return number
        seen.append(parts)
        return len(seen)


TITLES = frozenset(("aunt", "doctor", "dr", "miss", "mr", "mrs", "ms", "nurse", "prof", "professor", "sister", "uncle"))


def _parts(words: str) -> Iterator[str]:
    """The words of a name without titles, or all of them where there is nothing else."""
    found = re.findall(r"\w+", words.casefold())
    yield from [word for word in found if word not in TITLES] or found


def covered(scrubbed: Scrubbed, known: pd.DataFrame) -> pd.Series:
    """For each known identifier (`pseudonym`, `question`, `start`, `end`), whether all its letters and digits go.

    `known` may have `study` and `session` too, and needs them where a learner is in several. ValueError where it does
    not say which text an identifier is in, and where none of them is in a text that was looked at.
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
    if places and rows and not any(row[:-2] in places for row in rows):
        raise ValueError(
            f"None of {counted(len(rows), 'identifier')} is in one of the {counted(len(places), 'text')}: they are of "
            f"other answers. They are joined by {', '.join(key)}."
        )
    found = [_gone(places.get(row[:-2]), *row[-2:]) for row in rows]
    return pd.Series(found, index=known.index, dtype="bool")


def _gone(text: Proposal | None, start: int, end: int) -> bool:
    """A text that is not shared takes its identifiers along."""
    if text is None:
        return True
    going = {at for change in text.changes for at in range(change.start, change.end)}
    return all(at in going or not text.original[at].isalnum() for at in range(start, end))
