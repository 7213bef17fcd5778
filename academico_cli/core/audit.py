"""The audit trail's chain: seal what was committed, and find what was altered since.

Triggers write core.auditoria; core.sellar() chains what the merges left. See docs/governance.md.
"""

import logging
from collections.abc import Callable, Iterator
from typing import LiteralString, NamedTuple

import psycopg
from psycopg import IsolationLevel, sql

from academico_cli import sqlfiles
from academico_cli.core.heads import Heads, Kept
from academico_cli.errors import BadInput
from academico_cli.postgres import Connection, Database

SQL = sqlfiles.load(__package__, "audit.sql")
log = logging.getLogger(__name__)

MESSAGES = 50_000
"""Messages whose rows are sealed, or compared, at once; events where a message holds many. About,
because a lote is never split."""

_BY_N: LiteralString = "concat('n ', coalesce(d.clave, m.clave), ' id ' || (m.fila).id)"
_SALTED: LiteralString = "core.huella(m.fila, d.sal)"
_ROWS: tuple[tuple[str, str, LiteralString, LiteralString], ...] = (
    ("raw.mensajes", "n", _BY_N, _SALTED),
    ("raw.conflictos", "n", _BY_N, _SALTED),
    (
        "stg.rechazos",
        "id",
        "concat('id ', coalesce(d.clave, m.clave), ' ' || (m.fila).entidad)",
        _SALTED,
    ),
    (
        "core.auditoria",
        "id",
        "concat('id ', coalesce(d.clave, m.clave), ': ' || (m.fila).tabla, ' ' ||"
        " (m.fila).clave::text)",
        "core.huella(m.fila)",
    ),
)
"""Table, column that tells its rows in a lote apart, SQL of a row's name for people and SHA-256."""


class Finding(NamedTuple):
    """One row that is not what it was when it was sealed."""

    tabla: str
    clave: str | None
    lote: int | None
    que: str
    """altered, missing, inserted, or emptied without a record."""
    detalle: str | None


class Head(NamedTuple):
    """The end of the chain."""

    sello: int
    huella: str | None
    """SHA-256 in hex: kept elsewhere, it proves what was before it."""
    sin_sellar: int
    """Committed lotes that are not in the chain yet."""


def seal(connection: Connection, *, once: bool = False) -> int:
    """Put what was committed into the chain, a transaction for each stretch; return the lotes.

    Whoever else is sealing is left to it. The connection must be outside a transaction.

    Args:
        once: one stretch only, for whoever has other things to do.
    """
    total = 0
    while True:
        row = connection.execute(SQL["seal"], {"mensajes": MESSAGES}).fetchone()
        connection.commit()
        sealed = row[0] if row is not None else None
        total += int(str(sealed or 0))
        if once or not sealed:
            return total


def seal_rest(connection: Connection) -> None:
    """Seal what a command that is done has committed; if that fails, the next one does it.

    The connection must be outside a transaction.
    """
    try:
        seal(connection)
    except psycopg.Error as exc:
        log.warning("not sealed yet, `academico audit seal` does it: %s", exc.diag.message_primary)


def seal_database(database: Database) -> Head:
    """Seal all there is and return the head of the chain."""
    with database.connect(name="academico audit") as connection:
        seal(connection)
        return head(connection)


def head(connection: Connection) -> Head:
    """Return the end of the chain."""
    last = connection.execute(SQL["head"]).fetchone() or (0, None)
    unsealed = connection.execute(SQL["unsealed"]).fetchone() or (0,)
    return Head(int(str(last[0])), None if last[1] is None else str(last[1]), int(str(unsealed[0])))


