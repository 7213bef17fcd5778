"""The report says what the database says, to those who may know it, and any browser shows it."""

import json
import re
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from itertools import islice
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest

from academico_cli import kpi as kpis
from academico_cli import marts, quality, report
from academico_cli.broker import Message
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.ml import registry
from academico_cli.postgres import Database
from academico_cli.report import spanish
from academico_cli.sample import SampleOptions, sample_messages

from ..conftest import own_database, require
from ..support import chromium
from ..support.markup import Ids
from ..support.pipeline import Pipeline

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> & $style Ñandú"
SMALL = "Taller diminuto"
PENDING = 3
Cli = Callable[..., "CompletedProcess[str]"]
Rows = list[dict[str, Any]]


def bodies() -> Iterator[bytes]:
    yield from (
        sent.body for sent in sample_messages(SampleOptions(alumnos=90, periodos=3), invalid=0.01)
    )
    for id_, nombre, grades in ((901, HOSTILE, 8), (902, SMALL, 2)):
        grupo = 9000 + id_
        yield body(entity="materia", id_materia=id_, nombre=nombre)
        yield body(entity="grupo", id_grupo=grupo, id_materia=id_, periodo="2024B")
        for alumno in range(1, grades + 1):
            yield body(entity="inscripcion", id_alumno=alumno, id_grupo=grupo)
            yield body(entity="calificacion", id_alumno=alumno, id_grupo=grupo, calificacion=10)
    for alumno in range(1, PENDING + 1):
        yield body(entity="calificacion", id_alumno=alumno, id_grupo=99_999, calificacion=7)


def body(**fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def school_url(postgres: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """Yield the URL of a school with everything that a report tells; tests only read it."""
    for url in own_database(postgres.start(), template_database):
        pipeline = Pipeline(url)
        messages = (Message(one, 1_700_000_000_000_000 + n) for n, one in enumerate(bodies()))
        while batch := list(islice(messages, 5_000)):
            pipeline.feed(batch)
        pipeline.close()
        marts.refresh(Database(url))
        yield url


@pytest.fixture
def own_school_url(postgres: EmbeddedPostgres, school_url: str) -> Iterator[str]:
    """Yield the URL of a copy of that school, to be changed."""
    yield from own_database(postgres.start(), school_url.rpartition("/")[2])


def kpi(url: str, name: str, periodo: str | None = None, limit: int | None = None) -> Rows:
    """Return what `academico kpi NAME` prints."""
    return kpis.read(Database(url), name, periodo=periodo, limit=limit).rows


def page(url: str, periodo: str | None = None, *, names: bool = False) -> str:
    found = report.read(Database(url), periodo=periodo, names=names)
    return report.page(found, generated=NOON)


def tiles(text: str) -> dict[str, str]:
    found = re.findall(r'<dt>([^<]+)</dt><dd class="figure">([^<]*)</dd>', text)
    return {name: unescape(value) for name, value in found}


def table(text: str, caption: str) -> list[list[str]]:
    """Return the cells of the table with this caption, as a reader sees them."""
    (found,) = re.findall(rf"<caption[^>]*>{re.escape(caption)}</caption>.*?</table>", text)
    body_ = found.partition("<tbody>")[2]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in body_.split("</tr>")[:-1]]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in rows]


def es(value: Decimal | int, decimals: int = 2) -> str:
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:f}".replace(".", ",")


def hundredths(share: Decimal) -> str:
    return f"{es(share * 100, 1)}\u00a0%"


