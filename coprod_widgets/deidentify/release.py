"""Writes what may be shared, and nothing else: approved texts and, apart from them, attributes that many have."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from secrets import SystemRandom
from typing import Any

import pandas as pd

from ..errors import FileError, ReleaseRefused
from ..exports.csv_file import write_table
from ..files.private import make_folder, shown, written_whole
from ..text.limits import counted
from .disclosure import Risk, as_written, risk
from .proposals import Reviewed, counts_by_kind

K = 5
"""How many learners, at least, must share whatever attributes are released."""
DIVERSITY = 2
"""How many values of a sensitive attribute, at least, those must have whom the other attributes don't tell apart."""


@dataclass(frozen=True)
class Released:
    """What was written, and whose words are in it. The latter is for your own books: a learner may withdraw later."""

    folder: Path
    texts: int
    pseudonyms: frozenset[str] = field(repr=False)


def release(
    reviewed: Reviewed,
    folder: str | os.PathLike[str],
    *,
    attributes: pd.DataFrame | None = None,
    columns: Sequence[str] | None = None,
    sensitive: Sequence[str] | None = None,
    k: int = K,
) -> Released:
    """Write `texts.csv`, `attributes.csv` and `manifest.json` into a new folder, for this account alone.

    Only approved texts go out. `attributes` has one row a learner with their `pseudonym`; its other columns, or those
    in `columns`, are written in an order of their own, so that nothing leads from a text to an attribute. `sensitive`
    names those of them that nobody should learn of a person, such as an illness; empty where there is none.

    ReleaseRefused, and nothing is written, where fewer than `k` learners look alike in what would be written, where
    all who look alike otherwise share a sensitive value, where one of these learners is not in `attributes`, or where
    `sensitive` is not said. It says what to do.
    """
    texts = pd.DataFrame(
        [(text.study, text.question, text.language, said.text) for text, said in reviewed.approved],
        columns=["study", "question", "language", "text"],
    )
    if texts.empty:
        raise ReleaseRefused("No text is approved yet, so there is nothing to share: review them first.")
    pseudonyms = frozenset(text.pseudonym for text, _ in reviewed.approved)
    chosen = None if attributes is None else _chosen(attributes, columns, pseudonyms)
    found = None if chosen is None else _checked(chosen, sensitive, k)
    target = _new_folder(Path(folder))
    write_table(_shuffled(texts), target / "texts.csv")
    if chosen is not None:
        write_table(_shuffled(chosen), target / "attributes.csv")
    _write_manifest(target / "manifest.json", _manifest(reviewed, found))
    return Released(target, len(texts), pseudonyms)


def _chosen(attributes: pd.DataFrame, columns: Sequence[str] | None, pseudonyms: frozenset[str]) -> pd.DataFrame:
    """One row for each learner with a text in it, without the pseudonym, as it is written."""
    names = [name for name in attributes.columns if name != "pseudonym"] if columns is None else list(columns)
    if "pseudonym" not in attributes or "pseudonym" in names or not {*names} <= {*attributes.columns}:
        there = ", ".join(map(str, attributes.columns))
        raise ValueError(
            f"Attributes need `pseudonym`, which is never released, and the columns to release; there are {there}."
        )
    if len({*names}) < len(names) or attributes.columns.duplicated().any():
        raise ValueError("Attributes have a column twice; give each once.")
    if attributes["pseudonym"].duplicated().any():
        raise ValueError("A learner has several rows of attributes; give each one row.")
    absent = pseudonyms - {*attributes["pseudonym"]}
    if absent == pseudonyms:
        raise ReleaseRefused(
            f"Nothing was written: none of the {counted(len(pseudonyms), 'learner')} with an approved text is among "
            f"the {counted(len(attributes), 'pseudonym')} of the attributes. They must be equal, to the letter."
        )
    if absent:
        raise ReleaseRefused(
            f"Nothing was written: {len(absent)} of {counted(len(pseudonyms), 'learner')} with an approved text "
            f"{'is' if len(absent) == 1 else 'are'} not in the attributes. Pseudonyms must be equal, to the letter. "
            "Give each a row, with empty cells where nothing is known."
        )
    theirs = attributes.set_index("pseudonym").loc[sorted(pseudonyms)]
    return pd.DataFrame({name: as_written(theirs[name]) for name in names}, dtype="object")


def _checked(chosen: pd.DataFrame, sensitive: Sequence[str] | None, k: int) -> Risk:
    """The risk of what would be written; ReleaseRefused where it points to somebody, or gives something away."""
    names = list(chosen.columns)
    if sensitive is None or isinstance(sensitive, str) or not {*sensitive} <= {*names}:
        raise ReleaseRefused(
            "Nothing was written: say which attributes nobody should learn of a person who is known to be among these, "
            f"as sensitive=[{repr(names[-1]) if names else ''}], or sensitive=[] where none is. There are: "
            f"{', '.join(map(str, names))}."
        )
    found = _alike(risk(chosen, names, k=k))
    others = [name for name in names if name not in sensitive]
    for name, values in risk(chosen, others, k=k, sensitive=sensitive).diversity.items():
        if values < DIVERSITY:
            who = f"who share {', '.join(others)}" if others else "here"
            raise ReleaseRefused(
                f"Nothing was written: some learners {who} all have the same {name!r}, so who knows one of them "
                f"learns it. Generalise {', '.join(map(repr, others)) or repr(name)}, or leave {name!r} out."
            )
    return found


def _alike(found: Risk) -> Risk:
    if found.enough:
        return found
    raise ReleaseRefused(
        f"Nothing was written: {found.below:.0%} of the {counted(found.rows, 'learner')} share "
        f"{', '.join(found.attributes)} with fewer than {counted(found.k - 1, 'other')}, "
        f"and {found.unique} with nobody. {found.advice}"
    )


def _new_folder(folder: Path) -> Path:
    try:
        make_folder(folder)
        full = any(folder.iterdir())
    except OSError as error:
        raise FileError(f"{shown(folder)} cannot be used as a folder: {error.strerror}.") from None
    if full:
        raise ReleaseRefused(
            f"{folder} is not empty. Give every release a folder of its own, and never hand out two that differ by a "
            "few learners: comparing them shows who left."
        )
    return folder


def _shuffled(table: pd.DataFrame) -> pd.DataFrame:
    """In an order that nobody can work out from the order before."""
    order = list(range(len(table)))
    SystemRandom().shuffle(order)
    return table.iloc[order]


def _manifest(reviewed: Reviewed, found: Risk | None) -> dict[str, Any]:
    """What was done, without a text or a pseudonym."""
    approved = reviewed.approved
    counts = {name.replace(" ", "_"): count for name, count in reviewed.counts.items()}
    return {
        "kit_version": version("coprod-widgets"),
        "study_versions": sorted({f"{text.study} {text.version}" for text, _ in approved if text.version}),
        "released_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "texts": {**counts, "without_consent": reviewed.left_out},
        "proposed_by_kind": counts_by_kind(text for text, _ in approved),
        "approved_by": sorted({said.by for _, said in approved}),
        "attributes": None if found is None else _figures(found),
        "note": "De-identified, not anonymous: people who were there may recognise a story. Do not pass it on.",
    }


def _figures(found: Risk) -> dict[str, Any]:
    return {"columns": list(found.attributes), "k": found.k, "smallest_class": found.smallest, "learners": found.rows}


def _write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
