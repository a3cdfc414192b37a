"""A section can have a phase of its own, and a session a time until which its class writes or talks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

PHASES = "phase IN ('writing', 'sharing', 'discussion', 'closed')"


def upgrade() -> None:
    op.add_column("session", sa.Column("until", sa.DateTime(timezone=True)))
    op.create_table(
        "section_phase",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("section", sa.String, nullable=False),
        sa.Column("phase", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_section_phase"),
        sa.UniqueConstraint("session", "section", name="uq_section_phase_session"),
        sa.CheckConstraint(PHASES, name=op.f("ck_section_phase_phase")),
    )


def downgrade() -> None:
    op.drop_table("section_phase")
    with op.batch_alter_table("session") as session:
        session.drop_column("until")