class TestFigures:
    @pytest.mark.parametrize("periodo", [None, "2023B", "2024A"])
    def test_tiles_are_the_sums_of_the_kpis(self, school_url: str, periodo: str | None) -> None:
        there = periodo or "2024B"
        rows = kpi(school_url, "periodo", there)
        sums = {
            name: sum(row[name] for row in rows)
            for name in ("inscritos", "bajas", "calificaciones", "aprobados")
        }
        promedio = sum(row["promedio"] * row["calificaciones"] for row in rows if row["promedio"])
        shown = tiles(page(school_url, periodo))
        assert shown["Inscripciones"] == str(sums["inscritos"] + sums["bajas"])
        assert shown["Tasa de aprobación"] == hundredths(
            Decimal(sums["aprobados"]) / sums["calificaciones"]
        )
        mean = Decimal(shown["Promedio"].replace(",", "."))
        assert abs(mean - promedio / sums["calificaciones"]) < Decimal("0.01")
        with psycopg.connect(school_url) as connection:
            (people,) = connection.execute(
                "SELECT count(DISTINCT id_alumno) FROM academico.inscripciones WHERE periodo = %s",
                (there,),
            ).fetchone() or (0,)
        assert shown["Alumnos inscritos"] == str(people)

    def test_change_is_told_from_the_periodo_before(self, school_url: str) -> None:
        now, then = tiles(page(school_url)), tiles(page(school_url, "2024A"))
        moved = int(now["Inscripciones"]) - int(then["Inscripciones"])
        word = "más" if moved > 0 else "menos"
        assert f"</span> {abs(moved)} {word} que en 2024A</dd>" in page(school_url)
        assert page(school_url, "2023B").count("sin periodo anterior") == 4

    def test_materias_are_those_of_kpi_top(self, school_url: str, cli: Cli) -> None:
        args = ("kpi", "top", "--limit", "999", "--format", "json")
        done = cli(*args, env={"DATABASE_URL": school_url}, check=True)
        rows = json.loads(done.stdout, parse_float=Decimal)
        ranked = [row for row in rows if row["calificaciones"] >= 5]
        text = page(school_url)
        for caption, rows in (
            ("Promedio más alto", ranked[:10]),
            ("Promedio más bajo", ranked[-1:-11:-1]),
        ):
            shown = table(text.partition('id="materias"')[2].partition("</section>")[0], caption)
            assert shown == [
                [
                    row["materia"],
                    es(row["promedio"]),
                    hundredths(row["tasa_aprob"]),
                    str(row["calificaciones"]),
                ]
                for row in rows
            ]
        assert ranked[0]["materia"] == HOSTILE

    def test_periodos_grupos_maestros_and_those_at_risk_are_those_of_kpi(
        self, school_url: str
    ) -> None:
        text = page(school_url, "2024B", names=True)
        at_risk = kpi(school_url, "riesgo", "2024B")
        assert at_risk
        assert [row[:3] for row in table(text, "Quiénes son")] == [
            [row["nombre"], str(row["id_alumno"]), es(row["promedio"])] for row in at_risk[:50]
        ]
        counted = {row[0]: row[1] for row in table(text, "Alumnos en riesgo por periodo")}
        everybody = kpi(school_url, "riesgo")
        assert counted == {
            p: str(sum(row["periodo"] == p for row in everybody))
            for p in ("2023B", "2024A", "2024B")
        }
        maestros = kpi(school_url, "maestros", "2024B", 10)
        shown = table(text.partition('id="maestros"')[2], "Promedio más alto")
        assert [row[:2] for row in shown] == [[m["maestro"], es(m["promedio"])] for m in maestros]
        grupos = [g for g in kpi(school_url, "grupo", "2024B") if g["calificaciones"] >= 5]
        lowest = sorted(grupos, key=lambda g: (g["promedio"], g["id_grupo"]))[:10]
        shown = table(
            text.partition('id="grupos"')[2].partition("</section>")[0], "Promedio más bajo"
        )
        assert [[row[0], row[3]] for row in shown] == [
            [str(g["id_grupo"]), es(g["promedio"])] for g in lowest
        ]

    def test_grades_are_counted_once_and_all_of_them(self, school_url: str) -> None:
        with psycopg.connect(school_url) as connection:
            low, high = connection.execute(
                "SELECT count(*) FILTER (WHERE calificacion < 6),"
                " count(*) FILTER (WHERE calificacion >= 6)"
                " FROM academico.calificaciones WHERE periodo = '2024B'"
            ).fetchone() or (0, 0)
        rows = table(page(school_url), "Calificaciones en cada tramo")
        assert [row[0] for row in rows][::9] == ["9 a 10", "0 a 0,99"]
        assert (sum(int(r[1]) for r in rows), sum(int(r[2]) for r in rows)) == (low, high)

    def test_every_message_received_has_a_fate(self, school_url: str) -> None:
        with psycopg.connect(school_url) as connection:
            fates = dict(
                connection.execute(
                    "SELECT initcap(destino) || 's', sum(eventos) FROM core.destinos GROUP BY 1"
                ).fetchall()
            )
            reasons = connection.execute("SELECT count(*) FROM stg.rechazos").fetchone()
        text = page(school_url)
        shown = {
            row[0]: int(row[1].replace(".", ""))
            for row in table(text, "Destino de los eventos recibidos")
        }
        assert {name: count for name, count in shown.items() if count and name != "Suma"} == fates
        assert shown["Suma"] == sum(fates.values())
        assert "Las cuentas cuadran" in text
        assert fates["Pendientes"] == PENDING
        assert "3 esperan a 1 grupo" in text
        rejected = table(text, "Rechazos abiertos, por motivo")
        assert reasons is not None
        assert sum(int(row[1]) for row in rejected) == reasons[0] > 0
        assert not [row[0] for row in rejected if "_" in row[0]], "a reason without its text"

    def test_books_that_do_not_balance_are_told(self, own_school_url: str) -> None:
        with psycopg.connect(own_school_url) as connection:
            connection.execute(
                "INSERT INTO core.destinos SELECT min(lote), min(lote), 'alumno', 'aplicado', 7"
                " FROM core.lotes"
            )
        text = page(own_school_url)
        assert "Las cuentas no cuadran" in text
        assert "una diferencia de 7." in text


