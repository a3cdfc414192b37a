"""Which answer a row of a frame is, and which of its rows holds the newest text.

An answer belongs to its self-study, class session, learner and question. A frame without the column `study`, as older
exports were, is about the kit's own self-study.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from numbers import Real
from typing import Any

import pandas as pd

from ..study.self_study import KIT_STUDY, SelfStudy
from ..text.limits import counted

KEY = ["study", "session", "pseudonym", "question"]
"""What says which answer a row is."""

RESPONSE = ["study", "session", "pseudonym"]
"""What says which learner's response a row is part of: one learner can be in two sessions."""


WORDED = ("session", "pseudonym", "question", "actor", "aspect", "language", "text", "role", "theme", "coder", "memo")
"""The columns that hold words: a cell that is empty there, as pandas reads it, holds none."""


def need(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise ValueError, which says what the frame is, where it lacks one of these columns."""
    needed = list(columns)
    if missing := [name for name in needed if name not in frame.columns]:
        hint = " A table with one column for each question must be made long first: pandas.melt."
        raise ValueError(
            f"The {what} lack the column {', '.join(missing)}; they need {', '.join(needed)}."
            + (hint if "question" in missing else "")
        )


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an empty text, and no NaN, where a cell for words is empty."""
    empty = [name for name in WORDED if name in frame and frame[name].isna().any()]
    return frame.assign(**{name: frame[name].astype("object").fillna("") for name in empty}) if empty else frame


def with_study(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `study` as its first column: the kit's own where it has none, or an empty cell.

    Empty cells for words are empty texts.
    """
    study = frame["study"].fillna("").replace("", KIT_STUDY) if "study" in frame else KIT_STUDY
    rest = filled(frame).drop(columns="study", errors="ignore")
    rest.insert(0, "study", study)
    return rest.astype({"study": "str"})


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every cell as text, and an empty text where a cell is empty: NaN, None, NaT."""
    return frame.astype("object").where(frame.notna(), "").astype("str")


def newest(frame: pd.DataFrame) -> pd.DataFrame:
    """Each answer once, in its newest text, in the order of the frame; `revision` is a number.

    The newest is the one with the highest number, whether numbers came as numbers or as text. ValueError names the row
    whose revision is no whole number, and two rows that are one revision of one answer with different texts.
    """
    whole = with_study(frame).reset_index(drop=True)
    key = [name for name in KEY if name in whole]
    whole["revision"] = _numbers(whole["revision"]) if "revision" in whole else 1
    unique = whole.drop_duplicates([*key, "revision", "text"])
    which = unique[[*key, "revision"]]
    twice = which[which.duplicated(keep=False)]
    if not twice.empty:
        first, second = twice.index[(twice == twice.iloc[0]).all(axis=1)][:2] + 1
        raise ValueError(
            f"Rows {first} and {second} are the same revision of the same answer, with different texts. Give each "
            "answer once, or add the columns that tell them apart: study, session and revision."
        )
    return unique.sort_values("revision", kind="stable").drop_duplicates(key, keep="last").sort_index()


def _numbers(revisions: pd.Series[Any]) -> pd.Series[int]:
    """The numbers of revisions, all of which must have come in one kind: as numbers, or as digits."""
    cells = revisions.tolist()
    kinds = {isinstance(cell, str) for cell in cells}
    for row, cell in enumerate(cells, start=1):
        if len(kinds) > 1 and isinstance(cell, str):
            raise ValueError(
                f"Row {row}, column revision: {cell!r} is text, where other rows hold numbers. Read the whole column "
                "as one or the other."
            )
        if not _is_number(cell):
            raise ValueError(f"Row {row}, column revision: {cell!r} is no number of a revision; they count from 1.")
    return pd.Series([int(cell) for cell in cells], index=revisions.index, dtype="int64")


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.strip().isascii() and cell.strip().isdigit() and int(cell) > 0
    if isinstance(cell, bool) or not isinstance(cell, Real):
        return False
    return float(cell).is_integer() and float(cell) > 0  # NaN and infinity are no integers


def about(frame: pd.DataFrame, study: SelfStudy | None) -> pd.DataFrame:
    """The rows that are answers to a self-study, the kit's own without one.

    ValueError where there are answers and none of them is to this one: the figures would all be 0.
    """
    need(frame, ("pseudonym", "question", "text"), "responses")
    wanted = study.key if study else KIT_STUDY
    if "study" not in frame:
        return with_study(frame).assign(study=wanted)
    whole = with_study(frame)
    found = whole[whole["study"] == wanted]
    if len(whole) and found.empty:
        refuse_other_study(wanted, whole["study"])
    return found


def refuse_other_study(wanted: str, there: Iterable[str]) -> None:
    """Raise ValueError: of these answers none is to the self-study with this key."""
    others = list(there)
    raise ValueError(
        f"None of {counted(len(others), 'answer')} is to {wanted!r}; they are to {', '.join(sorted(set(others)))}. "
        "Give the self-study that asked: study=SelfStudy.load(FILE)."
    )


def shared_key(first: Collection[str], second: Collection[str]) -> list[str]:
    """The columns that say which answer it is, as far as two frames both have them."""
    return [name for name in KEY if name in first and name in second]
