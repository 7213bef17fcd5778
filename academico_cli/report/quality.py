"""The section about the data: the last check, the books of what arrived, rejects, what waits."""

from datetime import tzinfo
from decimal import Decimal
from html import escape

from academico_cli.report import charts, spanish
from academico_cli.report.charts import Bar
from academico_cli.report.markup import Cell, Column, figure, key, note, pair, section, table
from academico_cli.report.model import Quality, Report, Row
from academico_cli.report.svg import Chart

MOTIVOS = {
    "base_de_datos": "La base de datos no lo acepta",
    "campo_ausente": "Falta un dato obligatorio",
    "cuarentena": "Su lote no cumple las reglas y quedó en cuarentena",
    "demasiado_largo": "El mensaje es demasiado largo",
    "entidad_ausente": "No dice de qué entidad es",
    "entidad_desconocida": "La entidad no existe",
    "json_invalido": "El mensaje no es JSON válido",
    "mensaje_mortal": "Detenía a quien lo leía",
    "no_es_objeto": "El mensaje no es un objeto JSON",
    "tipo_invalido": "Un dato es de otro tipo (texto en vez de número, por ejemplo)",
    "vacio": "El mensaje está vacío",
    "valor_invalido": "Un dato está fuera de lo permitido (una calificación de 11, por ejemplo)",
}
"""Code of a reject -> what it means, for those who read and do not program."""

DESTINOS = {
    "aplicado": ("good", "Aplicados", "están en la base"),
    "duplicado": ("soft", "Duplicados", "ya se habían recibido; no cambian nada"),
    "obsoleto": ("faint", "Obsoletos", "más antiguos que lo guardado; no cambian nada"),
    "rechazado": ("bad", "Rechazados", "no cumplen el contrato; se guardan tal como llegaron"),
    "pendiente": ("warn", "Pendientes", "esperan a su alumno, grupo, materia o maestro"),
}
"""Fate -> class of its colour, its name, what it means."""


def quality(report: Report, zone: tzinfo | None) -> str:
    """Return the section about the data.

    Args:
        zone: the time zone in which moments are told.
    """
    found = report.quality
    return section(
        "calidad",
        "Calidad de los datos",
        _about(found, zone),
        _failures(found),
        pair(_trend(found, zone), _rejects(found)),
        '<h3 class="sub">Qué pasó con cada evento recibido</h3>',
        _books(found),
        _parked(found, zone),
    )


def _about(found: Quality, zone: tzinfo | None) -> str:
    last = found.last
    if last is None:
        return (
            "Los datos todavía no se han revisado contra las reglas:"
            " <code>academico dq check</code> lo hace."
        )
    when = spanish.moment(last["finished_at"].astimezone(zone))
    rules = spanish.plural(last["rules"], "regla", "reglas")
    failing = last["errores"] + last["avisos"] + last["rotas"]
    told = f"Última revisión: {when}, {rules}. "
    if not failing:
        return told + "Todas se cumplen."
    parts = [
        (last["errores"], "falla con error", "fallan con error"),
        (last["avisos"], "falla con aviso", "fallan con aviso"),
        (last["rotas"], "no se pudo evaluar", "no se pudieron evaluar"),
    ]
    return (
        told
        + "; ".join(spanish.plural(*part) for part in parts if part[0])
        + (
            ". Un error hace que alguna cifra de este informe no sea correcta; un aviso pide que"
            " alguien lo mire."
        )
    )


def _failures(found: Quality) -> str:
    if not found.fallas:
        return ""
    items = "".join(_failure(row) for row in found.fallas)
    more = ""
    if (left := found.fallas[0]["cuantas"] - len(found.fallas)) > 0:
        more = note(
            f"Hay {spanish.plural(left, 'regla más', 'reglas más')} que fallan:"
            " <code>academico dq check</code> las muestra todas."
        )
    return f'<ul class="failures">{items}</ul>{more}'


def _failure(row: Row) -> str:
    if row["status"] == "error":
        kind, word, count = "error", "no evaluada", "La regla no funcionó: no se sabe si se cumple."
    else:
        error = row["severity"] == "error"
        kind, word = ("error", "error") if error else ("aviso", "aviso")
        count = (
            f"{spanish.number(row['failed_rows'])} de"
            f" {spanish.plural(row['total_rows'], 'fila', 'filas')}"
        )
        if row["new_rows"]:
            count += (
                f"; {spanish.plural(row['new_rows'], 'nueva', 'nuevas')} desde la revisión anterior"
            )
    todo = f"<p><b>Qué hacer.</b> {escape(row['remedio'])}</p>" if row["remedio"] else ""
    about = f"<p>{escape(row['descripcion'])}</p>" if row["descripcion"] else ""
    return (
        f'<li class="card {kind}"><h3>{escape(row["titulo"])}'
        f' <span class="badge">{word}</span></h3>'
        f'<p class="quiet">{count} · <code>{escape(row["check_name"])}</code></p>{about}{todo}</li>'
    )


