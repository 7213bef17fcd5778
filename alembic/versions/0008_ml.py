"""Risk models: registry, predictions, drift.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FILES = (
    "ml.modelos_v01.sql",
    "ml.predicciones_v01.sql",
    "marts.riesgo_predicho_v01.sql",
)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


def downgrade() -> None:
    op.execute("DROP VIEW marts.riesgo_predicho")
    op.execute("DROP TABLE ml.predicciones, ml.deriva, ml.seguimiento, ml.promociones, ml.modelos")
