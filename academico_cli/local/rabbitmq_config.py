"""What the private RabbitMQ node is told: its configuration and its plugins."""

from collections.abc import Mapping
from pathlib import Path

USER = "app"

_CONFIG = """\
listeners.tcp.default = 127.0.0.1:{amqp_port}
default_user = {user}
default_pass = {password}
log.console = false
log.file = node.log
log.file.level = warning
log.file.rotation.size = 10485760
log.file.rotation.count = 3
vm_memory_high_watermark.absolute = 1GiB
disk_free_limit.absolute = 200MB
raft.wal_max_size_bytes = 67108864
"""

_METRICS = """\
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {metrics_port}
"""

_START_METRICS = """
    application:set_env(rabbitmq_prometheus, tcp_config,
        [{{ip, "127.0.0.1"}}, {{port, {port}}}], [{{persistent, true}}]),
    {{ok, _, _}} = rabbit_plugins:ensure("{plugins}").
"""


def config(state: Mapping[str, object]) -> str:
    """Return rabbitmq.conf for a node with these ports and this password."""
    text = _CONFIG.format(user=USER, **state)
    # Only a plugin that is enabled knows its names.
    return text + _METRICS.format(**state) if "metrics_port" in state else text


def plugins(state: Mapping[str, object]) -> str:
    """Return the list of enabled plugins."""
    return "[rabbitmq_prometheus].\n" if "metrics_port" in state else "[].\n"


def start_metrics(port: int, enabled: Path) -> str:
    """Return the Erlang with which a running node starts what ``plugins`` lists.

    Args:
        port: of 127.0.0.1, that it shall answer Prometheus on.
        enabled: the file with the list.
    """
    return _START_METRICS.format(port=port, plugins=enabled)
