"""A rule's file: what it says is read, and what is wrong with it is told with file, line, key."""

from decimal import Decimal
from pathlib import Path

import pytest

from academico_cli.core.personal import PERSONAL
from academico_cli.dq import catalog
from academico_cli.dq.rule import Threshold, parse, read_file
from academico_cli.errors import RuleInvalid, UnknownRule, UnreadableFile

TEXT = """\
-- id: grupo_raro
-- entidad: grupo
-- tabla: academico.grupos
-- severidad: warn
-- titulo: Grupo raro: de prueba
-- significa: Lo que dice
--   sigue aquí.
-- importa: A veces.
-- remedio: Nada.
-- columnas: id_grupo, periodo

-- llave: id_grupo
SELECT id AS id_grupo, periodo -- comments stay
FROM academico.grupos;
"""
PATH = Path("reglas/grupo_raro.sql")


def test_the_header_is_read() -> None:
    rule = parse(PATH, TEXT)
    assert (rule.id, rule.entity, rule.table, rule.severity) == (
        "grupo_raro", "grupo", "academico.grupos", "warn",
    )  # fmt: skip
    assert rule.title == "Grupo raro: de prueba"
    assert rule.meaning == "Lo que dice sigue aquí."
    assert (rule.columns, rule.key) == (("id_grupo", "periodo"), ("id_grupo",))
    assert (rule.parent, rule.total, rule.gate) == (None, None, False)
    assert rule.threshold == Threshold(Decimal(0), percent=False)
    assert rule.query.startswith("SELECT id AS id_grupo")
    assert rule.query.endswith("FROM academico.grupos")


@pytest.mark.parametrize(
    ("text", "failed", "total", "exceeded"),
    [("0", 0, 9, False), ("0", 1, 9, True), ("5", 5, 9, False), ("5", 6, 9, True),
     ("1%", 1, 100, False), ("1 %", 2, 100, True), ("0.5%", 1, 199, True),
     ("0.5%", 1, 200, False), ("10%", 0, 0, False), ("10%", 1, 0, True)],
)  # fmt: skip
def test_thresholds(text: str, failed: int, total: int, exceeded: bool) -> None:
    threshold = parse(PATH, TEXT.replace("-- llave", f"-- umbral: {text}\n-- llave")).threshold
    assert threshold.exceeded(failed, total) is exceeded


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ("-- id: grupo_raro", "-- id: otro_id", 1, "id", "expected grupo_raro"),
        ("-- id: grupo_raro", "-- id: Grupo raro", 1, "id", "a-z"),
        ("entidad: grupo", "entidad: curso", 2, "entidad", "expected one of"),
        ("academico.grupos\n", "grupos\n", 3, "tabla", "schema.table"),
        ("severidad: warn", "severidad: grave", 4, "severidad", "warn, error"),
        ("-- severidad: warn\n", "", 12, "severidad", "missing"),
        ("-- importa: A veces.", "-- importa:", 8, "importa", "missing"),
        ("-- importa:", "-- importancia:", 8, "importancia", "no such key"),
        ("-- importa:", "-- titulo:", 8, "titulo", "already in line 5"),
        ("--   sigue", "-- sigue", 7, "significa", "expected `-- key: value`"),
        ("-- id: grupo_raro", "-- una regla\n-- id: grupo_raro", 1, "header", "expected `-- key"),
        ("columnas: id_grupo, periodo", "columnas: id grupo", 10, "columnas", "commas"),
        ("columnas: id_grupo, periodo", "columnas: id_grupo, id_grupo", 10, "columnas", "twice"),
        ("llave: id_grupo", "llave: id_otro", 12, "llave", "expected some of columnas"),
        ("llave: id_grupo", "umbral: pocos", 12, "umbral", "a number of rows"),
        ("llave: id_grupo", "umbral: 101%", 12, "umbral", "a number of rows"),
        ("llave: id_grupo", "compuerta: tal vez", 12, "compuerta", "si, no"),
        ("llave: id_grupo", "total: 17", 12, "total", "one SELECT"),
        ("SELECT id", "DELETE FROM x; SELECT id", 13, "SELECT", "one SELECT"),
        ("SELECT id", "SELECT 1; SELECT id", 13, "SELECT", "no `;`"),
        ("SELECT id", "SELECT $$ $$; DROP TABLE x; SELECT id", 13, "SELECT", "no `;`"),
        ("FROM academico", "FROM (academico", 13, "SELECT", "every ( closed"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    old: str, new: str, line: int, key: str, says: str
) -> None:
    assert old in TEXT
    with pytest.raises(RuleInvalid) as caught:
        parse(PATH, TEXT.replace(old, new, 1))
    assert str(caught.value).startswith(f"reglas/grupo_raro.sql, line {line}, {key}: ")
    assert says in str(caught.value)


