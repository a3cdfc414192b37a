"""Codings in, frames out: in how many answers themes stand, which stand together, and how far two coders agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..exports.frames import KEY, RESPONSE, need, shared_key, with_study
from ..text.limits import counted

RESULTS = ("theme", "both", "kappa", "kappa_low", "kappa_high", "alpha", "alpha_low", "alpha_high", "note")
"""The columns of `agreement` beside those of the two coders, which are called as they are."""


def theme_counts(codings: pd.DataFrame, by: str = "actor") -> pd.DataFrame:
    """In how many answers each theme stands: one row a theme, the most common first, one column a value of `by`.

    An answer counts once for a theme, however many excerpts and coders it has; `all` is the row's total.
    """
    codings = _coded(codings, by)
    once = codings.drop_duplicates([*_unit(codings), "theme"])
    values = once[by].astype("object").where(once[by].notna(), "").astype("str").replace("", "neither")
    if "all" in values.to_numpy():
        raise ValueError(f"The column {by} has the value 'all', as the total is called. Give it another name.")
    table = pd.crosstab(once["theme"], values.rename(by))
    table["all"] = table.sum(axis=1)
    return table.sort_index().sort_values("all", ascending=False, kind="stable")


def co_occurrence(codings: pd.DataFrame) -> pd.DataFrame:
    """How many answers hold both of two themes: themes by themes, on the diagonal how many hold the one."""
    codings = _coded(codings)
    unit = _unit(codings)
    once = codings.drop_duplicates([*unit, "theme"])
    if once.empty:
        raise ValueError("There are no codings, so no two themes stand together. Code some answers first.")
    present = pd.crosstab([once[name] for name in unit], once["theme"]).clip(upper=1)
    return (present.T @ present).rename_axis(index="theme", columns=None)


def _coded(codings: pd.DataFrame, *more: str) -> pd.DataFrame:
    """Codings with every cell that says what they are; ValueError names what is missing, and where."""
    needed = ["pseudonym", "question", "theme", *more]
    need(codings, needed, "codings")
    for name in (one for one in needed if one in ("pseudonym", "question", "theme", "coder")):
        empty = codings[name].isna() | (codings[name].astype("str").str.strip() == "")
        if empty.any():
            raise ValueError(
                f"Row {int(empty.to_numpy().argmax()) + 1} of the codings has no {name}. Fill it in, or delete it."
            )
    return codings.assign(**{name: codings[name].astype("str") for name in ("theme", "coder") if name in codings})


def _unit(codings: pd.DataFrame) -> list[str]:
    """The columns that say which answer an excerpt stands in; older tables say less than all of them."""
    return [name for name in KEY if name in codings]


def agreement(codings: pd.DataFrame, read: pd.DataFrame, *, rounds: int = 1000, seed: int = 2018) -> pd.DataFrame:
    """How far two coders agree on which answers hold a theme, one row a theme.

    `read` holds one row for each answer that both have read (study, session, pseudonym, question, as far as the codings
    have these columns): an answer without the theme counts too. Columns: how many answers each coder gave it to,
    `both`; Cohen's `kappa` and Krippendorff's `alpha` (nominal), each with a 95 % interval from `rounds` bootstrap
    samples of learners, since answers of one learner are not independent; and `note`, which says why a figure is
    undefined. Raises ValueError unless there are two coders, and where codings and `read` have no session in common.
    """
    codings = _coded(codings, "coder")
    need(read, ("pseudonym", "question"), "answers that were read")
    coders = sorted(codings["coder"].unique())
    if len(coders) != 2:
        raise ValueError(f"Agreement is between two coders; these codings have {len(coders)}: {', '.join(coders)}.")
    if taken := sorted({*coders} & {*RESULTS}):
        raise ValueError(
            f"A coder is called {taken[0]}, as a column of the result is. Give the coder another name: "
            f'codings.replace({{"coder": {{"{taken[0]}": "..."}}}}).'
        )
    if read.empty:
        raise ValueError("There is no answer in `read`. Give one row for each answer that both coders have read.")
    codings, unit = _alike(codings, read)
    read = with_study(read) if "study" in unit else read
    units = read[unit].drop_duplicates().set_index(unit).index
    if (apart := [name for name in unit if name in ("study", "session")]) and len(read):
        there = pd.MultiIndex.from_frame(read[apart])
        if not pd.MultiIndex.from_frame(codings[apart]).isin(there).any():
            raise ValueError(
                f"None of {counted(len(codings), 'coding')} is of one of the {counted(len(units), 'answer')} that "
                f"were read: no {' and '.join(apart)} is in both tables. Give the answers that were coded."
            )
    learner = units.get_level_values("pseudonym").factorize()[0]
    draws = _draws(learner.max() + 1 if len(units) else 0, rounds, seed)
    rows = []
    for theme in sorted(codings["theme"].unique()):
        mine = codings[codings["theme"] == theme]
        one, two = (units.isin(mine.loc[mine["coder"] == coder, unit].set_index(unit).index) for coder in coders)
        rows.append({"theme": theme, **_agreed(one, two, learner, draws, coders)})
    return pd.DataFrame(rows)


def _alike(codings: pd.DataFrame, read: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The codings, and the columns by which they are of an answer that was read.

    ValueError where one of the two does not say which session, and the other has a learner in several.
    """
    if "study" in codings or "study" in read:
        codings, read = with_study(codings), with_study(read)
    unit = shared_key(codings, read)
    for table, what in ((codings, "codings"), (read, "answers that were read")):
        apart = [name for name in RESPONSE if name in table and name not in unit]
        if apart and table.groupby(unit)[apart].nunique().gt(1).any(axis=None):
            raise ValueError(
                f"The {what} have one learner's answers to one question in several sessions. Give both tables the "
                f"column {', '.join(apart)}, so that these are told apart."
            )
    return codings, unit


