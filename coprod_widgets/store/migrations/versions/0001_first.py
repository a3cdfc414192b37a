"""Learners, their keys, responses and revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "learner",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_learner"),
        sa.UniqueConstraint("pseudonym", name="uq_learner_pseudonym"),
    )
    op.create_table(
        "learner_key",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("learner_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_learner_key"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name="fk_learner_key_learner_id", ondelete="CASCADE"),
        sa.UniqueConstraint("digest", name="uq_learner_key_digest"),
        sa.CheckConstraint("kind IN ('device', 'resume')", name=op.f("ck_learner_key_kind")),
    )
    op.create_index("ix_learner_key_learner_id", "learner_key", ["learner_id"])
    op.create_table(
        "response",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("learner_id", sa.Integer, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("study_key", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name="fk_response_learner_id", ondelete="CASCADE"),
        sa.UniqueConstraint("learner_id", "session", "study_key", name="uq_response_learner_id"),
        sa.CheckConstraint("state IN ('in-progress', 'completed', 'amended')", name=op.f("ck_response_state")),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("response_id", sa.Integer, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("study_version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_revision_response_id", ondelete="CASCADE"),
        sa.UniqueConstraint("response_id", "question", "number", name="uq_revision_response_id"),
    )
    op.create_table(
        "failed_resume",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_resume"),
    )


def downgrade() -> None:
    for table in ("failed_resume", "revision", "response", "learner_key", "learner"):
        op.drop_table(table)
