"""Fills a practice session with the invented answers of the sample data, so that a lesson can be rehearsed."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import CoprodError
from ..store.responses import ResponseStore
from ..store.sessions import ClassSession, Sessions
from ..study.sample_data import sample_folder
from ..study.self_study import SelfStudy

TITLE = "Practice session"
WORD = "practice"


@dataclass(frozen=True, kw_only=True)
class Invented:
    """One answer that nobody gave."""

    pseudonym: str
    question: str
    text: str = field(repr=False)


def rehearse(store: ResponseStore, session: ClassSession, study: SelfStudy, *, learners: int = 30) -> Iterator[str]:
    """Write the sample's answers into a practice session, one at a time; each step gives its question.

    They agree to be shown to the class and to nothing else. CoprodError when the session's title does not say that it
    is for practice, when somebody has written in it, or when it is about another self-study.
    """
    if WORD not in session.title.casefold():
        raise CoprodError(f"Invented answers go only into a session whose title says {WORD!r}. Open one for it.")
    phases = Sessions(store).phases(session.name)
    if session.study_key != study.key or any(phases.phase_of(section.key) == "closed" for section in study.sections):
        raise CoprodError(f"Invented answers go only into an open session on {study.title}. Open one for it.")
    if Sessions(store).responses(session.name):
        raise CoprodError("There are answers in that session already. Open another for practice.")
    Sessions(store).mark_practice(session.name)
    return _written(store, session, study, learners)


def _written(store: ResponseStore, session: ClassSession, study: SelfStudy, learners: int) -> Iterator[str]:
    course: dict[str, Any] = {"session": session.name, "study": study}
    ours: dict[str, str] = {}
    for one in _sample():
        if one.pseudonym not in ours and len(ours) == learners:
            break
        if one.pseudonym not in ours:
            ours[one.pseudonym] = store.enrol(secrets.token_hex(16))
            store.agree(ours[one.pseudonym], "class", True, version=1, language=study.language, **course)
        learner = ours[one.pseudonym]
        if one.question in study.keys:
            store.save(learner, one.question, one.text, base=0, **course)
            yield one.question
    for learner in ours.values():
        store.hand_in(learner, **course)


def _sample() -> Iterator[Invented]:
    """The sample's answers, learner by learner."""
    folder = sample_folder()
    if folder is None:
        raise CoprodError("The sample data is missing. Install the kit anew, or work in a checkout of it.")
    with (folder / "responses.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield Invented(pseudonym=row["pseudonym"], question=row["question"], text=row["text"])
