"""What each schema, table, column and function is, for the data dictionary.

Revision ID: 0007
Revises: 0006
"""

import re
from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FILE, BEFORE = "comentarios_v01.sql", "comentarios_v00.sql"


def upgrade() -> None:
    op.get_context().config.attributes["apply"](FILE)


def downgrade() -> None:
    text = (Path(__file__).parents[1] / "sql" / FILE).read_text(encoding="utf-8")
    for thing in re.findall(r"^COMMENT ON (\w+ \S+) IS", text, re.MULTILINE):
        op.execute(f"COMMENT ON {thing} IS NULL")
    op.get_context().config.attributes["apply"](BEFORE)
