"""docker-compose.yml, the Dockerfile and .env.example say what they must, and agree."""

import json
import os
import re
import shutil
import stat
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from academico_cli.errors import WrongUsage
from academico_cli.local import variables
from academico_cli.local.stack import _OURS
from tests.support.compose import FOLDER, PROGRAMS, REPOSITORY, config, load

TEXT = (FOLDER / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = REPOSITORY / ".env.example"
SERVICES = {
    "postgres": "core",
    "rabbitmq": "core",
    "worker": "core",
    "prometheus": "monitoring",
    "alertmanager": "monitoring",
    "postgres-exporter": "monitoring",
    "grafana": "monitoring",
}


@pytest.fixture(scope="module")
def read() -> dict[str, Any]:
    return load(config(env={"ACADEMICO_SECRETS": "/run/academico"}))


def test_the_specification_allows_it() -> None:
    # The copy of compose-spec/compose-spec that check-jsonschema carries, as `make check` uses it.
    schemas = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    held = YAML(typ="safe").load(TEXT)
    assert not list(validator.iter_errors(held))
    held["services"]["worker"]["restarts"] = "always"
    assert list(validator.iter_errors(held))


def test_compose_does_not_start_it_without_secrets() -> None:
    done = config(env={})
    assert done.returncode != 0
    assert "academico up --mode docker generates the secrets" in done.stderr


def test_the_services_and_their_profiles(read: dict[str, Any]) -> None:
    assert {name: spec["profiles"] for name, spec in read["services"].items()} == {
        name: [profile] for name, profile in SERVICES.items()
    }
    for name, image in {
        "postgres": "postgres:16",
        "rabbitmq": "rabbitmq:3.13-management",
        "prometheus": "prom/prometheus:",
        "grafana": "grafana/grafana:",
        "alertmanager": "prom/alertmanager:",
        "postgres-exporter": "prometheuscommunity/postgres-exporter:",
    }.items():
        assert read["services"][name]["image"].startswith(image)
        assert not read["services"][name]["image"].endswith(":latest")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_limited_and_restarted(read: dict[str, Any], name: str) -> None:
    spec = read["services"][name]
    health = spec["healthcheck"]
    assert health["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= health.keys()
    assert spec["restart"] == "unless-stopped"
    assert {"cpus", "memory", "pids"} <= spec["deploy"]["resources"]["limits"].keys()
    assert spec["security_opt"] == ["no-new-privileges:true"]
    assert spec["logging"]["options"] == {"max-file": "3", "max-size": "10m"}
    awaited = spec.get("depends_on", {}).values()
    assert all(each["condition"] == "service_healthy" for each in awaited)
    assert not {"privileged", "network_mode", "pid", "devices"} & spec.keys()
    if name not in ("postgres", "rabbitmq"):
        assert spec["cap_drop"] == ["ALL"]
    if name in ("worker", "prometheus", "alertmanager", "postgres-exporter"):
        assert spec["read_only"] is True


def test_ports_are_those_promised_and_on_loopback_only(read: dict[str, Any]) -> None:
    published = [port for spec in read["services"].values() for port in spec.get("ports", [])]
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}
    promised = {5432, 5672, 15672, 8000, 9090, 9093, 3000}
    assert {int(port["published"]) for port in published} == promised
    for port in variables.PORTS:
        other = load(config(env={"ACADEMICO_SECRETS": "/s", port.name: "4711"}))
        ports = other["services"][port.service]["ports"]
        assert [p["target"] for p in ports if p["published"] == "4711"] == [port.default]


def test_no_password_is_in_an_environment(read: dict[str, Any]) -> None:
    """What looks like a secret is the path of a declared one, which the service mounts."""
    secret = re.compile(r"PASS|SECRET|KEY|TOKEN|_URL")
    seen = 0
    for name, spec in read["services"].items():
        mounted = {each["target"] for each in spec.get("secrets", [])}
        for variable, value in spec.get("environment", {}).items():
            if secret.search(variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert value in mounted, f"{name}: {value}"
                seen += 1
        told = " ".join([*(spec.get("command") or []), *spec["healthcheck"]["test"]])
        assert not re.search(r"password|passwd|://[^/ ]*@", told, re.IGNORECASE)
    assert seen == 6
    grafana = read["services"]["grafana"]["environment"]
    assert grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert grafana["GF_USERS_ALLOW_SIGN_UP"] == "false"


def test_secrets_are_files_that_up_generates(read: dict[str, Any]) -> None:
    files = variables.secret_files(variables.choose_logins({}))
    assert {name: Path(each["file"]) for name, each in read["secrets"].items()} == {
        name: Path("/run/academico") / name for name in files
    }
    mounted = [each for spec in read["services"].values() for each in spec.get("secrets", [])]
    assert {each["source"] for each in mounted} == files.keys()


def test_what_is_mounted_is_there_and_read_only(read: dict[str, Any]) -> None:
    named: set[str] = set()
    for spec in read["services"].values():
        for mount in spec.get("volumes", []):
            if mount["type"] == "bind":
                assert Path(mount["source"]).exists(), mount["source"]
                assert mount["read_only"] is True
            else:
                named.add(mount["source"])
    assert named == read["volumes"].keys()


def test_grafana_is_provisioned_with_what_it_gets(read: dict[str, Any]) -> None:
    """Grafana cannot be run here: what its files refer to is compared with what it is given."""
    spec = read["services"]["grafana"]
    folder = FOLDER / "grafana" / "provisioning"
    yaml = YAML(typ="safe")
    sources = yaml.load((folder / "datasources" / "academico.yml").read_text())["datasources"]
    for source in sources:
        host, _, port = source["url"].removeprefix("http://").partition(":")
        assert (host, port) in {("prometheus", "9090"), ("postgres", "5432")}
        for value in (*source["jsonData"].values(), *source.get("secureJsonData", {}).values()):
            for path in re.findall(r"\$__file\{(.+)\}", str(value)):
                assert path in {each["target"] for each in spec["secrets"]}
            for name in re.findall(r"\$([A-Z][A-Z_]+)", str(value)):
                assert name in spec["environment"]
    assert "secureJsonData" in sources[1]
    (provider,) = yaml.load((folder / "dashboards" / "academico.yml").read_text())["providers"]
    mounted = {each["target"]: each["source"] for each in spec["volumes"]}
    assert mounted[provider["options"]["path"]] == str(REPOSITORY / "dashboards")
    # [section] key of Grafana's defaults.ini, as its environment names them.
    known = {
        "SECURITY": {"ADMIN_USER", "ADMIN_PASSWORD__FILE", "SECRET_KEY__FILE", "DISABLE_GRAVATAR"},
        "AUTH": {"ANONYMOUS_ENABLED"},
        "USERS": {"ALLOW_SIGN_UP"},
        "ANALYTICS": {"REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES"},
        "PLUGINS": {"PREINSTALL_DISABLED"},
        "NEWS": {"NEWS_FEED_ENABLED"},
        "SNAPSHOTS": {"EXTERNAL_ENABLED"},
    }
    names = {f"GF_{section}_{key}" for section, keys in known.items() for key in keys}
    assert {name for name in spec["environment"] if name.startswith("GF_")} == names


def test_every_variable_is_known_and_shown() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    compose_itself = {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"}
    public = {name for name, default in variables.LOGINS.items() if default}
    public.discard("RABBITMQ_DEFAULT_USER")  # in the secret rabbitmq_login
    known = {port.name for port in variables.PORTS} | set(variables.PLAIN) | public | set(_OURS)
    assert used == known - compose_itself
    shown = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    urls = {"DATABASE_URL", "RABBIT_URL", "DATABASE_URL_FILE", "RABBIT_URL_FILE"}
    assert shown == (known | variables.LOGINS.keys()) - {*_OURS, "COMPOSE_PROJECT_NAME"} | urls


def test_the_example_shows_the_defaults(read: dict[str, Any]) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))
    assert load(config(env={"ACADEMICO_SECRETS": "/run/academico", **shown})) == read
    assert not [name for name in shown if "PASS" in name]


class TestLogins:
    def test_are_generated_once_and_kept(self) -> None:
        first, other = variables.choose_logins({}), variables.choose_logins({})
        assert variables.choose_logins(first) == first
        for name in ("POSTGRES_PASSWORD", "RABBITMQ_DEFAULT_PASS", *variables.GENERATED):
            assert len(first[name]) == 48
            assert first[name] != other[name]

    def test_are_those_that_are_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("POSTGRES_PASSWORD", "p@ss/w:rd")
        chosen = variables.choose_logins({})
        assert chosen["POSTGRES_PASSWORD"] == "p@ss/w:rd"
        assert "app:p%40ss%2Fw%3Ard@postgres:5432" in variables.secret_files(chosen)["database_url"]

    def test_do_not_change_under_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = variables.choose_logins({})
        monkeypatch.setenv("POSTGRES_PASSWORD", "another")
        with pytest.raises(WrongUsage, match=r"^POSTGRES_PASSWORD is set to another"):
            variables.choose_logins(kept)

    @pytest.mark.parametrize("value", ["two words", 'q"', "'", "a#b", "señora", "back\\slash"])
    def test_that_a_file_cannot_hold_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setenv("RABBITMQ_DEFAULT_PASS", value)
        with pytest.raises(WrongUsage, match="RABBITMQ_DEFAULT_PASS") as caught:
            variables.choose_logins({})
        assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRAFANA_PORT", "0"),
        ("GRAFANA_PORT", "65536"),
        ("PROM_PORT", "web"),
        ("POSTGRES_IMAGE", "a'b"),
        ("COMPOSE_PROFILES", "core,extra"),
    ],
)
def test_variables_that_cannot_be_used_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongUsage, match=name):
        variables.choose_variables({}, variables.choose_logins({}))


