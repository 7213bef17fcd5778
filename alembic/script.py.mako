"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    apply("SCHEMA.NAME_v01.sql")


def downgrade() -> None:
    op.execute("DROP ...")