class Verification:
    """A verification under way: iterate over its findings; afterwards the totals are right."""

    def __init__(
        self,
        database: Database,
        *,
        from_lote: int | None = None,
        anchor: str | None = None,
        heads: Heads | None = None,
        on_messages: Callable[[int], None] | None = None,
    ) -> None:
        self._database = database
        self._from_lote = from_lote
        self._anchor = anchor
        self._heads = heads
        self._on_messages = on_messages
        self.messages = 0
        self.head = Head(0, None, 0)
        self.erased: list[tuple[str, int]] = []
        """Why rows were taken away on purpose, and how many."""

    def __iter__(self) -> Iterator[Finding]:
        """Yield what differs, all of it as of one moment; keep the end of a chain that is sound.

        Raises:
            BadInput: the lote to begin with is not in the chain.
        """
        sound = True
        with self._database.connect(name="academico audit") as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            for finding in self.seen_by(connection):
                sound = False
                yield finding
            identity = _identity(connection)
            connection.rollback()
        if sound and self._heads is not None:
            self._heads.keep(identity, self.head.huella)

    def seen_by(self, connection: Connection) -> Iterator[Finding]:
        """Yield what differs in the transaction of a connection."""
        self.head = head(connection)
        rows = connection.execute(SQL["erased"])
        self.erased = [(str(motivo), int(str(n))) for motivo, n, *_ in rows]
        if self._anchor is not None:
            yield from _anchored(connection, Kept(self._anchor, ""))
        kept = self._heads.recall(_identity(connection)) if self._heads is not None else None
        if kept is not None:
            yield from _anchored(connection, kept)
        yield from self._stretches(connection, self._first(connection))
        yield from _found(connection, "stones")
        yield from _found(connection, "strays", desde=self._from_lote)
        yield from _found(connection, "by_hand")
        yield from _found(connection, "runs")

    def _first(self, connection: Connection) -> int:
        if self._from_lote is None:
            return 1
        row = connection.execute(SQL["seal_of"], {"lote": self._from_lote}).fetchone()
        if row is None:
            raise BadInput(detail=f"lote {self._from_lote} is not in the chain")
        return int(str(row[0]))

    def _stretches(self, connection: Connection, first: int) -> Iterator[Finding]:
        while True:
            about = {"desde": first, "mensajes": MESSAGES}
            row = connection.execute(SQL["stretch"], about).fetchone()
            if row is None or row[0] is None:
                return
            last, primero, ultimo, messages = (int(str(value or 0)) for value in row)
            yield from _found(connection, "chain", desde=first, hasta=last)
            connection.execute(SQL["contents"], {"desde": first, "hasta": last})
            for name in ("lotes", "destinos", "vectors", "payloads"):
                yield from _found(connection, name, primero=primero, ultimo=ultimo)
            for table in _ROWS:
                yield from _rows(connection, table, primero, ultimo)
            connection.execute(SQL["empty_contents"])
            self.messages += messages
            if self._on_messages:
                self._on_messages(self.messages)
            first = last + 1


def _anchored(connection: Connection, kept: Kept) -> Iterator[Finding]:
    row = connection.execute(SQL["anchor"], {"huella": kept.huella}).fetchone()
    if row is None or not row[0]:
        why = f"no seal has the hash {kept.huella}"
        if kept.en:
            why += f", the last one when all was sound at {kept.en}"
        yield Finding("core.sellos", None, None, "missing", why)


def _identity(connection: Connection) -> str:
    row = connection.execute(SQL["database"]).fetchone()
    return str(row[0]) if row is not None else ""


def _found(connection: Connection, name: str, **params: int | None) -> list[Finding]:
    return [Finding(*row) for row in connection.execute(SQL[name], params)]  # type: ignore[arg-type]


def _rows(
    connection: Connection,
    table: tuple[str, str, LiteralString, LiteralString],
    primero: int,
    ultimo: int,
) -> list[Finding]:
    tabla, column, name, huella = table
    statement = sql.SQL(SQL["rows"]).format(
        tabla=sql.Literal(tabla),
        origen=sql.Identifier(*tabla.split(".")),
        columna=sql.Identifier(column),
        nombre=sql.SQL(name),
        huella=sql.SQL(huella),
        # What was written for a lote after its seal, on purpose, has no salt.
        nacida=sql.SQL(huella.replace("d.sal", "''::bytea")),
        # One id may be in raw once a month, and a copy in another month is one too many.
        su_mes=sql.SQL("s.mes" if tabla == "raw.mensajes" else "''"),
        mes=sql.SQL("m.mes" if tabla == "raw.mensajes" else "''"),
        # Retention empties a reject, and takes everything else away.
        ausente=sql.SQL("(m.fila).cuerpo = ''" if tabla == "stg.rechazos" else "m.lote IS NULL"),
    )
    rows = connection.execute(statement, {"primero": primero, "ultimo": ultimo})
    return [Finding(*row) for row in rows]  # type: ignore[arg-type]
