"""Says every mistake in one line on standard error: what a command was given, what it met, and what nobody foresaw."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from ..errors import CoprodError, SelfStudyError
from ..files.packaged import PACKAGE
from ..files.private import shown
from ..text.limits import on_one_line

MISTAKE, FAULT, INTERRUPTED = 2, 1, 130


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status. No traceback is shown: its last line can quote what a learner wrote."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without a letter still shows the rest
    try:
        _refuse_unusable(given)
        status = app(given, prog_name="coprod", standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as end:
        return _say("Stopped.", INTERRUPTED) if end.exit_code == INTERRUPTED else end.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _say("Stopped.", INTERRUPTED)
    except SelfStudyError as error:  # one line for each mistake in the file
        return max(_say(problem, MISTAKE) for problem in error.problems)
    except CoprodError as error:
        return _say(str(error), MISTAKE)
    except OSError as error:
        return _say(_reason(error), MISTAKE)
    except Exception as error:
        if hasattr(error, "format_message"):  # Typer's own, whatever module of Click it has this year
            return _usage(error)
        return _say(_fault(error), FAULT)
    if status == INTERRUPTED:  # newer Typers return it, older ones raise
        return _say("Stopped.", INTERRUPTED)
    return status if isinstance(status, int) else 0


def _replace_closed_streams() -> None:
    """Python has None in the place of a stream that was closed; and the next file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _refuse_unusable(arguments: Sequence[str]) -> None:
    """Nothing that a command takes can be empty: a variable was unset, and the default would be taken for it."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if shown(argument) != argument:
            raise CoprodError(f"{shown(argument)} is not UTF-8. Give that file another name.")
        name, is_given, value = argument.partition("=")
        if is_given and name.startswith("--") and "." not in name and not value.strip():
            raise CoprodError(f"{name} is empty. Is a variable unset?")
        if not argument.strip():
            where = before if before.startswith("-") else "An argument"
            raise CoprodError(f"{where} is empty. Is a variable unset?")


def _usage(error: Exception) -> int:
    """A command that was typed wrongly; without any command, all of them."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        typer.echo(context.get_help(), err=True)
        return MISTAKE
    path = context.command_path if context is not None else "coprod"
    return _say(f"{error.format_message()} See {path} --help.", MISTAKE)  # type: ignore[attr-defined]


def _reason(error: OSError) -> str:
    """What the system refused, with the file's name if it said one."""
    reason = error.strerror or type(error).__name__
    if error.filename is None:
        return f"{reason}. Look at the disk, and at where the output goes."
    return f"{shown(error.filename)}: {reason}."


def _fault(error: Exception) -> str:
    """What nobody foresaw, by its kind and place alone."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)] or frames
    place = f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else "an unknown place"
    return f"This is a fault of the kit, not of yours: {type(error).__name__} in {place}. Please report it."


def _say(problem: str, status: int) -> int:
    """Print one line, also of a text that has line breaks or steers a terminal; the status to end with."""
    line = on_one_line(" ".join(problem.split()))
    try:
        typer.echo(f"coprod: {line}", err=True)
        sys.stdout.flush()
    except OSError:
        # Nothing can be said any more; Python would try once more at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
    return status
