"""Themes that coders apply to words of an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WHICH = ("coder", "session", "pseudonym", "question", "revision", "start", "end", "theme")


def upgrade() -> None:
    op.create_table(
        "coding",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("coder", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("theme", sa.String, nullable=False),
        sa.Column("memo", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coding"),
        sa.UniqueConstraint(*WHICH, name="uq_coding_coder"),
    )


def downgrade() -> None:
    op.drop_table("coding")
