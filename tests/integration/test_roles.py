"""A login of each role: what it may do works, what it must not do is refused."""

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from academico_cli import marts, migrations
from academico_cli.backup.dump import backup
from academico_cli.backup.restore import restore
from academico_cli.core.personal import PERSONAL
from academico_cli.errors import DatabaseForbidden, RoleNeeded
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.postgres import Database
from academico_cli.roles import Role, name
from academico_cli.sqlfiles import load

from ..conftest import at_database, create_database
from ..support.pipeline import TABLES, Pipeline
from .test_ingest import BODIES, CATALOGUE, Clock, event, grade

Ask = Callable[..., Any]
SCHEMAS = ["raw", "stg", "core", "academico", "marts", "ml"]
LOGINS: dict[str, tuple[Role, ...]] = {
    "consumidora": ("etl",),
    "tablero": ("lector",),
    "protectora": ("pii",),
    "administradora": ("owner", "etl", "lector", "pii"),
    "nadie": (),
}
PASSWORD = secrets.token_hex(8)


def admin_url(postgres: EmbeddedPostgres) -> str:
    return postgres._url(postgres._state(), "postgres", "postgres")


def as_login(url: str, login: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{login}:{PASSWORD}@{rest.partition('@')[2]}"


def make_logins(admin: psycopg.Connection) -> None:
    for login, roles in LOGINS.items():
        names = ", ".join(name(role) for role in roles)
        admin.execute(
            f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}' {f'IN ROLE {names}' if names else ''}"
        )


