"""A class and its session: title, join code and phase; who may come in with a code, and how often one may try."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from ..errors import CoprodError, JoinRefused, StoreError
from ..text.codes import JOIN, join_code
from ..text.days import end_of, refuse_past
from ..text.throttle import Throttle
from .database import HasDatabase, translate_database_errors, utc_now
from .phases import PHASES, SECTION_PHASES, Phase, Phases, phases_of, reset_sections, separate_section
from .queries import count, joined_digest, key_digest
from .tables import failed_joins, joined, responses, sessions
from .visibility import Shown, shown_in
from .wordings import record

if TYPE_CHECKING:
    from ..study.self_study import Section, SelfStudy

RESERVED = ("sample", "sample-raw", "self-paced")
"""Names with a meaning of their own: the sample data's two sessions, and that of learners who came without a code."""

# What can be taken for another when it is read aloud or from the back row is left out: 0/O, 1/I/L, 2/Z, 5/S, 6/G,
# 8/B, U/V, and M, which sounds like N. Six of twenty make 64 million codes.
LETTERS = JOIN
SAMPLE = RESERVED[:2]
LONGEST_TITLE, LONGEST_SUPPORT = 120, 200
LONGEST_TIME = 240  # minutes
FREE_FAILURES = 60
CODES = Throttle(free=FREE_FAILURES, window=timedelta(minutes=1))


@dataclass(frozen=True, kw_only=True)
class SessionChoice:
    """The names of sessions whose answers are to be read, and the titles of those that are left out."""

    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Practice sessions and the sample data, which are nobody's own class."""


@dataclass(frozen=True, kw_only=True)
class ClassSession:
    """One run of a self-study with a class."""

    name: str
    """What stands beside each answer in the store and in exports."""
    code: str
    """What a learner types to come in, as ABC-DEF."""
    title: str
    study_key: str
    language: str
    phase: Phase
    retain_until: datetime | None
    created_at: datetime
    closed_at: datetime | None
    until: datetime | None
    """When the time for what the class is doing is over. Nothing ends by itself then."""
    practice: bool = False
    """Filled with invented answers, to rehearse a lesson."""
    support: str | None = None
    """Whom learners can turn to, as their pages say it; without it, pages have a general sentence."""

    @classmethod
    def open(
        cls, study: SelfStudy, store: HasDatabase, *, title: str, keep_until: date | None = None, support: str = ""
    ) -> Self:
        """A new session with a code of its own, in the phase `joining`.

        `support` says whom its learners can turn to, as "Student health: 036-10 10 10".
        """
        return cls._of(Sessions(store).open(study, title=title, keep_until=keep_until, support=support))

    @classmethod
    def of(cls, store: HasDatabase, name_or_code: str) -> Self:
        """The session with this name, join code or title; StoreError where there is none, or more than one."""
        return cls._of(Sessions(store).find(name_or_code))

    @classmethod
    def all(cls, store: HasDatabase) -> list[Self]:
        """Every session that has a join code, the newest first."""
        return [cls._of(row) for row in Sessions(store).listed()]

    def moved(self, store: HasDatabase, phase: str, *, section: Section | None = None) -> Self:
        """The session in another phase; one that was closed is open again, and no section is apart from it any more.

        With a `section` of its self-study, as `study.section("b")`, that section alone is moved.
        """
        return self._of(Sessions(store).move(self.name, phase, section=section))

    def timed(self, store: HasDatabase, minutes: int, *, more: bool = False) -> Self:
        """The session with so much time from now on, or so much `more` than it has; 0 minutes stop its clock."""
        return self._of(Sessions(store).time(self.name, minutes, more=more))

    def closed(self, store: HasDatabase) -> Self:
        """The session, closed: what was written stays readable, and nothing is added."""
        return self.moved(store, "closed")

    @classmethod
    def _of(cls, row: sa.Row[Any]) -> Self:
        own = {part.name: row._mapping[part.name] for part in fields(cls)}
        return cls(**own | {"code": shown_code(row.code)})


