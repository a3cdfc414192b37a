"""Joins a class's session, its wall and the widgets: what the instructor's notebook calls."""

from __future__ import annotations

import os
import warnings
from datetime import date

from ..errors import CoprodError
from ..store.access import refuse_served
from ..store.responses import ResponseStore
from ..store.retention import Retention
from ..store.sessions import ClassSession, Sessions
from ..store.settings import open_default_store
from ..store.study_versions import StudyVersions
from ..store.wall import Wall
from ..study.self_study import SelfStudy
from ..widgets.join import JoinPanel
from ..widgets.wall import ResponseWall

ADDRESS = "COPROD_LEARN_URL"
"""The environment variable by which `coprod teach` tells a notebook where learners find their page."""

AT_HOME = "http://127.0.0.1:8866/"


def open_class(
    title: str,
    *,
    study: SelfStudy | None = None,
    keep_until: date | str | None = None,
    support: str | None = None,
    store: ResponseStore | None = None,
) -> ClassSession:
    """The open session with this title, or a new one: running a notebook again does not split a class in two.

    Learners are told that answers are kept until the end of the day `keep_until`, as "2027-06-30"; ValueError where
    that is no day. Every page of theirs says whom they can turn to: `support`, as "Student health: 036-10 10 10", or a
    general sentence without it. `study` is the self-study that they get; without it, the kit's own. Without `store`,
    the one of `coprod teach`.
    """
    study, store = study or SelfStudy.load(), _opened(store)
    until = date.fromisoformat(keep_until) if isinstance(keep_until, str) else keep_until
    wanted = " ".join(title.split()), study.key
    same = [one for one in ClassSession.all(store) if (one.title, one.study_key) == wanted]
    if found := next((one for one in same if one.phase != "closed"), None):
        if until:
            Retention(store).keep_until(found.name, until, title=found.title, study_key=study.key)
        if support is not None:
            Sessions(store).tell_support(found.name, support)
        return ClassSession.of(store, found.name)
    if same:
        again = f"teaching.find_class({same[0].name!r})"
        warnings.warn(f"A session of this title was closed. This is a new one; the other is {again}.", stacklevel=2)
    return ClassSession.open(study, store, title=title, keep_until=until, support=support or "")


def latest_class(*, store: ResponseStore | None = None) -> ClassSession:
    """The open session that was opened last, else the one that was closed last. CoprodError where there is none yet.

    A practice session, which `coprod demo` has filled, only where there is no other.
    """
    found = ClassSession.all(_opened(store))
    if not found:
        raise CoprodError(
            "No session is open here yet. Run the first cell of teach/session.ipynb, then this one again."
        )
    found.sort(key=lambda one: (one.practice, one.phase == "closed"))  # else the newest first, as they came
    return found[0]


def find_class(name_or_code: str, *, store: ResponseStore | None = None) -> ClassSession:
    """The session with this name, join code or title, open or closed."""
    return ClassSession.of(_opened(store), name_or_code)


def close_class(session: ClassSession, *, store: ResponseStore | None = None) -> ClassSession:
    """Stop writing in a session; everybody can still read what they wrote."""
    return session.closed(_opened(store))


def class_link(session: ClassSession, *, address: str | None = None) -> str:
    """What learners open to come into a session: the address of their page, with the session's code."""
    return f"{page_address(address)}?session={session.code}"


def page_address(address: str | None = None) -> str:
    """Where learners find their page: as given, as `coprod teach` said, else on this computer."""
    found = address or os.environ.get(ADDRESS) or AT_HOME
    return found if found.endswith("/") else f"{found}/"


class ClassWall(Wall):
    """A wall that also moves its session from phase to phase."""

    def __init__(self, store: ResponseStore, session: ClassSession, study: SelfStudy, by: str = "instructor"):
        super().__init__(store, session.name, study, by)
        self._store, self._class = store, session

    def move(self, phase: str, section: str = "") -> None:
        """Put the session, or one section of it, into another phase; learners' pages follow within seconds."""
        part = self.study.section(section) if section else None
        self._class = self._class.moved(self._store, phase, section=part)

    def time(self, minutes: int, *, more: bool = False) -> None:
        """Start the class's clock, give it more minutes, or stop it with 0; every screen follows within seconds."""
        self._class = self._class.timed(self._store, minutes, more=more)


def backend(
    session: ClassSession, *, study: SelfStudy | None = None, by: str = "instructor", store: ResponseStore | None = None
) -> ClassWall:
    """What the widgets ask for the answers of a session; `by` is whose actions an undo takes back.

    WordingChanged where the self-study asks something else than the answers were given to, under the same version.
    """
    study = study or SelfStudy.load()
    if study.key != session.study_key:
        raise ValueError(f"That session is on {session.study_key!r}, not on {study.key!r}. Give its own self-study.")
    kept = _opened(store)
    StudyVersions(kept).compare(study)
    return ClassWall(kept, session, study, by)


def join_panel(
    session: ClassSession,
    *,
    address: str | None = None,
    study: SelfStudy | None = None,
    store: ResponseStore | None = None,
) -> JoinPanel:
    """The way into a session, big: address, code, QR code and counts."""
    kept, found = backend(session, study=study, store=store), page_address(address)
    return JoinPanel(address=found, code=session.code, title=session.title, backend=kept, language=session.language)


def wall(
    session: ClassSession,
    *,
    projector: bool = False,
    study: SelfStudy | None = None,
    by: str = "instructor",
    store: ResponseStore | None = None,
) -> ResponseWall:
    """The class's answers, to moderate; or, with `projector`, only what is shown."""
    study = study or SelfStudy.load()
    kept = backend(session, study=study, by=by, store=store)
    return ResponseWall(kept, study, projector=projector, title=session.title, code=session.code)


def _opened(store: ResponseStore | None) -> ResponseStore:
    """The store that was given, else the one that learners' pages write to; none on a page that is served."""
    refuse_served()
    return store if store is not None else open_default_store(prepare=True)