class TestQuality:
    def test_without_a_check_it_says_so(self, school_url: str) -> None:
        assert "todavía no se han revisado" in page(school_url)

    def test_what_fails_stands_there_with_what_to_do(
        self, own_school_url: str, tmp_path: Path
    ) -> None:
        header = "\n".join(
            f"-- {name}: {value}"
            for name, value in {
                "id": "alumno_propio", "entidad": "alumno", "tabla": "academico.alumnos",
                "severidad": "error", "titulo": "Alumnos <b>de prueba</b>",
                "significa": "Hay alumnos.", "importa": "Siempre.", "columnas": "id",
                "remedio": "Llame a <i>control</i>.",
            }.items()
        )  # fmt: skip
        query = "\nSELECT id FROM academico.alumnos WHERE id <= 4\n"
        (tmp_path / "alumno_propio.sql").write_text(header + query)
        rules = quality.rules(tmp_path)
        chosen = [rule for rule in rules if rule.id in ("alumno_propio", "pendiente_antiguo")]
        for _ in range(2):
            quality.check(Database(own_school_url), chosen)
        text = page(own_school_url)
        assert "2 reglas. 1 falla con error." in text
        assert "<h3>Alumnos &lt;b&gt;de prueba&lt;/b&gt;" in text
        assert "<b>Qué hacer.</b> Llame a &lt;i&gt;control&lt;/i&gt;." in text
        assert "4 de 90 filas" in text
        trend = table(text, "Últimas revisiones")
        assert [row[1:] for row in trend] == [["2", "1", "0"]] * 2
        assert "1 regla de calidad con error" in text.partition('id="mirar"')[2]


METRICS: dict[str, Any] = {
    "test": {"n": 1500, "positives": 420, "base_rate": 0.28, "auc": 0.8134, "pr_auc": 0.62135,
             "brier": 0.151, "ece": 0.021},
    "improvement": {"baseline": "promedio_historico", "difference": 0.113, "low": 0.082,
                    "high": 0.141, "confidence": 0.95, "better": True},
    "baselines": {"prevalencia": {"auc": None, "pr_auc": 0.28, "brier": 0.2},
                  "promedio_historico": {"auc": 0.74, "pr_auc": 0.508, "brier": 0.17},
                  "la_<b>mía</b>": {"auc": 0.7, "pr_auc": 0.4, "brier": 0.18}},
    "confusion": {"tp": 210, "fp": 90, "fn": 205, "tn": 995},
    "at_capacity": [{"percent": 20, "called": 300, "precision": 0.7, "recall": 0.5, "lift": 2.5}],
    "curves": {"roc": [[0, 0], [0.2, 0.7], [1, 1]], "pr": [[0, 1], [0.5, 0.7], [1, 0.28]],
               "calibration": [[0.1, 0.12, 750], [0.6, 0.55, 750]],
               "gain": [[i / 100, min(1, i / 50)] for i in range(101)]},
    "gap": {"groups": ["F", "M"], "difference": 0.03, "low": -0.02, "high": 0.08},
}  # fmt: skip


