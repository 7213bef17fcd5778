"""A private RabbitMQ node from the machine's own ``rabbitmq-server``.

It listens on 127.0.0.1 only, has its own epmd, cookie, user and password, and reads nothing of
the machine's RabbitMQ configuration.
"""

import secrets
import signal
import subprocess
import time
from pathlib import Path

import psutil

from academico_cli.errors import LocalServerFailed
from academico_cli.local import amqp, files, processes
from academico_cli.local.http_server import get
from academico_cli.local.rabbitmq_config import USER, config, plugins, start_metrics
from academico_cli.local.rabbitmq_programs import epmd, scripts

NODE = "academico@localhost"
_MARK = "ACADEMICO_NODE_FOLDER"
"""Variable that every process of the node inherits: how we know them again, and only ours."""

_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
_PORTS = ("amqp_port", "dist_port", "epmd_port")
_METRICS_PORT = "metrics_port"
"""In the record once Prometheus was asked for; with it, the plugin that answers it is enabled."""

_ATTEMPTS = 3
_START_SECONDS = 120
_STOP_SECONDS = 60


class PrivateRabbit:
    """One RabbitMQ node and its data under one folder.

    Safe to start twice, from two processes at once, and after any kind of death.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self._record = self.folder / "server.json"

    @staticmethod
    def installed() -> bool:
        """Tell whether this machine has a RabbitMQ that can be run privately."""
        return scripts() is not None

    @property
    def port(self) -> int | None:
        """The recorded AMQP port; None before the first start."""
        port = files.read_json(self._record).get("amqp_port")
        return port if isinstance(port, int) else None

    @property
    def log(self) -> Path:
        """The node's log, or what it printed before it opened one."""
        log = self.folder / "log" / "node.log"
        return log if log.exists() and log.stat().st_size else self.folder / "start.log"

    def running(self) -> bool:
        """Tell whether its Erlang machine is alive."""
        return self._node() is not None

    def start(self) -> str:
        """Start the node unless it runs, wait until it lets us in, return the URL of vhost ``/``.

        Raises:
            HomeUnusable: the folder cannot be written; LocalServerFailed: the node did not start.
        """
        with files.mended(self.folder), files.locked(self.folder):
            files.private_folder(self.folder, ours=self._record.name)
            state = self._state()
            for attempt in range(_ATTEMPTS):
                if self._node() is None:
                    self._clear_leftovers()
                    self._choose_ports(state)
                    self._launch(state)
                if self._wait(state):
                    break
                time.sleep(attempt)
            else:
                raise self._failed(files.tail(self.log) or "it ends at once")
            return self._url(state)

    def stop(self) -> bool:
        """Stop the node and its epmd: politely, then by force. False when it was not running."""
        if not self.folder.exists():
            # It may run all the same: a folder deleted by hand takes no process with it.
            return self._stop()
        with files.mended(self.folder), files.locked(self.folder):
            return self._stop()

    def _stop(self) -> bool:
        node = self._node()
        if node is not None:
            processes.end([node], signal.SIGTERM, _STOP_SECONDS)
        self._clear_leftovers()
        return node is not None

    def rabbitmqctl(self, *args: str, stdin: str = "") -> str:
        """Run rabbitmqctl against this node, as for ``add_vhost``; return what it printed.

        Raises:
            LocalServerFailed: it ended with an error.
        """
        folder = scripts()
        if folder is None:
            raise self._failed("rabbitmq-server is not installed")
        done = subprocess.run(
            [folder / "rabbitmqctl", *args],
            env=self._environment(self._state()),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode != 0:
            said = " ".join((done.stderr or done.stdout).split())
            raise self._failed(f"rabbitmqctl {args[0]}: {said}")
        return done.stdout

    def answer_prometheus(self) -> int:
        """Have the running node answer Prometheus, now and at each later start.

        Returns:
            The port of 127.0.0.1 at which it does.

        Raises:
            LocalServerFailed: its plugin rabbitmq_prometheus cannot be started.
        """
        with files.mended(self.folder), files.locked(self.folder):
            state = self._state()
            port = state.get(_METRICS_PORT)
            if not isinstance(port, int):
                port = state[_METRICS_PORT] = files.free_port()
                files.write_json(self._record, state)
            if get(port, "/metrics") is None:
                enabled = self.folder / "enabled_plugins"
                files.write_private(enabled, plugins(state))
                self.rabbitmqctl("eval", start_metrics(port, enabled))
            return port

    def keep_queue(self, queue: str) -> None:
        """Make sure that this queue, just declared, outlives a kill of the node.

        RabbitMQ writes down which quorum queues there are only some 500 ms after their
        declaration; a node killed before finds a queue that it can never lead again. Costs
        nothing for a queue that was kept before.
        """
        with files.mended(self.folder), files.locked(self.folder):
            state = self._state()
            held = state.get("queues")
            kept = [str(name) for name in held] if isinstance(held, list) else []
            if queue not in kept:
                self.keep_queues()
                files.write_json(self._record, state | {"queues": [*kept, queue]})

    def keep_queues(self) -> None:
        """Have the node write down which quorum queues there are."""
        self.rabbitmqctl("eval", "[dets:sync(Table) || Table <- dets:all()].")

    def _state(self) -> dict[str, object]:
        state = files.read_json(self._record)
        if "password" not in state:
            # Nobody can know the password of a node that still runs without its record.
            self._clear_leftovers()
            state = {"password": secrets.token_hex(24), "cookie": secrets.token_hex(24)}
            files.write_json(self._record, state)
        return state

    def _choose_ports(self, state: dict[str, object]) -> None:
        taken: tuple[int, ...] = ()
        for name in (*_PORTS, *({_METRICS_PORT} & state.keys())):
            port = files.free_port(state.get(name), taken=taken)
            state[name] = port
            taken += (port,)
        files.write_json(self._record, state)

    def _launch(self, state: dict[str, object]) -> None:
        folder, mapper = scripts(), epmd()
        if folder is None or mapper is None:
            raise self._failed("rabbitmq-server is not installed")
        files.write_private(self.folder / ".erlang.cookie", str(state["cookie"]), mode=0o400)
        files.write_private(self.folder / "rabbitmq.conf", config(state))
        files.write_private(self.folder / "enabled_plugins", plugins(state))
        env = self._environment(state)
        port = str(state["epmd_port"])
        # Ours from the start: the one that Erlang would start by itself shows nobody's name.
        processes.launch(
            [str(mapper), "-port", port, "-address", "127.0.0.1"],
            cwd=self.folder,
            log=self.folder / "epmd.log",
            env=env,
        )
        if not processes.wait_until(lambda: not files.port_is_free(int(port)), 10):
            raise self._failed(f"epmd does not listen on port {port}")
        processes.launch(
            [str(folder / "rabbitmq-server")],
            cwd=self.folder,
            log=self.folder / "start.log",
            env=env,
        )

    def _environment(self, state: dict[str, object]) -> dict[str, str]:
        home = self.folder
        env = processes.base_environment(home)
        env |= {
            _MARK: str(home),
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_PORT": str(state.get("amqp_port")),
            "RABBITMQ_DIST_PORT": str(state.get("dist_port")),
            "ERL_EPMD_PORT": str(state.get("epmd_port")),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _LOOPBACK,
            "RABBITMQ_CTL_ERL_ARGS": _LOOPBACK,
        }
        paths = {
            "MNESIA_BASE": "mnesia",
            "LOG_BASE": "log",
            "PID_FILE": "node.pid",
            "ENABLED_PLUGINS_FILE": "enabled_plugins",
            "CONFIG_FILE": "rabbitmq",
            "GENERATED_CONFIG_DIR": "generated",
            "FEATURE_FLAGS_FILE": "feature_flags",
            # Not there: else the machine's own in /etc would be read.
            "CONF_ENV_FILE": "none-env.conf",
            "ADVANCED_CONFIG_FILE": "none-advanced.config",
        }
        return env | {f"RABBITMQ_{name}": str(home / file) for name, file in paths.items()}

    def _wait(self, state: dict[str, object]) -> bool:
        """Wait until the node lets us in. False when it died."""
        port, password = int(str(state["amqp_port"])), str(state["password"])
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            answer = amqp.ask(port, USER, password)
            if answer == "ok":
                return True
            if answer == "refused":
                self._restore_login(state)
            if not self._processes(without_epmd=True):
                return False
            time.sleep(0.1)
        raise self._failed(f"it runs and does not answer within {_START_SECONDS} s")

    def _restore_login(self, state: dict[str, object]) -> None:
        """Give the node the recorded password: its data are older than the record."""
        try:
            self.rabbitmqctl("change_password", USER, stdin=f"{state['password']}\n")
        except LocalServerFailed:
            # Not booted so far that it knows its users; the next round asks again.
            time.sleep(0.5)

    def _processes(self, *, without_epmd: bool = False) -> list[psutil.Process]:
        mark = str(self.folder)
        return processes.find(
            lambda p: p.environ().get(_MARK) == mark and not (without_epmd and p.name() == "epmd")
        )

    def _node(self) -> psutil.Process | None:
        # rabbitmqctl is an Erlang machine too; the node is the one that boots rabbit. All is asked
        # within find: a process that ends meanwhile is one that is not there.
        mark = str(self.folder)
        found = processes.find(
            lambda p: (
                p.environ().get(_MARK) == mark
                and p.name().startswith("beam")
                and {"rabbit", "boot"} <= set(p.cmdline())
            )
        )
        return next(iter(found), None)

    def _clear_leftovers(self) -> None:
        """End what is left of a node that is gone: its epmd, and helpers that outlived it."""
        left = self._processes()
        if left and not processes.end(left, signal.SIGTERM, 5):
            processes.end(self._processes(), signal.SIGKILL, 10)

    def _url(self, state: dict[str, object]) -> str:
        return f"amqp://{USER}:{state['password']}@127.0.0.1:{state['amqp_port']}/%2F"

    def _failed(self, detail: str) -> LocalServerFailed:
        return LocalServerFailed(server="RabbitMQ", detail=detail.rstrip("."), log=self.log)
