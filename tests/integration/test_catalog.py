"""The data dictionary says what the database says, and a browser shows it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academico_cli import catalog, migrations
from academico_cli.catalog import lineage
from academico_cli.catalog.layout import place
from academico_cli.catalog.model import Catalog
from academico_cli.postgres import Database

from ..conftest import require
from ..support import chromium
from ..support.markup import Ids

NOON = datetime(2024, 6, 30, 12, tzinfo=UTC)
Cli = Callable[..., Any]


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def found(database_url: str) -> Catalog:
    return catalog.read(Database(database_url))


def journey(found: Catalog) -> lineage.Graph:
    return lineage.journey(found, lineage.trace(found))


def reached(edges: tuple[tuple[str, str], ...], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        fresh = {b for a, b in edges if a == name} - seen
        seen |= fresh
        waiting += fresh
    return seen


class TestComments:
    def test_everything_has_one(self, found: Catalog) -> None:
        missing = [s.name for s in found.schemas if not s.comment]
        missing += [r.full_name for r in found.relations() if not r.comment]
        missing += [
            f"{r.full_name}.{c.name}" for r in found.relations() for c in r.columns if not c.comment
        ]
        missing += [f.full_name for f in found.functions() if not f.comment]
        assert missing == [], "say what it is, in a migration, with COMMENT ON"

    def test_down_gives_back_those_of_before(
        self, empty_database_url: str, connection: psycopg.Connection
    ) -> None:
        def comments(url: str) -> list[tuple[Any, ...]]:
            with psycopg.connect(url) as there:
                return there.execute(
                    "SELECT pg_describe_object(classoid, objoid, objsubid) AS what, description"
                    " FROM pg_description WHERE objoid >= 16384 ORDER BY what"
                ).fetchall()

        database = Database(empty_database_url)
        migrations.upgrade(database, "0006")
        before = comments(empty_database_url)
        migrations.upgrade(database, "0007")
        assert comments(empty_database_url) != before
        migrations.downgrade(database, "0006")
        assert comments(empty_database_url) == before


class TestReading:
    def test_partitions_are_folded_into_their_table(
        self, database_url: str, connection: psycopg.Connection
    ) -> None:
        for periodo in ("2024A", "2024B"):
            connection.execute("SELECT academico.abrir_periodo(%s)", [periodo])
        found = catalog.read(Database(database_url))
        relations = {r.full_name: r for r in found.relations()}
        assert not [name for name in relations if "2024" in name]
        table = relations["academico.calificaciones"]
        assert (table.partition_key, table.partitions) == ("LIST (periodo)", 2)

    def test_a_column_is_told_whole(self, found: Catalog) -> None:
        columns = {f"{r.full_name}.{c.name}": c for r in found.relations() for c in r.columns}
        nombre = columns["academico.alumnos.nombre"]
        assert (nombre.type, nombre.nullable, nombre.personal) == ("text", False, True)
        grupo = columns["academico.inscripciones.id_grupo"]
        assert (grupo.key, grupo.references) == (True, ("academico.grupos.id",))
        assert columns["academico.periodos.anio"].initial.startswith("calculada: ")
        assert columns["stg.pendientes.id"].initial == "identidad"
        assert columns["stg.rechazos.estado"].initial == "'abierto'::text"
        assert not columns["academico.materias.nombre"].personal

    def test_rules_come_from_their_table(
        self, database_url: str, connection: psycopg.Connection
    ) -> None:
        assert catalog.read(Database(database_url)).rules == ()
        assert "Todavía no hay reglas" in page(database_url)
        connection.execute(
            "INSERT INTO core.dq_rules (id, entidad, severity, titulo, descripcion, tabla)"
            " VALUES ('r1', 'alumno', 'error', 'Alumno <sin> edad', 'Falta', 'academico.alumnos')"
        )
        text = page(database_url)
        assert 'href="#regla.r1">Alumno &lt;sin&gt; edad</a>' in text
        assert text.count("Alumno &lt;sin&gt; edad") == 2

    def test_an_empty_database_is_refused(self, empty_database_url: str, cli: Cli) -> None:
        done = cli("docs", "build", env={"DATABASE_URL": empty_database_url})
        assert done.returncode == 3
        assert "academico migrate" in done.stderr


class TestLineage:
    def test_an_event_goes_through_staging_and_merge_to_the_marts(self, found: Catalog) -> None:
        edges = set(journey(found).edges)
        for a, b in pairwise((
            "calificacion", "stg.calificaciones_event", "academico.merge_calificaciones()",
            "academico.calificaciones", "marts.refrescar_grupos()", "marts.base_grupos",
            "marts.refrescar_materias()", "marts.base_materias", "marts.materia_periodo_stats",
            "marts.top_materias()",
        )):  # fmt: skip
            assert (a, b) in edges

    def test_every_mart_comes_from_an_event(self, found: Catalog) -> None:
        graph = journey(found)
        views = {
            r.full_name for r in found.relations() if r.schema == "marts" and r.kind != "table"
        }
        # These two tell of the marts themselves.
        views -= {"marts.frescura", "marts.periodos"}
        assert len(views) > 5
        assert views <= reached(graph.edges, "calificacion") | reached(graph.edges, "alumno")

    def test_what_only_directs_others_and_the_ledger_stay_out(self, found: Catalog) -> None:
        nodes = journey(found).nodes
        assert "marts.refrescar()" not in nodes
        assert not [name for name in nodes if name.startswith("core.")]
        flow = lineage.trace(found).flows["academico.merge_alumnos()"]
        assert {"academico.alumnos", "core.destinos"} <= flow.writes
        assert "stg.alumnos_upsert" in flow.reads

    def test_a_view_that_is_added_is_there(
        self, database_url: str, connection: psycopg.Connection
    ) -> None:
        connection.execute("CREATE VIEW marts.otra AS SELECT promedio FROM marts.base_riesgo")
        found = catalog.read(Database(database_url))
        assert ("marts.base_riesgo", "marts.otra") in journey(found).edges


names = st.sampled_from("abcdefghij")


@given(st.sets(st.tuples(names, names), max_size=25))
def test_no_box_of_a_layout_covers_another(edges: set[tuple[str, str]]) -> None:
    sizes = {name: (20.0 + 10 * i, 20.0) for i, name in enumerate("abcdefghij")}
    layout = place(sizes, edges, gap=(8, 30))
    boxes = [(*layout.centers[name], *sizes[name]) for name in sizes]
    for i, (x, y, width, _) in enumerate(boxes):
        assert x - width / 2 >= -1e-6
        assert x + width / 2 <= layout.width + 1e-6
        for ox, oy, other, _ in boxes[i + 1 :]:
            assert y != oy or abs(x - ox) >= (width + other) / 2 + 8 - 1e-6
    for (a, b), points in layout.routes.items():
        assert a != b
        assert [y for _, y in points] == sorted(y for _, y in points)


def page(url: str) -> str:
    return catalog.page(catalog.read(Database(url)), generated=NOON)


class TestPage:
    def test_every_link_leads_to_one_place_in_it(self, database_url: str) -> None:
        ids = Ids(page(database_url))
        assert len(ids.ids) == len(set(ids.ids)) > 300
        assert {link.removeprefix("#") for link in ids.links} <= set(ids.ids)
        assert {"academico.alumnos", "academico.alumnos.nombre", "marts.refrescar()"} <= set(
            ids.ids
        )

    def test_needs_nothing_from_elsewhere(self, database_url: str) -> None:
        text = page(database_url)
        assert Ids(text).loaded == []
        assert not re.findall(r"https?://|@import|url\(", text)
        assert "default-src 'none'" in text

    def test_is_the_same_for_the_same_database(self, database_url: str) -> None:
        assert page(database_url) == page(database_url)

    def test_what_the_database_says_is_no_markup(
        self, database_url: str, connection: psycopg.Connection
    ) -> None:
        connection.execute(
            "COMMENT ON TABLE academico.alumnos IS '<script>alert(1)</script> $style'"
        )
        connection.execute('CREATE TABLE academico."<b>" ("<i>" text DEFAULT \'<u>\')')
        text = page(database_url)
        assert "&lt;script&gt;alert(1)&lt;/script&gt; $style" in text
        assert not re.findall(r"<script>alert|<b>\.|<i>\"|academico.<b>|<u>", text)


class TestMermaid:
    def test_every_foreign_key_is_a_line(self, found: Catalog) -> None:
        text = catalog.er_diagram(found)
        keys = sum(len(r.references) for r in found.relations())
        lines = re.findall(r'^    (\w+) (?:\|o|\|\|)--o[{|] (\w+) : "[\w, ]+"$', text, re.MULTILINE)
        assert len(lines) == keys > 8
        assert text.startswith("erDiagram\n")
        declared = set(re.findall(r'^    (\w+)\["[\w.]+"\] \{$', text, re.MULTILINE))
        assert {name for line in lines for name in line} == declared

    def test_attributes_are_what_mermaid_reads(self, found: Catalog) -> None:
        rows = re.findall(r"^        (.+)$", catalog.er_diagram(found), re.MULTILINE)
        assert "bigint id_alumno PK, FK" in rows
        for row in rows:
            assert re.fullmatch(r"[a-z]\w* \w+( (PK|FK|PK, FK))?", row), row


class TestCommand:
    def test_writes_both_files(self, database_url: str, cli: Cli, tmp_path: Path) -> None:
        env = {"DATABASE_URL": database_url}
        done = cli("docs", "build", "--er", "er.mmd", env=env, check=True)
        assert done.stdout == ""
        assert re.match(
            r"diccionario.html: \d+ tables and views, \d+ columns, 0 rules", done.stderr
        )
        assert (tmp_path / "diccionario.html").read_text("utf-8").startswith("<!DOCTYPE html>")
        assert (tmp_path / "er.mmd").read_text("utf-8").startswith("erDiagram")
        assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [
            "diccionario.html", "er.mmd",
        ]  # fmt: skip

    def test_a_place_that_cannot_be_written(self, database_url: str, cli: Cli) -> None:
        done = cli("docs", "build", "--output", "no/x.html", env={"DATABASE_URL": database_url})
        assert done.returncode == 4
        assert done.stderr == "error: no/x.html cannot be written: No such file or directory.\n"


SHOWN = '[...document.querySelectorAll("article:not([hidden])")].map((e) => e.id)'
FOCUSED = "document.activeElement.id || document.activeElement.hash"


class TestBrowser:
    @pytest.fixture
    def file(self, database_url: str, tmp_path: Path) -> str:
        path = tmp_path / "diccionario.html"
        path.write_text(page(database_url), encoding="utf-8")
        return path.as_uri()

    @pytest.fixture
    def tab(self, tmp_path: Path) -> Iterator[chromium.Tab]:
        require(bool(chromium.PROGRAM), "chromium")
        with chromium.tab(tmp_path) as opened:
            yield opened
            assert opened.errors == []

    def test_fits_any_screen_in_light_and_dark(self, file: str, tab: chromium.Tab) -> None:
        for width in (320, 400, 1280):
            for dark in (False, True):
                tab.open(file, width=width, dark=dark)
                assert tab.value("document.documentElement.scrollWidth") <= width
                assert tab.value(chromium.CONTRAST) >= 4.5
        assert tab.requested == [file]

    def test_search_with_the_keyboard_alone(self, file: str, tab: chromium.Tab) -> None:
        tab.open(file)
        everything = tab.value(SHOWN)
        tab.press("/", *"TASA aprobacion inscripciones")
        assert tab.value(FOCUSED) == "search"
        assert tab.value(SHOWN) == []
        assert tab.value("count.textContent") == "Nada lleva esas palabras."
        tab.press("Escape", *"calificación")  # accents and capitals make no difference
        shown = tab.value(SHOWN)
        assert {"academico.calificaciones", "stg.evaluaciones_event"} <= set(shown)
        assert len(shown) < len(everything)
        visible = '[...document.querySelectorAll("tbody tr:not([hidden])")].map((e) => e.id)'
        rows = [row for row in tab.value(visible) if row.startswith("stg.evaluaciones_event.")]
        assert rows == ["stg.evaluaciones_event.calificacion", "stg.evaluaciones_event.peso"]
        assert tab.value('document.getElementById("linaje").hidden') is True
        tab.press("Enter")
        assert tab.value(FOCUSED) == "#" + shown[0]
        tab.press("/", *"MATERÍAS_ÚPSERT")
        assert tab.value(SHOWN)[0] == "stg.materias_upsert"

    def test_a_link_into_what_the_search_hides(self, file: str, tab: chromium.Tab) -> None:
        tab.open(f"{file}?q=periodo")
        hidden = 'document.getElementById("academico.alumnos.edad").closest("[hidden]") !== null'
        assert tab.value(hidden) is True
        tab.value('location.hash = "academico.alumnos.edad"')
        tab.value("new Promise((done) => setTimeout(done))")
        assert tab.value(hidden) is False
        assert tab.value("search.value") == ""

    def test_pointing_at_a_box_shows_its_path(self, file: str, tab: chromium.Tab) -> None:
        tab.open(file)
        box = 'document.querySelector("svg.lineage [data-name=\\"marts.kpi_materia\\"]")'
        tab.value(f"{box}.focus()")
        on = '[...document.querySelectorAll("svg.lineage .box.on")].map((e) => e.dataset.name)'
        assert {"calificacion", "academico.materias", "marts.kpi_materia"} <= set(tab.value(on))
        assert not {"marts.alumnos_en_riesgo", "evaluacion"} & set(tab.value(on))
