"""A response knows how much text is stored of it; wrong resume codes are no longer counted for everybody together."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

STORED = "SELECT SUM(LENGTH(text)) FROM revision WHERE revision.response_id = response.id"


def upgrade() -> None:
    op.add_column("response", sa.Column("size", sa.Integer, nullable=False, server_default="0"))
    op.execute(f"UPDATE response SET size = COALESCE(({STORED}), 0)")  # noqa: S608  no value comes from outside
    op.drop_table("failed_resume")


def downgrade() -> None:
    op.create_table(
        "failed_resume",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_resume"),
    )
    with op.batch_alter_table("response") as response:
        response.drop_column("size")