def install_model(url: str, **changes: Any) -> None:
    """Put a model with these figures into use, and let it have judged 200 alumnos."""
    values: dict[str, Any] = {
        "algoritmo": "random_forest", "objetivo": "reprueba_o_baja", "dia_corte": 28, "cortes": {},
        "periodos_entrenamiento": ["2023B"], "periodos_validacion": ["2024A"],
        "periodos_prueba": ["2024B"], "semilla": 1, "parametros": {}, "caracteristicas": [],
        "huella_datos": b"", "version_codigo": "", "metricas": METRICS, "referencia": {},
        "ficha": "# Ficha <i>del modelo</i>", "archivo": "m.skops", "huella_archivo": bytes(32),
        "supera_bases": True,
    } | changes  # fmt: skip
    with psycopg.connect(url) as connection:
        number = registry.store(connection, registry.Entry(**values))
        registry.promote(connection, number, force=True)
        connection.execute(
            "INSERT INTO ml.predicciones SELECT i, '2024B', %s, '2024-03-01', 0.5,"
            " CASE WHEN i <= 50 THEN 'alto' ELSE 'bajo' END, false, 1, '{}', now()"
            " FROM generate_series(1, 200) AS i",
            (number,),
        )


class TestModel:
    def test_without_one_it_says_so(self, school_url: str) -> None:
        assert "No hay ningún modelo de riesgo en uso." in page(school_url)

    def test_is_told_beside_the_rules_of_thumb_and_with_its_limits(
        self, own_school_url: str, tab: chromium.Tab, tmp_path: Path
    ) -> None:
        install_model(own_school_url)
        text = page(own_school_url)
        shown = tiles(text)
        assert (shown["Tasa base"], shown["AUC"], shown["PR-AUC"]) == (
            "28,0\u00a0%", "0,813", "0,621",
        )  # fmt: skip
        assert shown["Atendiendo al 20\u00a0%"] == "50\u00a0%"
        assert [row[:3] for row in table(text, "Junto a las reglas sencillas")] == [
            ["Este modelo", "0,621", "0,813"],
            ["El promedio de siempre", "0,508", "0,740"],
            ["La <b>mía</b>", "0,400", "0,700"],
            ["A todos el mismo riesgo", "0,280", "—"],
        ]
        assert "Es mejor que la mejor regla sencilla («El promedio de siempre»)" in text
        assert "dejó fuera a 205 de los 415" in text
        assert "difiere 3,0 puntos entre los géneros F y M" in text
        assert "Para qué no debe usarse" in text
        assert "# Ficha &lt;i&gt;del modelo&lt;/i&gt;" in text
        for curve in ("Curva ROC", "Curva PR: aciertos y alcance", "Calibración"):
            assert table(text, curve), curve
        gain = table(text, "Ganancia")
        assert len(gain) == 11
        assert gain[3] == ["30,0\u00a0%", "60,0\u00a0%"]
        assert [row[1] for row in table(text, "Última predicción: periodo 2024B")] == ["50", "150"]
        file = tmp_path / "model.html"
        file.write_text(text, encoding="utf-8")
        tab.open(file.as_uri(), width=400)
        assert tab.value("document.documentElement.scrollWidth") <= 400
        assert tab.value(FAULTS) == []
        assert ENGLISH.findall(tab.value(WORDS).replace(HOSTILE, "")) == []

    def test_one_that_is_no_better_is_told_so(self, own_school_url: str) -> None:
        nothing = {name: [] for name in METRICS["curves"]}
        metrics = METRICS | {"gap": None, "improvement": None, "at_capacity": [], "curves": nothing}
        install_model(own_school_url, supera_bases=False, metricas=metrics, dia_corte=None)
        text = page(own_school_url)
        assert "No está demostrado que sea mejor que una regla sencilla" in text
        assert "con lo que se sabía al terminar el periodo anterior" in text


