"""Last days are days where the class is: in the time zone of COPROD_TIMEZONE, else of this computer."""

from __future__ import annotations

import os
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..errors import CoprodError

TIMEZONE = "COPROD_TIMEZONE"
"""The environment variable that names the class's time zone, as Europe/Stockholm, where this computer has another."""

FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 2, tzinfo=UTC)
"""Every moment between these is one in every time zone."""


def is_moment(found: datetime) -> bool:
    """Whether a time that was read can be told on every clock."""
    return found.tzinfo is not None and FIRST <= found <= LAST


def here(moment: datetime) -> datetime:
    """The same moment on the class's clock."""
    return moment.astimezone(_zone())


def end_of(day: date) -> datetime:
    """The last moment of a day where the class is, in UTC."""
    last = datetime.combine(day, time.max)
    return (last.replace(tzinfo=zone) if (zone := _zone()) else last.astimezone()).astimezone(UTC)


def day_of(end: datetime) -> date:
    """The day that ends at this moment: where the class is, else in the zone where it was set.

    A server and the computer from which a session was opened may have different zones, and earlier versions of the kit
    ended every day in UTC. A zone is at most 14 hours ahead of UTC and 12 behind; of those that could be meant, the
    one between 12 behind and 12 ahead is.
    """
    if here(end).time() == time.max:
        return here(end).date()
    return (end.astimezone(UTC) - timedelta(hours=12)).date() if _before_noon(end) else end.astimezone(UTC).date()


def has_ended(end: datetime, at: datetime) -> bool:
    """Whether a last day is over: where it was set, and also where this computer is."""
    return max(end, end_of(day_of(end))) < at


def refuse_past(day: date, at: datetime) -> None:
    """Raise CoprodError for a day that nobody can be promised any more."""
    try:
        past = end_of(day) < at
    except (OverflowError, ValueError):  # beyond the first or the last year that there is
        past = day.year < at.year
    if day.year == MAXYEAR:  # its last day ends after the last moment that there is, in half of all zones
        raise CoprodError(f"Answers can't be kept until {day}: no clock goes so far.")
    if past:
        raise CoprodError(f"Answers can't be kept until {day}: that day is past. Give today or a later day.")


def _before_noon(end: datetime) -> bool:
    return end.astimezone(UTC).hour < 12


def _zone() -> ZoneInfo | None:
    """The zone that was named; None for this computer's, whose rules `astimezone` knows."""
    name = os.environ.get(TIMEZONE)
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # an unknown name is a KeyError, a folder's an OSError
        problem = f"{TIMEZONE} is {name!r}, which is no time zone. Set it to one as Europe/Stockholm, or unset it."
    raise CoprodError(problem)
