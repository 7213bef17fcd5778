"""Erasure with tombstones, retention.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FILES = (
    "core.borrados_v01.sql",
    "core.retenciones_v01.sql",
)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    op.execute("DROP TABLE core.borrados, core.retenciones")
    op.execute("DELETE FROM core.parametros WHERE nombre = 'retencion_meses'")
