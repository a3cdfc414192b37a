"""How many learners this machine can hold, from its memory and its limits."""

import os
import resource
from dataclasses import dataclass

import psutil

KERNEL_MB = 27  # what one more forked kernel takes (PSS) after minutes of use, measured by `make bench`
COLD_KERNEL_MB = 60  # what a kernel takes that was started anew
SPARE_MB = 500  # for the server, the store and everything else
DESCRIPTORS = 25  # that one connected learner takes in the server


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What there is room for, and what sets the bound."""

    learners: int
    bound: str
    renders: int
    """Pages that are made at once."""


def measured(*, forks: bool) -> Capacity:
    """Of this machine, now; raises the limit of open files as far as this account may."""
    return capacity(free_mb=psutil.virtual_memory().available / 1e6, open_files=_raised_limit(), forks=forks)


def capacity(*, free_mb: float, open_files: int, forks: bool) -> Capacity:
    """What so much free memory and so many open files hold; kernels that fork share most of their memory."""
    rooms = {
        "memory": int((free_mb - SPARE_MB) / (KERNEL_MB if forks else COLD_KERNEL_MB)),
        "open files": open_files // DESCRIPTORS,
    }
    bound = min(rooms, key=lambda name: rooms[name])
    return Capacity(learners=max(1, rooms[bound]), bound=bound, renders=max(2, os.cpu_count() or 1))


def _raised_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1 << 20
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
