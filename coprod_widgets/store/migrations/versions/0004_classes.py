"""A session has a join code and a phase; what an instructor did with each answer, and the trail of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

PHASES = "phase IN ('joining', 'writing', 'sharing', 'discussion', 'closed')"


def upgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.add_column(sa.Column("code", sa.String))
        session.add_column(sa.Column("language", sa.String, nullable=False, server_default="en"))
        session.add_column(sa.Column("phase", sa.String, nullable=False, server_default="writing"))
        session.add_column(sa.Column("closed_at", sa.DateTime(timezone=True)))
        session.add_column(sa.Column("wall_key", sa.String))
        session.create_unique_constraint("uq_session_code", ["code"])
        session.create_check_constraint(op.f("ck_session_phase"), PHASES)
    op.add_column("response", sa.Column("changes", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_response_session", "response", ["session"])
    op.create_table(
        "display",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("response_id", sa.Integer, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("shown_number", sa.Integer),
        sa.Column("edited", sa.Text),
        sa.Column("edited_number", sa.Integer),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("theme", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_display"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_display_response_id", ondelete="CASCADE"),
        sa.UniqueConstraint("response_id", "question", name="uq_display_response_id"),
    )
    op.create_table(
        "moderation",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("response_id", sa.Integer, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_moderation"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_moderation_response_id", ondelete="CASCADE"),
    )
    op.create_index("ix_moderation_response_id", "moderation", ["response_id"])
    op.create_index("ix_moderation_session", "moderation", ["session"])
    op.create_table(
        "joined",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_joined"),
        sa.UniqueConstraint("session", "digest", name="uq_joined_session"),
    )
    op.create_table(
        "failed_join",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_join"),
    )


def downgrade() -> None:
    for table in ("failed_join", "joined", "moderation", "display"):
        op.drop_table(table)
    op.drop_index("ix_response_session", "response")
    with op.batch_alter_table("response") as response:
        response.drop_column("changes")
    with op.batch_alter_table("session") as session:
        session.drop_constraint("uq_session_code")
        session.drop_constraint(op.f("ck_session_phase"))
        for column in ("wall_key", "closed_at", "phase", "language", "code"):
            session.drop_column(column)
