"""What learners agreed to, until when a session's answers are kept, and what is left after a deletion."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("study_key", sa.String, nullable=False),
        sa.Column("retain_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("name", name="uq_session_name"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("response_id", sa.Integer, nullable=False),
        sa.Column("use", sa.String, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_consent_response_id", ondelete="CASCADE"),
        sa.CheckConstraint("use IN ('class', 'research')", name=op.f("ck_consent_use")),
    )
    op.create_index("ix_consent_response_id", "consent", ["response_id"])
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
        sa.UniqueConstraint("pseudonym", name="uq_withdrawal_pseudonym"),
        sa.CheckConstraint("by IN ('learner', 'instructor', 'purge')", name=op.f("ck_withdrawal_by")),
    )
    op.create_table(
        "handed_out",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_handed_out"),
    )
    op.create_index("ix_handed_out_pseudonym", "handed_out", ["pseudonym"])


def downgrade() -> None:
    for table in ("handed_out", "withdrawal", "consent", "session"):
        op.drop_table(table)
