"""Joins form, store and session for one visitor: what the served notebook calls."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime

from .consents import Consent
from .errors import LearnerGone
from .retention import Retention
from .self_study import SelfStudy
from .store import Response, ResponseStore, Revision
from .widgets import SelfStudyForm

STORE = "COPROD_STORE"
"""The environment variable that tells a learner's kernel the store's URL."""

SESSION = "self-paced"
"""The session of learners who came without one."""


def open_self_study(
    name: str = "paul_on_coproduction", *, language: str = "en", store: ResponseStore | None = None
) -> SelfStudyForm:
    """The form of one self-study, whose answers go into the store.

    Without `store`, into the one that `coprod learn` was started with, else the default one of this computer.
    """
    study = SelfStudy.load(name, language=language)
    served = os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")
    if store is None:
        store = ResponseStore(os.environ.get(STORE) or None)
        if not served:  # the server has prepared it for everybody
            store.prepare()
    return SelfStudyForm(study, keeper=StoreKeeper(store, study), whole_page=served)


class StoreKeeper:
    """Keeps the answers of one visitor's form in the store."""

    where = "store"

    def __init__(self, store: ResponseStore, study: SelfStudy, *, session: str = SESSION):
        self.store, self.study, self.session = store, study, session

    def hello(self, device: str) -> Response | None:
        learner = self.store.learner(device)
        return self.store.response(learner, session=self.session, study=self.study) if learner else None

    def save(self, device: str, question: str, text: str, base: int) -> Revision:
        learner = self.store.learner(device)
        if learner is None and base != 0:
            # Written on top of a text that was deleted, or (-1) beside one: the learner decides, not the autosave.
            raise LearnerGone
        learner = learner or self.store.enrol(device)
        return self.store.save(learner, question, text, base=base, session=self.session, study=self.study)

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
        return known if known and self.store.opens(known, learner) else self.store.issue_resume_code(learner)

    def resume(self, device: str, code: str) -> None:
        self.store.resume(code, device_key=device)

    def agree(
        self, device: str, use: str, given: bool, *, version: int, language: str, known: bool
    ) -> Mapping[str, Consent]:
        learner = self._known(device) if known else self.store.enrol(device)
        self.store.agree(
            learner, use, given, version=version, language=language, session=self.session, study=self.study
        )
        held = self.store.response(learner, session=self.session, study=self.study)
        return held.choices if held else {}

    def until(self) -> datetime | None:
        return Retention(self.store).until(self.session)

    def delete(self, device: str) -> tuple[int, int]:
        deleted = self.store.delete(self._known(device))
        return deleted.answers, deleted.revisions

    def _known(self, device: str) -> str:
        learner = self.store.learner(device)
        if learner is None:
            raise LearnerGone
        return learner