class TestWhoMayKnow:
    def names(self, url: str) -> list[str]:
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT nombre FROM academico.alumnos UNION SELECT nombre FROM academico.maestros"
            ).fetchall()
        return [name for (name,) in rows]

    def test_nobody_is_named_unless_asked_for(
        self, school_url: str, cli: Cli, tmp_path: Path
    ) -> None:
        env = {"DATABASE_URL": school_url}
        cli("report", env=env, check=True)
        plain = (tmp_path / "report.html").read_text("utf-8")
        assert not [name for name in self.names(school_url) if name in plain]
        cli("report", "--with-names", "--output", "n.html", env=env, check=True)
        named = (tmp_path / "n.html").read_text("utf-8")
        assert len([name for name in self.names(school_url) if name in named]) > 5
        assert "Contiene datos personales" in named
        assert stat.S_IMODE((tmp_path / "n.html").stat().st_mode) == 0o600

    def test_the_small_are_counted_and_not_told(self, school_url: str) -> None:
        text = page(school_url)
        assert SMALL not in text
        assert "con menos de 5 calificaciones no se" in text.partition('id="materias"')[2]

    def test_below_the_minimum_no_figure_is_told(self, own_school_url: str) -> None:
        with psycopg.connect(own_school_url) as connection:
            connection.execute(
                "UPDATE core.parametros SET valor = 1e6 WHERE nombre = 'grupo_minimo'"
            )
        text = page(own_school_url)
        assert tiles(text)["Promedio"] == tiles(text)["Tasa de aprobación"] == "—"
        assert "con menos de 1000000 no se publica" in text
        assert "<svg" not in text.partition('id="calidad"')[0]


class TestWhatThereIs:
    def test_an_empty_database_says_so(self, database_url: str, cli: Cli) -> None:
        done = cli("report", "--output", "-", env={"DATABASE_URL": database_url}, check=True)
        assert "<h1>Todavía no hay datos</h1>" in done.stdout
        assert "La base de datos está vacía." in done.stdout
        assert "0 recibidos" in done.stdout

    def test_one_periodo_without_grades_and_then_with(self, database_url: str) -> None:
        pipeline = Pipeline(database_url)
        parents = [
            body(entity="materia", id_materia=1, nombre="Física"),
            body(entity="grupo", id_grupo=7, id_materia=1, periodo="2024A"),
        ]
        for i in range(1, 7):
            parents.append(body(entity="alumno", id_alumno=i, nombre=f"Zoé {i}", genero="F"))
            parents.append(body(entity="inscripcion", id_alumno=i, id_grupo=7))
        pipeline.feed([Message(one, 1_700_000_000_000_000 + n) for n, one in enumerate(parents)])
        marts.refresh(Database(database_url))
        text = page(database_url)
        assert "<h1>Periodo 2024A</h1>" in text
        assert "El periodo 2024A aún no tiene calificaciones finales." in text
        assert tiles(text)["Alumnos inscritos"] == "6"
        grades = [
            body(entity="calificacion", id_alumno=i, id_grupo=7, calificacion=9)
            for i in range(1, 7)
        ]
        pipeline.feed([Message(one, 1_800_000_000_000_000 + n) for n, one in enumerate(grades)])
        pipeline.close()
        marts.refresh(Database(database_url))
        text = page(database_url)
        assert tiles(text)["Promedio"] == "9,00"
        assert table(text, "De mayor a menor promedio") == [["Física", "9,00", "100,0\u00a0%", "6"]]

    def test_a_periodo_that_has_just_begun_is_told_and_not_taken(self, own_school_url: str) -> None:
        pipeline = Pipeline(own_school_url)
        new = [
            body(entity="grupo", id_grupo=9999, id_materia=901, periodo="2025A"),
            body(entity="inscripcion", id_alumno=1, id_grupo=9999),
        ]
        pipeline.feed([Message(one, 1_800_000_000_000_000 + n) for n, one in enumerate(new)])
        pipeline.close()
        marts.refresh(Database(own_school_url))
        text = page(own_school_url)
        assert "<h1>Periodo 2024B</h1>" in text
        assert "El periodo 2025A ya comenzó (1 inscripción)" in text

    def test_stale_marts_are_refreshed_or_told(self, own_school_url: str, cli: Cli) -> None:
        def promedio(*args: str) -> str:
            env = {"DATABASE_URL": own_school_url}
            done = cli("report", "--output", "-", *args, env=env, check=True)
            assert ("Los indicadores están atrasados" in done.stdout) == ("--as-is" in args)
            return tiles(done.stdout)["Promedio"]

        before = tiles(page(own_school_url))["Promedio"]
        pipeline = Pipeline(own_school_url)
        zeros = [
            body(entity="calificacion", id_alumno=i, id_grupo=9901, calificacion=0)
            for i in range(1, 9)
        ]
        later = int(time.time() * 1_000_000)
        pipeline.feed([Message(one, later + n) for n, one in enumerate(zeros)])
        pipeline.close()
        assert promedio("--as-is") == before
        assert promedio() < before

    def test_many_materias_make_no_large_page(self, own_school_url: str) -> None:
        with psycopg.connect(own_school_url) as connection:
            connection.execute(
                "INSERT INTO academico.materias (id, nombre, ocurrido_en, desempate, lote,"
                " id_mensaje, linea) SELECT i, repeat('Historia ', 20) || i, now(), 0, 1,"
                " gen_random_uuid(), 0 FROM generate_series(10001, 20000) AS i"
            )
            connection.execute(
                "INSERT INTO marts.base_materias SELECT '2024B', i, 1, 9, 0, 9, 5, 50 + i % 9"
                " FROM generate_series(10001, 20000) AS i"
            )
            connection.execute(
                "INSERT INTO marts.base_grupos SELECT i, '2024B', i, NULL, 9, 0, 9, 5, 50 + i % 9"
                " FROM generate_series(10001, 20000) AS i"
            )
        small = len(page(own_school_url, "2024A"))
        text = page(own_school_url)
        assert re.search(r"10\.0\d\d materias de 2024B", text)
        assert len(text.encode()) < 2 * small < 200_000


