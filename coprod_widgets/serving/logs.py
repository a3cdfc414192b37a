"""Log lines without anything of a visitor's, also those of the libraries."""

from __future__ import annotations

import logging
import re
import traceback

LONGEST = 300  # characters of one line
NUMBER = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
"""A kernel's, a page's or a comm's; who knows it can write as its learner."""


class WithoutVisitors(logging.Formatter):
    """One line a record: ours as it is, a library's without what it fills in, neither with a traceback.

    A library fills in kernel numbers, addresses and whole messages, and a traceback ends with what was in them.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.startswith("coprod_widgets")
        said = record.getMessage() if ours else f"{record.name}: {record.msg}"
        lines = said.splitlines() or [""]
        line = NUMBER.sub("…", lines[0])[:LONGEST]
        error = record.exc_info[1] if record.exc_info else None
        return f"{line} ({place_of(error)})" if error else line


def place_of(error: BaseException) -> str:
    """What kind of error it was and where it was raised; not its text, which may quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f", {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def leave_visitors_out(*loggers: logging.Logger) -> None:
    """Let these loggers, and whatever has no handler of its own, write such lines."""
    handlers = [handler for logger in loggers for handler in logger.handlers]
    for handler in (*handlers, logging.lastResort):
        if handler:
            handler.setFormatter(WithoutVisitors())
