"""Frames of answers in, frames out: who did what, words, contrasts, topics, themes, and agreement between coders.

`responses` is one row a stored text, as `read_csv` and `read_store` give it: of each answer the
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

from ..exports.frames import KEY, RESPONSE, about, need, newest, refuse_other_study
from ..study.self_study import ACTORS, ASPECTS, KIT_STUDY, SelfStudy
from ..text.limits import counted, visible

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


APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`＇", "'"))
"""What keyboards give for one: each stays one character, so that places in a text stay what they are."""


def _small(text: str) -> str:
    return text.lower().translate(APOSTROPHES)


def in_context(responses: pd.DataFrame, word: str, *, width: int = 40) -> pd.DataFrame:
    """Every place where a word stands, with at most `width` characters on each side (a concordance).

    Whole words, in small or capital letters and with any apostrophe; `listen*` finds every word that begins so. Of each
    answer the newest text is read. One row a place: study, session, pseudonym, question, left, word, right.
    """
    need(responses, ("session", "pseudonym", "question", "text"), "responses")
    beginning = " ".join(word.strip().rstrip("*").split())
    if not beginning:
        raise ValueError("There is no word to look for. Give one, such as 'listen', or a beginning: 'listen*'.")
    stem = re.escape(beginning.translate(APOSTROPHES)).replace(r"\ ", r"\s+")
    ending = r"[\w'-]*" if word.strip().endswith("*") else ""
    pattern = re.compile(rf"(?<!\w){stem}{ending}(?!\w)", re.IGNORECASE)
    rows = newest(responses)[[*KEY, "text"]].itertuples(index=False)
    found = [_place(row, match, width) for row in rows for match in pattern.finditer(row.text.translate(APOSTROPHES))]
    return pd.DataFrame(found, columns=[*KEY, "left", "word", "right"], dtype="str")


def _place(row: Any, match: re.Match[str], width: int) -> tuple[str, ...]:
    """The match with whole words around it."""
    left = re.sub(r"^\S*\s", "", row.text[max(0, match.start() - width - 1) : match.start()])
    right = re.sub(r"\s\S*$", "", row.text[match.end() : match.end() + width + 1])
    if match.start() <= width:
        left = row.text[: match.start()]
    if len(row.text) - match.end() <= width:
        right = row.text[match.end() :]
    found = row.text[match.start() : match.end()]
    return *row[: len(KEY)], " ".join(left.split()), " ".join(found.split()), " ".join(right.split())


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
    return pd.Series(Counter(word for text in _texts(texts) for word in words(text)), dtype="int64")


def _texts(texts: Iterable[object]) -> list[str]:
    """The texts, an empty one where a cell of a frame is empty; ValueError for anything else."""
    if isinstance(texts, str):
        raise ValueError("This is one text, and texts are needed: give a list of them, or a column of a frame.")
    found = ["" if text is None or text is pd.NA or text != text else text for text in texts]
    for place, text in enumerate(found, start=1):
        if not isinstance(text, str):
            raise ValueError(f"Text {place} is no text but {type(text).__name__}. Give the column with the answers.")
    return [str(text) for text in found]


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

    listed = _texts(texts)
    if count < 1 or top < 1:
        raise ValueError("There must be at least 1 topic, with at least 1 word: give `count` and `top` of 1 or more.")
    if count > len(listed):
        raise ValueError(
            f"There can't be more topics than texts: {counted(count, 'topic')} asked for, of "
            f"{counted(len(listed), 'text')}. Ask for fewer, or give more texts."
        )
    weigh = TfidfVectorizer(preprocessor=_small, token_pattern=WORD.pattern, stop_words=_stop_words(), min_df=2)
    try:
        weights = weigh.fit_transform(listed)
    except ValueError:  # no word stands in two of them
        raise ValueError(
            f"Too few words stand in more than one of {counted(len(listed), 'text')} to find "
            f"{counted(count, 'topic')}. Give more texts."
        ) from None
    if count > weights.shape[1]:
        raise ValueError(
            f"Only {counted(weights.shape[1], 'word')} stand in more than one of {counted(len(listed), 'text')}: "
            f"too few for {counted(count, 'topic')}. Ask for fewer, or give more texts."
        )
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
