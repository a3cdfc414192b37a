"""What the commands have in common: where the store is, days, a secret that is typed, and a warning."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import CoprodError
from ..store.database import MISSING
from ..store.settings import STORE, store_address
from ..text.days import day_of, here, refuse_past
from ..text.limits import on_one_line

if TYPE_CHECKING:
    from ..store.responses import ResponseStore

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help=f"The store's file or URL; by default {STORE}, else a file in your data folder. Put a URL with a password "
        f"into {STORE}: every account can see the arguments of commands.",
    ),
]


CertOption = Annotated[
    Path | None, typer.Option("--certfile", metavar="FILE", help="A TLS certificate (PEM), to encrypt the page.")
]
KeyOption = Annotated[
    Path | None, typer.Option("--keyfile", metavar="FILE", help="Its key, where that is a file of its own.")
]


def say(line: str, *, err: bool = False) -> None:
    """Print one line; the names and titles in it are somebody else's, and steer no terminal."""
    typer.echo(on_one_line(line), err=err)


def last_day(text: str) -> date:
    """A day as it is typed, 2027-01-31, that is not over where the class is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CoprodError(f"{text!r} is not a day. Write it as year, month and day: 2027-01-31.") from None
    refuse_past(day, datetime.now(UTC))
    return day


def until(end: datetime) -> str:
    """The day that something is kept until, as it was given."""
    return day_of(end).isoformat()


def on(moment: datetime) -> str:
    """The day of a moment where the class is."""
    return f"{here(moment):%Y-%m-%d}"


def warn(store: "ResponseStore") -> None:
    """Say so where other accounts can read the store."""
    if (file := store.database.file) and not file.parent.exists():
        return
    if folder_warning := store.database.folder_warning():
        say(f"coprod: {folder_warning}", err=True)


def typed_secret(what: str) -> str:
    """What somebody types when asked, else a line of standard input: a command's arguments are no secret."""
    try:
        if sys.stdin.isatty():
            return str(typer.prompt(what, err=True))
        if line := sys.stdin.readline().strip():
            return line
    except UnicodeDecodeError:
        raise CoprodError(f"{what} is read as UTF-8, and something else came.") from None
    raise CoprodError(f"{what} is read from standard input, and nothing came there.")


@contextmanager
def opened(url: str | None, *, makes: bool = False, changes: bool = True) -> "Iterator[ResponseStore]":
    """The store of that address, else the one that learners' pages write to, ready to be used.

    Only a command that `makes` a store begins one where there is none: a name with a slip in it is no new store. One
    that `changes` nothing leaves a store of an earlier version as it is.
    """
    from ..store.responses import ResponseStore

    with ResponseStore(address_of(url)) as store:
        if not makes and store.database.is_missing():
            raise CoprodError(f"The store {store} {MISSING}.")
        if makes or changes:
            store.prepare()
        store.check_readable()
        yield store


def address_of(url: str | None) -> str | os.PathLike[str] | None:
    """The store that was named, by the option or in the environment; None is the default one of this account."""
    if url is not None and re.match(r"[^/]*://(?:[^/@]*:[^/@]+@|.*[?&]password=)", url):
        say(
            f"coprod: The password in --store can be read by every account of this computer. Put it into {STORE} or "
            "~/.pgpass.",
            err=True,
        )
    return store_address(url)
