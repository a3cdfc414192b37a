"""Keeps coders' themes and memos in the store's database, beside the responses they are about."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..errors import CodingGone, MemoConflict
from ..study.codebook import LONGEST_MEMO, WHICH, Coding
from ..text.limits import check_text
from .database import Database, HasDatabase, translate_database_errors, utc_now
from .queries import lock_learner
from .tables import codings, learners

COLUMNS = tuple(codings.c[part.name] for part in fields(Coding))


class CodingStore:
    """Every coding of one database. What is deleted with a learner, `ResponseStore.delete` deletes."""

    where = "store"

    def __init__(
        self, store: HasDatabase | str | os.PathLike[str] | None = None, *, now: Callable[[], datetime] = utc_now
    ):
        """The database of a ResponseStore, or one named by its URL or path; None is this account's own."""
        self._now = now
        named = store is None or isinstance(store, str | os.PathLike)
        self.database = Database(store) if named else store.database  # type: ignore[arg-type, union-attr]

    def __repr__(self) -> str:
        return f"<CodingStore {self.database.shown}>"

    @translate_database_errors
    def prepare(self) -> None:
        """Bring the tables up to date, as `ResponseStore.prepare` does."""
        self.database.prepare()

    @translate_database_errors
    def add(self, coding: Coding, *, living: bool = False) -> Coding:
        """Keep a coding, committed when this returns; one that is there already stays as it is and is returned.

        With `living`, its learner must still be in this store (else LearnerGone): a page that was open when they
        deleted what they wrote must not bring it back.
        """
        with self.database.writing() as connection:
            if living:
                lock_learner(connection, coding.pseudonym)
            if there := connection.execute(_only(coding)).first():
                return _coding(there)
            at = self._now()
            new = replace(coding, created_at=at, updated_at=at)
            connection.execute(sa.insert(codings).values(asdict(new)))
        return new

    @translate_database_errors
    def set_memo(self, coding: Coding, memo: str, *, base: str) -> Coding:
        """Change the memo that was written on top of `base`.

        Where another memo is kept by now, MemoConflict carries it, and nothing is changed; a removed coding is
        CodingGone.
        """
        check_text(memo, what="The memo", longest=LONGEST_MEMO)
        with self.database.writing() as connection:
            if (row := connection.execute(_only(coding).with_for_update()).first()) is None:
                raise CodingGone
            if row.memo not in (base, memo):
                raise MemoConflict(row.memo)
            kept = replace(_coding(row), memo=memo, updated_at=self._now())
            new = {"memo": kept.memo, "updated_at": kept.updated_at}
            connection.execute(sa.update(codings).where(_is(coding)).values(new))
        return kept

    @translate_database_errors
    def remove(self, coding: Coding) -> None:
        """Remove a coding with its memo; harmless when it is gone."""
        with self.database.writing() as connection:
            connection.execute(sa.delete(codings).where(_is(coding)))

    @translate_database_errors
    def codings(self, coder: str | None = None, session: str | None = None) -> list[Coding]:
        """Every coding, or one coder's, or those of one session: by study, session, learner, question and place."""
        query = sa.select(*COLUMNS)
        query = query if coder is None else query.where(codings.c.coder == coder)
        query = query if session is None else query.where(codings.c.session == session)
        with self.database.reading() as connection:
            found = [_coding(row) for row in connection.execute(query)]
        # Sorted here: PostgreSQL would order the names by its own locale.
        order = ("study", "session", "pseudonym", "question", "revision", "start", "end", "theme", "coder")
        return sorted(found, key=lambda coding: tuple(getattr(coding, name) for name in order))

    @translate_database_errors
    def coders(self) -> list[str]:
        """The names of all coders."""
        with self.database.reading() as connection:
            return sorted(connection.scalars(sa.select(codings.c.coder).distinct()))

    @translate_database_errors
    def learners(self) -> set[str]:
        """The pseudonyms of the learners that are in this store."""
        with self.database.reading() as connection:
            return set(connection.scalars(sa.select(learners.c.pseudonym)))


def _is(coding: Coding) -> sa.ColumnElement[bool]:
    return sa.and_(*(codings.c[name] == getattr(coding, name) for name in WHICH))


def _only(coding: Coding) -> sa.Select[Any]:
    return sa.select(*COLUMNS).where(_is(coding))


def _coding(row: sa.Row[Any]) -> Coding:
    return Coding(**row._mapping)
