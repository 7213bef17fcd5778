"""The page's articles: one a table, view, function and rule.

What comes from the database is escaped.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from academico_cli.catalog.drawing import short_type
from academico_cli.catalog.lineage import Flow, Lineage
from academico_cli.catalog.model import Column, Function, Relation, Rule

_KINDS = {"table": "tabla", "view": "vista", "matview": "vista materializada"}
_HEAD = (
    '<colgroup><col class="c-name"><col class="c-type">{col}<col></colgroup>'
    "<thead><tr><th scope=col>Columna</th><th scope=col>Tipo</th>{null}"
    "<th scope=col>Descripción</th></tr></thead>"
)
# A view does not say whether its columns may be NULL.
_HEAD_OF_VIEW = _HEAD.format(col="", null="")
_HEAD_OF_TABLE = _HEAD.format(col='<col class="c-null">', null="<th scope=col>Valor</th>")
_NAMED = re.compile(r"\b([a-z_]+\.[a-z_]\w*)(\.[a-z_]\w*)?")
_NOT_THERE = '<span class="quiet">Sin descripción.</span>'


class Context(NamedTuple):
    """What an article says beyond its own object."""

    known: frozenset[str]
    """Full names that have an article."""
    columns: frozenset[str]
    """Full names of columns."""
    lineage: Lineage
    rules: dict[str, list[Rule]]
    """Table -> its rules."""


def anchor(name: str) -> str:
    """Return the id of what has this full name, for links to it."""
    return name.replace(" ", "")


def link(name: str, known: frozenset[str]) -> str:
    """Return a link to the article, or the name alone when it has none."""
    text = f"<code>{escape(name)}</code>"
    return f'<a href="#{escape(anchor(name))}">{text}</a>' if name in known else text


def prose(text: str, context: Context) -> str:
    """Return a text with a link at each table or column that it names in full."""

    def linked(found: re.Match[str]) -> str:
        whole, table = found[0], found[1]
        if table not in context.known:
            return whole
        return f'<a href="#{whole if whole in context.columns else table}">{whole}</a>'

    return _NAMED.sub(linked, escape(text))


def relation(table: Relation, context: Context) -> str:
    """Return the article of a table or view."""
    rows = "".join(_column(table, column, context) for column in table.columns)
    sources = context.lineage.sources.get(table.full_name, ())
    uses = context.lineage.uses.get(table.full_name, ())
    head = _HEAD_OF_TABLE if table.kind == "table" else _HEAD_OF_VIEW
    parts = [
        f'<article id="{escape(table.full_name)}" class="{table.schema}">',
        _header(table.full_name, _KINDS[table.kind], _about(table.comment, context), _facts(table)),
        f"<table>{head}<tbody>{rows}</tbody></table>",
        _flow((("Se alimenta de", sources), ("Alimenta a", uses)), context.known),
        _details("Restricciones", _listed(table.constraints)),
        _details("Índices", _listed(table.indexes)),
        _details("Definición", _code(table.definition)),
        _details("Reglas de calidad", _rules(context.rules.get(table.full_name, []))),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def function(each: Function, context: Context) -> str:
    """Return the article of a function."""
    flow = context.lineage.flows.get(each.full_name, Flow(frozenset(), frozenset(), frozenset()))
    named = (("Lee", flow.reads), ("Escribe", flow.writes), ("Llama a", flow.calls))
    call = f"{each.name}({each.arguments})" + (f" → {each.result}" if each.result else "")
    return "\n".join((
        f'<article id="{escape(anchor(each.full_name))}" class="function {each.schema}">',
        _header(each.full_name, "función", _about(each.comment, context), ""),
        f'<p class="mono">{escape(call)}</p>',
        _flow([(label, sorted(names)) for label, names in named], context.known),
        _details("Código", _code(each.definition)),
        "</article>",
    ))  # fmt: skip


def rule(each: Rule, context: Context) -> str:
    """Return the article of a rule."""
    table = [("Tabla", link(each.table, context.known))] if each.table else []
    texts = [(heading, prose(text, context)) for heading, text in each.texts]
    terms = "".join(f"<dt>{heading}</dt><dd>{text}</dd>" for heading, text in (*table, *texts))
    severity = "error" if each.severity == "error" else "aviso"
    id_ = f"regla.{each.id}"
    return (
        f'<article id="{escape(id_)}" class="rule"><header><h3>'
        f'<a class="self" href="#{escape(id_)}">{escape(each.title)}</a>'
        f'<span class="severity {severity}">{severity}</span></h3>'
        f'<p class="facts-line"><code>{escape(each.id)}</code></p></header>'
        f"<dl>{terms}</dl></article>"
    )


def _about(comment: str | None, context: Context) -> str:
    return prose(comment, context) if comment else _NOT_THERE


def _header(name: str, kind: str, about: str, facts: str) -> str:
    schema, _, own = name.partition(".")
    line = f'<p class="facts-line">{facts}</p>' if facts else ""
    return (
        f'<header><h3><a class="self" href="#{escape(anchor(name))}">'
        f'<span class="in">{escape(schema)}.</span>{escape(own)}</a>'
        f'<span class="kind">{kind}</span></h3><p>{about}</p>{line}</header>'
    )


def _facts(table: Relation) -> str:
    facts = []
    if table.partition_key:
        number = f"{table.partitions} {'partición' if table.partitions == 1 else 'particiones'}"
        facts.append(f"partida por <code>{escape(table.partition_key)}</code>: {number}")
    if table.unlogged:
        facts.append(
            "sin registro de transacciones (<code>UNLOGGED</code>): se vacía tras una caída"
        )
    return "; ".join(facts)


def _column(table: Relation, column: Column, context: Context) -> str:
    id_ = escape(f"{table.full_name}.{column.name}")
    tags = [
        *(['<span class="tag key">llave</span>'] if column.key else []),
        *(['<span class="tag key">única</span>'] if column.unique else []),
        *(['<span class="tag personal">dato personal</span>'] if column.personal else []),
    ]
    about = _about(column.comment, context)
    for target in column.references:
        name, _, target_column = target.rpartition(".")
        if name in context.known:
            about += (
                f' <span class="quiet">Apunta a</span> <a href="#{escape(target)}">'
                f"<code>{escape(name)}.{escape(target_column)}</code></a>."
            )
    initial = f'<span class="was">= {escape(column.initial)}</span>' if column.initial else ""
    null = "opcional" if column.nullable else "obligatorio"
    null = f'<td class="null">{null}</td>' if table.kind == "table" else ""
    return (
        f'<tr id="{id_}"><td><a class="self mono name" href="#{id_}">{escape(column.name)}</a>'
        f'{"".join(tags)}</td><td class="type mono">{escape(short_type(column.type))}{initial}</td>'
        f"{null}<td>{about}</td></tr>"
    )


def _flow(named: Iterable[tuple[str, Sequence[str]]], known: frozenset[str]) -> str:
    terms = [
        f"<dt>{label}</dt><dd>{', '.join(link(name, known) for name in names)}</dd>"
        for label, names in named
        if names
    ]
    return f'<dl class="flow">{"".join(terms)}</dl>' if terms else ""


def _rules(rules: list[Rule]) -> str:
    items = "".join(
        f'<li><a href="#regla.{escape(each.id)}">{escape(each.title)}</a></li>' for each in rules
    )
    return f"<ul>{items}</ul>" if items else ""


def _listed(lines: Sequence[str]) -> str:
    items = "".join(f"<li><code>{escape(line)}</code></li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _code(text: str | None) -> str:
    return f"<pre tabindex=0>{escape(text.strip())}</pre>" if text else ""


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>" if content else ""
