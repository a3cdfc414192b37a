"""Frames of answers in, frames out: who did what, words, contrasts, topics, themes, and agreement between coders.

`responses` is one row a stored text, as `export.read_csv` and `companions.read_store` give it: of each answer the
newest counts. `codings` is one row an excerpt: coder, study, session, pseudonym, question, theme, and more. Nothing in
here rates a learner: counts and lengths say what was written, not how much anybody contributed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from .frames import KEY, RESPONSE, about, newest, refuse_other_study, shared_key, with_study
from .self_study import ACTORS, ASPECTS, KIT_STUDY, SelfStudy
from .texts import counted, visible

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
PRIOR_WORDS = 500


def answers(responses: pd.DataFrame, study: SelfStudy | None = None) -> pd.DataFrame:
    """The answers to a self-study's questions, without roles and blanks; adds `words`, the length of each.

    Any number of rows in, at most as many out: of each answer the newest text, in the order of the questions within
    each learner. ValueError where no row is about this self-study.
    """
    keys = [question.key for question in (study or SelfStudy.load()).questions]
    theirs = newest(about(responses, study))
    asked = theirs[theirs["question"].isin(keys) & theirs["text"].map(visible).astype("bool")]
    counted = asked.assign(words=asked["text"].str.split().str.len().astype("int64"))
    order = counted["question"].map({key: place for place, key in enumerate(keys)})
    return (
        counted.assign(order=order)
        .sort_values(["pseudonym", "order"], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def answered(responses: pd.DataFrame, study: SelfStudy | None = None) -> pd.DataFrame:
    """Who answered what: one row a learner, one column a question, True where there is an answer."""
    study = study or SelfStudy.load()
    given = answers(responses, study)
    table = pd.crosstab(given["pseudonym"], given["question"]).astype(bool)
    keys = [question.key for question in study.questions]
    learners = pd.Index(sorted(about(responses, study)["pseudonym"].unique()), name="pseudonym")
    return table.reindex(index=learners, columns=pd.Index(keys, name="question"), fill_value=False)


def who_did_what(responses: pd.DataFrame, study: SelfStudy | None = None) -> pd.DataFrame:
    """The coproduction canvas in numbers: six rows, aspect by actor.

    `asked` learners, how many `answered`, the `share` who did (0 to 1), and the `median_words` of their answers, which
    is missing where nobody answered. A learner in two sessions was asked twice. Length is how much was written about a
    contribution, not how large it was.
    """
    given = answers(responses, study)
    theirs = about(responses, study)
    response = [name for name in RESPONSE if name in theirs]
    asked = len(theirs.drop_duplicates(response))
    cell = ["aspect", "actor"]
    filled = given[given["aspect"] != ""]
    counts = pd.DataFrame(
        {
            "answered": filled.drop_duplicates([*cell, *response]).groupby(cell).size(),
            "median_words": filled.groupby(cell)["words"].median(),
        }
    )
    every = pd.MultiIndex.from_product([ASPECTS, ACTORS], names=["aspect", "actor"])
    table = counts.reindex(every)
    table["answered"] = table["answered"].fillna(0).astype("int64")
    table.insert(0, "asked", asked)
    table.insert(2, "share", table["answered"] / asked if asked else np.nan)
    return table.reset_index()


def side_by_side(responses: pd.DataFrame, study: SelfStudy | None = None) -> pd.DataFrame:
    """Words about each actor, one row a response and aspect with an answer to either: 0 where the other is left out.

    Columns: aspect, pseudonym, professional, patient; in the order of the canvas. A learner in two sessions has a row
    for each.
    """
    given = answers(responses, study)
    given = given[given["aspect"] != ""]
    response = [name for name in reversed(RESPONSE) if name in given]
    wide = given.pivot_table(index=["aspect", *response], columns="actor", values="words", aggfunc="sum", fill_value=0)
    table = wide.reindex(columns=list(ACTORS), fill_value=0).astype("int64").rename_axis(columns=None)
    table = table.reindex(list(ASPECTS), level="aspect").reset_index()
    return table[["aspect", "pseudonym", *ACTORS]]


def words(text: str) -> list[str]:
    """The words of a text in small letters: letters of any script, with inner apostrophes and hyphens."""
    return WORD.findall(_small(text))


def _small(text: str) -> str:
    return text.lower().replace("’", "'")


def in_context(responses: pd.DataFrame, word: str, *, width: int = 40) -> pd.DataFrame:
    """Every place where a word stands, with at most `width` characters on each side (a concordance).

    Whole words, in small or capital letters; `listen*` finds every word that begins so. Of each answer the newest text
    is read. One row a place: study, session, pseudonym, question, left, word, right.
    """
    stem = re.escape(word.removesuffix("*")) + (r"[\w'’-]*" if word.endswith("*") else "")
    if not stem:
        raise ValueError("There is no word to look for. Give one, such as 'listen', or a beginning: 'listen*'.")
    pattern = re.compile(rf"(?<!\w){stem}(?!\w)", re.IGNORECASE)
    rows = newest(responses)[[*KEY, "text"]].itertuples(index=False)
    found = [_place(row, match, width) for row in rows for match in pattern.finditer(row.text)]
    return pd.DataFrame(found, columns=[*KEY, "left", "word", "right"], dtype="str")


def _place(row: Any, match: re.Match[str], width: int) -> tuple[str, ...]:
    """The match with whole words around it."""
    left = re.sub(r"^\S*\s", "", row.text[max(0, match.start() - width - 1) : match.start()])
    right = re.sub(r"\s\S*$", "", row.text[match.end() : match.end() + width + 1])
    if match.start() <= width:
        left = row.text[: match.start()]
    if len(row.text) - match.end() <= width:
        right = row.text[match.end() :]
    return *row[: len(KEY)], " ".join(left.split()), match[0], " ".join(right.split())


def contrast(first: Iterable[str], second: Iterable[str], *, prior_words: float = PRIOR_WORDS) -> pd.DataFrame:
    """Which words set two groups of texts apart: log-odds with an informative Dirichlet prior, and their z-scores.

    Monroe, Colaresi & Quinn 2008 (doi:10.1093/pan/mpn018). The prior is the two groups together, weighing as much as
    `prior_words` words. One row a word, from most typical of `first` (z above zero) to
    most typical of `second`: word, first and second (counts), log_odds, z.
    """
    counts = pd.DataFrame({"first": _counts(first), "second": _counts(second)}).fillna(0).astype("int64")
    both = counts.sum(axis=1)
    prior = prior_words * both / max(both.sum(), 1)
    odds = {name: _log_odds(counts[name], prior) for name in counts}
    spread = sum(1 / (counts[name] + prior) for name in counts)
    counts["log_odds"] = odds["first"] - odds["second"]
    counts["z"] = counts["log_odds"] / np.sqrt(spread)
    # By word first, so that equal scores stand in the same order on every computer.
    table = counts.rename_axis("word").reset_index().sort_values("word")
    return table.sort_values("z", ascending=False, kind="stable").reset_index(drop=True)


def _counts(texts: Iterable[str]) -> pd.Series[int]:
    return pd.Series(Counter(word for text in texts for word in words(text)), dtype="int64")


def _log_odds(counts: pd.Series[int], prior: pd.Series[float]) -> pd.Series[float]:
    seen = counts + prior
    return np.log(seen / (seen.sum() - seen))


def topics(texts: Iterable[str], count: int = 5, *, top: int = 8) -> pd.DataFrame:
    """Words that often come together, as suggestions for what to read next: TF-IDF and non-negative factorisation.

    One row a topic, the most common first: `words` (its `top` words), `texts` (how many texts lean to it most), and
    `example`, the place in `texts` of the one that leans to it most. A topic is a pattern of words, not yet a theme.
    """
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    listed = list(texts)
    weigh = TfidfVectorizer(preprocessor=_small, token_pattern=WORD.pattern, stop_words=_stop_words(), min_df=2)
    try:
        weights = weigh.fit_transform(listed)
    except ValueError:  # no word stands in two of them
        raise ValueError(
            f"Too few words stand in more than one of {counted(len(listed), 'text')} to find "
            f"{counted(count, 'topic')}. Give more texts."
        ) from None
    model = NMF(count, init="nndsvd", max_iter=500, tol=1e-2, random_state=0)
    leaning = model.fit_transform(weights)
    mine = leaning.argmax(axis=1)
    names = weigh.get_feature_names_out()
    rows = [
        {
            "words": ", ".join(names[place] for place in np.argsort(-part, kind="stable")[:top]),
            "texts": int(((mine == number) & (leaning[:, number] > 0)).sum()),
            "example": int(leaning[:, number].argmax()),
        }
        for number, part in enumerate(model.components_)
    ]
    return pd.DataFrame(rows).sort_values("texts", ascending=False, kind="stable").reset_index(drop=True)


def _stop_words() -> list[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    short = {"i'd", "i'm", "i've", "i'll", "it's", "he'd", "she'd", "didn't", "don't", "that's", "wasn't", "couldn't"}
    return sorted(ENGLISH_STOP_WORDS | short)


def theme_counts(codings: pd.DataFrame, by: str = "actor") -> pd.DataFrame:
    """In how many answers each theme stands: one row a theme, the most common first, one column a value of `by`.

    An answer counts once for a theme, however many excerpts it has and whoever coded them; `all` is the row's total.
    """
    once = codings.drop_duplicates([*_unit(codings), "theme"])
    table = pd.crosstab(once["theme"], once[by].replace("", "neither"))
    table["all"] = table.sum(axis=1)
    return table.sort_index().sort_values("all", ascending=False, kind="stable")


def co_occurrence(codings: pd.DataFrame) -> pd.DataFrame:
    """How many answers hold both of two themes: themes by themes, on the diagonal how many hold the one."""
    unit = _unit(codings)
    once = codings.drop_duplicates([*unit, "theme"])
    present = pd.crosstab([once[name] for name in unit], once["theme"]).clip(upper=1)
    return (present.T @ present).rename_axis(index="theme", columns=None)


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
    coders = sorted(codings["coder"].unique())
    if len(coders) != 2:
        raise ValueError(f"Agreement is between two coders; these codings have {len(coders)}: {', '.join(coders)}.")
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


def actors_and_aspects(frame: pd.DataFrame, study: SelfStudy | None = None) -> pd.DataFrame:
    """The frame with `actor` and `aspect` of each question, for codings that carry only its key.

    Rows about another self-study have neither. ValueError where no row is about a question of this one.
    """
    study = study or SelfStudy.load()
    asked = {question.key: question for question in study.questions}
    theirs = frame["study"].replace("", KIT_STUDY) if "study" in frame else [study.key] * len(frame)
    known = [
        asked.get(key) if theirs_key == study.key else None
        for theirs_key, key in zip(theirs, frame["question"], strict=True)
    ]
    if len(frame) and not any(theirs_key == study.key for theirs_key in theirs):
        refuse_other_study(study.key, theirs)
    return frame.assign(actor=list(_named(known, "actor")), aspect=list(_named(known, "aspect")))


def _named(questions: Iterable[Any], name: str) -> Iterator[str]:
    for question in questions:
        yield (question and getattr(question, name)) or ""
