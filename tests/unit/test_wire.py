"""The short way from the socket gives what pika's own way would."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pika import BasicProperties, frame, spec

from academico_cli.broker.rabbitmq.wire import DirectConnection

SHORT = st.text(max_size=60) | st.none()
PROPERTIES = st.builds(
    BasicProperties,
    content_type=SHORT,
    content_encoding=st.sampled_from([None, "utf-8"]),
    headers=st.none() | st.dictionaries(st.text(min_size=1, max_size=9), st.integers(0, 99)),
    delivery_mode=st.sampled_from([None, 1, 2]),
    message_id=SHORT,
    timestamp=st.none() | st.integers(0, 2**63),
    type=SHORT,
)
DELIVERIES = st.lists(
    st.tuples(st.integers(1, 2**40), st.booleans(), PROPERTIES, st.binary(max_size=40)),
    max_size=8,
)
PER_FRAME = 8


def on_the_wire(tag: int, redelivered: bool, properties: BasicProperties, body: bytes) -> bytes:
    deliver = spec.Basic.Deliver("academico-1", tag, redelivered, "", "etl")
    parts = [body[i : i + PER_FRAME] for i in range(0, len(body), PER_FRAME)]
    frames = [
        frame.Method(1, deliver),
        frame.Header(1, len(body), properties),
        *(frame.Body(1, part) for part in parts),
    ]
    return b"".join(one.marshal() for one in frames)


def seen(properties: object) -> tuple[object, ...]:
    return tuple(
        getattr(properties, name) for name in ("content_type", "headers", "message_id", "timestamp")
    )


@settings(deadline=None, max_examples=60)
@given(deliveries=DELIVERIES, data=st.data())
def test_deliveries_come_out_as_they_went_in(deliveries: list, data: st.DataObject) -> None:
    connection = object.__new__(DirectConnection)
    connection._frame_buffer, connection.bytes_received = b"", 0
    got: list[tuple] = []
    connection.deliver_to(1, lambda *delivery: got.append(delivery), lambda: None)
    stream = b"".join(on_the_wire(*delivery) for delivery in deliveries)
    place = 0
    while place < len(stream):
        size = data.draw(st.integers(1, len(stream) - place))
        connection._on_data_available(stream[place : place + size])
        place += size
    assert connection.bytes_received == len(stream)
    assert [(tag, again, body) for tag, again, _, body in got] == [
        (tag, again, body) for tag, again, _, body in deliveries
    ]
    for (_, _, came, _), (_, _, sent, _) in zip(got, deliveries, strict=True):
        assert seen(came) == seen(sent)


def test_unreadable_properties_do_not_stop_the_stream() -> None:
    connection = object.__new__(DirectConnection)
    connection._frame_buffer, connection.bytes_received = b"", 0
    got: list[tuple] = []
    connection.deliver_to(1, lambda *delivery: got.append(delivery), lambda: None)
    good = on_the_wire(2, False, BasicProperties(message_id="b"), b"good")
    bad = on_the_wire(1, False, BasicProperties(headers={"k": True}), b"bad")
    connection._on_data_available(bad.replace(b"\x01kt", b"\x01k?") + good)
    (_, _, unreadable, body), (_, _, properties, _) = got
    assert body == b"bad"
    assert list(unreadable.headers) == ["x-academico-ilegible"]
    assert properties.message_id == "b"
