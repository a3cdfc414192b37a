"""The sample data that comes with the kit, and how it is told from what people wrote: by its texts, not by its name.

A session's name is a label that any frame can be given. What only the sample may do (be approved unread, stay in a
notebook's file) hangs on what is written in its files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ..files.packaged import packaged

SHORT = 5
"""Words up to which a cell must stand in the sample as it is; a longer one may have been changed here and there."""
ALIKE = 0.5
"""Share of the runs of three words in a longer cell that must stand in the sample: names and dates may be replaced."""


def sample_folder() -> Path | None:
    """Where the sample data are: in a checkout, else in the installed package."""
    answers = packaged("sample_data/responses.csv", "sample_data/responses.csv")
    return answers and answers.parent


def is_sample(session: str, pseudonym: str, question: str, text: str) -> bool:
    """Whether this very answer is one of the sample's."""
    return (session, pseudonym, question, text) in _answers()


def are_texts_of_sample(texts: Iterable[object]) -> bool:
    """Whether all these are texts of the sample, to the letter."""
    known = {text for *_, text in _answers()}
    return all(text in known for text in texts)


def are_invented(cells: Iterable[str]) -> bool:
    """Whether cells hold words of the sample and, but for what was replaced in them, no others."""
    return all(map(_is_invented, cells))


def _is_invented(cell: str) -> bool:
    words = _words(cell)
    if len(words) <= SHORT:
        return " ".join(cell.split()) in _text()
    runs = _runs(words)
    return sum(run in _known_runs() for run in runs) >= ALIKE * len(runs)


def _rows() -> Iterable[dict[str, str]]:
    folder = sample_folder()
    for path in sorted(folder.glob("*.csv")) if folder else ():
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)


@cache
def _answers() -> frozenset[tuple[str, str, str, str]]:
    needed = ("session", "pseudonym", "question", "text")
    return frozenset(
        (row["session"], row["pseudonym"], row["question"], row["text"]) for row in _rows() if {*needed} <= {*row}
    )


@cache
def _text() -> str:
    """Every cell of the sample."""
    return "\n".join(" ".join(cell.split()) for row in _rows() for cell in row.values())


@cache
def _known_runs() -> frozenset[tuple[str, ...]]:
    return frozenset(run for row in _rows() for cell in row.values() for run in _runs(_words(cell)))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + 3]) for at in range(len(words) - 2)]
