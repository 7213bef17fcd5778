"""The private RabbitMQ node after every kind of start and death."""

import os
import signal
import socket
import stat
import subprocess
import sys

import pika
import psutil
import pytest

from academico_cli.errors import LocalServerFailed
from academico_cli.local import amqp, processes, rabbitmq
from academico_cli.local.rabbitmq import PrivateRabbit

pytestmark = pytest.mark.usefixtures("rabbit")  # skips, or fails in CI, where none is installed


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory):
    """One node for all of them, which each test starts: that costs nothing when it runs."""
    folder = tmp_path_factory.mktemp("rabbit") / "my 'own' $HOME \"data\"" / ("long " * 30).strip()
    node = PrivateRabbit(folder)
    yield node
    node.stop()
    assert processes_of(node) == []


def processes_of(node: PrivateRabbit) -> list[psutil.Process]:
    return processes.find(lambda p: str(node.folder) in p.environ().values())


def erlang(node: PrivateRabbit) -> psutil.Process:
    mark = str(node.folder)
    return next(
        iter(processes.find(lambda p: mark in p.environ().values() and p.name().startswith("beam")))
    )


def channel_at(url: str):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    return connection, connection.channel()


def publish(node: PrivateRabbit, body: bytes, queue: str = "cola") -> None:
    connection, channel = channel_at(node.start())
    with connection:
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2))
    node.keep_queue(queue)


def get(url: str, queue: str = "cola") -> bytes | None:
    connection, channel = channel_at(url)
    with connection:
        return channel.basic_get(queue, auto_ack=True)[2]


def test_it_answers_on_loopback_only_and_only_with_the_password(node):
    url = node.start()

    listening = {
        c.laddr.ip
        for process in processes_of(node)
        for c in process.net_connections()
        if c.status == "LISTEN"
    }
    assert listening <= {"127.0.0.1", "::1"}
    assert len(listening) >= 1
    publish(node, b"here")
    assert get(url) == b"here"
    assert amqp.ask(node.port, "app", "wrong") == "refused"
    assert amqp.ask(node.port, "guest", "guest") == "refused"


def test_all_files_are_their_owners_only_and_no_secret_is_in_an_argument(node):
    password = node.start().split(":")[2].partition("@")[0]

    for path in [node.folder, *node.folder.rglob("*")]:
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, path
    cookie = (node.folder / ".erlang.cookie").read_text()
    for process in processes_of(node):
        arguments = " ".join(process.cmdline())
        assert password not in arguments
        assert cookie not in arguments


def test_kill_9_of_the_node_loses_no_confirmed_message(node):
    url = node.start()
    publish(node, b"kept", "nueva")

    erlang(node).kill()
    assert node.start() == url
    assert get(url, "nueva") == b"kept"


def test_kill_9_of_everything_is_recovered_from(node):
    url = node.start()
    publish(node, b"kept")

    assert processes.end(processes_of(node), signal.SIGKILL, 30)  # children end by themselves too
    assert not node.running()
    assert node.start() == url
    assert get(url) == b"kept"


def test_a_second_start_finds_the_first_and_two_at_once_make_one(node):
    script = (
        "import sys; from pathlib import Path;"
        "from academico_cli.local.rabbitmq import PrivateRabbit;"
        "print(PrivateRabbit(Path(sys.argv[1])).start())"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, node.folder], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    urls = {process.communicate(timeout=120)[0].strip() for process in both}
    pid = erlang(node).pid

    assert urls == {node.start()}
    assert erlang(node).pid == pid
    assert os.getsid(pid) != os.getsid(0)


def test_ports_taken_meanwhile_are_replaced(node):
    publish(node, b"kept")
    port = node.port
    node.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        moved = node.start()

    assert node.port != port
    assert get(moved) == b"kept"


def test_stop_ends_every_process_epmd_too(node):
    node.start()
    assert "epmd" in {process.name() for process in processes_of(node)}

    assert node.stop() is True
    assert processes_of(node) == []
    assert node.stop() is False


def test_a_hanging_node_is_ended_all_the_same(node, monkeypatch):
    monkeypatch.setattr(rabbitmq, "_STOP_SECONDS", 1)
    node.start()
    process = erlang(node)
    process.suspend()

    assert node.stop() is True
    assert not processes.alive(process.pid)


def test_a_lost_record_is_made_good_while_the_data_stay(node):
    publish(node, b"kept")
    (node.folder / "server.json").unlink()

    assert get(node.start()) == b"kept"


def test_rabbitmqctl_speaks_to_this_node_and_says_what_failed(node):
    node.start()

    node.rabbitmqctl("add_vhost", "otra")
    assert "otra" in node.rabbitmqctl("list_vhosts").split()
    with pytest.raises(LocalServerFailed, match="nosuch"):
        node.rabbitmqctl("delete_vhost", "nosuch")