def _draws(learners: int, rounds: int, seed: int) -> np.ndarray:
    """How often each learner is drawn in each round."""
    return np.random.default_rng(seed).multinomial(learners, np.full(learners, 1 / max(learners, 1)), size=rounds)


def _agreed(
    one: np.ndarray, two: np.ndarray, learner: np.ndarray, draws: np.ndarray, coders: list[str]
) -> dict[str, Any]:
    cells = np.stack([one & two, one & ~two, ~one & two, ~one & ~two], axis=1).astype(float)
    of_learner = np.zeros((draws.shape[1], 4))
    np.add.at(of_learner, learner, cells)
    row: dict[str, Any] = {coders[0]: int(one.sum()), coders[1]: int(two.sum()), "both": int((one & two).sum())}
    for name, measure in (("kappa", kappa), ("alpha", alpha)):
        again = measure(draws @ of_learner)
        again = again[~np.isnan(again)]
        low, high = np.quantile(again, [0.025, 0.975]) if len(again) else (np.nan, np.nan)
        row |= {name: float(measure(cells.sum(axis=0))), f"{name}_low": float(low), f"{name}_high": float(high)}
    row["note"] = _note(one, two, coders)
    return row


def _note(one: np.ndarray, two: np.ndarray, coders: list[str]) -> str:
    if not one.any() and not two.any():
        return "undefined: neither coder used it on these answers, so there is nothing to agree about"
    if one.all() and two.all():
        return "undefined: both coders gave it to every answer, so chance alone would agree as well"
    unused = [coder for coder, used in zip(coders, (one, two), strict=True) if not used.any()]
    return f"{unused[0]} never used it: nothing beyond chance to agree about" if unused else ""


def kappa(cells: np.ndarray) -> np.ndarray:
    """Cohen's kappa of tables of both, first only, second only, neither (shape ..., 4); NaN where undefined."""
    both, first, second, neither = np.moveaxis(np.asarray(cells, dtype=float), -1, 0)
    total = both + first + second + neither
    chance = (both + first) * (both + second) + (neither + first) * (neither + second)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total**2 > chance, ((both + neither) * total - chance) / (total**2 - chance), np.nan)


def alpha(cells: np.ndarray) -> np.ndarray:
    """Krippendorff's nominal alpha of the same tables for two coders without gaps; NaN where undefined."""
    both, first, second, neither = np.moveaxis(np.asarray(cells, dtype=float), -1, 0)
    used, unused = 2 * both + first + second, 2 * neither + first + second
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = used * unused / (used + unused - 1)
        return np.where(used * unused > 0, 1 - (first + second) / expected, np.nan)
