"""What each version of a self-study asked, kept beside the answers that were given to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import StoreError, WordingChanged
from ..study.self_study import Asked
from .tables import wordings

if TYPE_CHECKING:
    from ..study.self_study import SelfStudy

PARTS = tuple(part.name for part in fields(Asked))


class Wordings:
    """What was asked, by study, version, language and question."""

    def __init__(self, asked: Mapping[tuple[str, int, str], Mapping[str, Asked]]):
        self._asked = asked

    def of(self, study: str, version: int, language: str, question: str) -> Asked | None:
        """What a question asked; in another language of the same version where this one is not known."""
        exact = self._asked.get((study, version, language), {}).get(question)
        others = (asked for which, asked in self._asked.items() if which[:2] == (study, version))
        return exact or next((asked[question] for asked in others if question in asked), None)


def stored_wordings(connection: sa.Connection, study: str | None = None) -> Wordings:
    """All that the store knows to have been asked, or what one self-study asked."""
    query = sa.select(wordings).order_by(wordings.c.id)
    found: dict[tuple[str, int, str], dict[str, Asked]] = {}
    for row in connection.execute(query if study is None else query.where(wordings.c.study_key == study)):
        asked = Asked(**{name: row._mapping[name] for name in PARTS})
        found.setdefault((row.study_key, row.version, row.language), {})[row.question] = asked
    return Wordings(found)


def refuse_changed(connection: sa.Connection, study: SelfStudy) -> dict[str, Asked]:
    """The questions of a self-study whose wording is not kept yet.

    WordingChanged where this version asked something else before: its answers would stand under words that nobody
    answered.
    """
    found = connection.execute(sa.select(*wordings.c["question", "fingerprint"]).where(_of(study)))
    kept = {row.question: row.fingerprint for row in found}
    asked = study.wording
    if changed := [key for key, one in asked.items() if kept.get(key, one.fingerprint) != one.fingerprint]:
        newest = connection.scalar(sa.select(sa.func.max(wordings.c.version)).where(wordings.c.study_key == study.key))
        raise WordingChanged(
            f"Self-study {study.key!r} is still version {study.version} ({study.language}), but asks something else "
            f"than before under {', '.join(changed)}. Answers that were given to the old words would stand under the "
            f"new ones: raise version to {(newest or 0) + 1} in its file, or put the old words back."
        )
    return {key: one for key, one in asked.items() if key not in kept}


def record(connection: sa.Connection, study: SelfStudy, at: datetime) -> None:
    """Keep what a self-study asks, unless it is kept already; WordingChanged as in `refuse_changed`."""
    new = refuse_changed(connection, study)
    places = {key: place for place, key in enumerate(study.keys)}
    which = {"study_key": study.key, "version": study.version, "language": study.language, "recorded_at": at}
    rows = [
        {**which, **asdict(one), "question": key, "place": places[key], "fingerprint": one.fingerprint}
        for key, one in new.items()
    ]
    if rows:
        connection.execute(sa.insert(wordings), rows)


def versions_asking(study: SelfStudy, question: str) -> sa.Select[Any]:
    """The versions of a self-study, in its language, that asked a question."""
    same = (wordings.c.study_key == study.key) & (wordings.c.language == study.language)
    return sa.select(wordings.c.version).where(same & (wordings.c.question == question))


def version_asking(connection: sa.Connection, question: str, study: SelfStudy, version: int | None) -> int:
    """Which version of a study a page shows that saves this answer: what the page says, else the newest that asks it.

    StoreError where none does.
    """
    if question in study.keys and version in (None, study.version):
        return study.version
    asked = set(connection.scalars(versions_asking(study, question)))
    if version is not None and version in asked:
        return version
    if question in study.keys:
        return study.version
    if not asked:  # not quoted: it comes from a page
        raise StoreError(f"Self-study {study.key!r} has no such question; it has {', '.join(study.keys)}.")
    return int(max(asked))


def asked_in(row: Mapping[Any, Any], wordings: Wordings) -> dict[str, str | None]:
    """The columns of a row of answers about what was asked; None where the store does not know it."""
    asked = wordings.of(row["study"], row["study_version"], row["language"], row["question"])
    return asdict(asked) if asked else dict.fromkeys(PARTS)


def _of(study: SelfStudy) -> sa.ColumnElement[bool]:
    same = (wordings.c.study_key == study.key) & (wordings.c.version == study.version)
    return same & (wordings.c.language == study.language)
