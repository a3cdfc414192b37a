"""What commands, servers and kernels agree on: where answers go, and how often a page says that it is there."""

import math
import os

from ..errors import CoprodError

STORE = "COPROD_STORE"
"""The environment variable that tells a learner's kernel the store's URL."""

SESSION = "self-paced"
"""The session of learners who came without one."""

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
