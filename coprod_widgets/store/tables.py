"""The tables as the newest migration leaves them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

HEAD = "0008"
"""The newest migration; `ResponseStore.check` compares the database with it without loading Alembic."""


class Damaged(SQLAlchemyError):
    """A stored value that is none of its column's type; SQLite keeps whatever it is given. Its words quote nothing."""


class _Checked(sa.TypeDecorator[Any]):
    """A type whose values are read from text, which need not be one of them."""

    impl: Any = sa.String
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        if (read := super().result_processor(dialect, coltype)) is None:
            return None

        def checked(value: Any) -> Any:
            try:
                return read(value)
            except (TypeError, ValueError, OverflowError, RecursionError):
                pass
            raise Damaged("A stored value is damaged.")

        return checked


class Json(_Checked):
    """Plain data."""

    impl = sa.JSON
    cache_ok = True


class UtcTime(_Checked):
    """An aware time, in UTC and to the microsecond on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("A stored time must be aware: give it a time zone.")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:  # SQLite keeps no zone
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC) if value else None


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _table(name: str, *parts: sa.Column[Any] | sa.Constraint) -> sa.Table:
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *parts)


def _column(name: str, kind: Any = sa.String, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, **{"nullable": False} | options)


def _owner(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(f"{name}_id", sa.ForeignKey(f"{name}.id", ondelete="CASCADE"), nullable=False, **options)


learners = _table("learner", _column("pseudonym", unique=True), _column("created_at", UtcTime))
keys = _table(
    "learner_key",
    _owner("learner", index=True),
    _column("kind"),
    _column("digest", unique=True),
    _column("created_at", UtcTime),
    sa.CheckConstraint("kind IN ('device', 'resume')", name="kind"),
)
responses = _table(
    "response",
    _owner("learner"),
    _column("session", index=True),
    _column("study_key"),
    _column("state"),
    _column("place"),
    _column("handed_in_at", UtcTime, nullable=True),
    _column("created_at", UtcTime),
    _column("updated_at", UtcTime),
    # Grows with whatever a wall shows of the response: texts, consent, and what an instructor did with an answer.
    _column("changes", sa.Integer, server_default="0"),
    # Characters of all its revisions together: what a learner may store has a bound.
    _column("size", sa.Integer, server_default="0"),
    sa.UniqueConstraint("learner_id", "session", "study_key"),
    sa.CheckConstraint("state IN ('in-progress', 'completed', 'amended')", name="state"),
)
revisions = _table(
    "revision",
    _owner("response"),
    _column("question"),
    _column("number", sa.Integer),
    _column("text", sa.Text),
    _column("study_version", sa.Integer),
    _column("language"),
    _column("saved_at", UtcTime),
    sa.UniqueConstraint("response_id", "question", "number"),
)
# What each version of a self-study asked in each language, question by question: rows are only ever added.
wordings = _table(
    "wording",
    _column("study_key"),
    _column("version", sa.Integer),
    _column("language"),
    _column("question"),
    _column("place", sa.Integer),
    _column("lead", sa.Text),
    _column("prompt", sa.Text),
    _column("part", sa.Text),
    _column("actor"),
    _column("aspect"),
    _column("fingerprint"),
    _column("recorded_at", UtcTime),
    sa.UniqueConstraint("study_key", "version", "language", "question"),
)
# Whom and what a coding is about stands in words, not in keys: texts may come from another store's export.
codings = _table(
    "coding",
    _column("coder"),
    _column("study", server_default="paul_on_coproduction"),
    _column("session"),
    _column("pseudonym"),
    _column("question"),
    _column("revision", sa.Integer),
    _column("start", sa.Integer),
    _column("end", sa.Integer),
    _column("words", sa.Text),
    _column("theme"),
    _column("memo", sa.Text),
    _column("created_at", UtcTime),
    _column("updated_at", UtcTime),
    sa.UniqueConstraint("coder", "study", "session", "pseudonym", "question", "revision", "start", "end", "theme"),
)
# `response.session` holds a session's name; a learner may write before anybody has described the session here.
sessions = _table(
    "session",
    _column("name", unique=True),
    _column("title"),
    _column("study_key"),
    _column("retain_until", UtcTime, nullable=True),
    _column("created_at", UtcTime),
    _column("code", nullable=True, unique=True),
    _column("language", server_default="en"),
    _column("phase", server_default="writing"),
    _column("closed_at", UtcTime, nullable=True),
    _column("wall_key", nullable=True),
    _column("until", UtcTime, nullable=True),
    # Invented answers to rehearse with: no part of anybody's own class.
    _column("practice", sa.Boolean, server_default=sa.false()),
    # Whom learners can turn to, as their pages say it.
    _column("support", nullable=True),
    sa.CheckConstraint("phase IN ('joining', 'writing', 'sharing', 'discussion', 'closed')", name="phase"),
)
# A section without a row here is in its session's phase; a closed session closes them all.
section_phases = _table(
    "section_phase",
    _column("session"),
    _column("section"),
    _column("phase"),
    sa.UniqueConstraint("session", "section"),
    sa.CheckConstraint("phase IN ('writing', 'sharing', 'discussion', 'closed')", name="phase"),
)
# Rows are only ever added: of each use the newest one counts, and there is none before a learner chooses.
consents = _table(
    "consent",
    _owner("response", index=True),
    _column("use"),
    _column("given", sa.Boolean),
    _column("version", sa.Integer),
    _column("language"),
    _column("at", UtcTime),
    sa.CheckConstraint("use IN ('class', 'research')", name="use"),
)
# What is left of a deleted learner, so that a restored backup can delete them again.
withdrawals = _table(
    "withdrawal",
    _column("pseudonym", unique=True),
    _column("at", UtcTime),
    _column("by"),
    sa.CheckConstraint("by IN ('learner', 'instructor', 'purge')", name="by"),
)
# What is left of an answer that its learner deleted for itself, so that a restored backup can delete it again.
removed_answers = _table(
    "removed_answer",
    _column("pseudonym"),
    _column("session"),
    _column("study"),
    _column("question"),
    _column("at", UtcTime),
)
# Which learners' answers stood in a file that was handed out, by the file's name.
handed_out = _table("handed_out", _column("pseudonym", index=True), _column("what"), _column("at", UtcTime))
# What an instructor did with one answer. It is shown while `shown_number` is that of its newest revision, and an edited
# text stands for the revision it was made from.
displays = _table(
    "display",
    _owner("response"),
    _column("question"),
    _column("shown_number", sa.Integer, nullable=True),
    _column("edited", sa.Text, nullable=True),
    _column("edited_number", sa.Integer, nullable=True),
    _column("flagged", sa.Boolean),
    _column("theme"),
    _column("version", sa.Integer),
    _column("updated_at", UtcTime),
    sa.UniqueConstraint("response_id", "question"),
)
# Every such action, with the fields of `display` before and after it. Rows go with their response only.
moderations = _table(
    "moderation",
    _owner("response", index=True),
    _column("session", index=True),
    _column("question"),
    _column("action"),
    _column("before", Json),
    _column("after", Json),
    _column("by"),
    _column("at", UtcTime),
    _column("undone", sa.Boolean),
)
# Browsers that opened a session, to count them: by a digest that belongs to this session, and goes with its learner.
joined = _table("joined", _column("session"), _column("digest"), sa.UniqueConstraint("session", "digest"))
failed_joins = _table("failed_join", _column("at", UtcTime))
alembic_version = sa.table("alembic_version", sa.column("version_num"))
