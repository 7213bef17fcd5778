"""Mappings: tables in several formats become events, and what is wrong is said in one line."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from academico_cli.errors import MappingFailed, UnknownMapping, UnreadableFile, WrongUsage
from academico_cli.sources import open_source, tables

ALUMNO = "SELECT id AS id_alumno, nombre, edad, genero FROM alumnos ORDER BY id"


@pytest.fixture
def folder(tmp_path):
    # A name with everything that a path inside SQL or a glob could stumble over.
    folder = tmp_path / "da'tos [1] *ñ"
    folder.mkdir()
    (folder / "alumnos.csv").write_bytes(
        b'\xef\xbb\xbfid,nombre,edad,genero\r\n2,Luis,,M\r\n1,"Mart\xc3\xadn, Ana",20,F\r\n'
    )
    return folder


@pytest.fixture
def mapped(tmp_path, folder):
    """Return a function that runs a mapping of the given files over the folder."""

    def run(**sql):
        mapping = tmp_path / "mapeo"
        shutil.rmtree(mapping, ignore_errors=True)
        mapping.mkdir()
        for name, text in sql.items():
            (mapping / f"{name}.sql").write_text(text, encoding="utf-8")
        return [m.body.decode() for m in open_source([folder], str(mapping)).lines()]

    return run


def test_a_row_is_an_event_and_what_is_null_is_left_out(mapped):
    assert mapped(alumno=ALUMNO) == [
        '{"entity":"alumno","id_alumno":1,"nombre":"Martín, Ana","edad":20,"genero":"F"}',
        '{"entity":"alumno","id_alumno":2,"nombre":"Luis","genero":"M"}',
    ]


def test_parents_come_before_children(mapped):
    one = "SELECT {} AS x FROM alumnos ORDER BY id LIMIT 1"
    names = ["evaluacion", "alumno", "calificacion", "inscripcion", "grupo", "maestro", "materia"]
    found = [json.loads(body)["entity"] for body in mapped(**{n: one.format(1) for n in names})]
    assert found == ["maestro", "materia", "grupo", "alumno", "inscripcion", "calificacion",
                     "evaluacion"]  # fmt: skip


def test_values_keep_their_digits(mapped):
    sql = """
        SELECT 8.70::DECIMAL(4, 2) AS a, 9007199254740993::BIGINT AS b, 0.1::DOUBLE AS c,
            'NaN'::DOUBLE AS d, true AS e, DATE '2024-02-29' AS f,
            TIMESTAMP '2024-02-29 10:00:00' AS g, TIMESTAMPTZ '2024-02-29 10:00:00.5-06' AS h,
            'a"\\ñ' || chr(0) || chr(10) AS i,
            123456789012345678901234567890.12::DECIMAL(38, 2) AS j
        FROM alumnos WHERE id = 1 ORDER BY id
    """
    (body,) = mapped(alumno=sql)
    assert body == (
        '{"entity":"alumno","a":8.70,"b":9007199254740993,"c":0.1,"d":null,"e":true,'
        '"f":"2024-02-29","g":"2024-02-29T10:00:00Z","h":"2024-02-29T16:00:00.500000Z",'
        '"i":"a\\"\\\\ñ\\u0000\\n","j":123456789012345678901234567890.12}'
    )
    assert json.loads(body)["i"] == 'a"\\ñ\0\n'


def test_order_is_kept_when_a_column_has_a_time_zone(mapped):
    sql = """
        SELECT n AS id_alumno, TIMESTAMPTZ '2024-01-01 00:00:00Z' AS ocurrido_en
        FROM range(50000) AS t(n) ORDER BY hash(n), n
    """
    plain = [json.loads(b)["id_alumno"] for b in mapped(alumno=sql.replace("TIMESTAMPTZ", "DATE").replace(" 00:00:00Z", ""))]  # fmt: skip  # noqa: E501
    assert [json.loads(b)["id_alumno"] for b in mapped(alumno=sql)] == plain


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("alumnos.[1]?*.csv", "COPY t TO '{}' (FORMAT csv)"),
        ("alumnos.parquet", "COPY t TO '{}'"),
        ("alumnos.json", "COPY t TO '{}' (FORMAT json, ARRAY true)"),
        ("alumnos.jsonl", "COPY t TO '{}' (FORMAT json)"),
        ("alumnos.tsv", "COPY t TO '{}' (FORMAT csv, DELIMITER '\t')"),
        ("alumnos.csv.gz", "COPY t TO '{}' (FORMAT csv, COMPRESSION gzip)"),
        ("ALUMNOS.2024.csv", "COPY t TO '{}' (FORMAT csv)"),
    ],
)
def test_tables_come_in_many_formats(tmp_path, folder, mapped, name, write):
    expected = mapped(alumno=ALUMNO)
    plain = tmp_path / name
    with duckdb.connect() as connection:
        (folder / "alumnos.csv").rename(tmp_path / "t.csv")
        connection.execute(f"CREATE TABLE t AS FROM read_csv('{tmp_path / 't.csv'}')")
        connection.execute(write.format(plain))
    plain.rename(folder / name)
    assert mapped(alumno=ALUMNO) == expected
    assert mapped(alumno=ALUMNO.replace("alumnos", f'"{name}"')) == expected


def test_types_are_detected_from_the_whole_file(folder, mapped):
    rows = "\n".join(f"{n},{n},M" for n in range(1, 50_000))
    (folder / "alumnos.csv").write_text(f"id,nombre,genero\n{rows}\n50000,Ana,F\n")
    found = mapped(alumno="SELECT id AS id_alumno, nombre, genero FROM alumnos ORDER BY id")
    assert found[0] == '{"entity":"alumno","id_alumno":1,"nombre":"1","genero":"M"}'
    assert len(found) == 50_000


def test_a_file_that_no_query_names_is_not_opened(folder, mapped):
    (folder / "otros.parquet").write_bytes(b"no parquet")
    (folder / "LEEME.txt").touch()
    assert len(mapped(alumno=ALUMNO)) == 2


def test_a_reader_with_options_of_ones_own(mapped):
    sql = """
        SELECT id AS id_alumno
        FROM read_csv(getvariable('carpeta') || '/alum*.csv', all_varchar = true) ORDER BY id
    """
    assert mapped(alumno=sql)[0] == '{"entity":"alumno","id_alumno":"1"}'


def test_the_rows_are_counted(tmp_path, folder, mapped):
    mapped(alumno=ALUMNO)
    assert open_source([folder], str(tmp_path / "mapeo")).count() == 2


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT id FROM maestros ORDER BY id", "maestros does not exist.* are: alumnos.csv"),
        ("SELECT promedio FROM alumnos ORDER BY id", "promedio.* not found"),
        ("SELEC id FROM alumnos ORDER BY id", "syntax error"),
        ("SELECT id, id FROM alumnos ORDER BY ALL", "two columns named id"),
        ("SELECT id FROM alumnos", "must be one SELECT that ends in an ORDER BY"),
        ("SELECT id FROM alumnos ORDER BY id; SELECT 1 ORDER BY 1", "must be one SELECT"),
        ("COPY (SELECT 1) TO 'x.csv'", "must be one SELECT"),
        ("ATTACH 'x.db'", "must be one SELECT"),
        ("INSTALL httpfs", "must be one SELECT"),
        ("SET threads = 8", "must be one SELECT"),
        ("", "must be one SELECT"),
        ("SELECT content FROM read_text('/etc/hostname') ORDER BY 1", "Cannot access file"),
        ("FROM read_csv('https://example.org/a.csv') ORDER BY 1", "Cannot access file"),
        ("FROM glob('/etc/*') ORDER BY 1", "Cannot access|disabled"),
    ],
)
def test_what_a_mapping_may_not_is_said_before_anything_is_published(folder, mapped, sql, words):
    with pytest.raises(MappingFailed, match=f"mapeo.*{words}") as caught:
        mapped(alumno=ALUMNO, grupo=sql)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_row_that_cannot_be_computed_is_not_repeated_to_the_world(mapped):
    with pytest.raises(MappingFailed, match=r"alumno\.sql") as caught:
        mapped(alumno="SELECT nombre::INTEGER AS x FROM alumnos ORDER BY id")
    assert "\n" not in str(caught.value)
    assert "20,F" not in str(caught.value)


def test_a_name_that_two_files_have_must_be_written_whole(folder, mapped):
    shutil.copy(folder / "alumnos.csv", folder / "alumnos.tsv")
    with pytest.raises(MappingFailed, match=r"alumnos could be alumnos\.csv and alumnos\.tsv"):
        mapped(alumno=ALUMNO)
    assert len(mapped(alumno=ALUMNO.replace("alumnos", '"alumnos.csv"'))) == 2


def test_a_file_that_is_no_table_is_named(folder, mapped):
    (folder / "malo.parquet").write_bytes(b"no parquet")
    with pytest.raises(MappingFailed, match="malo"):
        mapped(alumno="SELECT * FROM malo ORDER BY 1")


def test_a_file_that_is_named_after_no_entity_is_refused(mapped):
    with pytest.raises(MappingFailed, match=r"profesor\.sql is not named after an entity"):
        mapped(profesor=ALUMNO)


def test_a_folder_without_sql_is_refused(mapped):
    with pytest.raises(MappingFailed, match="holds no file such as"):
        mapped()


def test_an_unknown_mapping_is_answered_with_those_that_are_known(folder, tmp_path):
    own = tmp_path / "propios"
    (own / "escuela").mkdir(parents=True)
    (own / "escuela" / "alumno.sql").write_text(ALUMNO)
    with pytest.raises(
        UnknownMapping, match=r"no mapping nada\. Known: escuela, gradebook, oulad"
    ) as caught:
        open_source([folder], "nada", mappings=own)
    assert caught.value.exit_code == 2
    assert len(list(open_source([folder], "escuela", mappings=own).lines())) == 2


def test_a_mapping_needs_one_folder(folder, tmp_path):
    with pytest.raises(WrongUsage, match="one folder"):
        open_source([folder, folder], "oulad")
    for path in (folder / "alumnos.csv", tmp_path / "no"):
        with pytest.raises(UnreadableFile, match="folder"):
            open_source([path], "oulad")


def test_nothing_is_left_behind_and_nothing_reaches_the_current_folder(
    folder, mapped, tmp_path, monkeypatch
):
    spill, here = tmp_path / "spill", tmp_path / "here"
    spill.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tables.tempfile, "tempdir", str(spill))
    before = sorted(p.name for p in folder.iterdir())
    mapped(alumno=ALUMNO)
    assert not list(spill.iterdir())
    assert not list(here.iterdir())
    assert sorted(p.name for p in folder.iterdir()) == before


def test_a_half_read_source_lets_go_of_its_files(folder, mapped, tmp_path, monkeypatch):
    mapped(alumno=ALUMNO)
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr(tables.tempfile, "tempdir", str(spill))
    lines = open_source([folder], str(tmp_path / "mapeo")).lines()
    next(lines)
    assert list(spill.iterdir())
    lines.close()
    assert not list(spill.iterdir())


def test_the_shipped_mapping_is_ordered_by_whole_keys():
    for path in (Path(tables.__file__).parent / "mappings" / "oulad").glob("*.sql"):
        assert "ORDER BY" in path.read_text(encoding="utf-8").splitlines()[-1]
