"""What reaches stdout and stderr, format by format."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from academico_cli.cli import output

ROWS = [
    {
        "id_materia": 7,
        "nombre": "Álgebra | «lineal»",
        "promedio": Decimal("7.10"),
        "alta": date(2024, 1, 31),
    },
    {"id_materia": 123, "nombre": None, "promedio": None, "alta": None},
]


@pytest.fixture(autouse=True)
def _as_by_default() -> Iterator[None]:
    output.configure()
    yield
    output.configure()


def test_json_is_a_list_of_flat_objects_with_exact_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.render(ROWS, "json")
    text = capsys.readouterr().out
    assert '"promedio": 7.10' in text
    assert "Álgebra" in text
    assert json.loads(text) == [
        {"id_materia": 7, "nombre": "Álgebra | «lineal»", "promedio": 7.1, "alta": "2024-01-31"},
        {"id_materia": 123, "nombre": None, "promedio": None, "alta": None},
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.1"), "0.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("123456789012345678901234567890.123456789"),) * 2,
        (Decimal("NaN"), "null"),
        (float("nan"), "null"),
        (float("-inf"), "null"),
        (0.1, "0.1"),
        (True, "true"),
        (timedelta(minutes=1, milliseconds=500), "60.5"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), '"2024-01-02T03:04:05+00:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (b"\xc3\xb1\xff", '"ñ\\\\xff"'),
        ({"a": [1, Decimal("2.50")]}, '{"a": [1, 2.50]}'),
    ],
)
def test_json_of_a_value(value: object, text: object) -> None:
    assert output.json_text(value) == str(text)


def test_csv_keeps_the_data_exact(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a": 'x,"y"\nz', "b": Decimal("0.50"), "c": None}, {"a": "=1+1", "b": 2, "c": "ñ"}]
    output.render(rows, "csv")
    text = capsys.readouterr().out
    assert text.startswith("a,b,c\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["a", "b", "c"],
        ['x,"y"\nz', "0.50", ""],
        ["=1+1", "2", "ñ"],
    ]


def test_md_escapes_what_would_break_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    output.render([{"a": "x|y\nz", "n": 1}], "md", headers={"n": "Número"})
    assert capsys.readouterr().out.splitlines() == [
        "| a | Número |",
        "| --- | ---: |",
        "| x\\|y<br>z | 1 |",
    ]


@pytest.mark.parametrize("fmt", ["table", "md"])
def test_no_rows_still_have_a_heading(fmt: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.render([], fmt, columns=["id", "nombre"])
    captured = capsys.readouterr()
    assert "id" in captured.out
    assert "nombre" in captured.out
    assert captured.err == "(no rows)\n"


def test_no_rows_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    output.render([], "json", columns=["id"])
    output.render([], "csv", columns=["id", "nombre"])
    captured = capsys.readouterr()
    assert captured.out == "[]\nid,nombre\r\n"
    assert captured.err == ""


def test_a_table_in_a_pipe_is_as_wide_as_its_data(capsys: pytest.CaptureFixture[str]) -> None:
    output.render([{"nombre": "x" * 500, "n": 1}], "table", title="una tabla")
    captured = capsys.readouterr()
    assert "x" * 500 in captured.out
    assert "…" not in captured.out
    assert "\x1b" not in captured.out
    assert captured.err == "una tabla\n"


def test_a_name_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.render([{"nombre": "[bold]Ana[/bold]\x1b[31m\x07\nLuz"}], "table")
    assert "[bold]Ana[/bold]\\x1b[31m\\x07\\nLuz" in capsys.readouterr().out


def test_numbers_stand_right_and_texts_left(capsys: pytest.CaptureFixture[str]) -> None:
    output.render([{"n": 1, "t": "a"}, {"n": None, "t": "bb"}, {"n": 100, "t": "c"}], "table")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[2:] == ["  1  a", "     bb", "100  c"]


def test_one_record(capsys: pytest.CaptureFixture[str]) -> None:
    output.render_record({"a": Decimal("1.50"), "b": [1]}, "json")
    output.render_record({"a": 1, "b": 2}, "csv")
    assert capsys.readouterr().out == '{"a": 1.50, "b": [1]}\na,b\r\n1,2\r\n'


def test_a_record_has_no_head(capsys: pytest.CaptureFixture[str]) -> None:
    output.render_record({"lote": 17, "nombre": "Ana"}, "table")
    assert capsys.readouterr().out.split() == ["lote", "17", "nombre", "Ana"]


def test_quiet_silences_notes_and_keeps_data(capsys: pytest.CaptureFixture[str]) -> None:
    output.configure(quiet=True)
    output.say("a note")
    output.render([{"a": 1}], "csv", title="a title")
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == "a\r\n1\r\n"


def test_a_row_without_a_column_is_an_error() -> None:
    with pytest.raises(KeyError):
        output.render([{"a": 1}], "json", columns=["a", "b"])


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress(10, "working") as bar:
        bar.advance(3)
        bar.update(10)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_never_cuts_a_number(width: int) -> None:
    code = (
        "from decimal import Decimal; from academico_cli.cli import output; output.render("
        "[{'nombre': 'Cálculo de varias variables ' * 3, 'promedio': Decimal('7.25'),"
        " 'calificaciones': 1234567, 'inscritos': 7654321, 'tasa de aprobación': Decimal('0.5')}])"
    )
    shown = _in_terminal([sys.executable, "-c", code], width)
    for whole in ("7.25", "1234567", "7654321", "0.5"):
        assert whole in shown


EXPLAINED = """
from datetime import UTC, datetime
from academico_cli.cli import output
output.render([{'tabla': 'calificaciones', 'id_alumno': n, 'calificacion': 9.5, 'lote': 1,
    'id_mensaje': '24dd11de-036e-871f-aed8-76a3e0b2a029', 'cuerpo': '{"entity":"alumno"}' * 9,
    'recibido_en': datetime(2024, 6, 30, 12, 5, 7, 123, tzinfo=UTC)} for n in (1, 2)])
"""
MARTS = """
from datetime import UTC, datetime
from academico_cli.cli import output
output.render([{'mart': 'materia_periodo_stats', 'antiguedad_segundos': 7, 'filas': 12345678,
    'refrescado_en': datetime(2024, 6, 30, 12, 5, 7, tzinfo=UTC), 'segundos': 0.25}])
"""


def test_rows_that_would_be_all_folds_are_records() -> None:
    lines = _in_terminal([sys.executable, "-c", EXPLAINED], 80).splitlines()
    assert lines[:2] == ["tabla         calificaciones", "id_alumno     1"]
    assert "recibido_en   2024-06-30 12:05:07Z" in lines
    assert "id_mensaje    24dd11de-036e-871f-aed8-76a3e0b2a029" in lines
    assert lines.count("") == 1
    assert max(map(len, lines)) <= 80


def test_a_heading_folds_at_its_underscore_before_texts_and_a_moment_never() -> None:
    lines = _in_terminal([sys.executable, "-c", MARTS], 80).splitlines()
    assert "antiguedad_" in lines[0]
    assert "2024-06-30 12:05:07Z" in lines[3]
    assert "materia_periodo_stats" in lines[3]
    assert max(map(len, lines)) <= 80


def _in_terminal(command: list[str], width: int) -> str:
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "COLUMNS": str(width), "TERM": "dumb"}
    process = subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.STDOUT, env=environment, cwd=Path.cwd()
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # Linux: the other side of the terminal is closed
        pass
    os.close(ours)
    assert process.wait(30) == 0, shown
    return shown.decode()
