"""Which files learners' answers were written to: names of files and pseudonyms, never a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..errors import StoreError
from .database import HasDatabase, translate_database_errors, utc_now
from .tables import handed_out

BEGUN = "begun/"
"""Stands before the name of a file that is not known to be whole; no file's name has a slash."""


@dataclass(frozen=True, kw_only=True)
class HandedOut:
    """A file that held a learner's answers when it was written."""

    what: str
    at: datetime
    whole: bool = True
    """False if nobody knows whether it was finished: it may exist, or a part of it."""


class HandedOutFiles:
    """Notes in one database which files answers were written to, so that a withdrawal can name them."""

    def __init__(self, store: HasDatabase, *, now: Callable[[], datetime] = utc_now):
        self.database, self._now = store.database, now

    @translate_database_errors
    def add(self, name: str, pseudonyms: Iterable[str]) -> None:
        """Note whose answers are in a file of this name."""
        at = self._now()
        rows = [{"pseudonym": pseudonym, "what": name, "at": at} for pseudonym in sorted(set(pseudonyms))]
        if rows:
            with self.database.writing() as connection:
                connection.execute(sa.insert(handed_out), rows)

    @contextmanager
    def writing(self, name: str, pseudonyms: Iterable[str]) -> Iterator[None]:
        """Note whose answers are in a file that the block writes.

        The note is there before the block runs, marked as begun: the process may be killed while it writes. After the
        block the file counts as whole. If the block raises, nothing was handed out and the note is removed.
        """
        begun = self._begin(name, sorted(set(pseudonyms)))
        try:
            yield
        except BaseException:
            with suppress(StoreError):  # the note then stays, marked as begun
                self._end(begun, None)
            raise
        self._end(begun, name)

    @translate_database_errors
    def _begin(self, name: str, pseudonyms: Iterable[str]) -> list[int]:
        at = self._now()
        with self.database.writing() as connection:
            new = sa.insert(handed_out).returning(handed_out.c.id)
            rows = [{"pseudonym": one, "what": f"{BEGUN}{name}", "at": at} for one in pseudonyms]
            return list(connection.scalars(new, rows)) if rows else []

    @translate_database_errors
    def _end(self, begun: Sequence[int], name: str | None) -> None:
        """Mark notes as those of a whole file, or remove them without a `name`."""
        with self.database.writing() as connection:
            change = sa.delete(handed_out) if name is None else sa.update(handed_out).values(what=name)
            if begun:
                same = handed_out.c.id == sa.bindparam("number")
                connection.execute(change.where(same), [{"number": number} for number in begun])


def files_by_learner(connection: sa.Connection) -> dict[str, list[HandedOut]]:
    """The files that each learner's answers were written to, by pseudonym."""
    files: dict[str, list[HandedOut]] = {}
    for row in connection.execute(sa.select(handed_out).order_by(handed_out.c.id)):
        name, whole = row.what.removeprefix(BEGUN), not row.what.startswith(BEGUN)
        files.setdefault(row.pseudonym, []).append(HandedOut(what=name, at=row.at, whole=whole))
    return files
