"""``academico reconcile``: raw, ledger, rejects, parked events and academico, against each other.

Everything is read in one snapshot, and nothing is written.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import LiteralString, NamedTuple

import psycopg
from psycopg import sql

from academico_cli import history, sqlfiles, stg
from academico_cli.errors import UnreadableFile
from academico_cli.events.reader import ENTIDADES, message_uuid
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "reconcile.sql")

LEDGER_CHECKS: dict[str, LiteralString] = {
    "lote = sum of its fates": SQL["lotes"],
    "no fate below zero": SQL["destinos"],
    "rejects = ledger": SQL["rechazos"],
    "parked = ledger": SQL["pendientes"],
}

RAW, VALID, PRESENT, WRITTEN, SOURCE = (
    "raw = ledger",
    "raw valid or rejected",
    "events in academico",
    "academico as written",
    "academico from raw",
)
PUBLISHED = "published arrived"

_KEYS: dict[str, tuple[str, ...]] = {
    "inscripcion": ("id_alumno", "id_grupo"),
    "calificacion": ("id_alumno", "id_grupo"),
    "evaluacion": ("id_alumno", "id_grupo", "evaluacion"),
}
_PLURAL = {
    "maestro": "maestros", "materia": "materias", "grupo": "grupos", "alumno": "alumnos",
    "inscripcion": "inscripciones", "calificacion": "calificaciones",
    "evaluacion": "evaluaciones",
}  # fmt: skip
_BY_PERIODO = ("inscripcion", "calificacion")
_LOTE = 0  # rows are staged in tables of this transaction's own


class Finding(NamedTuple):
    """A check as a whole (entidad and lote None), or one place where it fails."""

    check: str
    entidad: str | None
    lote: int | None
    expected: int
    found: int
    difference: int
    """found - expected; of a whole check the sum of these without their signs."""
    example: str | None = None


class Report(NamedTuple):
    """What was compared and what differs."""

    summary: list[Finding]
    differences: list[Finding]
    forgotten: int
    """Lotes that could not be compared: retention dropped their months from raw."""


def reconcile(
    database: Database,
    *,
    day: date | None = None,
    published: Path | None = None,
    on_events: Callable[[int], None] | None = None,
) -> Report:
    """Compare what was received, what the ledger says of it, and what is in academico.

    Args:
        day: only lotes of this day (UTC).
        published: a file of message ids, one a line, all of which should have arrived.
        on_events: called from time to time with the number of events read so far.

    Raises:
        UnreadableFile: ``published`` cannot be read.
    """
    with database.connect(name="academico reconcile") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        report = _compare(connection, day, on_events)
        if published is not None:
            missing = _missing(connection, published)
            report.summary.append(missing[0])
            report.differences.extend(missing[1:])
        connection.rollback()
    return report


def _compare(
    connection: Connection, day: date | None, on_events: Callable[[int], None] | None
) -> Report:
    lotes = history.received_lotes(connection, day=day)
    meant = None if day is None else [lote.numero for lote in lotes]
    report = Report([], [], 0)
    for check, statement in LEDGER_CHECKS.items():
        _ledger_check(connection, report, check, statement, meant)
    forgotten = history.forgotten_lotes(connection)
    kept = [lote for lote in lotes if lote.numero not in forgotten]
    _RawPass(connection, report).run(kept, meant, forgotten, on_events)
    return report._replace(forgotten=len(lotes) - len(kept))


def _ledger_check(
    connection: Connection,
    report: Report,
    check: str,
    statement: LiteralString,
    lotes: list[int] | None,
) -> None:
    query = sql.SQL(SQL["totals"]).format(check=sql.SQL(statement))
    for is_total, *rest in connection.execute(query, {"lotes": lotes}):
        finding = Finding(check, *rest)  # type: ignore[arg-type]
        (report.summary if is_total else report.differences).append(finding)


class _Tally:
    """One check, counted place by place: at most one Finding for each lote and entidad."""

    def __init__(self, check: str) -> None:
        self.check = check
        self.differences: list[Finding] = []
        self._expected = self._found = self._off = 0

    def add(
        self, entidad: str, lote: int, expected: int, found: int, example: str | None = None
    ) -> None:
        self._expected += expected
        self._found += found
        if found != expected:
            self._off += abs(found - expected)
            self.differences.append(
                Finding(self.check, entidad, lote, expected, found, found - expected, example)
            )

    def report(self, report: Report) -> None:
        report.summary.append(
            Finding(self.check, None, None, self._expected, self._found, self._off)
        )
        report.differences.extend(self.differences)


class _RawPass:
    """Reads raw once and compares all that can be known from it."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self._connection = connection
        self._report = report
        self._tallies = {c: _Tally(c) for c in (RAW, VALID, PRESENT, WRITTEN, SOURCE)}
        self._written: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def run(
        self,
        lotes: list[history.Lote],
        meant: list[int] | None,
        forgotten: set[int],
        on_events: Callable[[int], None] | None,
    ) -> None:
        for entidad in ENTIDADES:
            self._connection.execute(_named("copy_of_staging", tabla=stg.TABLES[entidad]))
        self._connection.execute(SQL["nested_loops"])
        events = 0
        for chunk in history.read_again(self._connection, _LOTE, lotes):
            self._against_ledger(chunk)
            self._against_academico(chunk)
            events += chunk.eventos.total()
            if on_events:
                on_events(events)
        self._sources(meant, forgotten)
        for tally in self._tallies.values():
            tally.report(self._report)

    def _against_ledger(self, chunk: history.Chunk) -> None:
        rows = self._connection.execute(SQL["fresh"], {"lotes": chunk.lotes})
        said = {(lote, entidad): n for lote, entidad, n in rows}
        places: set[tuple[int, str]] = {*said, *chunk.eventos}  # type: ignore[arg-type]
        for lote, entidad in sorted(places):
            expected = int(str(said.get((lote, entidad), 0)))
            self._tallies[RAW].add(entidad, lote, expected, chunk.eventos[lote, entidad])
        for (lote, n, linea), rejected in chunk.invalid:
            place = f"message {n} line {linea}"
            self._tallies[VALID].add(rejected.entidad, lote, 1, 0, place)

    def _against_academico(self, chunk: history.Chunk) -> None:
        parked = history.parked(self._connection, chunk.lotes)
        for entidad, rows in chunk.rows.items():
            due = [row for row in rows if row[1:4] not in parked]
            stg.stage(self._connection, {entidad: due}, "pg_temp")
            for (
                lote,
                expected,
                found,
                missing,
                written,
                intact,
                altered,
            ) in self._connection.execute(_comparison(entidad)).fetchall():
                number = int(str(lote))
                self._tallies[PRESENT].add(entidad, number, expected, found, missing)  # type: ignore[arg-type]
                self._tallies[WRITTEN].add(entidad, number, written, intact, altered)  # type: ignore[arg-type]
                self._written[entidad][number] += int(str(written))
            self._connection.execute(_named("empty_copy", tabla=stg.TABLES[entidad]))

    def _sources(self, meant: list[int] | None, forgotten: set[int]) -> None:
        """Compare the rows that there are with those that were found to come from an event."""
        for entidad, plural in _PLURAL.items():
            rows = self._connection.execute(
                _named("rows_by_lote", tabla=plural), {"lotes": meant}
            ).fetchall()
            for lote, number in sorted((int(str(a)), int(str(b))) for a, b in rows):
                if lote not in forgotten:
                    self._tallies[SOURCE].add(entidad, lote, number, self._written[entidad][lote])


