"""OpenTelemetry traces, with the extra ``academico[otel]``: publish, consume and COMMIT in one.

A publisher's span travels in the header ``traceparent`` (W3C) of its messages. A consumer makes a
span of each lote, a child of the span that its messages name, with a span for each stage.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from academico_cli.broker import Message, Outgoing
from academico_cli.errors import WrongUsage
from academico_cli.lote import Result

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

HEADER = "traceparent"
LINKS = 100
"""Traces beside the first that one lote may belong to; more are left out."""


class Tracing:
    """Makes the spans of one process.

    Args:
        provider: of OpenTelemetry; decides what becomes of the spans.
        queue: the queue's name, for the spans' attributes.
    """

    def __init__(self, provider: "TracerProvider", queue: str) -> None:
        self._tracer: Tracer = provider.get_tracer("academico")
        self._queue = queue

    @contextmanager
    def publishing(self, messages: Iterable[Outgoing]) -> Iterator[Iterable[Outgoing]]:
        """Yield the messages with the header that names the span of the block."""
        from opentelemetry.propagate import inject  # noqa: PLC0415
        from opentelemetry.trace import SpanKind  # noqa: PLC0415

        attributes = {"messaging.destination.name": self._queue, "messaging.operation.type": "send"}
        name = f"publish {self._queue}"
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.PRODUCER, attributes=attributes
        ):
            headers: dict[str, str] = {}
            inject(headers)
            yield (message._replace(headers=headers) for message in messages)

    def committed(self, result: Result, messages: Sequence[Message], run_id: int) -> None:
        """Make the spans of a transaction that was committed, with the times that it had."""
        from opentelemetry.trace import Link, SpanKind, get_current_span  # noqa: PLC0415

        if not result.watch.laps:
            return
        parent, *others = _contexts(messages) or [None]
        span = self._tracer.start_span(
            f"consume {self._queue}",
            context=parent,
            kind=SpanKind.CONSUMER,
            links=[Link(get_current_span(other).get_span_context()) for other in others],
            attributes={
                "messaging.destination.name": self._queue,
                "messaging.operation.type": "process",
                "messaging.batch.message_count": len(messages),
                "academico.lote": list(result.lotes),
                "academico.run_id": run_id,
                "academico.eventos": result.eventos,
            },
            start_time=min(lap.began_ns for lap in result.watch.laps),
        )
        self._add_stages(span, result)
        span.end(max(lap.ended_ns for lap in result.watch.laps))

    def _add_stages(self, span: "Span", result: Result) -> None:
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

        context = set_span_in_context(span)
        for etapa, began_ns, ended_ns in result.watch.laps:
            self._tracer.start_span(etapa, context=context, start_time=began_ns).end(ended_ns)


def _contexts(messages: Sequence[Message]) -> "list[Context | None]":
    """Return the contexts that messages name, each once, in the order of the messages."""
    from opentelemetry.propagate import extract  # noqa: PLC0415

    named = (message.headers.get(HEADER) for message in messages if message.headers)
    distinct = dict.fromkeys(parent for parent in named if isinstance(parent, str))
    return [extract({HEADER: parent}) for parent in list(distinct)[: LINKS + 1]]


@contextmanager
def tracing(target: str, comando: str, queue: str) -> Iterator[Tracing | None]:
    """Send the spans of the block where ``target`` says; yield None when it is empty.

    Args:
        target: ``otlp`` (where OpenTelemetry's own OTEL_EXPORTER_OTLP_ENDPOINT says), or
            ``file:PATH``, to which each process appends a JSON object for each span.

    Raises:
        WrongUsage: it is neither, or the extra is not installed.
    """
    if not target:
        yield None
        return
    try:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        exporter = _exporter(target)
    except ImportError as exc:
        raise WrongUsage(
            detail="ACADEMICO_TRACES is set and OpenTelemetry is not installed: "
            "pip install 'academico[otel]'"
        ) from exc
    resource = Resource.create({"service.name": f"academico-{comando}"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Tracing(provider, queue)
    finally:
        provider.shutdown()


def _exporter(target: str) -> "SpanExporter":
    kind, _, place = target.partition(":")
    if kind == "otlp" and not place:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        exporter: SpanExporter = OTLPSpanExporter()
        return exporter
    if kind != "file" or not place:
        raise WrongUsage(detail="ACADEMICO_TRACES is neither otlp nor file:PATH")
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415

    try:
        sink = Path(place).open("a", encoding="utf-8")  # noqa: SIM115  as long as the process
    except OSError as exc:
        raise WrongUsage(detail=f"{place} cannot be written: {exc.strerror}") from exc
    return ConsoleSpanExporter(out=sink, formatter=lambda span: span.to_json(indent=None) + "\n")
