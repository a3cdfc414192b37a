"""How often a code may be tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """After so many `free` failures within a `window` each further one doubles a pause, up to `longest` seconds."""

    free: int
    window: timedelta
    longest: float = 60

    def wait(self, failures: Sequence[datetime], at: datetime) -> float:
        """Seconds until another code is looked at, after failures at these times."""
        recent = [one for one in failures if at - self.window <= one <= at]
        if len(recent) < self.free:
            return 0.0
        pause = min(self.longest, 2.0 ** min(30, len(recent) - self.free))
        return max(0.0, pause - (at - max(recent)).total_seconds())
