"""What the commands have in common: where the store is, days, and a warning."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import CoprodError

if TYPE_CHECKING:
    from .store import ResponseStore

StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The store's URL or file; by default a file in your data folder."),
]


CertOption = Annotated[
    Path | None, typer.Option("--certfile", metavar="FILE", help="A TLS certificate (PEM), to encrypt the page.")
]
KeyOption = Annotated[
    Path | None, typer.Option("--keyfile", metavar="FILE", help="Its key, where that is a file of its own.")
]


def day_of(text: str) -> date:
    """A day as it is typed: 2027-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CoprodError(f"{text!r} is not a day. Write it as year, month and day: 2027-01-31.") from None


def warn(store: "ResponseStore") -> None:
    """Say so where other accounts can read the store."""
    if open_to_others := store.database.open_to_others():
        typer.echo(f"coprod: {open_to_others}", err=True)


@contextmanager
def opened(url: str | None) -> "Iterator[ResponseStore]":
    """The store of that address, else the one that learners' pages write to, ready to be used."""
    from .learner_app import STORE
    from .store import ResponseStore

    with ResponseStore(url or os.environ.get(STORE)) as store:
        store.prepare()
        store.check()
        yield store