class Sessions:
    """The class sessions of one database."""

    def __init__(self, store: HasDatabase, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @translate_database_errors
    def open(self, study: SelfStudy, *, title: str, keep_until: date | None = None, support: str = "") -> sa.Row[Any]:
        """Add a session. A name or a code that is taken already is drawn again."""
        title, at = checked_title(title), self._now()
        told = checked_support(support) or None
        if keep_until:
            refuse_past(keep_until, at)
        until = keep_until and end_of(keep_until)
        name, code = _name(title), "".join(secrets.choice(LETTERS) for _ in range(6))
        new: dict[str, Any] = {
            "name": name,
            "code": code,
            "title": title,
            "study_key": study.key,
            "language": study.language,
            "support": told,
        }
        new |= {"phase": "joining", "retain_until": until, "created_at": at, "wall_key": secrets.token_hex(16)}
        with self.database.writing() as connection:
            record(connection, study, at)
            connection.execute(sa.insert(sessions).values(**new))
            return connection.execute(_named(name)).one()

    @translate_database_errors
    def find(self, wanted: str) -> sa.Row[Any]:
        """The session with this name, join code or title, for its instructor: tries are not counted."""
        with self.database.reading() as connection:
            known = connection.execute(sa.select(sessions).where(sessions.c.code.is_not(None))).all()
        return _only_one(wanted, known, "List them with: coprod session list")

    @translate_database_errors
    def choose(self, wanted: str | None) -> SessionChoice:
        """The sessions whose answers are wanted: one by name, join code or title, or all but practice and samples.

        `self-paced` is one of them, and so is a session that nobody has described. StoreError, with the list of those
        that there are, where there is no such session.
        """
        with self.database.reading() as connection:
            written = set(connection.scalars(sa.select(responses.c.session).distinct()))
            described = connection.execute(sa.select(sessions).order_by(sessions.c.id)).all()
        if wanted is not None and wanted in written:
            return SessionChoice(names=(wanted,))
        if wanted is not None:
            others = [f"{name!r}" for name in sorted(written - {row.name for row in described})]
            return SessionChoice(names=(str(_only_one(wanted, described, _listed(described, others)).name),))
        practice = {row.name: str(row.title) for row in described if row.practice} | {name: name for name in SAMPLE}
        left_out = tuple(practice[name] for name in sorted(written & practice.keys()))
        return SessionChoice(names=tuple(sorted(written - practice.keys())), left_out=left_out)

    @translate_database_errors
    def tell_support(self, name: str, support: str) -> None:
        """Say whom a session's learners can turn to; nothing of its own for an empty text. Later pages say it."""
        told = checked_support(support) or None
        with self.database.writing() as connection:
            connection.execute(sa.update(sessions).where(sessions.c.name == name).values(support=told))

    @translate_database_errors
    def mark_practice(self, name: str) -> None:
        """Say of a session that what is in it is invented."""
        with self.database.writing() as connection:
            connection.execute(sa.update(sessions).where(sessions.c.name == name).values(practice=True))

    @translate_database_errors
    def listed(self) -> list[sa.Row[Any]]:
        """Every session that has a join code, the newest first."""
        query = sa.select(sessions).where(sessions.c.code.is_not(None))
        with self.database.reading() as connection:
            return list(connection.execute(query.order_by(sessions.c.created_at.desc(), sessions.c.id.desc())))

    @translate_database_errors
    def move(self, name: str, phase: str, *, section: Section | None = None) -> sa.Row[Any]:
        """Put a session into a phase, and with it every section; or one section only."""
        allowed = SECTION_PHASES if section else PHASES
        if phase not in allowed:
            where = f" for part {section.letter}" if section else ""
            raise CoprodError(f"There is no phase {phase!r}{where}; there are {', '.join(allowed)}.")
        with self.database.writing() as connection:
            if section:
                return self._move_section(connection, name, phase, section)
            # A session that is closed again keeps the time at which it was closed first.
            closed_at = sa.func.coalesce(sessions.c.closed_at, self._now()) if phase == "closed" else None
            change = sa.update(sessions).where((sessions.c.name == name) & sessions.c.code.is_not(None))
            connection.execute(change.values(phase=phase, closed_at=closed_at, until=None))
            reset_sections(connection, name)
            return _still_there(connection.execute(_named(name)).first())

    def _move_section(self, connection: sa.Connection, name: str, phase: str, section: Section) -> sa.Row[Any]:
        # Locked until the commit: saving an answer locks the row too, and so does another move.
        row = _still_there(connection.execute(_named(name).with_for_update()).first())
        if row.phase == "closed" != phase:
            raise CoprodError("The session is closed, and every part with it. Move the whole class first.")
        separate_section(connection, name, section.key, phase)
        return row

    @translate_database_errors
    def time(self, name: str, minutes: int, *, more: bool = False) -> sa.Row[Any]:
        """Start a session's clock, or give it `more` minutes; 0 stop it. Another phase of the class stops it too."""
        if not 0 <= minutes <= LONGEST_TIME:
            raise CoprodError(f"A clock runs for 1 to {LONGEST_TIME} minutes, not {minutes}; 0 stops it.")
        with self.database.writing() as connection:
            row = _still_there(connection.execute(_named(name).with_for_update()).first())
            if row.phase == "closed" and minutes:
                raise CoprodError("The session is closed, so no clock runs in it. Move it to another phase first.")
            start = max(row.until, self._now()) if more and row.until else self._now()
            until = start + timedelta(minutes=minutes) if minutes else None
            connection.execute(sa.update(sessions).where(sessions.c.id == row.id).values(until=until))
            return connection.execute(_named(name)).one()

    @translate_database_errors
    def phases(self, name: str) -> Phases:
        """What a session's class is doing; it writes where nobody has opened one by this name."""
        with self.database.reading() as connection:
            return phases_of(connection, name)

    @translate_database_errors
    def join(self, code: str, *, first: bool) -> ClassSession:
        """The session whose code it is; else JoinRefused.

        Wrong codes are counted, in all kernels together: after sixty in a minute no code is looked at for a while. Only
        the `first` try of a page always is, so that nobody who guesses can lock a class out: each page costs a guesser
        a kernel and a place in the line. A page that has to wait opens itself anew with the code, for such a try.
        """
        with self.database.reading() as connection:
            at = self._now()
            wait = 0.0 if first else CODES.wait(_failures(connection, at), at)
            if not wait and (found := connection.execute(_coded(code)).first()):
                return ClassSession._of(found)
        if not wait:
            self._note_failure(at)
        raise JoinRefused(wait)

    def _note_failure(self, at: datetime) -> None:
        with self.database.writing() as connection:
            connection.execute(sa.delete(failed_joins).where(failed_joins.c.at < at - CODES.window))
            connection.execute(sa.insert(failed_joins).values(at=at))

    @translate_database_errors
    def count_device(self, name: str, device: str) -> None:
        """Count a browser among those that opened a session; each counts once, until its learner is deleted."""
        # A read first: every heartbeat of a page would else wait for SQLite's only writer.
        digest = joined_digest(name, key_digest("device", device))
        known = sa.select(joined.c.id).where((joined.c.session == name) & (joined.c.digest == digest))
        with self.database.reading() as connection:
            if connection.scalar(known) is not None:
                return
        with self.database.writing() as connection:
            if connection.scalar(known) is None:
                connection.execute(sa.insert(joined).values(session=name, digest=digest))

    @translate_database_errors
    def shown(self, name: str, study_key: str) -> list[Shown]:
        """The answers that an instructor shows right now."""
        with self.database.reading() as connection:
            return shown_in(connection, name, study_key)

    @translate_database_errors
    def responses(self, name: str) -> int:
        """How many learners have something stored in a session."""
        with self.database.reading() as connection:
            return count(connection, sa.select(responses.c.id).where(responses.c.session == name))


def shown_code(code: str) -> str:
    """A code as it is shown: ABC-DEF."""
    return f"{code[:3]}-{code[3:]}"


def _still_there(row: sa.Row[Any] | None) -> sa.Row[Any]:
    if row is None:
        raise StoreError("That session is not in this store any more.")
    return row


def _named(name: str) -> sa.Select[Any]:
    return sa.select(sessions).where(sessions.c.name == name)


def _only_one(wanted: str, known: Iterable[sa.Row[Any]], instead: str) -> sa.Row[Any]:
    """The session with this name, else this join code, else this title."""
    rows, title = list(known), " ".join(wanted.split()).casefold()
    for same in (
        [row for row in rows if row.name == wanted],
        [row for row in rows if row.code and row.code == join_code(wanted)],
        [row for row in rows if row.title.casefold() == title],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            which = ", ".join(f"{row.name} ({shown_code(row.code)})" if row.code else str(row.name) for row in same)
            raise StoreError(f"Several sessions have the title {wanted!r}: {which}. Give a name or a join code.")
    raise StoreError(f"No session has that name, title or join code here. {instead}")


def _listed(described: Iterable[sa.Row[Any]], others: Iterable[str]) -> str:
    named = [f"{row.title!r} ({row.name}, {shown_code(row.code)})" if row.code else repr(row.name) for row in described]
    known = ", ".join([*named, *others])
    return f"There are: {known}. See: coprod session list" if known else "Nothing is stored here yet."


def _coded(code: str) -> sa.Select[Any]:
    return sa.select(sessions).where(sessions.c.code == join_code(code))


def _failures(connection: sa.Connection, at: datetime) -> list[datetime]:
    recent = failed_joins.c.at >= at - CODES.window
    return list(connection.scalars(sa.select(failed_joins.c.at).where(recent).limit(2 * CODES.free)))


def checked_title(title: str) -> str:
    """The title without space around it and line breaks in it."""
    title = " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE or not title.isprintable():
        wanted = f"1 to {LONGEST_TITLE} characters, all of them visible"
        raise CoprodError(f"The title that learners see needs {wanted}: the course and the day, for example.")
    if title.casefold() in RESERVED:
        raise CoprodError(f"A session can't be called {title!r}: that name has a meaning of its own. Add the course.")
    return title


def checked_support(support: str) -> str:
    """Whom learners can turn to, as one line."""
    support = " ".join(support.split())
    if len(support) > LONGEST_SUPPORT or (support and not support.isprintable()):
        raise CoprodError(f"What learners read about support has at most {LONGEST_SUPPORT} characters, all visible.")
    return support


def _name(title: str) -> str:
    """A name that nobody has yet: a few words of the title, and six random letters and digits."""
    words = re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:40].strip("-")
    return f"{words or 'session'}-{''.join(secrets.choice(LETTERS) for _ in range(6)).lower()}"
