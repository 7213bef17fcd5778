"""The schema's versions: which one a database is at, and how it moves to another.

Looking is cheap and imports neither SQLAlchemy nor Alembic; moving imports both when called.
The version is kept in ``public.alembic_version``: a schema of ours could not hold it, because
migrations create and drop those.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from academico_cli import shipped, sqlfiles
from academico_cli.errors import (
    DatabaseBusy,
    DatabaseTooNew,
    ForeignDatabase,
    MigrationMissing,
    WrongUsage,
)
from academico_cli.postgres import Connection, Database, lock_key, translate

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationInfo

LOCK_WAIT = 300
"""Seconds that a migration waits for another one on the same database to end."""

_SQL = sqlfiles.load("academico_cli", "migrations.sql")
_REVISION_FILE = re.compile(r"(\d{4})_\w+\.py")


@dataclass(frozen=True)
class Revision:
    """One migration: its number, what it brings, and whether the database has it."""

    revision: str
    description: str
    applied: bool


def head() -> str:
    """Return the revision that this package needs, such as ``"0002"``."""
    return max(_known())


def current(database: Database) -> str | None:
    """Return the revision that the database is at; ``None`` when it has none.

    Raises:
        ForeignDatabase: it is somebody else's.
        DatabaseTooNew: it is ours, of a later release.
    """
    with database.session(name="academico migrate") as connection:
        return _current(database, connection)


def require(database: Database) -> None:
    """Return when the database is at the revision that this package needs.

    Raises:
        MigrationMissing: it is at an earlier one, or at none.
        ForeignDatabase, DatabaseTooNew: as ``current``.
    """
    found, wanted = current(database), head()
    if found != wanted:
        raise MigrationMissing(address=database.address, current=found or "none", wanted=wanted)


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Let the work begin without asking for the version; when a table is missing, say why.

    Raises:
        MigrationMissing, ForeignDatabase, DatabaseTooNew: as ``require``, when the work failed on
            a table, function or schema that is not there.
    """
    try:
        yield
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.InvalidSchemaName,
    ):
        require(database)
        raise


def upgrade(database: Database, revision: str = "head", *, share: bool = False) -> list[str]:
    """Move the database up to a revision, each migration in a transaction of its own.

    One migration at a time runs on a database: a second one waits, up to ``LOCK_WAIT`` seconds,
    and then finds its work done.

    Args:
        database: where to.
        revision: ``head``, a revision, or ``+1``.
        share: move into a database that holds somebody else's tables and none of ours.

    Returns:
        The revisions that were applied, in order; empty when there was nothing to do.

    Raises:
        ForeignDatabase: it is somebody else's, and sharing it was not asked for.
        DatabaseTooNew, DatabaseBusy, DatabaseForbidden: as their names say.
    """
    from alembic import command  # noqa: PLC0415

    return _move(database, lambda config: command.upgrade(config, revision), share=share)


def downgrade(database: Database, revision: str) -> list[str]:
    """Move the database down to a revision: what came after it is dropped with its data.

    Args:
        database: where.
        revision: a revision to go down to, ``-1``, or ``base`` for an empty database.

    Returns:
        The revisions that were undone, in order.
    """
    from alembic import command  # noqa: PLC0415

    return _move(database, lambda config: command.downgrade(config, revision))


def script(revision: str = "head") -> str:
    """Return the SQL that brings an empty database to a revision, or ``FROM:TO`` between two."""
    import io  # noqa: PLC0415

    from alembic import command  # noqa: PLC0415

    config = _config()
    config.output_buffer = io.StringIO()
    with _usage_errors():
        command.upgrade(config, revision, sql=True)
    return config.output_buffer.getvalue()


def history(database: Database | None = None) -> list[Revision]:
    """Return every revision of this package, oldest first, marked as applied or not.

    Args:
        database: where to look; ``None`` marks none as applied.
    """
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    at = None if database is None else current(database)
    scripts = list(ScriptDirectory.from_config(_config()).walk_revisions())
    return [
        Revision(s.revision, s.doc or "", at is not None and s.revision <= at)
        for s in reversed(scripts)
    ]


