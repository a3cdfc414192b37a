"""What a learner agreed to: one row for each choice, never changed; of each use the newest row counts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..study.self_study import USES
from .tables import consents

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, kw_only=True)
class Consent:
    """A learner's choice about one use of one response, and the wording that it was made on."""

    use: str
    given: bool
    version: int
    language: str
    at: datetime

    def __post_init__(self) -> None:
        """Refuse a use that nobody was asked about."""
        if self.use not in USES:
            raise ValueError(f"There is no such use of an answer; there are {' and '.join(USES)}.")


def add_consent(connection: sa.Connection, response_id: int, choice: Consent) -> None:
    """Keep a choice beside the earlier ones. ValueError where its wording cannot be one that anybody was shown."""
    if type(choice.given) is not bool or type(choice.version) is not int or choice.version < 1:
        raise ValueError("A choice is a yes or a no to a wording, whose version is a whole number from 1.")
    if not LANGUAGE.fullmatch(choice.language):
        raise ValueError("The language of a wording is a tag such as en or pt-BR.")
    connection.execute(sa.insert(consents).values(response_id=response_id, **asdict(choice)))


def newest_choices(connection: sa.Connection, response_id: int) -> dict[str, Consent]:
    """The newest choice about each use of one response; none where the learner has not chosen."""
    return _newest(connection, sa.select(consents).where(consents.c.response_id == response_id))[response_id]


def choice_history(connection: sa.Connection, response_id: int, use: str) -> list[Consent]:
    """Every choice about one use of one response, in the order in which they were made."""
    query = sa.select(consents).where((consents.c.response_id == response_id) & (consents.c.use == use))
    return [_consent(row) for row in connection.execute(query.order_by(consents.c.id))]


def agreed_to(use: str, response_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """A condition of a query: the newest choice about this use of a response is a yes."""
    choices = (consents.c.response_id == response_id) & (consents.c.use == use)
    newest = sa.select(consents.c.given).where(choices).order_by(consents.c.id.desc()).limit(1)
    return newest.scalar_subquery().is_(sa.true())


def newest_choices_of_all(connection: sa.Connection) -> Mapping[int, dict[str, Consent]]:
    """The newest choices about every response, by its id."""
    return _newest(connection, sa.select(consents))


def agreed(rows: Iterable[dict[str, Any]], uses: Collection[str]) -> tuple[list[dict[str, Any]], int]:
    """The rows of a table whose learners agreed to one of these uses, and how many learners are left out by that."""
    every = list(rows)
    found = [row for row in every if any(row[f"{use}_use"] for use in uses)]
    return found, len({row["pseudonym"] for row in every} - {row["pseudonym"] for row in found})


def columns(choices: Mapping[str, Consent]) -> dict[str, Any]:
    """The choices as they stand beside each answer in a table; wording and time are those of the latest."""
    last = max(choices.values(), key=lambda choice: choice.at, default=None)
    uses = {f"{use}_use": use in choices and choices[use].given for use in USES}
    wording = {"consent_version": last.version, "consent_language": last.language} if last else NO_WORDING
    return {**uses, **wording, "consent_at": last.at if last else None}


NO_WORDING = {"consent_version": 0, "consent_language": ""}
"""What stands in a table where a learner has not chosen."""


def _newest(connection: sa.Connection, query: sa.Select[Any]) -> defaultdict[int, dict[str, Consent]]:
    found: defaultdict[int, dict[str, Consent]] = defaultdict(dict)
    for row in connection.execute(query.order_by(consents.c.id)):
        found[row.response_id][row.use] = _consent(row)
    return found


def _consent(row: sa.Row[Any]) -> Consent:
    return Consent(**{part.name: row._mapping[part.name] for part in fields(Consent)})