def _trend(found: Quality, zone: tzinfo | None) -> str:
    if len(found.revisiones) < 2:
        return ""
    each = [
        Bar(
            f"{row['finished_at'].astimezone(zone):%d/%m}",
            (("bad", row["errores"] + row["rotas"]), ("soft", row["avisos"])),
            spanish.number(row["errores"] + row["avisos"] + row["rotas"]),
        )
        for row in found.revisiones
    ]
    rows = [
        [
            spanish.moment(row["finished_at"].astimezone(zone)), spanish.number(row["rules"]),
            spanish.number(row["errores"] + row["rotas"]), spanish.number(row["avisos"]),
        ]
        for row in found.revisiones
    ]  # fmt: skip
    columns = [
        Column("Revisión", number=False), Column("Reglas"), Column("Con error"),
        Column("Con aviso"),
    ]  # fmt: skip
    about = "; ".join(f"{row[0]}: {row[2]} con error, {row[3]} con aviso" for row in rows)
    return figure(
        "Reglas que fallan, revisión a revisión",
        charts.bars(Chart("g-reglas", "Reglas que fallan en las últimas revisiones", about), each),
        table("Últimas revisiones", columns, rows, shown=False),
        key("bad", "Con error, o sin evaluar") + key("soft", "Con aviso"),
    )


def _rejects(found: Quality) -> str:
    if not found.rechazos:
        return ""
    total = found.rechazos[0]["total"]
    rows: list[list[str | Cell]] = [
        [
            MOTIVOS.get(row["motivo"]) or str(row["motivo"]),
            spanish.number(row["cuantos"]),
            spanish.percent(Decimal(row["cuantos"]) / total),
        ]
        for row in found.rechazos
    ]
    left = total - sum(row["cuantos"] for row in found.rechazos)
    if left:
        rows.append(["Otros motivos", spanish.number(left), spanish.percent(Decimal(left) / total)])
    columns = [Column("Motivo", number=False), Column("Eventos"), Column("Parte")]
    return (
        f'<div class="card">{table("Rechazos abiertos, por motivo", columns, rows)}'
        + note(
            "Cada uno se guarda tal como llegó. <code>academico dlq list --group</code> dice cuáles"
            " son; corregido el origen, <code>academico dlq retry</code> los vuelve a intentar."
        )
        + "</div>"
    )


def _books(found: Quality) -> str:
    whole = sum(found.destinos.values())
    rows: list[list[str | Cell]] = []
    for destino, (kind, name, about) in DESTINOS.items():
        count = found.destinos.get(destino, 0)
        share = Decimal(count) / whole if whole else None
        rows.append(
            [
                Cell(f'<span class="key"><i class="{kind}"></i>{name}</span>'),
                spanish.number(count), spanish.percent(share, 2), about,
            ]
        )  # fmt: skip
    rows.append(["Suma", spanish.number(whole), "", ""])
    columns = [
        Column("Destino", number=False), Column("Eventos"), Column("Parte"),
        Column("Qué significa", number=False, minor=True),
    ]  # fmt: skip
    received = spanish.number(found.recibidos)
    if not found.gap:
        verdict = (
            f'<p class="verdict">Las cuentas cuadran: {received} recibidos, {received} con'
            " destino.</p>"
        )
    else:
        verdict = (
            f'<p class="verdict bad">Las cuentas no cuadran: {received} recibidos,'
            f" {spanish.number(whole)} con destino, una diferencia de"
            f" {spanish.number(abs(found.gap))}. <code>academico reconcile</code> dice dónde.</p>"
        )
    parts = [(kind, found.destinos.get(name, 0)) for name, (kind, _, _) in DESTINOS.items()]
    about = "; ".join(f"{name}: {found.destinos.get(d, 0)}" for d, (_, name, _) in DESTINOS.items())
    chart = charts.strip(Chart("g-destinos", "Destino de los eventos recibidos", about), parts)
    return (
        f'<div class="card">{verdict}{chart if whole else ""}'
        f"{table('Destino de los eventos recibidos', columns, rows, shown=False)}</div>"
    )


def _parked(found: Quality, zone: tzinfo | None) -> str:
    if not found.pendientes:
        return ""
    told = "; ".join(
        f"{spanish.plural(row['cuantos'], 'espera', 'esperan')} a"
        f" {spanish.plural(row['padres'], *_parent(row['padre']))}, desde el"
        f" {spanish.day(row['desde'].astimezone(zone))}"
        for row in found.pendientes
    )
    return note(
        f"Eventos pendientes: {told}. Se aplican solos cuando llegue lo que falta; si no llega,"
        " hay que pedirlo a quien lo envía."
    )


def _parent(padre: str) -> tuple[str, str]:
    return padre, f"{padre}s"