def test_a_semicolon_in_a_text_or_comment_is_no_second_statement() -> None:
    query = "SELECT ';', E'\\';', $a$;($a$, \";\" /* ; */ -- ;\nFROM academico.grupos"
    rule = parse(PATH, TEXT.partition("SELECT")[0] + query + " ; ")
    assert rule.query == query


def test_a_header_alone_is_no_rule() -> None:
    with pytest.raises(RuleInvalid, match=r"line 13, SELECT: expected one SELECT"):
        parse(PATH, TEXT.partition("SELECT")[0])


def test_the_shipped_rules_are_well_formed() -> None:
    rules = catalog.load(None, catalog.hidden(PERSONAL))
    assert {"calificacion_sin_inscripcion", "grupo_sin_maestro"} <= {rule.id for rule in rules}
    assert all(rule.shipped for rule in rules)


class TestOwnFolder:
    def test_its_rules_come_beside_the_shipped(self, tmp_path: Path) -> None:
        (tmp_path / "grupo_raro.sql").write_text(TEXT, encoding="utf-8")
        (tmp_path / "README.md").write_text("not a rule")
        (mine,) = (rule for rule in catalog.load(tmp_path) if not rule.shipped)
        assert mine.id == "grupo_raro"

    def test_none_may_shadow_a_shipped_rule(self, tmp_path: Path) -> None:
        text = TEXT.replace("grupo_raro", "grupo_sin_maestro")
        (tmp_path / "grupo_sin_maestro.sql").write_text(text, encoding="utf-8")
        with pytest.raises(RuleInvalid, match="academico ships a rule grupo_sin_maestro"):
            catalog.load(tmp_path)

    def test_none_may_show_personal_data(self, tmp_path: Path) -> None:
        (tmp_path / "grupo_raro.sql").write_text(TEXT, encoding="utf-8")
        with pytest.raises(RuleInvalid, match="columnas: periodo is personal"):
            catalog.load(tmp_path, frozenset({"academico.grupos.periodo"}))

    def test_keys_dates_and_grades_may_be_shown_though_they_are_personal(self) -> None:
        hidden = catalog.hidden(PERSONAL)
        assert {"academico.alumnos.nombre", "academico.alumnos.edad"} < hidden
        assert {"raw.mensajes.cuerpo", "academico.maestros.nombre"} < hidden
        calificaciones = {name for name in hidden if name.startswith("academico.calificaciones.")}
        assert not calificaciones | hidden & {"academico.alumnos.id"}

    def test_it_must_be_readable(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFile):
            catalog.load(tmp_path / "missing")
        (tmp_path / "rota.sql").write_bytes(b"-- titulo: \xff")
        with pytest.raises(UnreadableFile, match="not UTF-8"):
            read_file(tmp_path / "rota.sql")


class TestSelection:
    RULES = catalog.load(None)

    def chosen(self, *patterns: str, entity: str | None = None) -> list[str]:
        return [rule.id for rule in catalog.select(self.RULES, patterns, entity)]

    def test_by_id_pattern_and_entity(self) -> None:
        assert self.chosen() == [rule.id for rule in self.RULES]
        assert self.chosen("grupo_sin_maestro") == ["grupo_sin_maestro"]
        assert "calificacion_con_baja" in self.chosen("calificacion_*")
        assert "grupo_sin_maestro" in self.chosen(entity="grupo")

    def test_one_that_chooses_nothing_is_wrong_usage_and_names_those_near(self) -> None:
        with pytest.raises(UnknownRule, match="grupo_sin_maestro"):
            self.chosen("grupos_sin_maestros")
        with pytest.raises(UnknownRule, match=r"nada_\*"):
            self.chosen("grupo_*", "nada_*")
        with pytest.raises(UnknownRule, match="calificacion"):
            self.chosen(entity="calificaciones")
        with pytest.raises(UnknownRule, match="of --entity alumno"):
            self.chosen("grupo_sin_maestro", entity="alumno")
        assert UnknownRule.exit_code == 2
