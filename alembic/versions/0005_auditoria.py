"""The audit trail, chained and sealed.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILES = (
    "core.auditoria_v01.sql",
    "core.sellar_v01.sql",
    "core.auditar_v01.sql",
)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    apply("core.auditar_v00.sql")
    apply("core.auditoria_v00.sql")
