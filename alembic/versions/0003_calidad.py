"""Rules of data quality: their definitions, runs and results.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILES: tuple[str, ...] = ("core.calidad_v01.sql",)


def upgrade() -> None:
    apply = op.get_context().config.attributes["apply"]
    for name in FILES:
        apply(name)


RULES = ("tabla", "importa", "remedio", "umbral", "propia", "consulta", "cambiada_en")
RESULTS = (
    "run", "severity", "status", "failed_rows", "total_rows", "new_rows", "sample", "causes",
    "seconds",
)  # fmt: skip


def downgrade() -> None:
    op.execute("DROP TABLE core.dq_fallos, core.dq_runs")
    for table, columns in (("dq_rules", RULES), ("dq_results", RESULTS)):
        dropped = ", ".join(f"DROP COLUMN {column}" for column in columns)
        op.execute(f"ALTER TABLE core.{table} {dropped}")
