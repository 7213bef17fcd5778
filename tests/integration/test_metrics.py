"""What Prometheus reads from a consumer at work, and what it reads when something breaks."""

import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from academico_cli import ingest
from academico_cli.broker import Message, Outgoing
from academico_cli.broker.pgqueue import PostgresBroker
from academico_cli.broker.rabbitmq import RabbitBroker
from academico_cli.consumer import Worker
from academico_cli.duty import Options
from academico_cli.errors import QueueUnusable
from academico_cli.local.postgres import EmbeddedPostgres
from academico_cli.local.rabbitmq import PrivateRabbit
from academico_cli.lote import Result
from academico_cli.meter import Meter
from academico_cli.metrics import names
from academico_cli.metrics.board import Board
from academico_cli.metrics.publishing import CONFIRM, PUBLISHED, PublishMeter
from academico_cli.metrics.warehouse import ask_warehouse
from academico_cli.postgres import Connection, Database

from ..conftest import Cli, add_vhosts, at_database, cli_environment, create_database, require
from ..faults.stage import PROGRAM, Consumer, Stage, wait_for
from .test_consumer import alumno

ENTERED = (
    "SELECT entidad, destino, sum(eventos)::int FROM core.destinos WHERE eventos > 0 GROUP BY 1, 2"
)
"""What the ledger says became of the events: whoever was parked and then applied is in it twice."""

REASONS = "SELECT entidad, motivo, count(*)::int FROM stg.rechazos GROUP BY 1, 2"

Samples = dict[tuple[str, ...], float]
"""Value by the sample's name and the values of its labels, in the order of the labels' names."""


