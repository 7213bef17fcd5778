"""Writes the catalogue as one HTML page that needs nothing else: for the staff of the school."""

from collections import defaultdict
from datetime import datetime
from html import escape

from academico_cli import webpage
from academico_cli.catalog import articles, drawing
from academico_cli.catalog.articles import Context
from academico_cli.catalog.lineage import journey, trace
from academico_cli.catalog.model import Catalog, Rule, Schema


def page(catalog: Catalog, *, generated: datetime) -> str:
    """Return the page; for the same database and moment it is the same to the byte.

    Args:
        catalog: what it tells about.
        generated: the moment that it says it was made.
    """
    lineage = trace(catalog)
    rules: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in catalog.rules:
        rules[rule.table or ""].append(rule)
    named = {r.full_name for r in catalog.relations()} | {f.full_name for f in catalog.functions()}
    columns = frozenset(f"{r.full_name}.{c.name}" for r in catalog.relations() for c in r.columns)
    context = Context(frozenset(named), columns, lineage, rules)
    style, script = webpage.style(__package__), webpage.script(__package__)
    return webpage.fill(
        __package__,
        style=style,
        style_hash=webpage.digest(style),
        script=script,
        script_hash=webpage.digest(script),
        contents=_contents(catalog),
        facts=_facts(catalog),
        lineage=drawing.lineage(journey(catalog, lineage)),
        entities=_entities(catalog),
        schemas="\n".join(_schema(schema, context) for schema in _filled(catalog)),
        rules=_rules(catalog, context),
        database=escape(catalog.database),
        server=escape(catalog.server),
        version=escape(catalog.version),
        generated=f"{generated:%Y-%m-%d %H:%M}",
    )


def _filled(catalog: Catalog) -> list[Schema]:
    return [schema for schema in catalog.schemas if schema.relations or schema.functions]


def _contents(catalog: Catalog) -> str:
    parts = [
        '<ul data-unsearched><li><a href="#linaje">Linaje</a></li>'
        '<li><a href="#entidades">Entidades y relaciones</a></li></ul>'
    ]
    for schema in _filled(catalog):
        names = [relation.full_name for relation in schema.relations]
        names += [function.full_name for function in schema.functions]
        items = "".join(
            f'<li><a href="#{escape(articles.anchor(name))}">'
            f"{escape(name.partition('.')[2])}</a></li>"
            for name in names
        )
        parts.append(
            f'<div data-group="{escape(schema.name)}"><h2>{escape(schema.name)}</h2>'
            f"<ul>{items}</ul></div>"
        )
    parts.append(
        '<div data-group="reglas"><h2>Calidad</h2>'
        '<ul><li><a href="#reglas">Reglas</a></li></ul></div>'
    )
    return "\n".join(parts)


def _facts(catalog: Catalog) -> str:
    columns = [column for relation in catalog.relations() for column in relation.columns]
    facts = {
        "esquemas": len(_filled(catalog)),
        "tablas": sum(relation.kind == "table" for relation in catalog.relations()),
        "vistas": sum(relation.kind != "table" for relation in catalog.relations()),
        "columnas": len(columns),
        "con datos personales": sum(column.personal for column in columns),
        "funciones": sum(1 for _ in catalog.functions()),
        "reglas de calidad": len(catalog.rules),
    }
    return "".join(f"<div><dt>{name}</dt><dd>{number}</dd></div>" for name, number in facts.items())


def _entities(catalog: Catalog) -> str:
    return "\n".join(
        f"<figure><figcaption>{escape(title)}</figcaption>"
        '<div class="scroll" tabindex="0" role="group"'
        f' aria-label="Entidades de {escape(title)}, se puede desplazar">{svg}</div></figure>'
        for title, svg in drawing.entities(catalog)
    )


def _schema(schema: Schema, context: Context) -> str:
    about = f'<p class="about">{escape(schema.comment)}</p>' if schema.comment else ""
    each = [articles.relation(relation, context) for relation in schema.relations]
    each += [articles.function(function, context) for function in schema.functions]
    return "\n".join((
        f'<section id="{escape(schema.name)}" data-searched class="{escape(schema.name)}">',
        f"<h2>{escape(schema.name)}</h2>{about}",
        *each,
        "</section>",
    ))  # fmt: skip


def _rules(catalog: Catalog, context: Context) -> str:
    if not catalog.rules:
        each = (
            '<p class="about">Todavía no hay reglas registradas: las registra'
            " <code>academico dq check</code>.</p>"
        )
    else:
        each = "\n".join(articles.rule(rule, context) for rule in catalog.rules)
    return f'<section id="reglas" data-searched><h2>Reglas de calidad</h2>{each}</section>'
