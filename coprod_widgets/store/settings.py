"""Which store and which session are used where none is named."""

from __future__ import annotations

import os

from ..errors import CoprodError
from .responses import ResponseStore

STORE = "COPROD_STORE"
"""The environment variable that names the store, as a file's path or a URL."""

SESSION = "self-paced"
"""The session of learners who came without a class."""


def store_address(url: str | os.PathLike[str] | None = None) -> str | os.PathLike[str] | None:
    """The address that was given, else COPROD_STORE; None stands for the file of this account.

    Raises CoprodError where the address is empty: a variable that a script failed to fill must not name another store.
    """
    address = url if url is not None else os.environ.get(STORE)
    if address is not None and not str(address).strip():
        raise CoprodError(f"{STORE} is empty. Set it to a store's file or URL, or unset it.")
    return address


def open_default_store(url: str | os.PathLike[str] | None = None, *, prepare: bool = False) -> ResponseStore:
    """Open a store: the one of `url`, else of COPROD_STORE, else the file of this account.

    `prepare` makes it if there is none and brings its tables up to date; StoreError where that cannot be done.
    """
    store = ResponseStore(store_address(url))
    if prepare:
        store.prepare()
    return store