def _known() -> list[str]:
    files = (shipped.folder("alembic") / "versions").iterdir()
    return [match[1] for file in files if (match := _REVISION_FILE.fullmatch(file.name))]


def _current(database: Database, connection: Connection, *, share: bool = False) -> str | None:
    row = connection.execute(_SQL["inspect"]).fetchone()
    has_version, schemas = row if row is not None else (False, [])
    found = [str(r[0]) for r in connection.execute(_SQL["revisions"])] if has_version else []
    if not found:
        if schemas:
            names = ", ".join(str(name) for name in schemas)  # type: ignore[attr-defined]
            detail = f"it has schemas of its own named {names}, and no version of ours"
            raise ForeignDatabase(address=database.address, detail=detail)
        if not share:
            _refuse_others(database, connection)
        return None
    known = _known()
    if len(found) == 1 and found[0] in known:
        return found[0]
    if len(found) == 1 and re.fullmatch(r"\d{4}", found[0]) and found[0] > max(known):
        raise DatabaseTooNew(address=database.address, current=found[0], wanted=max(known))
    detail = "its table alembic_version holds the version of another application"
    raise ForeignDatabase(address=database.address, detail=detail)


def _refuse_others(database: Database, connection: Connection) -> None:
    """Return when the database holds no tables of somebody else's.

    Raises:
        ForeignDatabase: it does; the message names some of them.
    """
    row = connection.execute(_SQL["others"]).fetchone()
    if row is None or not row[0]:
        return
    number, names = row
    named = ", ".join(names) + (", ..." if number > len(names) else "")  # type: ignore[arg-type,operator]
    detail = (
        f"it holds tables of something else ({named}) and none of ours; if academico is to share "
        "it, run `academico migrate --share-database`"
    )
    raise ForeignDatabase(address=database.address, detail=detail)


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = str(shipped.folder("alembic")).replace("%", "%%")
    config.set_main_option("script_location", folder)
    return config


def _move(database: Database, run: Callable[["Config"], None], *, share: bool = False) -> list[str]:
    import sqlalchemy  # noqa: PLC0415

    moved: list[str] = []

    def note(*, step: "MigrationInfo", **_: object) -> None:
        moved.append(str(step.up_revision_id))

    # What a migration makes belongs to the owner, whoever runs it.
    owner = database.acting("owner")
    with owner.connect(autocommit=True, name="academico migrate") as connection:
        _lock(database, connection)
        _current(database, connection, share=share)
        connection.autocommit = False
        engine = sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=lambda: connection, poolclass=sqlalchemy.StaticPool
        )
        config = _config()
        config.attributes.update(engine=engine, note=note)
        with _usage_errors():
            try:
                run(config)
            except sqlalchemy.exc.DBAPIError as exc:
                raise translate(exc.orig or exc, database.address) from exc
    return moved


def _lock(database: Database, connection: Connection) -> None:
    # The lock is the session's: it outlives each migration's transaction and goes with the
    # connection, also when this process is killed.
    wait = f"{LOCK_WAIT}s"
    connection.execute("SELECT set_config('statement_timeout', '0', false)")
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [wait])
    try:
        connection.execute(_SQL["lock"], {"clave": lock_key("migrate")})
    except psycopg.errors.LockNotAvailable as exc:
        detail = f"another `academico migrate` has been running for {wait}"
        raise DatabaseBusy(address=database.address, detail=detail) from exc
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false)", [f"{database.lock_timeout}s"]
    )


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Turn Alembic's refusal of a revision that does not exist into wrong usage."""
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        yield
    except CommandError as exc:
        detail = f"{' '.join(str(exc).split())} (see `academico migrate history`)"
        raise WrongUsage(detail=detail) from exc