class Probe:
    """Asks a consumer as Prometheus would; no counter that it ever saw may shrink."""

    def __init__(self, consumer: Consumer) -> None:
        found = wait_for(lambda: re.search(r"metrics on (\S+)/metrics", consumer.tail()), "a port")
        self.consumer = consumer
        self.url = found[1]
        self._before: Samples = {}

    def get(self, path: str) -> tuple[int, str]:
        """Return status and text; an answer that takes longer than Prometheus waits is an error."""
        try:
            with urllib.request.urlopen(f"{self.url}/{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as exc:
            return exc.code, exc.read().decode()

    def scrape(self) -> Samples:
        status, text = self.get("metrics")
        assert status == 200
        found: Samples = {}
        for family in text_string_to_metric_families(text):
            for name, labels, value, *_ in family.samples:
                key = (name, *(labels[label] for label in sorted(labels)))
                found[key] = value
                if family.type in ("counter", "histogram"):
                    before = self._before.pop(key, 0.0)
                    assert value >= before, f"{key} went backward from {before} to {value}"
        lost = [key for key in self._before if key[0].endswith(("_total", "_bucket", "_count"))]
        assert not lost
        self._before = dict(found)
        return found

    def of(self, name: str) -> dict[tuple[str, ...], int]:
        """Return a counter by its labels' values, without the zeros."""
        found = self.scrape().items()
        return {key[1:]: int(value) for key, value in found if key[0] == name and value}

    def workers(self) -> list[psutil.Process]:
        """Return the processes that consume."""
        children = psutil.Process(self.consumer.pid).children()
        return [c for c in children if "spawn_main" in " ".join(c.cmdline())]


@pytest.fixture(scope="module")
def stage(
    postgres: EmbeddedPostgres,
    template_database: str,
    rabbit: PrivateRabbit,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    url = postgres.start()
    create_database(url, name, template_database)
    vhost = add_vhosts(rabbit)[0]
    opened = Stage(
        postgres, rabbit, tmp_path_factory.mktemp("metrics"), at_database(url, name),
        f"{rabbit.start().rpartition('/')[0]}/{vhost}", 6, False,
    )  # fmt: skip
    try:
        yield opened
    finally:
        opened.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def probe(stage: Stage) -> Probe:
    """Two workers of one command that have taken in 4,000 events, one of them killed meanwhile.

    It is killed when the answer to a COMMIT is on its way: what it did then nobody reported.
    """
    sample = ("--alumnos", "60", "--seed", "7")
    stage.run("publish", *sample, "--invalid", "0.02", "--duplicates", "0.02", "--shuffle")
    load = stage.broker.depth()
    stage.pg.on("committed", stage.killer, after=3)
    consumer = stage.consume(
        "--workers", "2", "--metrics-port", "0", batch=100, ACADEMICO_STALL_TIMEOUT="2"
    )
    probe = Probe(consumer)

    def all_in() -> bool:
        assert consumer.process.poll() is None, consumer.tail()
        probe.scrape()
        received = stage.query("SELECT coalesce(sum(mensajes), 0) FROM core.lotes")[0][0]
        return bool(stage.broker.depth() == 0 and received >= load)

    wait_for(all_in, "everything is taken in")
    assert stage.hits == 1
    return probe


def test_fates_are_the_ledgers_though_a_worker_was_killed(stage: Stage, probe: Probe) -> None:
    """What the dead worker held comes again, as duplicates, until all agree."""

    def agree() -> bool:
        entered = {(d, e): n for e, d, n in stage.query(ENTERED)}
        return probe.of("academico_events_total") == entered

    def received() -> int:
        return int(stage.query("SELECT sum(eventos) FROM core.lotes")[0][0])

    def handled() -> float:
        samples = probe.scrape()
        return sum(samples[f"worker_messages_{how}_total",] for how in ("processed", "failed"))

    wait_for(agree, "the fates of /metrics are those of the ledger", 20)
    wait_for(lambda: handled() == received(), "and so are the earlier names", 20)
    reasons = {(e, m): n for e, m, n in stage.query(REASONS)}
    assert probe.of("academico_events_rejected_total") == reasons
    destinos = {destino for destino, _ in probe.of("academico_events_total")}
    assert {"aplicado", "duplicado", "rechazado", "pendiente"} <= destinos
    samples = probe.scrape()
    assert samples["worker_messages_failed_total",] == sum(reasons.values())
    assert samples["academico_worker_restarts_total",] == 1
    assert samples["academico_workers",] == 2
    assert samples["academico_messages_in_flight",] == 0


def test_histograms_are_whole(stage: Stage, probe: Probe) -> None:
    samples = probe.scrape()
    ((lotes, messages),) = stage.query(
        "SELECT count(*), sum(mensajes)::int FROM core.lotes WHERE mensajes > 0"
    )
    # The batch of the worker that was killed is not in them: nobody knows how long it took.
    assert samples["academico_batch_messages_count",] == lotes - 1
    missing = messages - samples["academico_batch_messages_sum",]
    assert 0 < missing <= 100
    assert samples["academico_message_latency_seconds_count",] == messages - missing
    stages = {key[1] for key in samples if key[0] == "academico_batch_stage_seconds_count"}
    assert {"take", "raw", "validate", "stage", "merge", "commit", "settle"} <= stages
    for metric in names.CONSUMER:
        if metric.kind == "histogram":
            assert_cumulative(samples, metric)


def assert_cumulative(samples: Samples, metric: names.Metric) -> None:
    """Buckets grow up to the count, one for each bound and one for infinity."""
    series: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    at = sorted((*metric.labels, "le")).index("le") + 1
    for key, value in samples.items():
        if key[0] == f"{metric.name}_bucket":
            series.setdefault(key[1:at] + key[at + 1 :], []).append((float(key[at]), value))
    assert series
    for labels, buckets in series.items():
        counts = [count for _, count in sorted(buckets)]
        assert [bound for bound, _ in sorted(buckets)] == [*metric.buckets, float("inf")]
        assert counts == sorted(counts)
        assert counts[-1] == samples[(f"{metric.name}_count", *labels)]


def test_promtool_finds_no_fault_in_a_live_scrape(stage: Stage, probe: Probe) -> None:
    require(bool(shutil.which("promtool")), "promtool (Debian's package prometheus)")
    stage.run("marts", "refresh")
    stage.run("dq", "check", "--rule", "alumno_sin_edad")
    wait_for(lambda: ("academico_mart_rows", "kpi_materia") in probe.scrape(), "the marts are told")
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=probe.get("metrics")[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_metric_is_there_and_no_other(probe: Probe) -> None:
    text = probe.get("metrics")[1]
    told = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    expected = {m.name: m.kind for m in names.ALL if m not in names.PUBLISHER}
    assert told == expected


def test_the_warehouse_is_told_as_it_is(stage: Stage, probe: Probe) -> None:
    ((rejects,),) = stage.query("SELECT count(*) FROM stg.rechazos WHERE estado = 'abierto'")
    samples = wait_for(
        lambda: (s := probe.scrape()).get(("academico_dead_letters",)) == rejects and s,
        "the rejects are told",
    )
    assert samples["academico_queue_messages", "etl"] == 0
    assert samples["academico_queue_messages", "etl.muertos"] == 0
    assert samples["academico_parked_events", "evaluacion"] == 0
    assert samples["academico_database_up",] == samples["academico_broker_up",] == 1
    assert probe.get("ready") == (200, "ok\n")
    assert probe.get("live") == (200, "ok\n")


@pytest.mark.parametrize("away", ["refuse", "stall"])
@pytest.mark.parametrize("server", ["database", "broker"])
def test_a_server_that_is_away_fails_no_scrape(
    stage: Stage, probe: Probe, server: str, away: str
) -> None:
    proxy = stage.pg if server == "database" else stage.amqp
    assert proxy
    again = (f"academico_{server}_reconnects_total",)
    before = probe.scrape()[again]
    getattr(proxy, away)()
    try:
        up = (f"academico_{server}_up",)
        wait_for(lambda: probe.scrape()[up] == 0, "the metrics say that it is away", 20)
        status, why = probe.get("ready")
        assert status == 503
        assert why.strip()
        assert "app:" not in why
    finally:
        proxy.heal()
        proxy.reset()  # what was stalled stays deaf: only this tells its client
    wait_for(lambda: probe.get("ready")[0] == 200, "it is ready again", 30)
    assert probe.scrape()[up] == 1
    wait_for(lambda: probe.scrape()[again] > before, "it is connected again", 30)


def test_a_stuck_worker_is_noticed(probe: Probe) -> None:
    wait_for(lambda: probe.get("live")[0] == 200, "both are at work")
    stuck = probe.workers()[0]
    stuck.suspend()
    try:
        wait_for(lambda: probe.get("live")[0] == 503, "somebody is missed", 20)
        assert f"worker {stuck.pid} " in probe.get("live")[1]
    finally:
        stuck.resume()
    wait_for(lambda: probe.get("live")[0] == 200, "nobody is missed any more", 20)


def test_a_new_message_is_counted_by_whoever_took_it(stage: Stage, probe: Probe) -> None:
    before = probe.scrape()["academico_messages_received_total",]
    stage.publish([Outgoing(b"{}", str(uuid.uuid4())) for _ in range(5)])
    wait_for(
        lambda: probe.scrape()["academico_messages_received_total",] == before + 5, "it is counted"
    )


def test_a_transaction_that_is_tried_again_is_counted_by_its_sqlstate(database_url: str) -> None:
    database, board, tried = Database(database_url), Board("consume"), []
    broker = PostgresBroker(database, "etl")
    broker.publish([Outgoing(alumno(n)) for n in range(1, 4)])

    def take_in(connection: Connection, run_id: int, messages: Sequence[Message]) -> Result:
        tried.append(len(messages))
        if len(tried) == 1:
            raise psycopg.errors.DeadlockDetected
        return ingest.ingest(connection, run_id, messages)

    meter = Meter(partial(board.hear, board.join("worker")))
    options = Options(until_empty=True)
    Worker(
        database, broker, options, uuid.uuid4(), threading.Event(), take_in=take_in, meter=meter
    ).run()
    numbers = board.read().numbers
    assert numbers["academico_retries_total", "40P01"] == 1
    assert numbers["academico_events_total", "alumno", "aplicado"] == 3
    assert tried == [3, 3]


def test_what_cannot_be_read_is_left_out(database_url: str) -> None:
    database = Database(database_url)
    with database.session() as connection:
        connection.execute("ALTER TABLE marts.refrescos RENAME TO otra")
        connection.execute(
            "INSERT INTO core.dq_runs (comando, rules, finished_at) VALUES ('x', 0, now())"
        )
    found = ask_warehouse(database).answer().value
    assert found
    assert "academico_dq_last_check_timestamp_seconds" in found
    assert found["academico_dead_letters"] == {(): 0}


def test_a_port_that_is_taken_is_wrong_usage(cli: Cli, database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        env = {"DATABASE_URL": database_url, "RABBIT_URL": ""}
        done = cli("consume", "--metrics-port", port, env=env)
    assert done.returncode == 2
    assert f"The port {port} of 127.0.0.1 cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_published_is_counted(rabbit_url: str) -> None:
    board, broker = Board("publish"), RabbitBroker(rabbit_url, "etl")
    meter = PublishMeter(partial(board.hear, board.join("publisher")))
    broker.declare()
    assert broker.publish((Outgoing(b"%d" % n) for n in range(300)), meter=meter) == 300
    tally = board.read()
    assert tally.numbers[PUBLISHED, "confirmado"] == 300
    *buckets, total = tally.spreads[CONFIRM,]
    assert buckets[-1] == 300
    assert total > 0
    with pytest.raises(QueueUnusable):
        RabbitBroker(rabbit_url, "nowhere").publish([Outgoing(b"1")], meter=meter)
    assert board.read().numbers[PUBLISHED, "devuelto"] == 1


def test_publish_answers_while_it_publishes(rabbit_url: str, tmp_path: Path) -> None:
    env = cli_environment(tmp_path) | {"RABBIT_URL": rabbit_url}
    log = tmp_path / "publish.log"
    command = [PROGRAM, "publish", "--alumnos", "50000", "--metrics-port", "0"]
    with log.open("wb") as sink, subprocess.Popen(command, env=env, stderr=sink) as process:
        try:
            probe = Probe(Consumer(process, log))
            confirmed = ("academico_published_messages_total", "confirmado")
            samples = wait_for(lambda: (s := probe.scrape())[confirmed] > 0 and s, "some arrive")
            told = dict(re.findall(r"^# TYPE (\S+) (\S+)$", probe.get("metrics")[1], re.MULTILINE))
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130, log.read_text()
    assert samples["academico_publish_confirm_seconds_count",] == samples[confirmed]
    assert {metric.name for metric in names.PUBLISHER} <= told.keys()
    assert "academico_database_up" not in told