class TestCommand:
    def test_writes_one_file_and_says_what(self, school_url: str, cli: Cli, tmp_path: Path) -> None:
        env = {"DATABASE_URL": school_url}
        done = cli("report", "--periodo", "2024A", "--output", "a.html", env=env, check=True)
        assert done.stdout == ""
        said = rf"{re.escape(str(tmp_path))}/a.html: periodo 2024A, \d+ kB\n"
        assert re.fullmatch(said, done.stderr)
        assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["a.html"]

    @pytest.mark.parametrize(
        ("args", "code", "says"),
        [
            (("--periodo", "1999Z"), 2, "known periodos: 2023B, 2024A, 2024B"),
            (("--output", "no/x.html"), 4, "no/x.html cannot be written"),
            (("--output", "no/x.html", "--with-names"), 4, "no/x.html cannot be written"),
        ],
    )
    def test_what_is_wrong_is_told_in_a_line(
        self, school_url: str, cli: Cli, args: tuple[str, ...], code: int, says: str
    ) -> None:
        done = cli("report", *args, env={"DATABASE_URL": school_url})
        assert (done.returncode, done.stdout) == (code, "")
        assert says in done.stderr
        assert done.stderr.count("\n") == 1

    def test_without_migrations_it_says_what_to_do(self, cli: Cli, empty_database_url: str) -> None:
        done = cli("report", env={"DATABASE_URL": empty_database_url})
        assert done.returncode == 3
        assert "Run `academico migrate`" in done.stderr


class TestMarkup:
    def test_names_are_no_markup(self, school_url: str) -> None:
        text = page(school_url)
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; $style Ñandú" in text
        assert "<script" not in text

    def test_needs_nothing_from_elsewhere(self, school_url: str) -> None:
        ids = Ids(page(school_url, names=True))
        assert ids.loaded == []
        assert len(ids.ids) == len(set(ids.ids))
        assert {link.removeprefix("#") for link in ids.links} <= set(ids.ids)
        assert not re.findall(r"https?://|@import|url\((?!#)| style=| on\w+=", page(school_url))

    def test_is_the_same_for_the_same_database(self, school_url: str) -> None:
        def still(text: str) -> str:
            return re.sub(r"hace \d+ \w+|hace menos de un minuto", "", text)

        assert still(page(school_url)) == still(page(school_url))


