"""Roles with the least that each needs, on everything that there is and will be.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FILES = ("roles_crear_v01.sql", "marts.frescura_v01.sql", "roles_v01.sql")


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    op.execute("DROP VIEW marts.frescura, marts.periodos")
    op.get_context().config.attributes["apply"]("roles_v00.sql")
