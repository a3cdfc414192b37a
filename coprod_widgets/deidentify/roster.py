"""A class list as people have it: a list, a column, the text of a file; understood, or refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain

import pandas as pd

from ..text.limits import counted

LINES = re.compile(r"[\r\n;]+")
"""What ends an entry in a text that holds several."""


def roster_entries(roster: object) -> list[str]:
    """The names, usernames and e-mail addresses on a class list, one an entry; empty cells are left out.

    A text is read line by line. ValueError for what is no list of names, such as a whole table, a file's path or a
    word that was taken apart into its letters: a list that finds nobody would say nothing.
    """
    if isinstance(roster, str):
        return _checked(LINES.split(roster))
    if isinstance(roster, pd.DataFrame):
        names = ", ".join(map(str, roster.columns))
        raise ValueError(
            f"The roster is a table. Give the column with the names, as roster=table[NAME]; it has {names}."
        )
    if not isinstance(roster, Iterable) or isinstance(roster, bytes | Mapping):
        raise ValueError(
            f"The roster is {type(roster).__name__}, which is no list of names. Give names, or the text of a file: "
            "roster=Path(FILE).read_text()."
        )
    return _checked(chain.from_iterable(_cells(at, entry) for at, entry in enumerate(roster, start=1)))


def _cells(at: int, entry: object) -> list[str]:
    if isinstance(entry, str):
        return LINES.split(entry)
    if entry is None or (pd.api.types.is_scalar(entry) and pd.isna(entry)):
        return []
    raise ValueError(f"Entry {at} of the roster is {type(entry).__name__}, which is no name. Give the names as text.")


def _checked(entries: Iterable[str]) -> list[str]:
    found = [entry.strip().strip("\"',").strip() for entry in entries]
    kept = [entry for entry in found if entry]
    if letters := sum(sum(map(str.isalnum, entry)) < 2 for entry in kept):
        raise ValueError(
            f"The roster holds {counted(letters, 'single letter')}, which would be found in every text. Give whole "
            "names, one an entry."
        )
    return kept
