"""How often a page tells its kernel that it is there."""

import math
import os

from ..errors import CoprodError

HEARTBEAT = "COPROD_HEARTBEAT"
"""The environment variable that says how many seconds lie between two heartbeats of a page; 5 without it.

A page waits 1.6 heartbeats for the reply to one, and 4 for any other reply, before it says that the connection is lost.
"""


def heartbeat_seconds() -> float:
    """Seconds between two heartbeats of a page. Raises CoprodError when COPROD_HEARTBEAT is no such number."""
    given = os.environ.get(HEARTBEAT) or "5"
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0.1 <= seconds <= 60:
        raise CoprodError(f"{HEARTBEAT} is {given!r}. Set it to a number of seconds from 0.1 to 60, or unset it.")
    return seconds
