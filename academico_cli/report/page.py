"""Puts the report together as one HTML page that needs nothing else."""

import re
from datetime import datetime
from html import escape

from academico_cli import webpage
from academico_cli.report import grades, rankings, spanish
from academico_cli.report.attention import attention
from academico_cli.report.forecast import forecast
from academico_cli.report.model import Periodo, Report
from academico_cli.report.quality import quality
from academico_cli.report.risk import riesgo
from academico_cli.report.summary import tiles

_HEADING = re.compile(r'<section id="([\w-]+)"[^>]*><h2[^>]*>([^<]+)</h2>')


def page(report: Report, *, generated: datetime) -> str:
    """Return the page; for the same report and moment it is the same to the byte.

    Args:
        report: what it tells.
        generated: the moment that it says it was made, in the time zone that it tells moments in.
    """
    style = webpage.style(__package__)
    here = report.here
    sections = _sections(report, here, generated)
    title = f"Informe académico {here.periodo}" if here else "Informe académico"
    return webpage.fill(
        __package__,
        style=style,
        style_hash=webpage.digest(style),
        title=f"{escape(title)} · {escape(report.base['nombre'])}",
        heading=f"Periodo {escape(here.periodo)}" if here else "Todavía no hay datos",
        lead=_lead(report, generated),
        warnings=_warnings(report),
        contents=_contents(sections),
        sections=sections,
        terms=_terms(report),
        source=_source(generated),
    )


def _sections(report: Report, here: Periodo | None, generated: datetime) -> str:
    zone = generated.tzinfo
    parts = []
    if here is not None:
        parts = [
            f'<section id="resumen" aria-label="Resumen">{tiles(report, here)}'
            f"{attention(report, zone)}</section>",
            grades.over_time(report),
            grades.distribution(report, here),
            rankings.materias(report, here),
            rankings.grupos(report, here),
            rankings.maestros(report, here),
            riesgo(report, here),
        ]
    parts += [quality(report, zone), forecast(report)]
    return "\n".join(part for part in parts if part)


def _lead(report: Report, generated: datetime) -> str:
    made = f"Generado el {spanish.moment(generated)} ({generated:%Z})"
    base = f"base de datos <b>{escape(report.base['nombre'])}</b>"
    if report.base["lote"] is None:
        return f"{made}, {base}, en la que aún no se ha recibido nada."
    at = spanish.moment(report.base["lote_en"].astimezone(generated.tzinfo))
    last = f"último lote {spanish.number(report.base['lote'])}, del {at}"
    fresh = report.fresh
    if fresh.refreshed is None:
        return f"{made}, {base}: {last}; indicadores aún sin calcular."
    computed = spanish.moment(fresh.refreshed.astimezone(generated.tzinfo))
    return f"{made}, {base}: {last}; indicadores calculados el {computed}."


def _warnings(report: Report) -> str:
    told = []
    if report.base["lote"] is None and report.here is None:
        told.append(
            "La base de datos está vacía. <code>academico consume</code> recibe los mensajes que"
            " esperan en la cola; <code>academico load</code> carga archivos."
        )
    elif report.fresh.refreshed is None:
        told.append(
            "Los indicadores nunca se han calculado: ejecute <code>academico marts refresh</code>."
        )
    elif report.fresh.stale:
        told.append(
            "Los indicadores están atrasados: se calcularon"
            f" {spanish.age(report.fresh.seconds)} y desde entonces llegaron cambios que este"
            " informe no incluye. <code>academico marts refresh</code> los actualiza."
        )
    newest = report.periodos[-1] if report.periodos else None
    if report.here and newest and newest.periodo > report.here.periodo:
        if report.may_tell(newest):
            told.append(f"Hay un periodo más reciente: {escape(newest.periodo)}.")
        else:
            told.append(
                f"El periodo {escape(newest.periodo)} ya comenzó"
                f" ({spanish.plural(newest.inscripciones, 'inscripción', 'inscripciones')}),"
                " pero aún no tiene calificaciones suficientes para un informe."
            )
    if report.names:
        told.append(
            "<b>Contiene datos personales.</b> Guárdelo y compártalo solo con quien deba verlos, y"
            " bórrelo cuando no haga falta."
        )
    return "".join(f'<p class="warning" role="note">{text}</p>' for text in told)


def _contents(sections: str) -> str:
    links = "".join(
        f'<li><a href="#{name}">{title}</a></li>' for name, title in _HEADING.findall(sections)
    )
    return f'<nav aria-label="Contenido"><ul>{links}</ul></nav>'


def _terms(report: Report) -> str:
    base = report.base
    terms = {
        "Promedio": "La media de las calificaciones finales, de 0 a 10, con dos decimales.",
        "Tasa de aprobación": "La parte de las calificaciones finales que llega a"
        f" {spanish.threshold(base['aprobatoria'])}.",
        "Baja": "Una inscripción que terminó antes de tiempo. Las inscripciones la incluyen.",
        "En riesgo": "Un alumno cuyo promedio en el periodo es menor que"
        f" {spanish.threshold(base['riesgo_promedio'])}.",
        "Mínimo para publicar": f"De menos de {report.minimum} calificaciones o personas no se da"
        " ninguna cifra: hablaría de alguien en particular.",
        "Puntos": "La diferencia entre dos tasas: de 80 % a 83 % hay 3 puntos.",
    }
    return "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in terms.items())


def _source(generated: datetime) -> str:
    return (
        "Todas las cifras salen de la base de datos en un mismo instante;"
        " <code>academico kpi explain</code> lleva de cada indicador a los mensajes de que sale."
        f" Hecho por <code>academico report</code> el {generated:%Y-%m-%d %H:%M %Z}."
    )