@pytest.fixture(scope="module")
def school(postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """Yield the URL of a database with a bit of everything, and logins of each role beside ours."""
    url = at_database(postgres.start(), "escuela_con_roles")
    create_database(postgres.start(), "escuela_con_roles", template_database)
    pipeline, clock = Pipeline(url), Clock()
    pipeline.feed([event(clock, **e) for e in CATALOGUE])
    pipeline.feed([event(clock, **json.loads(body)) for body in BODIES])
    pipeline.feed([grade(clock, 4.5), grade(clock, 11, nota="Alumno 1")])
    pipeline.feed([event(clock, entity="inscripcion", id_alumno=9, id_grupo=17)])
    pipeline.close()
    marts.refresh(Database(url))
    with psycopg.connect(admin_url(postgres), autocommit=True) as admin:
        make_logins(admin)
        yield url
        admin.execute("DROP DATABASE escuela_con_roles WITH (FORCE)")
        admin.execute(f"DROP ROLE {', '.join(LOGINS)}")


FORBIDDEN = {
    "consumidora": [
        *(
            f"{verb} {table}{rest}"
            for table, column in (
                ("core.auditoria", "actor"), ("core.sellos", "actor"), ("core.lapidas", "actor"),
                ("core.huellas", "tabla"), ("core.lotes", "mensajes"), ("core.destinos", "eventos"),
                ("core.borrados", "motivo"), ("core.retenciones", "actor"), ("raw.mensajes", "n"),
                ("raw.conflictos", "n"), ("core.dq_results", "passed"),
            )
            for verb, rest in (
                ("UPDATE", f" SET {column} = {column}"), ("DELETE FROM", ""), ("TRUNCATE", ""),
            )
        ),
        "INSERT INTO core.sellos SELECT * FROM core.sellos",
        "DELETE FROM core.por_sellar",
        "UPDATE stg.rechazos SET cuerpo = ''",
        "DELETE FROM stg.rechazos",
        "DELETE FROM academico.calificaciones",
        "TRUNCATE academico.alumnos CASCADE",
        "UPDATE core.parametros SET valor = 5",
        "UPDATE public.alembic_version SET version_num = '0001'",
        "SELECT core.enterrar('raw.mensajes', 1, 1, 'x')",
        "SELECT core.borrar_cambios(1, 'x')",
        "SELECT core.retirar_mes('raw.mensajes', '2024-01-01')",
        "CREATE TABLE core.mia (id integer)",
        "INSERT INTO core.auditoria OVERRIDING SYSTEM VALUE SELECT * FROM core.auditoria",
        "ALTER TABLE core.auditoria ADD COLUMN mia text",
        "ALTER TABLE academico.alumnos DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE raw.conflictos",
        "SELECT nombre FROM marts.alumnos_en_riesgo",
        "SET ROLE academico_owner",
        "SET ROLE academico_pii",
    ],
    "tablero": [
        *(
            f"SELECT FROM {table}"
            for table in (
                "academico.alumnos", "academico.calificaciones", "academico.materias",
                "raw.mensajes", "stg.rechazos", "stg.pendientes", "core.auditoria", "core.lotes",
                "core.dq_results", "core.cola", "marts.base_grupos", "marts.base_riesgo",
            )
        ),
        "SELECT nombre FROM marts.alumnos_en_riesgo",
        "SELECT id_alumno FROM marts.alumnos_en_riesgo",
        "SELECT profesor FROM marts.kpi_grupo",
        "SELECT * FROM marts.kpi_grupo",
        "SELECT maestro FROM marts.ranking_maestros",
        "SELECT periodo FROM marts.alumnos_en_riesgo ORDER BY promedio",
        "SELECT marts.refrescar()",
        "SELECT raw.abrir_lote()",
        "SELECT core.sellar()",
        "DELETE FROM marts.refrescos",
        "REFRESH MATERIALIZED VIEW marts.kpi_materia",
        "CREATE VIEW marts.mia AS SELECT 1",
        "SET ROLE academico_etl",
        "SET ROLE academico_pii",
    ],
    "protectora": [
        "INSERT INTO core.auditoria OVERRIDING SYSTEM VALUE SELECT * FROM core.auditoria",
        "UPDATE core.auditoria SET actor = actor",
        "DELETE FROM core.auditoria",
        "UPDATE academico.alumnos SET nombre = 'Otra'",
        "DELETE FROM raw.mensajes",
        "UPDATE stg.rechazos SET estado = 'descartado'",
        "SELECT raw.abrir_lote()",
        "SELECT core.sellar()",
        "SELECT core.borrar_cambios(1, 'x')",
        "SELECT academico.abrir_periodo('2030A')",
        "SELECT marts.refrescar()",
        "SELECT nextval('core.lotes_lote_seq')",
        "SET ROLE academico_etl",
        "SET ROLE academico_owner",
    ],
    "nadie": [
        "SELECT FROM marts.kpi_materia",
        "SELECT FROM academico.alumnos",
        "SELECT core.sellar()",
        "SET ROLE academico_lector",
    ],
}  # fmt: skip


def is_refused(connection: psycopg.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("login", FORBIDDEN)
def test_what_is_forbidden_is_refused(school: str, login: str) -> None:
    with psycopg.connect(as_login(school, login), autocommit=True) as connection:
        for statement in FORBIDDEN[login]:
            assert is_refused(connection, statement), statement


def test_nobody_logs_in_as_a_role(school: str) -> None:
    with psycopg.connect(school) as connection:
        can = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ^@ 'academico_'"
            " AND (rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)"
        ).fetchall()
        members = connection.execute(
            "SELECT member::regrole::text FROM pg_auth_members WHERE member::regrole::text"
            " ^@ 'academico_'"
        ).fetchall()
    assert (can, members) == ([], [])


def test_what_each_may_is_what_personal_py_declares(school: str) -> None:
    """Every column that is declared personal, in every relation, against what may be read."""
    with psycopg.connect(school) as connection:
        rows = connection.execute(
            """
            SELECT n.nspname::text, c.relname::text, a.attname::text, c.relkind::text,
                has_column_privilege('academico_lector', c.oid, a.attnum, 'SELECT'),
                has_column_privilege('academico_pii', c.oid, a.attnum, 'SELECT')
            FROM pg_class AS c
            INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
            INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT a.attisdropped
            """,
            [SCHEMAS],
        ).fetchall()
    found = {f"{schema}.{table}.{column}" for schema, table, column, *_ in rows}
    assert found >= PERSONAL
    assert [row[:3] for row in rows if not row[5]] == [], "academico_pii reads everything"
    for schema, table, column, kind, lector, _ in rows:
        published = schema == "marts" and (kind in ("v", "m") or table == "refrescos")
        personal = f"{schema}.{table}.{column}" in PERSONAL
        assert lector == (published and not personal), f"{schema}.{table}.{column}"


def test_who_may_change_what(school: str) -> None:
    """Readers change nothing; etl changes and deletes nothing but what it says here."""
    with psycopg.connect(school) as connection:
        rows = connection.execute(
            """
            SELECT r.rol, v.verbo, n.nspname || '.' || c.relname
            FROM pg_class AS c
            INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
            CROSS JOIN unnest(ARRAY['etl', 'lector', 'pii']) AS r (rol)
            CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER',
                'REFERENCES']) AS v (verbo)
            WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm')
                AND NOT c.relispartition
                AND has_table_privilege('academico_' || r.rol, c.oid, v.verbo)
            """,
            [SCHEMAS],
        ).fetchall()
    assert {rol for rol, *_ in rows} == {"etl"}
    assert {verb for _, verb, _ in rows} == {"INSERT", "UPDATE", "DELETE"}
    changed = {table for _, verb, table in rows if verb in ("UPDATE", "DELETE")}
    kept = {table for table in changed if not table.startswith(("ml.", "marts.", "academico."))}
    assert kept == {
        "core.cola", "core.cola_tomas", "core.intentos", "core.lotes_periodos", "core.dq_fallos",
        "core.dq_rules", "core.dq_runs", "stg.pendientes", "stg.maestros_upsert",
        "stg.materias_upsert", "stg.grupos_upsert", "stg.alumnos_upsert", "stg.inscripciones_event",
        "stg.calificaciones_event", "stg.evaluaciones_event",
    }  # fmt: skip
    deleted = {table for _, verb, table in rows if verb == "DELETE"}
    assert not any(table.startswith(("academico.", "raw.")) for table in deleted)


def test_functions_that_run_as_their_owner(school: str) -> None:
    with psycopg.connect(school) as connection:
        rows = connection.execute(
            """
            SELECT p.oid::regproc::text, p.proowner::regrole::text, p.proconfig,
                has_function_privilege('nadie', p.oid, 'EXECUTE'),
                has_function_privilege('academico_lector', p.oid, 'EXECUTE')
            FROM pg_proc AS p INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE n.nspname = ANY (%s) AND p.prosecdef
            """,
            [SCHEMAS],
        ).fetchall()
    assert {row[0] for row in rows} == {
        "core.sellar", "raw.abrir_lote", "academico.abrir_periodo", "marts.refrescar_materias",
        *(f"core.auditar_{table}" for table in TABLES.values()),
    }  # fmt: skip
    for function, owner, config, anybody, lector in rows:
        assert owner == "academico_owner", function
        assert "search_path=pg_catalog, pg_temp" in config, function
        assert not anybody, function
        assert not lector, function


def test_a_table_of_ones_own_is_not_taken_for_the_catalogue(school: str) -> None:
    """What a login puts on its search_path is not read with the owner's rights."""
    with psycopg.connect(as_login(school, "consumidora")) as connection:
        connection.execute("CREATE TEMP TABLE pg_class (relnamespace regnamespace, relname name)")
        connection.execute("GRANT ALL ON pg_temp.pg_class TO PUBLIC")
        connection.execute("SET search_path = pg_temp, pg_catalog")
        # Were it read, the month's partition would be missing, and could not be made twice.
        connection.execute("SELECT raw.abrir_lote()")
        connection.rollback()


def test_partitions_that_a_consumer_makes(school: str) -> None:
    with psycopg.connect(as_login(school, "consumidora"), autocommit=True) as connection:
        connection.execute("SELECT academico.abrir_periodo('2032B')")
        connection.execute('SELECT FROM academico."calificaciones_2032B"')
        owner = connection.execute(
            "SELECT tableowner FROM pg_tables WHERE tablename = 'calificaciones_2032B'"
        ).fetchone()
        with pytest.raises(InsufficientPrivilege):
            connection.execute('DELETE FROM academico."calificaciones_2032B"')
        (month,) = connection.execute(
            "SELECT max(tablename) FROM pg_tables WHERE tablename ^@ 'mensajes_'"
        ).fetchone() or ("",)
        for verb in ("DELETE FROM", "TRUNCATE", "DROP TABLE"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(sql.SQL(verb + " raw.{}").format(sql.Identifier(month)))
    assert owner == ("academico_owner",)
    with psycopg.connect(as_login(school, "protectora")) as connection:
        connection.execute('SELECT FROM academico."calificaciones_2032B"')
    with (
        psycopg.connect(as_login(school, "tablero")) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute('SELECT FROM academico."calificaciones_2032B"')


def test_tables_of_later_migrations(school: str) -> None:
    with Database(as_login(school, "administradora")).acting("owner").connect() as connection:
        connection.execute("CREATE TABLE ml.prueba (id bigint GENERATED ALWAYS AS IDENTITY, x int)")
        connection.execute("CREATE TABLE core.prueba (id integer)")
        connection.execute("CREATE TABLE marts.prueba (nombre text)")
        connection.execute(
            "CREATE FUNCTION core.prueba() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
        )
        may = "SELECT has_table_privilege('academico_' || %s, %s, %s)"
        for role, table, verb, expected in (
            ("etl", "ml.prueba", "DELETE", True),
            ("etl", "core.prueba", "INSERT", True),
            ("etl", "core.prueba", "UPDATE", False),
            ("etl", "core.prueba", "DELETE", False),
            ("pii", "ml.prueba", "SELECT", True),
            ("pii", "marts.prueba", "SELECT", True),
            ("pii", "ml.prueba", "INSERT", False),
            ("lector", "ml.prueba", "SELECT", False),
            ("lector", "marts.prueba", "SELECT", False),
        ):
            found = connection.execute(may, [role, table, verb]).fetchone()
            assert found == (expected,), (role, table, verb)
        for login in ("nadie", "academico_lector"):
            runs = "SELECT has_function_privilege(%s, 'core.prueba()', 'EXECUTE')"
            assert connection.execute(runs, [login]).fetchone() == (False,)
        connection.rollback()


class TestTakingOnARole:
    @pytest.mark.parametrize("role", ["owner", "etl", "lector", "pii"])
    def test_a_connection_has_no_more_than_its_role(self, school: str, role: Role) -> None:
        database = Database(as_login(school, "administradora")).acting(role)
        with database.connect() as connection:
            connection.rollback()
            asked = connection.execute("SELECT current_user, session_user").fetchone()
            zone = connection.execute("SHOW TimeZone").fetchone()
        assert asked == (name(role), "administradora")
        assert zone == ("UTC",)

    def test_the_first_that_the_login_has(self, school: str) -> None:
        def acts_as(login: str, *roles: Role) -> object:
            database = Database(as_login(school, login)).acting(*roles)
            return database.rows("SELECT current_user::text AS a")[0]["a"]

        assert acts_as("administradora", "pii", "lector") == "academico_pii"
        assert acts_as("tablero", "pii", "lector") == "academico_lector"
        # It may read the marts, being etl, and is no lector.
        assert acts_as("consumidora", "lector") == "consumidora"

    def test_a_login_without_it_is_told_which(self, school: str) -> None:
        for login, role in (
            ("tablero", "etl"), ("tablero", "pii"), ("tablero", "owner"), ("consumidora", "pii"),
            ("consumidora", "owner"), ("protectora", "etl"), ("nadie", "lector"),
        ):  # fmt: skip
            database = Database(as_login(school, login))
            with pytest.raises(RoleNeeded, match=f"GRANT academico_{role} TO {login}"):
                database.acting(role).connect()  # type: ignore[arg-type]
            assert not database.may(role)  # type: ignore[arg-type]

    def test_who_changed_a_value_is_the_login(self, school: str) -> None:
        database = Database(as_login(school, "administradora")).acting("etl")
        pipeline, clock = Pipeline(school), Clock()
        pipeline.close()
        clock.now += 10_000_000
        pipeline.connection = database.connect()
        pipeline.feed([grade(clock, 9.25)])
        told = pipeline.query("SELECT actor FROM core.auditoria ORDER BY id DESC LIMIT 1")
        pipeline.close()
        assert told == [("administradora",)]

    def test_a_database_without_roles(self, empty_database_url: str) -> None:
        migrations.upgrade(Database(empty_database_url), "0012")
        with Database(empty_database_url).acting("lector").connect() as connection:
            asked = connection.execute("SELECT current_user = session_user").fetchone()
        assert asked == (True,)


class TestCommands:
    @pytest.fixture
    def ask(self, cli: Ask, school: str) -> Ask:
        def run(login: str, *args: str) -> tuple[int, Any, str]:
            done = cli(*args, env={"DATABASE_URL": as_login(school, login), "RABBIT_URL": ""})
            is_data = done.stdout[:1] in ("{", "[")
            return done.returncode, json.loads(done.stdout) if is_data else None, done.stderr

        return run

    def test_a_consumer(self, ask: Ask, tmp_path: Path) -> None:
        events = tmp_path / "eventos.ndjson"
        bodies = [
            {"entity": "grupo", "id_grupo": 5, "id_materia": 1, "periodo": "2033A"},
            {"entity": "calificacion", "id_alumno": 1, "id_grupo": 5, "calificacion": 3},
            {"entity": "alumno", "id_alumno": 2, "nombre": "Rosa Inés Olvera", "genero": "Q"},
        ]
        events.write_text("\n".join(json.dumps(body) for body in bodies))
        assert ask("consumidora", "publish", str(events))[0] == 0
        code, fates, said = ask("consumidora", "consume", "--until-empty", "--format", "json")
        assert (code, fates["aplicados"], fates["rechazados"]) == (0, 2, 1), said
        code, refreshed, said = ask("consumidora", "marts", "refresh", "--format", "json")
        assert (code, len(refreshed)) == (0, 5), said

        code, found, said = ask("consumidora", "dq", "check", "--format", "json")
        assert (code, {result["status"] for result in found}) == (1, {"passed", "failed"}), said
        keys = [key for result in found for key in result["sample_keys"]]
        assert {key["id_alumno"] for key in keys if "id_alumno" in key} == {"***"}

        number = str(max(r["id"] for r in ask("consumidora", "dlq", "list", "--format", "json")[1]))
        code, shown, said = ask("consumidora", "dlq", "show", number, "--format", "json")
        assert (code, shown["cuerpo"], shown["errores"][0]["campo"]) == (0, "***", "genero")
        assert "academico_pii" in said
        assert "Olvera" not in json.dumps(shown) + said
        shown = ask("protectora", "dlq", "show", number, "--format", "json")[1]
        assert "Olvera" in json.loads(shown["cuerpo"])["nombre"]

    def test_a_reader(self, ask: Ask) -> None:
        code, rows, said = ask("tablero", "kpi", "grupo", "--format", "json")
        assert (code, rows[0]["profesor"], rows[0]["id_maestro"]) == (0, None, None)
        assert rows[0]["materia"] == "Álgebra"
        assert "academico_pii: profesor, id_maestro" in said
        assert ask("tablero", "kpi", "top", "--format", "json")[0] == 0
        assert ask("tablero", "marts", "list", "--format", "json")[0] == 0
        for args, role in (
            (["kpi", "riesgo"], "academico_pii"),
            (["consume", "--until-empty"], "academico_etl"),
        ):
            code, _, said = ask("tablero", *args)
            assert (code, len(said.splitlines())) == (3, 1)
            assert f"GRANT {role} TO tablero" in said

    def test_whoever_answers_for_personal_data(self, ask: Ask) -> None:
        code, rows, said = ask("protectora", "kpi", "riesgo", "--format", "json")
        assert (code, rows[0]["nombre"]) == (0, "Alumno 1"), said
        code, found, said = ask("protectora", "privacy", "export", "1")
        assert (code, found["persona"]["nombres"]) == (0, ["Alumno 1"]), said
        assert {"raw.mensajes", "stg.rechazos", "core.auditoria", "marts.alumnos_en_riesgo"} <= set(
            found["datos"]
        )
        code, findings, said = ask("protectora", "audit", "verify", "--format", "json")
        assert (code, findings) == (0, []), said
        code, _, said = ask("protectora", "reconcile", "--format", "json")
        assert code == 0, said
        code, _, said = ask("protectora", "privacy", "erase", "1", "--yes")
        assert code == 3
        assert "GRANT academico_owner TO protectora" in said

    def test_the_administrator(self, ask: Ask) -> None:
        assert ask("administradora", "replay", "--dry-run")[0] == 0
        assert ask("administradora", "retention")[0] == 0
        assert ask("administradora", "privacy", "erase", "1", "--dry-run")[0] == 0


def privileges(url: str) -> list[tuple[Any, ...]]:
    """Return who owns what, and what is granted on it, of everything that is ours."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            """
            SELECT x.cosa, x.owner, x.de, x.a, x.verbo
            FROM (
                SELECT c.oid::regclass::text AS cosa, c.relowner::regrole::text AS owner,
                    g.grantor::regrole::text AS de, g.grantee::regrole::text AS a,
                    g.privilege_type AS verbo
                FROM pg_class AS c LEFT JOIN LATERAL aclexplode(c.relacl) AS g ON true
                WHERE c.relnamespace = ANY (%(schemas)s::regnamespace[]) AND c.relkind <> 'i'
                    AND c.relkind <> 'I'
                UNION ALL
                SELECT a.attrelid::regclass || '.' || a.attname, '', g.grantor::regrole::text,
                    g.grantee::regrole::text, g.privilege_type
                FROM pg_attribute AS a INNER JOIN pg_class AS c ON c.oid = a.attrelid
                CROSS JOIN LATERAL aclexplode(a.attacl) AS g
                WHERE c.relnamespace = ANY (%(schemas)s::regnamespace[])
                UNION ALL
                SELECT p.oid::regprocedure::text, p.proowner::regrole || p.proconfig::text ||
                    p.prosecdef, g.grantor::regrole::text, g.grantee::regrole::text,
                    g.privilege_type
                FROM pg_proc AS p LEFT JOIN LATERAL aclexplode(p.proacl) AS g ON true
                WHERE p.pronamespace = ANY (%(schemas)s::regnamespace[])
                UNION ALL
                SELECT n.nspname, n.nspowner::regrole::text, g.grantor::regrole::text,
                    g.grantee::regrole::text, g.privilege_type
                FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS g
                WHERE n.oid = ANY (%(schemas)s::regnamespace[])
                UNION ALL
                SELECT d.defaclobjtype::text || coalesce(d.defaclnamespace::regnamespace::text, ''),
                    d.defaclrole::regrole::text, g.grantor::regrole::text,
                    g.grantee::regrole::text, g.privilege_type
                FROM pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g
            ) AS x
            ORDER BY 1, 2, 3, 4, 5
            """,
            {"schemas": SCHEMAS},
        ).fetchall()


def test_a_restore_keeps_owners_and_grants(
    school: str, empty_database_url: str, tmp_path: Path
) -> None:
    backup(Database(school), tmp_path / "a.dump", verify=False)
    restore(Database(empty_database_url), tmp_path / "a.dump")
    found = privileges(empty_database_url)
    assert found == privileges(school)
    assert {row[3] for row in found if row[3]} == {
        f"academico_{role}" for role in ("owner", "etl", "lector", "pii", "tablero")
    }
    migrations.require(Database(as_login(empty_database_url, "tablero")))


def test_whoever_only_reads_everything_can_back_it_up(
    school: str, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    with psycopg.connect(admin_url(postgres), autocommit=True) as admin:
        admin.execute("ALTER ROLE nadie CREATEDB")
        admin.execute("GRANT pg_read_all_data TO nadie")
    try:
        assert backup(Database(as_login(school, "nadie")), tmp_path / "a.dump").verified
    finally:
        with psycopg.connect(admin_url(postgres), autocommit=True) as admin:
            admin.execute("REVOKE pg_read_all_data FROM nadie")
            admin.execute("ALTER ROLE nadie NOCREATEDB")


class TestOtherClusters:
    """Where nobody made the roles before."""

    @pytest.fixture
    def cluster(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        server = EmbeddedPostgres(tmp_path_factory.mktemp("sin_roles"))
        try:
            server.start()
            admin = admin_url(server)
            with psycopg.connect(admin, autocommit=True) as connection:
                for role in ("owner", "etl", "lector", "pii", "tablero"):
                    connection.execute(f"DROP ROLE academico_{role}")
                connection.execute(f"CREATE ROLE escuela LOGIN PASSWORD '{PASSWORD}'")
                for database in ("una", "otra"):
                    connection.execute(f"CREATE DATABASE {database} OWNER escuela")
            yield admin
        finally:
            server.stop()

    def test_who_migrates(self, cluster: str) -> None:
        one = Database(as_login(at_database(cluster, "una"), "escuela"))
        other = Database(as_login(at_database(cluster, "otra"), "escuela"))
        with pytest.raises(DatabaseForbidden, match="CREATE ROLE academico_tablero NOLOGIN; GRANT"):
            migrations.upgrade(one)
        assert migrations.current(one) < migrations.head()  # type: ignore[operator]

        def roles() -> list[str]:
            with psycopg.connect(cluster) as connection:
                rows = connection.execute(
                    "SELECT rolname FROM pg_roles WHERE rolname ^@ 'academico_' ORDER BY 1"
                )
                return [str(row[0]) for row in rows]

        with psycopg.connect(cluster, autocommit=True) as connection:
            # An administrator makes them: the login needs to be a member of the owner, no more.
            for role in ("owner", "etl", "lector", "pii", "tablero"):
                connection.execute(f"CREATE ROLE academico_{role} NOLOGIN")
            with pytest.raises(DatabaseForbidden, match="GRANT academico_owner TO escuela"):
                migrations.upgrade(one)
            connection.execute("GRANT academico_owner TO escuela")
            migrations.upgrade(one)
            migrations.downgrade(one, "base")
            assert len(roles()) == 5, "whoever did not make them does not drop them"
            connection.execute("DROP ROLE academico_owner, academico_etl, academico_lector")
            connection.execute("DROP ROLE academico_pii, academico_tablero")
            # Or the login may make roles.
            connection.execute("ALTER ROLE escuela CREATEROLE")
        migrations.upgrade(one)
        migrations.upgrade(other)
        assert one.acting("etl").rows("SELECT current_user::text AS a") == [{"a": "academico_etl"}]
        migrations.downgrade(one, "base")
        assert len(roles()) == 5, "another database needs them"
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute("CREATE ROLE tablero LOGIN IN ROLE academico_lector")
        migrations.downgrade(other, "base")
        assert roles() == ["academico_lector"], "a login is a member of it"


def test_a_login_needs_no_role_for_rights_that_it_was_given(school: str) -> None:
    """The statement that chooses a role is one: it costs one round trip a connection."""
    assert list(load("academico_cli", "roles.sql")) == ["act"]
    with psycopg.connect(school, autocommit=True) as connection:
        connection.execute("GRANT USAGE ON SCHEMA marts TO nadie")
        connection.execute("GRANT SELECT ON marts.alumnos_en_riesgo TO nadie")
    database = Database(as_login(school, "nadie")).acting("pii")
    assert database.rows("SELECT current_user::text AS a") == [{"a": "nadie"}]
    with psycopg.connect(school, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON marts.alumnos_en_riesgo FROM nadie")
        connection.execute("REVOKE USAGE ON SCHEMA marts FROM nadie")
