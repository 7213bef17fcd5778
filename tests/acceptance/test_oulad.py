"""The real data set by three routes: the databases are equal table by table.

Only where the OULAD extract lies beside the project, at ../shared/data/oulad.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from academico_cli.local.postgres import EmbeddedPostgres

from ..conftest import at_database, create_database

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "oulad"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the OULAD extract is not beside the project (../shared/data/oulad)"
)

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
Digests = dict[str, tuple[int, str]]
"""Table -> its rows, and a digest of all that its events determine."""

FIGURES = {
    "academico.alumnos": 19_720,
    "academico.materias": 7,
    "academico.grupos": 15,
    "academico.periodos": 3,
    "academico.inscripciones": 21_333,
    "academico.evaluaciones": 121_607,
    "academico.calificaciones": 15_003,
}
BAJAS = 6_330
EVENTS = sum(FIGURES.values()) - FIGURES["academico.periodos"]

OF_THE_ROUTE = {"lote", "id_mensaje", "linea"}
"""Columns that say how an event came."""
TIMES = {"ocurrido_en", "desempate"}
"""Columns that say when it came, where the event itself does not."""
DATED = {"inscripciones", "evaluaciones", "calificaciones"}

# marts.frescura says when, not what.
TABLES = """
SELECT n.nspname::text, c.relname::text, array_agg(a.attname::text ORDER BY a.attname)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE NOT c.relispartition AND (n.nspname = 'academico' AND c.relkind IN ('r', 'p')
    OR n.nspname = 'marts' AND c.relkind IN ('v', 'm') AND c.relname <> 'frescura')
GROUP BY n.nspname, c.relname
"""
DIGEST = """
SELECT count(*), coalesce(md5(string_agg(fila, E'\\n' ORDER BY fila COLLATE "C")), '')
FROM (SELECT ROW({columns})::text AS fila FROM {table}) AS t
"""


def digests(url: str) -> Digests:
    """Return what is in academico and marts of a database."""
    found: Digests = {}
    with psycopg.connect(url) as connection:
        for schema, table, names in connection.execute(TABLES).fetchall():
            left_out = OF_THE_ROUTE if table in DATED else OF_THE_ROUTE | TIMES
            columns = sql.SQL(", ").join(sql.Identifier(n) for n in names if n not in left_out)
            query = sql.SQL(DIGEST).format(columns=columns, table=sql.Identifier(schema, table))
            row = connection.execute(query).fetchone()
            assert row is not None
            found[f"{schema}.{table}"] = row
    return found


def bajas(url: str) -> int:
    """Return the number of enrolments that were withdrawn."""
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM academico.inscripciones WHERE estado = 'baja'"
        (number,) = connection.execute(query).fetchone() or (0,)
    return int(number)


@pytest.fixture
def run(
    postgres: EmbeddedPostgres, template_database: str, cli: Cli
) -> Callable[[str, str], Digests]:
    """Return a function that takes the data set by one route, checks it, and digests it."""

    def play(route: str, rabbit_url: str) -> Digests:
        name = f"oulad_{route}"
        create_database(postgres.start(), name, template_database)
        url = at_database(postgres.start(), name)
        env = {"DATABASE_URL": url, "RABBIT_URL": rabbit_url}
        source = [str(FOLDER), "--mapping", "oulad"]
        if route == "load":
            done = cli("load", *source, "--format", "json", env=env, check=True)
        else:
            cli("publish", *source, env=env, check=True)
            done = cli("consume", "--until-empty", "--format", "json", env=env, check=True)
        assert done.stderr == ""
        fates = json.loads(done.stdout)
        assert fates.pop("segundos") > 0
        assert fates.pop("recibidos") == fates.pop("aplicados") == EVENTS
        assert set(fates.values()) == {0}
        cli("marts", "refresh", env=env, check=True)
        found = digests(url)
        assert {table: found[table][0] for table in FIGURES} == FIGURES
        assert bajas(url) == BAJAS
        return found

    return play


def test_three_routes_give_the_same_database(
    run: Callable[[str, str], Digests], request: pytest.FixtureRequest
) -> None:
    loaded = run("load", "")
    assert loaded["marts.kpi_materia"][0] == FIGURES["academico.materias"]
    assert run("postgresql", "") == loaded
    rabbit_url = request.getfixturevalue("rabbit_url")
    assert run("rabbitmq", rabbit_url) == loaded
