"""What the companion notebooks call: the answers in a store, and a check at the end of a lesson."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from .export import to_frame
from .learner_app import STORE
from .self_study import SelfStudy
from .store import ResponseStore
from .widgets import SelfStudyForm


def read_store(store: ResponseStore | None = None, *, session: str | None = None) -> pd.DataFrame:
    """The newest answers in a store, as the frame that `export.read_csv` gives; of one session, if it is named.

    Without `store`, the answers in the store that learners' pages on this computer write to.
    """
    store = store or ResponseStore(os.environ.get(STORE) or None)
    rows = (row for row in store.rows() if session in (None, row["session"]))
    return to_frame(rows, SelfStudy.load())


def check(lesson: str) -> SelfStudyForm:
    """The questions that close a lesson, from `checks/<lesson>.en.yaml` beside the notebook.

    Answers stay in this kernel's memory. Raises `SelfStudyError` where the file is missing or wrong.
    """
    return SelfStudyForm(SelfStudy.load(Path("checks", f"{lesson}.en.yaml")))
