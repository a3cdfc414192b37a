"""Joins form, store and session for one visitor: what the served notebook calls."""

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from ..errors import JoinRefused, LearnerGone, ResumeRefused, StoreError, WordingChanged
from ..store.access import is_served
from ..store.consents import Consent
from ..store.database import utc_now
from ..store.phases import SHARING, Phases
from ..store.responses import Response, ResponseStore, Revision
from ..store.retention import Retention
from ..store.sessions import ClassSession, Sessions
from ..store.settings import SESSION, open_default_store
from ..store.study_versions import StudyVersions
from ..store.visibility import Shown
from ..study import last_valid
from ..study.self_study import SelfStudy
from ..text.codes import grouped, resume_code
from ..text.limits import visible
from ..text.throttle import Throttle
from ..widgets.backends.form import ClassInfo
from ..widgets.form import SelfStudyForm

CODES = Throttle(free=5, window=timedelta(minutes=10))
"""How often one page may try resume codes. What another page tried does not count."""

LONGEST_WAIT = timedelta(minutes=1)
"""After which a page's join code is looked at, however many wrong ones others try."""


def open_self_study(
    name: str = "paul_on_coproduction",
    *,
    language: str = "en",
    store: ResponseStore | None = None,
    session: str | None = None,
) -> SelfStudyForm:
    """The form of one self-study, whose answers go into the store.

    Without `store`, into the one that `coprod learn` was started with, else the default one of this computer. `session`
    is the join code of a class; a served page takes it from its own address, `?session=ABC-DEF`. WordingChanged where
    the file asks something else than answers in the store were given to, under the same version. While it is served, a
    file that comes to hold mistakes is not shown: learners go on with it as it was before.
    """
    served = is_served()
    if store is None:
        store = open_default_store(prepare=not served)  # the server has prepared it for everybody
    study = last_valid.load(name, language=language, accept=partial(_record, store))
    code = session or (_code_in(os.environ.get("QUERY_STRING", "")) if served else "")
    backend = StoreBackend(store, study, **_joined(store, study, code))
    return SelfStudyForm(study, backend=backend, whole_page=served)


def _record(store: ResponseStore, study: SelfStudy) -> None:
    """Keep what is asked. A store that can't be reached is no reason to show no form: saving will say so."""
    try:
        StudyVersions(store).record(study)
    except WordingChanged:
        raise
    except StoreError:
        return


def _code_in(query: str) -> str:
    """The join code in a page's address; empty where there is none."""
    return parse_qs(query).get("session", [""])[0]


def _joined(store: ResponseStore, study: SelfStudy, code: str) -> dict[str, Any]:
    """The class whose code it is. Without one, or with a wrong one, a learner writes on their own."""
    if not code.strip():
        return {}
    try:
        found = Sessions(store).join(code, first=True)
    except JoinRefused:
        return {"course": ClassInfo(refused=True)}
    if found.study_key != study.key:
        return {"course": ClassInfo(refused=True)}
    return {"session": found.name, "course": ClassInfo(name=found.name, title=found.title, support=found.support or "")}


