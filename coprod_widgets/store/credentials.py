"""Device keys and resume codes, by which a browser comes back to its learner. Only their digests are stored."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..text.codes import CROCKFORD
from .tables import keys, learners


def random_code(length: int) -> str:
    """A random resume code, or part of a pseudonym, of so many signs."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def checked_device_key(device_key: str) -> str:
    """The same key; ValueError for an empty one, which would link everyone without a key to one learner."""
    if not device_key:
        raise ValueError("The device key is empty: it would link everyone without a key to one learner.")
    return device_key


def find_owner(connection: sa.Connection, digest: str, *, lock: bool = False) -> sa.Row[Any] | None:
    """The id and pseudonym of the learner whose key or code has this digest; with `lock`, held until the commit."""
    query = sa.select(*learners.c["id", "pseudonym"]).join(keys).where(keys.c.digest == digest)
    return connection.execute(query.with_for_update(of=learners) if lock else query).first()


def add_key(connection: sa.Connection, learner_id: int, kind: str, digest: str, at: datetime) -> None:
    """Store a digest; `kind` is `device` or `resume`."""
    row = {"learner_id": learner_id, "kind": kind, "digest": digest, "created_at": at}
    connection.execute(sa.insert(keys).values(**row))
