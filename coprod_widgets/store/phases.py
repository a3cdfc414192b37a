"""What a class is doing: the phase of its session, and of each section that an instructor has set apart from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from .tables import section_phases, sessions

Phase = Literal["joining", "writing", "sharing", "discussion", "closed"]
PHASES: tuple[Phase, ...] = get_args(Phase)
SECTION_PHASES = PHASES[1:]
"""The phases that a section can have of its own: nobody joins a part of a self-study."""
SHARING = ("sharing", "discussion", "closed")
"""The phases in which learners see what classmates wrote and an instructor has shown."""


@dataclass(frozen=True, kw_only=True)
class Phases:
    """What a class is doing just now."""

    session: str = "writing"
    sections: Mapping[str, str] = field(default_factory=dict)
    """The phase of each section that is apart from its class, by its key."""
    until: datetime | None = None
    """When the time for it is over; nothing ends by itself then."""

    def phase_of(self, section: str) -> str:
        """The phase of a section: its own, else its session's."""
        return self.sections.get(section, self.session)

    def seconds_left(self, at: datetime) -> float | None:
        """Seconds until the time is over; below 0 after it, None without a clock."""
        return (self.until - at).total_seconds() if self.until else None

    def to_message(self, at: datetime) -> dict[str, Any]:
        """As pages are told it: seconds, because their own clocks may be wrong."""
        return {"phase": self.session, "sections": dict(self.sections), "left": self.seconds_left(at)}


def phases_of(connection: sa.Connection, session: str) -> Phases:
    """What a session's class is doing; it writes where nobody has opened a session by this name."""
    theirs = sa.select(*sessions.c["phase", "until"], section_phases.c.section, section_phases.c.phase.label("own"))
    theirs = theirs.outerjoin(section_phases, section_phases.c.session == sessions.c.name)
    rows = connection.execute(theirs.where(sessions.c.name == session).order_by(section_phases.c.id)).all()
    phase = rows[0].phase if rows else "writing"
    # A closed session closes every section, whatever it has of its own.
    own = {row.section: row.own for row in rows if row.section and phase != "closed"}
    return Phases(session=phase, sections=own, until=rows[0].until if rows else None)


def separate_section(connection: sa.Connection, session: str, section: str, phase: str) -> None:
    """Give a section a phase of its own; none of its own where that is its session's. Needs the session's row held."""
    now = phases_of(connection, session).session
    connection.execute(sa.delete(section_phases).where(_own(session) & (section_phases.c.section == section)))
    # To a learner who joins and to one who writes a section is the same.
    if phase != ("writing" if now == "joining" else now):
        connection.execute(sa.insert(section_phases).values(session=session, section=section, phase=phase))


def reset_sections(connection: sa.Connection, session: str) -> None:
    """Leave no section of a session apart from its class."""
    connection.execute(sa.delete(section_phases).where(_own(session)))


def _own(session: str) -> sa.ColumnElement[bool]:
    return section_phases.c.session == session
