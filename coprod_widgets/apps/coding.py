"""Joins the coder's desk and the store: frames in, codings in the store, a frame out."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..store.access import refuse_served
from ..store.codings import CodingStore
from ..store.responses import ResponseStore
from ..store.sessions import SAMPLE, ClassSession
from ..store.settings import open_default_store
from ..study.codebook import Coding
from ..study.self_study import ACTORS, SelfStudy
from ..text.limits import counted, visible
from ..widgets.coding import CodingDesk

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("session", "pseudonym", "question", "revision", "text")
CODED = (
    "study",
    "coder",
    "pseudonym",
    "question",
    "start",
    "end",
    "words",
    "theme",
    "memo",
    "session",
    "revision",
    "time",
)


def open_coding(
    responses: pd.DataFrame,
    themes: pd.DataFrame,
    *,
    coder: str,
    store: ResponseStore | CodingStore | None = None,
    questions: Collection[str] | None = None,
    study: SelfStudy | None = None,
) -> CodingDesk:
    """The desk where one coder codes answers, in the order of the frame; what is coded goes into the store.

    Of each answer the newest text is coded, of every question or of `questions` only; the words for the roles are
    shown beside it. `study` is the self-study that asked; without it, the kit's own. Answers to another are shown with
    the key of their question; ValueError where all of them are.
    """
    study = study or SelfStudy.load()
    texts, codebook = _texts(responses, study, questions), _rows(themes, "themes", ("theme", "name"))
    return CodingDesk(texts, codebook, coder=coder, backend=StoreCodingBackend(_opened(store)))


def read_codings(
    store: ResponseStore | CodingStore | None = None,
    coder: str | None = None,
    *,
    responses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The codings in the store, or one coder's, one a row; `time` is when the theme was applied.

    With `responses`, those of the answers in this frame; ValueError where there are codings and none is of one of them.
    Without it, those of the sample data and of practice sessions are left out, and a warning says so.
    """
    import pandas as pd

    opened = _opened(store)
    found = opened.codings(coder)
    kept = _own(opened, found) if responses is None else _of_these(found, responses)
    rows = [{**asdict(coding), "time": coding.created_at} for coding in kept]
    kinds = dict.fromkeys(CODED, "str") | dict.fromkeys(("start", "end", "revision"), "int64")
    return pd.DataFrame(rows, columns=list(CODED)).astype(kinds | {"time": "datetime64[us, UTC]"})


def _own(store: CodingStore, codings: list[Coding]) -> list[Coding]:
    """Those on answers of somebody's own class."""
    others = {*SAMPLE, *(session.name for session in ClassSession.all(store) if session.practice)}
    kept = [coding for coding in codings if coding.session not in others]
    if out := len(codings) - len(kept):
        warnings.warn(
            f"Left out, because nobody's own class wrote the answers: {counted(out, 'coding')}. For those of the "
            "sample data or a practice session, give its answers as `responses`.",
            stacklevel=3,
        )
    return kept


def _of_these(codings: list[Coding], responses: pd.DataFrame) -> list[Coding]:
    from ..exports.frames import KEY, with_study

    answers = set(with_study(responses)[KEY].itertuples(index=False, name=None))
    kept = [one for one in codings if (one.study, one.session, one.pseudonym, one.question) in answers]
    if codings and not kept:
        raise ValueError(
            f"None of {counted(len(codings), 'coding')} is of one of these {counted(len(answers), 'answer')}. They are "
            f"joined by {', '.join(KEY)}."
        )
    return kept


class StoreCodingBackend:
    """Keeps a desk's codings in the store; those of its learners only while they are there."""

    where = "store"

    def __init__(self, store: CodingStore):
        self.store = store
        self._learners = store.learners()

    def codings(self, coder: str) -> list[Coding]:
        return self.store.codings(coder)

    def add(self, coding: Coding) -> Coding:
        return self.store.add(coding, living=coding.pseudonym in self._learners)

    def set_memo(self, coding: Coding, memo: str, *, base: str) -> Coding:
        return self.store.set_memo(coding, memo, base=base)

    def remove(self, coding: Coding) -> None:
        self.store.remove(coding)


def _opened(store: ResponseStore | CodingStore | None) -> CodingStore:
    """The store that was given, else the one that a learner's form would write to; none on a page that is served."""
    refuse_served()
    if isinstance(store, CodingStore):
        return store
    return CodingStore(store if store is not None else open_default_store(prepare=True))


def _texts(responses: pd.DataFrame, study: SelfStudy, questions: Collection[str] | None) -> Iterator[dict[str, Any]]:
    """Each answer that is to be coded, with its question and the words for the roles."""
    from ..exports.frames import newest, refuse_other_study

    _rows(responses, "responses", NEEDED)
    rows = _rows(newest(responses), "responses", NEEDED)
    if rows and study.key not in (studies := [row["study"] for row in rows]):
        refuse_other_study(study.key, studies)
    actors = {f"role_{actor}": actor for actor in ACTORS} | {role.key: str(role.actor) for role in study.roles}
    called: dict[Any, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row["question"] in actors and visible(row["text"]):
            called[_response(row)][actors[row["question"]]] = row["text"].strip()
    wanted = _wanted(questions, {row["question"] for row in rows} | {*study.keys})
    for row in rows:
        if row["question"] in wanted - actors.keys() and visible(row["text"]):
            yield {**row, "roles": called[_response(row)], **_asked(study, row)}


def _response(row: dict[str, Any]) -> tuple[str, ...]:
    return row["study"], row["session"], row["pseudonym"]


def _wanted(questions: Collection[str] | None, known: set[str]) -> set[str]:
    wanted = {questions} if isinstance(questions, str) else known if questions is None else set(questions)
    if unknown := sorted(wanted - known):
        raise ValueError(f"No question has the key {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    return wanted


def _asked(study: SelfStudy, row: dict[str, Any]) -> dict[str, str]:
    key = row["question"]
    if row["study"] != study.key or key not in study.keys:  # another self-study asked it, or an earlier version
        return {"prompt": key}
    question = study.question(key)
    return {"prompt": question.prompt, "part": question.part}


def _rows(frame: pd.DataFrame, what: str, needed: Collection[str]) -> list[dict[str, Any]]:
    """The rows as dicts of texts, empty where a cell is; only the revision is a number."""
    if missing := [name for name in needed if name not in frame.columns]:
        raise ValueError(f"The {what} lack the column {', '.join(missing)}; they need {', '.join(needed)}.")
    rows = frame.astype("object").where(frame.notna(), "").to_dict("records")
    return [{name: cell if name == "revision" else str(cell) for name, cell in row.items()} for row in rows]
