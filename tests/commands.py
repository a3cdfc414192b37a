"""Commands as a terminal runs them, but in this process, which has imported already what each would import anew."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TextIO

from coprod_widgets.cli.main import main


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def coprod(*arguments: object, typed: str | TextIO = "") -> Done:
    """Run one command with this as its standard input; what it does to the environment ends with it."""
    out, err, before, status = io.StringIO(), io.StringIO(), dict(os.environ), 0
    keyboard, sys.stdin = sys.stdin, io.StringIO(typed) if isinstance(typed, str) else typed
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main([str(argument) for argument in arguments])
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.stdin = keyboard
        os.environ.clear()
        os.environ.update(before)
    return Done(status, out.getvalue(), err.getvalue())