def _named(name: str, **identifiers: str) -> sql.Composed:
    return sql.SQL(SQL[name]).format(**{k: sql.Identifier(v) for k, v in identifiers.items()})


def _comparison(entidad: str) -> sql.Composed:
    """Return the statement that compares the staged events of an entidad with academico."""
    key = _KEYS.get(entidad, (f"id_{entidad}",))
    values = [campo for campo in ENTIDADES[entidad].CAMPOS if campo not in key]
    stored = {campo: "id" if campo == f"id_{entidad}" else campo for campo in key}
    equal: list[sql.Composable] = [
        sql.SQL("a.{} = s.{}").format(sql.Identifier(stored[c]), sql.Identifier(c)) for c in key
    ]
    if entidad in _BY_PERIODO:
        equal.append(sql.SQL("a.periodo = g.periodo"))
    grupo = "g.id = s.id_grupo" if entidad in _BY_PERIODO else "false"
    return sql.SQL(SQL["compare"]).format(
        staged=sql.Identifier(stg.TABLES[entidad]),
        tabla=sql.Identifier(_PLURAL[entidad]),
        llave=_columns("s", key),
        valores_a=_columns("a", values),
        valores_s=_columns("s", values),
        grupo=sql.SQL(grupo),
        igual=sql.SQL(" AND ").join(equal),
    )


def _columns(alias: LiteralString, names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(alias + ".{}").format(sql.Identifier(n)) for n in names)


def _missing(connection: Connection, path: Path) -> list[Finding]:
    """Return the check of published ids as a whole, then a finding for each that is missing."""
    total = 0
    missing: list[str] = []
    try:
        # What is no UTF-8 is spelled as it is when a broker hands it over.
        with path.open(encoding="utf-8-sig", errors="backslashreplace") as lines:
            ids = (line.rstrip("\r\n") for line in lines if line.strip())
            while part := list(dict.fromkeys(islice(ids, 10_000))):
                total += len(part)
                missing += _not_arrived(connection, part)
    except OSError as exc:
        raise UnreadableFile(path=path, detail=exc.strerror or exc) from exc
    found = total - len(missing)
    whole = Finding(PUBLISHED, None, None, total, found, len(missing))
    return [whole, *(Finding(PUBLISHED, None, None, 1, 0, -1, sent) for sent in missing)]


def _not_arrived(connection: Connection, ids: list[str]) -> Iterator[str]:
    identities = {sent: message_uuid(sent, b"") for sent in ids}
    hexes = [identity.hex() for identity in identities.values()]
    rows = connection.execute(SQL["arrived"], {"ids": hexes}, binary=True)
    arrived = {row[0] for row in rows}
    return (sent for sent, identity in identities.items() if identity not in arrived)