class StoreBackend:
    """Keeps the answers of one visitor's form in the store."""

    where = "store"

    def __init__(
        self,
        store: ResponseStore,
        study: SelfStudy,
        *,
        session: str = SESSION,
        course: ClassInfo | None = None,
        now: Callable[[], datetime] = utc_now,
    ):
        self.store, self.study, self.session, self._now = store, study, session, now
        self.course = replace(course or ClassInfo(), joinable=True)
        self._tried, self._deleted = self.course.refused, False
        self._look: datetime | None = None
        self._failures: deque[datetime] = deque(maxlen=50)

    def transaction(self, *, writes: bool = False) -> AbstractContextManager[None]:
        return self.store.database.transaction(writes=writes)

    def hello(self, device: str) -> Response | None:
        learner = self.store.learner(device)
        return self.store.response(learner, session=self.session, study=self.study) if learner else None

    def save(self, device: str, question: str, text: str, base: int, version: int | None = None) -> Revision:
        learner = self.store.learner(device)
        if learner is None and base != 0:
            # Written on top of a text that was deleted, or (-1) beside one: the learner decides, not the autosave.
            raise LearnerGone
        learner, self._deleted = learner or self.store.enrol(device), False
        return self.store.save(
            learner, question, text, base=base, session=self.session, study=self.study, version=version
        )

    def place(self, device: str, place: str) -> None:
        if learner := self.store.learner(device):
            self.store.set_place(learner, place, session=self.session, study=self.study)

    def revisions(self, device: str, question: str) -> Sequence[Revision]:
        learner = self.store.learner(device)
        return self.store.revisions(learner, question, session=self.session, study=self.study) if learner else []

    def hand_in(self, device: str) -> Response:
        return self.store.hand_in(self._known(device), session=self.session, study=self.study)

    def code(self, device: str, known: str) -> str | None:
        learner = self.store.learner(device)
        if learner is None:
            return None
        if known and self.store.is_code_of(known, learner):
            return grouped(resume_code(known), 4)
        return self.store.issue_resume_code(learner)

    def resume(self, device: str, code: str) -> None:
        if wait := CODES.wait(self._failures, self._now()):
            raise ResumeRefused(wait)
        try:
            self.store.resume(code, device_key=device)
        except ResumeRefused:
            self._failures.append(at := self._now())
            wait = CODES.wait(self._failures, at)
        else:
            return
        raise ResumeRefused(wait)

    def agree(
        self, device: str, use: str, given: bool, *, version: int, language: str, known: bool
    ) -> Mapping[str, Consent]:
        learner, self._deleted = self._known(device) if known else self.store.enrol(device), False
        self.store.agree(
            learner, use, given, version=version, language=language, session=self.session, study=self.study
        )
        return self.store.choices(learner, session=self.session, study=self.study)

    def until(self) -> datetime | None:
        return Retention(self.store).until(self.session)

    def edition(self) -> str:
        return self.store.edition()

    def delete(self, device: str) -> tuple[int, int]:
        deleted = self.store.delete(self._known(device))
        self._deleted = True
        return deleted.answers, deleted.revisions

    def asks(self, question: str) -> bool:
        return StudyVersions(self.store).ask(question, self.study)

    def remove(self, device: str, question: str) -> int:
        gone = StudyVersions(self.store).remove_answer(
            self._known(device), question, session=self.session, study=self.study
        )
        return gone.revisions

    def phases(self, device: str = "") -> Mapping[str, Any]:
        if self.course.name and device and not self._deleted:  # who left counts again when they write again
            Sessions(self.store).count_device(self.session, device)
        return self._phases().to_message(utc_now())

    def join(self, code: str) -> None:
        if self._session_of(code).study_key != self.study.key:
            raise JoinRefused(0)

    def _session_of(self, code: str) -> ClassSession:
        """The session with this code. A page that was told to wait gets its turn a minute later, however many guess."""
        at = self._now()
        sure, self._tried = not self._tried or (self._look is not None and self._look <= at), True
        try:
            found = Sessions(self.store, now=self._now).join(code, first=sure)
        except JoinRefused as refused:
            wait = refused.wait
        else:
            return found
        self._look = (self._look or at + LONGEST_WAIT) if wait else None
        raise JoinRefused(min(wait, (self._look - at).total_seconds()) if self._look else 0)

    def classmates(self, device: str) -> list[Shown]:
        learner = self.store.learner(device)
        phases, order = self._phases(), {question.key: at for at, question in enumerate(self.study.questions)}
        read = {key for key in order if phases.phase_of(self.study.section_of(key).key) in SHARING}
        if learner is None or not read:
            return []
        held = self.store.response(learner, session=self.session, study=self.study)
        mine = {key for key, kept in held.answers.items() if visible(kept.text)} if held else set()
        shown = Sessions(self.store).shown(self.session, self.study.key)
        theirs = [one for one in shown if one.question in mine & read and one.pseudonym != learner]
        return sorted(theirs, key=lambda one: (order[one.question], one.text))

    def _phases(self) -> Phases:
        return Sessions(self.store).phases(self.session) if self.course.name else Phases()

    def _known(self, device: str) -> str:
        learner = self.store.learner(device)
        if learner is None:
            raise LearnerGone
        return learner
