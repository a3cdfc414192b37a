"""Runs a coroutine in a thread of its own: a browser test may have left its event loop running in this one."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor


def run_apart(coroutine):
    """What the coroutine returns."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def apart(test):
    """An async test as one that pytest can call."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        return run_apart(test(*args, **kwargs))

    return run
