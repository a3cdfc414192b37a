"""What the companion notebooks call: the answers in a store, texts to read, and a check at the end of a lesson."""

from __future__ import annotations

import html
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..exports.csv_file import to_frame
from ..exports.frames import as_texts
from ..store.consents import agreed
from ..store.responses import ResponseStore
from ..store.sessions import SAMPLE, Sessions
from ..store.settings import open_default_store
from ..study.sample_data import are_invented, are_texts_of_sample
from ..study.self_study import USES, SelfStudy
from ..widgets.form import SelfStudyForm
from ..widgets.hidden_figure import HiddenFigure
from ..widgets.text_table import TextTable

if TYPE_CHECKING:
    from ..analysis.figures import Figure

INVENTED = SAMPLE
"""The sessions of the sample data, whose texts may stand in a notebook file because nobody wrote them. Their names
alone prove nothing: any frame can be given them."""


def read_store(
    store: ResponseStore | None = None, *, session: str | None = None, use: str | None = None
) -> pd.DataFrame:
    """The newest answers whose learners agreed to a use, as the frame that `read_csv` gives.

    `use` is `class` for what may be shown to the class and `research` for what may be analysed for others; without it,
    either is enough. `session` is one session's name, join code or title; StoreError lists those that there are where
    there is no such. Without it, practice sessions and sample data are left out, and a warning says so. Without
    `store`, answers come from the one that learners' pages on this computer write to. A warning says how many learners
    are left out because they did not agree.
    """
    if use not in (None, *USES):
        raise ValueError(f"There is no use {use!r}; there are {' and '.join(USES)}.")
    store = store or open_default_store()
    chosen = Sessions(store).choose(session)
    if chosen.left_out:
        warnings.warn(f"Left out, because nobody's own class wrote it: {', '.join(chosen.left_out)}.", stacklevel=2)
    rows, out = agreed(store.rows(sessions=chosen.names), [use] if use else USES)
    if out:
        asked = "to this" if use is None else f"to {use} use"
        warnings.warn(f"Learners left out because they did not agree {asked}: {out}.", stacklevel=2)
    return to_frame(rows)


def check(lesson: str) -> SelfStudyForm:
    """The questions that close a lesson, from `checks/<lesson>.en.yaml` beside the notebook.

    Answers stay in this kernel's memory. Raises `SelfStudyError` where the file is missing or wrong.
    """
    return SelfStudyForm(SelfStudy.load(Path("checks", f"{lesson}.en.yaml")))


class InventedTexts:
    """A table of invented texts, which stays in the notebook for those who read it without running it."""

    def __init__(self, texts: pd.DataFrame):
        self.texts = texts

    def __repr__(self) -> str:
        return "\n\n".join("\n".join(row) for row in as_texts(self.texts).to_numpy().tolist())

    def _repr_html_(self) -> str:
        head = "".join(f"<th{_aligned(name)}>{html.escape(name)}</th>" for name in self.texts)
        rows = (
            "".join(f"<td{_aligned(name)}>{html.escape(cell)}</td>" for name, cell in row.items())
            for row in as_texts(self.texts).to_dict("records")
        )
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _aligned(column: str) -> str:
    """JupyterLab sets tables flush right, which suits only what stands left of a word in its context."""
    return "" if column == "left" else ' style="text-align: left"'


def show_texts(texts: pd.DataFrame) -> InventedTexts | TextTable:
    """A frame with texts in it, to read in a notebook, one row a text.

    `session` is not shown, nor `study` where all texts have the same.

    Texts of a real class are shown so that saving the notebook does not save them. Only where every row's `session`
    is that of the sample data, and its words stand in the sample data, are they ordinary output.
    """
    same = ["session", *(["study"] if "study" in texts and texts["study"].nunique() < 2 else [])]
    shown = texts.drop(columns=same, errors="ignore").pipe(as_texts)
    if "session" in texts and texts["session"].isin(INVENTED).all() and are_invented(shown.to_numpy(str).flat):
        return InventedTexts(shown)
    return TextTable(list(shown.columns), shown.to_numpy(dtype=str).tolist())


def show_words(
    shown: pd.DataFrame | Figure, responses: pd.DataFrame
) -> pd.DataFrame | Figure | TextTable | HiddenFigure:
    """A table or a figure with words that learners used, made from these responses, to see in a notebook.

    A word can be a name. Those of a real class are shown so that saving the notebook does not save them; only where
    every text is one of the sample data are they ordinary output.
    """
    sample = "session" in responses and responses["session"].isin(INVENTED).all()
    if sample and are_texts_of_sample(responses["text"].tolist()):
        return shown
    if isinstance(shown, pd.DataFrame):
        return TextTable([str(name) for name in shown.columns], as_texts(shown).to_numpy(dtype=str).tolist())
    return HiddenFigure(shown.png(), shown.alt)
