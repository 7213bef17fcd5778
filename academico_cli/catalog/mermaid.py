"""The entities and their foreign keys as a Mermaid diagram, for documents."""

import re

from academico_cli.catalog.drawing import short_type, shown_columns
from academico_cli.catalog.model import Catalog, Column, Reference, Relation


def er_diagram(catalog: Catalog) -> str:
    """Return Mermaid's ``erDiagram`` of every table that a foreign key leads to or from."""
    tables = {r.full_name: r for r in catalog.relations() if r.kind == "table"}
    targets = {ref.target for table in tables.values() for ref in table.references}
    lines = ["erDiagram"]
    for table in tables.values():
        lines += [_line(table, reference) for reference in table.references]
    for name, table in tables.items():
        if table.references or name in targets:
            lines.append(f'    {_id(name)}["{name}"] {{')
            lines += [f"        {_attribute(column)}" for column in shown_columns(table)]
            lines.append("    }")
    return "\n".join(lines) + "\n"


def _line(table: Relation, reference: Reference) -> str:
    columns = {column.name: column for column in table.columns}
    optional = any(columns[name].nullable for name in reference.columns)
    one = "|o" if optional else "||"
    many = "o|" if set(reference.columns) == set(table.key) else "o{"
    label = ", ".join(reference.columns)
    return f'    {_id(reference.target)} {one}--{many} {_id(table.full_name)} : "{label}"'


def _attribute(column: Column) -> str:
    marks = [mark for mark, has in (("PK", column.key), ("FK", column.references)) if has]
    kind = re.sub(r"\(.*?\)|\W", "", short_type(column.type))
    return " ".join(filter(None, (kind, column.name, ", ".join(marks))))


def _id(full_name: str) -> str:
    return full_name.replace(".", "_")
