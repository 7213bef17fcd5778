"""Where a setting comes from, and what a wrong one says."""

import json
from pathlib import Path

import pytest

from academico_cli.errors import WrongUsage
from academico_cli.settings import Settings, explain, load_settings, masked


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a .env, and an environment without our names."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sources() -> dict[str, tuple[str | None, str]]:
    return {value.name: (value.value, value.source) for value in explain(load_settings())}


def record(home: Path, **settings: str) -> None:
    home.mkdir(parents=True)
    (home / "up.json").write_text(json.dumps({"settings": settings}))


def test_nothing_set_is_the_defaults_and_home_is_not_the_users_home(place):
    settings = load_settings()

    assert settings.database_url is None
    assert settings.queue_name == "etl"
    assert settings.home == place / "user" / ".local" / "share" / "academico"
    assert {source for _, source in sources().values()} == {"default"}


def test_the_environment_beats_dotenv_beats_up(place, monkeypatch):
    record(place / "home", DATABASE_URL="postgresql://up", RABBIT_URL="amqp://up", QUEUE_NAME="up")
    (place / ".env").write_text("ACADEMICO_HOME=home\nRABBIT_URL=amqp://dotenv\nQUEUE_NAME=file\n")
    monkeypatch.setenv("QUEUE_NAME", "mine")

    assert sources()["QUEUE_NAME"] == ("mine", "environment")
    assert sources()["RABBIT_URL"] == ("amqp://dotenv", ".env")
    assert sources()["DATABASE_URL"] == ("postgresql://up", "up")
    assert sources()["ACADEMICO_HOME"] == (str(place / "home"), ".env")
    assert list(sources())[:3] == ["DATABASE_URL", "RABBIT_URL", "QUEUE_NAME"]


def test_an_empty_rabbit_url_is_a_choice_and_any_other_empty_name_is_unset(place, monkeypatch):
    record(place / "home", DATABASE_URL="postgresql://up", RABBIT_URL="amqp://up")
    monkeypatch.setenv("ACADEMICO_HOME", str(place / "home"))
    for name in ("DATABASE_URL", "RABBIT_URL", "QUEUE_NAME", "ACADEMICO_CONNECT_TIMEOUT"):
        monkeypatch.setenv(name, "")

    assert sources()["RABBIT_URL"] == ("", "environment")
    assert sources()["DATABASE_URL"] == ("postgresql://up", "up")
    assert sources()["QUEUE_NAME"] == ("etl", "default")
    assert sources()["ACADEMICO_CONNECT_TIMEOUT"] == ("10", "default")


def test_a_dotenv_with_a_byte_order_mark_and_windows_line_ends(place):
    (place / ".env").write_bytes(
        b"\xef\xbb\xbfQUEUE_NAME=cola\r\nDATABASE_URL='postgresql://x'\r\n"
    )

    assert load_settings().queue_name == "cola"
    assert sources()["DATABASE_URL"] == ("postgresql://x", ".env")


def test_a_wrong_value_names_the_variable_and_not_the_value(monkeypatch):
    monkeypatch.setenv("ACADEMICO_CONNECT_TIMEOUT", "geheim")

    with pytest.raises(WrongUsage, match="ACADEMICO_CONNECT_TIMEOUT") as caught:
        load_settings()
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dotenv_that_is_not_utf8_is_one_clear_line(place):
    (place / ".env").write_bytes(b"QUEUE_NAME=\xff\xfe\n")

    with pytest.raises(WrongUsage, match=r"\.env .* not UTF-8"):
        load_settings()


@pytest.mark.parametrize("content", ["{", "[]", '{"settings": 7}'])
def test_a_damaged_record_is_one_clear_line(place, monkeypatch, content):
    record(place / "home")
    (place / "home" / "up.json").write_text(content)
    monkeypatch.setenv("ACADEMICO_HOME", str(place / "home"))

    with pytest.raises(WrongUsage, match=r"up\.json is damaged"):
        load_settings()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://app:pw@h:5/d", "postgresql://app:***@h:5/d"),
        ("postgresql://app:p@ss:w/rd@h/d", "postgresql://app:***@h/d"),
        ("postgresql://app@h/d", "postgresql://app@h/d"),
        ("postgresql://h/d?user=a&password=pw&sslmode=x",
         "postgresql://h/d?user=a&password=***&sslmode=x"),
        ("host=h password='p w' dbname=d", "host=h password=*** dbname=d"),
        ("postgresql//app:pw@h", "postgresql//app:***@h"),
        ("", ""),
    ],
)  # fmt: skip
def test_every_spelling_of_a_password_is_masked(url, shown):
    assert masked(url) == shown


class TestSecretsInFiles:
    def test_a_file_stands_for_its_content(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "url").write_text("postgresql://app:geheim@h/d\n")
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
        settings = load_settings()
        assert settings.database_url is not None
        assert settings.database_url.get_secret_value() == "postgresql://app:geheim@h/d"
        shown = next(v for v in explain(settings) if v.name == "DATABASE_URL")
        assert shown.source == "environment"
        assert shown.shown() == "postgresql://app:***@h/d"

    def test_dotenv_may_name_it_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("RABBIT_URL", raising=False)
        (tmp_path / "url").write_text("amqp://h/")
        (tmp_path / ".env").write_text(f"RABBIT_URL_FILE={tmp_path / 'url'}\n")
        found = next(v for v in explain(load_settings()) if v.name == "RABBIT_URL")
        assert (found.value, found.source) == ("amqp://h/", ".env")

    def test_what_cannot_be_read_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "nowhere"))
        with pytest.raises(WrongUsage, match=r"^DATABASE_URL_FILE: .* No such file"):
            load_settings()

    def test_value_and_file_contradict(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "url").write_text("postgresql://h/d")
        monkeypatch.setenv("DATABASE_URL", "postgresql://secret@h/d")
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
        with pytest.raises(WrongUsage, match="both set") as caught:
            load_settings()
        assert "secret" not in str(caught.value)