# What an assistive program needs, as [what is wrong, where]; empty when nothing is.
FAULTS = """
(() => {
  const faults = [];
  const levels = [...document.querySelectorAll("h1,h2,h3,h4")].map((h) => +h.tagName[1]);
  if (levels.some((now, i) => now > (levels[i - 1] ?? 0) + 1)) faults.push(["heading", levels]);
  if (document.querySelectorAll("h1").length !== 1) faults.push(["h1"]);
  for (const svg of document.querySelectorAll("svg")) {
    if (svg.getAttribute("aria-hidden")) continue;
    const told = (svg.getAttribute("aria-labelledby") || "").split(" ")
      .map((id) => svg.querySelector(`#${id}`)?.textContent.trim());
    if (svg.getAttribute("role") !== "img" || told.length < 2 || !told.every(Boolean))
      faults.push(["svg", svg.outerHTML.slice(0, 90)]);
    const around = svg.closest("figure, .card");
    const besides = around.querySelector("table") || around.parentElement.querySelector("table");
    if (!besides) faults.push(["no table", svg.id]);
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent) faults.push(["caption", table.outerHTML.slice(0, 90)]);
    for (const th of table.querySelectorAll("th"))
      if (!th.scope || !th.textContent.trim()) faults.push(["th", th.outerHTML]);
  }
  for (const e of document.querySelectorAll("[tabindex]"))
    if (!e.getAttribute("aria-label")) faults.push(["label", e.outerHTML.slice(0, 90)]);
  if (document.documentElement.lang !== "es" || !document.title) faults.push(["lang"]);
  return faults;
})()
"""
WORDS = """
(() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll("code").forEach((e) => e.remove());
  return copy.textContent;
})()
"""
ENGLISH = re.compile(
    r"\b(the|and|of|with|from|by|for|grades?|students?|teachers?|rows?|failed|passed|error rate"
    r"|none|null|nan|true|false|unknown|total rows|warning|pending|model)\b",
    re.IGNORECASE,
)
# Tables of which a part is to be scrolled to.
SCROLLED = """
[...document.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth)
  .map((e) => e.getAttribute("aria-label"))
"""
# Parts whose text or chart is cut off, or lies beyond the paper.
BEYOND = """
[...document.querySelectorAll("body *")]
  .filter((e) => !e.closest("svg, .skip, .heard") && getComputedStyle(e).display !== "none")
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((e) => e.outerHTML.slice(0, 90))
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Tab]:
    require(bool(chromium.PROGRAM), "chromium")
    with chromium.tab(tmp_path_factory.mktemp("tab")) as opened:
        yield opened
        assert opened.errors == []


class TestBrowser:
    @pytest.fixture(params=[False, True], ids=["nameless", "names"])
    def file(self, school_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
        path = tmp_path / "report.html"
        path.write_text(page(school_url, names=request.param), encoding="utf-8")
        return path.as_uri()

    def test_fits_any_screen_in_light_and_dark(self, file: str, tab: chromium.Tab) -> None:
        for width in (320, 400, 1280):
            for dark in (False, True):
                tab.open(file, width=width, dark=dark)
                assert tab.value("document.documentElement.scrollWidth") <= width
                assert tab.value(chromium.CONTRAST) >= 4.5
                assert width < 400 or tab.value(SCROLLED) == []
        assert tab.requested == [file]

    def test_fits_the_paper(self, file: str, tab: chromium.Tab) -> None:
        tab.open(file, width=700, height=990)
        tab.call("Emulation.setEmulatedMedia", media="print")
        try:
            assert tab.value(BEYOND) == []
            assert tab.value(chromium.CONTRAST) >= 4.5
            shown = 'getComputedStyle(document.querySelector("{}")).display'
            assert tab.value(shown.format("nav")) == "none"
            assert tab.value(shown.format("svg.trend")) == "block"
        finally:
            tab.call("Emulation.setEmulatedMedia", media="")

    def test_can_be_read_without_seeing_it(self, file: str, tab: chromium.Tab) -> None:
        tab.open(file)
        assert tab.value(FAULTS) == []
        assert tab.value('document.querySelectorAll("svg.chart").length') >= 7

    def test_no_script_runs_and_none_is_needed(self, file: str, tab: chromium.Tab) -> None:
        tab.open(file)
        assert tab.value("document.scripts.length") == 0
        tab.value('document.querySelector("details.data summary").click()')
        assert tab.value('document.querySelector("details.data table").offsetHeight') > 0

    def test_is_spanish_throughout(self, file: str, tab: chromium.Tab) -> None:
        tab.open(file)
        text = tab.value(WORDS).replace(HOSTILE, "")
        assert ENGLISH.findall(text) == []

    def test_numbers_are_written_as_in_spain(self, tab: chromium.Tab) -> None:
        for decimals in (0, 1, 2):
            for value in (0, 0.5, 7.25, -3.456, 999.995, 1234, 9999.9, 12345.678, -1234567.8):
                options = (
                    f"{{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}}"
                )
                browser = tab.value(f'({value}).toLocaleString("es", {options})')
                assert spanish.number(value, decimals).replace("\u2212", "-") == browser
        assert spanish.percent(0.8125) == "81,3\u00a0%"
        assert spanish.number(None) == "—"
