"""The port that Prometheus and an orchestrator ask: /metrics, /live and /ready."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from academico_cli.errors import PortUnusable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Check = Callable[[], list[str]]
"""Returns what is wrong, a line each; nothing when all is well."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # A port on which somebody else listens is an error, and not shared.
    allow_reuse_port = False


class _Silent(WSGIRequestHandler):
    timeout = 10
    """Seconds for a client to send its request: none keeps a thread for ever."""

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a scrape is no event."""


@contextmanager
def serving(
    registry: CollectorRegistry, host: str, port: int, *, live: Check, ready: Check
) -> Iterator[int]:
    """Answer on a port while the block runs; yield the port, which the system chooses for 0.

    Raises:
        PortUnusable: it is taken, or the host is none of this machine's.
    """
    metrics = make_wsgi_app(registry)

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            return cast(Iterable[bytes], metrics(environ, start))
        if path in ("/live", "/ready"):
            wrong = (live if path == "/live" else ready)()
            return _text(start, "503 Service Unavailable" if wrong else "200 OK", wrong or ["ok"])
        return _text(start, "404 Not Found", ["there are /metrics, /live and /ready"])

    try:
        server = make_server(host, port, answer, _Server, handler_class=_Silent)
    except (OSError, OverflowError) as exc:
        detail = getattr(exc, "strerror", None) or str(exc)
        raise PortUnusable(host=host, port=port, detail=detail) from exc
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _text(start: "StartResponse", status: str, lines: list[str]) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8")])
    return ["".join(f"{line}\n" for line in lines).encode()]
