"""Draws the lineage and the entities as inline SVG; colours are the page's."""

from collections.abc import Iterable
from html import escape

from academico_cli.catalog.layout import Layout, place
from academico_cli.catalog.lineage import Graph
from academico_cli.catalog.model import Catalog, Column, Relation

PROVENANCE = ("ocurrido_en", "desempate", "lote", "id_mensaje", "linea")
"""Columns of every row that say which message it came from; a diagram would be full of them."""

_CHARACTER, _LINE, _PAD, _MARGIN = 6.8, 18.0, 9.0, 8.0
_BOX_HEIGHT = 26.0


def lineage(graph: Graph) -> str:
    """Return the journey of an event as an SVG whose boxes lead to the articles of the page."""
    sizes = {name: (len(_shown(name)) * _CHARACTER + 2 * _PAD, _BOX_HEIGHT) for name in graph.nodes}
    layout = place(sizes, graph.edges, gap=(12, 30))
    parts = [_paths(layout)]
    for name, kind in graph.nodes.items():
        x, y, width, height = _corner(layout, sizes, name)
        schema = "event" if kind == "event" else name.partition(".")[0]
        radius = height / 2 if kind == "function" else 4
        box = (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' rx="{radius:g}"/><text x="{x + width / 2:.1f}" y="{y + height / 2 + 4:.1f}"'
            f' text-anchor="middle">{escape(_shown(name))}</text>'
        )
        classes = f'class="box {kind} {schema}" data-name="{escape(name)}"'
        linked = kind != "event"
        parts.append(
            f'<a href="#{escape(name)}" {classes}>{box}</a>'
            if linked
            else f"<g {classes}>{box}</g>"
        )
    return _svg(layout, "lineage", "Recorrido de un evento hasta los indicadores", parts)


def entities(catalog: Catalog) -> list[tuple[str, str]]:
    """Return a title and an SVG for each set of tables that foreign keys hold together."""
    tables = {r.full_name: r for r in catalog.relations() if r.kind == "table"}
    edges = [
        (reference.target, table.full_name)
        for table in tables.values()
        for reference in table.references
        if reference.target in tables
    ]
    drawn = []
    for group in _groups(edges):
        members = [tables[name] for name in tables if name in group]
        schemas = sorted({table.schema for table in members})
        drawn.append((", ".join(schemas), _entities(members, [e for e in edges if e[0] in group])))
    return drawn


def shown_columns(table: Relation) -> list[Column]:
    """Return the columns that a diagram shows: all but those of provenance."""
    return [c for c in table.columns if c.name not in PROVENANCE or c.key or c.references]


def _entities(tables: list[Relation], edges: list[tuple[str, str]]) -> str:
    sizes = {table.full_name: _entity_size(table) for table in tables}
    layout = place(sizes, edges, gap=(36, 52))
    parts = [_paths(layout)]
    for table in tables:
        x, y, width, height = _corner(layout, sizes, table.full_name)
        lines = [
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4"/>',
            f'<text class="title" x="{x + _PAD:.1f}" y="{y + 18:.1f}">{escape(table.name)}</text>',
            f'<path class="rule" d="M{x:.1f} {y + 27:.1f}h{width:.1f}"/>',
        ]
        for i, column in enumerate(shown_columns(table)):
            line = y + 44 + i * _LINE
            mark = "key" if column.key else "foreign" if column.references else "plain"
            lines.append(
                f'<text class="{mark}" x="{x + _PAD:.1f}" y="{line:.1f}">'
                f"{escape(column.name)}</text>"
                f'<text class="type" x="{x + width - _PAD:.1f}" y="{line:.1f}" text-anchor="end">'
                f"{escape(short_type(column.type))}</text>"
            )
        parts.append(
            f'<a href="#{escape(table.full_name)}" class="box entity {table.schema}"'
            f' data-name="{escape(table.full_name)}">{"".join(lines)}</a>'
        )
    return _svg(layout, "er", "Tablas y llaves foráneas", parts)


def short_type(name: str) -> str:
    """Return PostgreSQL's short name of a type."""
    short = {"timestamp with time zone": "timestamptz", "character varying": "varchar"}
    return short.get(name, name)


def _entity_size(table: Relation) -> tuple[float, float]:
    columns = shown_columns(table)
    longest = max((len(c.name) + len(short_type(c.type)) + 2 for c in columns), default=0)
    width = max(longest, len(table.name) + 2) * _CHARACTER + 2 * _PAD
    return width, 34 + len(columns) * _LINE


def _groups(edges: Iterable[tuple[str, str]]) -> list[set[str]]:
    groups: list[set[str]] = []
    for edge in edges:
        joined = set(edge).union(*(group for group in groups if group & set(edge)))
        groups = [group for group in groups if not group & set(edge)] + [joined]
    return sorted(groups, key=lambda group: (-len(group), min(group)))


def _paths(layout: Layout) -> str:
    paths = []
    for (source, target), points in layout.routes.items():
        (x, y), *rest = points
        path = [f"M{x:.1f} {y:.1f}"]
        for nx, ny in rest:
            bend = (y + ny) / 2
            path.append(f"C{x:.1f} {bend:.1f} {nx:.1f} {bend:.1f} {nx:.1f} {ny:.1f}")
            x, y = nx, ny
        paths.append(
            f'<path d="{"".join(path)}" data-from="{escape(source)}" data-to="{escape(target)}"/>'
        )
    return f'<g class="edges">{"".join(paths)}</g>'


def _corner(
    layout: Layout, sizes: dict[str, tuple[float, float]], name: str
) -> tuple[float, float, float, float]:
    (x, y), (width, height) = layout.centers[name], sizes[name]
    return x - width / 2, y - height / 2, width, height


def _svg(layout: Layout, kind: str, label: str, parts: list[str]) -> str:
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    return (
        f'<svg class="{kind}" role="group" aria-label="{label}" width="{width:.0f}"'
        f' height="{height:.0f}" viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}">'
        f"{''.join(parts)}</svg>"
    )


def _shown(name: str) -> str:
    schema, _, rest = name.rpartition(".")
    return rest if schema and not schema.startswith("stg") else name
