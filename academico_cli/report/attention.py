"""What somebody should look at first: the few things that are not as they should be."""

from datetime import tzinfo
from decimal import Decimal
from html import escape

from academico_cli.report import spanish
from academico_cli.report.markup import note
from academico_cli.report.model import Report

FALL = Decimal("0.03")
"""Fall of the share of passes, from one periodo to the next, that is told."""


def attention(report: Report, zone: tzinfo | None) -> str:
    """Return the list of what to look at, most urgent first, as markup."""
    found = [*_figures(report), *_data(report, zone), *_school(report)]
    if not found:
        return note("Nada pide atención: los datos están al día y las reglas se cumplen.")
    items = "".join(
        f'<li class="{kind}"><a href="#{target}">{text}</a></li>' for kind, target, text in found
    )
    return f'<h2 class="sub" id="mirar">Qué mirar primero</h2><ul class="attention">{items}</ul>'


def _figures(report: Report) -> list[tuple[str, str, str]]:
    found = []
    quality, last = report.quality, report.quality.last
    if quality.gap:
        found.append(("error", "calidad", "Las cuentas de los eventos recibidos no cuadran"))
    if last and last["rotas"]:
        rules = spanish.plural(last["rotas"], "regla no se pudo", "reglas no se pudieron")
        found.append(("error", "calidad", f"{rules} evaluar: no se sabe si los datos las cumplen"))
    if last and last["errores"]:
        rules = spanish.plural(last["errores"], "regla", "reglas")
        found.append(
            ("error", "calidad", f"{rules} de calidad con error: alguna cifra no es correcta")
        )
    return found


def _data(report: Report, zone: tzinfo | None) -> list[tuple[str, str, str]]:
    found = []
    quality, last, arrived = report.quality, report.quality.last, report.base["lote_en"]
    if last is None:
        found.append(
            ("aviso", "calidad", "Los datos no se han revisado contra las reglas de calidad")
        )
    elif arrived is not None and arrived > last["finished_at"]:
        when = spanish.day(last["finished_at"].astimezone(zone))
        text = f"Llegaron datos después de la última revisión de calidad ({when})"
        found.append(("aviso", "calidad", text))
    if quality.rechazos:
        total = quality.rechazos[0]["total"]
        events = spanish.plural(total, "evento rechazado espera", "eventos rechazados esperan")
        found.append(("aviso", "calidad", f"{events} a que alguien los corrija o los descarte"))
    if quality.pendientes:
        total = sum(row["cuantos"] for row in quality.pendientes)
        events = spanish.plural(total, "evento espera", "eventos esperan")
        found.append(("aviso", "calidad", f"{events} datos que aún no llegan"))
    return found


def _school(report: Report) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    here, before = report.here, report.before
    if here is None or not report.may_tell(here):
        return found
    if before is not None and before.tasa_aprob - here.tasa_aprob >= FALL:
        points = spanish.number((before.tasa_aprob - here.tasa_aprob) * 100, 1)
        text = f"La tasa de aprobación bajó {points} puntos desde {escape(before.periodo)}"
        found.append(("aviso", "periodos", text))
    if here.en_riesgo and here.calificados >= report.minimum:
        share = spanish.percent(Decimal(here.en_riesgo) / max(here.calificados, 1))
        alumnos = spanish.plural(here.en_riesgo, "alumno", "alumnos")
        found.append(("dato", "riesgo", f"{alumnos} en riesgo en {escape(here.periodo)} ({share})"))
    if report.grupos and report.grupos.sin_calificar:
        grupos = spanish.plural(report.grupos.sin_calificar, "grupo", "grupos")
        found.append(("dato", "grupos", f"{grupos} sin calificar en {escape(here.periodo)}"))
    return found