class TestDockerfile:
    def test_lint(self) -> None:
        done = subprocess.run(
            [PROGRAMS / "hadolint", FOLDER / "Dockerfile"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    def test_runs_as_nobody_special_and_says_how_it_is(self) -> None:
        last = DOCKERFILE.rpartition("\nFROM ")[2]
        assert re.search(r"^USER [1-9]\d+$", last, re.MULTILINE)
        assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
        assert "pip uninstall" in last
        assert "pip install" not in last
        assert "--require-hashes" in DOCKERFILE
        assert "apt-get" not in DOCKERFILE

    def test_copies_what_is_there(self) -> None:
        copied = re.findall(r"^COPY ([a-z.]+) /", DOCKERFILE, re.MULTILINE)
        assert set(copied) >= {"requirements.lock", "alembic", "compose", "dashboards"}
        for name in copied:
            assert (REPOSITORY / name).exists()

    def test_its_steps_make_a_program_that_runs(self, tmp_path: Path) -> None:
        """What it copies and runs after pip, done here; the dependencies are this environment's."""
        target = tmp_path / "academico"
        (target / "bin").mkdir(parents=True)
        copies = re.findall(
            r"^COPY (--from=package \.|[a-z.]+) (/opt/\S+)$", DOCKERFILE, re.MULTILINE
        )
        assert len(copies) == 5
        for source, place in copies:
            here = target / Path(place).relative_to("/opt/academico")
            origin = REPOSITORY / source.replace("--from=package .", "academico_cli")
            copy(origin, here / origin.name if place.endswith("/") else here)
        run = re.search(r"^RUN (metadata=(?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
        assert run
        subprocess.run(
            ["sh", "-euc", run[1].replace("/opt/academico", str(target))],
            env={"PATH": f"{PROGRAMS}:{os.defpath}", "ACADEMICO_VERSION": "9.9.9"},
            check=True,
        )
        assert not target.stat().st_mode & stat.S_IWOTH
        env = {"PATH": f"{PROGRAMS}:{os.defpath}", "PYTHONPATH": str(target), "HOME": "/none"}

        def academico(*words: str) -> str:
            argv = [target / "bin" / "academico", *words]
            return subprocess.run(
                argv, env=env, cwd="/", check=True, capture_output=True, text=True
            ).stdout

        assert academico("--version") == "academico 9.9.9\n"
        assert "CREATE SCHEMA" in academico("migrate", "--sql")


def copy(origin: Path, here: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, here, dirs_exist_ok=True)
    else:
        here.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(origin, here)


def test_secrets_can_be_read_by_the_containers_and_by_nobody_else(tmp_path: Path) -> None:
    from academico_cli.local.stack import Stack

    stack = Stack(tmp_path / "home")
    (tmp_path / "home").mkdir()
    stack.folder.mkdir()
    logins = variables.choose_logins({})
    stack._write_secrets(logins)
    folder = stack.folder / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name, text in variables.secret_files(logins).items():
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o444
        assert (folder / name).read_text() == text
