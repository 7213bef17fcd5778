"""What is written about the commands is true of them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from academico_cli.cli.main import app
from academico_cli.dq import catalog

REPOSITORY = Path(__file__).parents[2]
READMES = ("README.md", "README.es.md")


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command that can be typed, as ``("migrate current", command)``."""
    inside = getattr(command, "commands", {})
    for name, each in inside.items():
        yield from walk(each, (*path, name))
    if not inside:
        yield " ".join(path), command


COMMANDS = dict(walk(typer.main.get_command(app)))
GROUPS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def table(readme: str) -> dict[str, str]:
    """Return what the table of commands of a README says: command -> description."""
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `academico ([a-z ]+?)(?: [^a-z`][^`]*)?` \| (.+) \|$", text, re.MULTILINE
    )
    assert len(rows) == len(dict(rows)), "a command stands twice"
    return dict(rows)


def first_line(command: Any) -> str:
    """Return the first paragraph of a command's help, on one line."""
    return " ".join(command.help.split("\n\n")[0].split())


@pytest.mark.parametrize("readme", READMES)
def test_the_table_of_commands_is_complete(readme: str) -> None:
    assert set(table(readme)) == set(COMMANDS)


def test_the_table_says_what_help_says() -> None:
    assert table("README.md") == {name: first_line(c) for name, c in COMMANDS.items()}


@pytest.mark.parametrize("readme", READMES)
def test_the_demo_that_is_shown_is_of_this_version(readme: str) -> None:
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    shown = text.partition("<!-- demo:begin -->")[2].partition("<!-- demo:end -->")[0]
    numbers = sorted(p.name[:4] for p in (REPOSITORY / "alembic" / "versions").glob("0*.py"))
    assert f"migrations applied: {', '.join(numbers)}\n" in shown
    assert f"head {numbers[-1]}\n" in shown
    rules = sum(rule.entity == "calificacion" for rule in catalog.load(None))
    assert f"\n{rules} rules: {rules} passed, 0 failed\n" in shown


@pytest.mark.parametrize("name", [*COMMANDS, *(n for n in GROUPS if n not in COMMANDS)])
def test_each_command_has_one_example_that_it_understands(name: str) -> None:
    command = COMMANDS.get(name) or GROUPS[name]
    examples = re.findall(r"^\s*Example: (.+)$", command.help, re.MULTILINE)
    assert len(examples) == 1, command.help
    understand(examples[0])


@pytest.mark.parametrize("readme", READMES)
def test_commands_in_code_blocks_are_understood(readme: str) -> None:
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    typed = [line for line in lines if re.match(r"(\.venv/bin/)?academico ", line)]
    assert typed
    for line in typed:
        understand(line.removeprefix(".venv/bin/"))


def understand(line: str) -> None:
    """Parse a command as the shell and the command line would; nothing is run."""
    words = shlex.split(line, comments=True)
    for stop in (">", "|", "&&"):
        words = words[: words.index(stop)] if stop in words else words
    command, arguments = typer.main.get_command(app), words[1:]
    while hasattr(command, "commands"):
        name = arguments[0] if arguments else ""
        if name not in command.commands:  # as `migrate`, which has a command by default
            name = "up"
        else:
            arguments = arguments[1:]
        command = command.commands[name]
    command.make_context("academico", list(arguments)).close()


@pytest.mark.parametrize(
    "document",
    [*READMES, *(str(p.relative_to(REPOSITORY)) for p in REPOSITORY.glob("docs/**/*.md"))],
)
def test_links_lead_somewhere(document: str) -> None:
    path = REPOSITORY / document
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{document}: {target}"


def test_the_features_of_the_risk_model_are_all_documented() -> None:
    from academico_cli.ml.catalogue import FEATURES

    text = (REPOSITORY / "docs" / "ml.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [tuple(feature) for feature in FEATURES]
