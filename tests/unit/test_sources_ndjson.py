"""Files of events: what they may look like, what is refused, and the identity of a line."""

import gzip
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academico_cli.broker import NDJSON
from academico_cli.errors import UnreadableFile, WrongUsage
from academico_cli.sources import ndjson, open_source
from academico_cli.sources.source import MAX_MESSAGE_BYTES, Source

A, B, C = b'{"entity":"materia"}', '{"nombre":"Martín"}'.encode(), b'{"broken": \xed\x00'


def bodies(*paths):
    return [m.body for m in open_source(paths).lines()]


class Lines(Source):
    """A source of given lines."""

    def __init__(self, *streams):
        self._streams = streams

    def streams(self):
        return (iter(lines) for lines in self._streams)

    def count(self):
        return sum(map(len, self._streams))


@pytest.mark.parametrize(
    "content",
    [
        b"\n".join((A, B, C)),
        b"\n".join((A, B, C)) + b"\n",
        b"\r\n".join((A, B, C)) + b"\r\n",
        b"\xef\xbb\xbf" + b"\n".join((A, B, C)),
        b"\n\n" + A + b"\n \t\r\n" + B + b"\n\n" + C,
        gzip.compress(A + b"\n" + B + b"\r\n" + C),
        gzip.compress(A + b"\n" + B + b"\n") + gzip.compress(C),
    ],
    ids=["plain", "last line ended", "crlf", "bom", "blank lines", "gzip", "two gzip members"],
)
def test_lines_are_passed_on_byte_for_byte(tmp_path, content):
    path = tmp_path / "con espacio.ndjson"
    path.write_bytes(content)
    assert bodies(path) == [A, B, C]


def test_an_empty_file_holds_no_event(tmp_path):
    path = tmp_path / "a.ndjson"
    path.touch()
    assert bodies(path) == []
    assert open_source([path]).count() == 0


def test_several_files_come_in_the_order_given(tmp_path):
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl.gz"
    one.write_bytes(A)
    two.write_bytes(gzip.compress(B))
    assert bodies(two, one) == [B, A]


def test_a_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(A + b"\n" + B,))
    source = open_source([path])
    assert source.count() is None
    writer.start()
    assert [m.body for m in source.lines()] == [A, B]
    writer.join()


def test_events_are_counted_where_that_is_cheap(tmp_path):
    plain, packed = tmp_path / "1.ndjson", tmp_path / "2.ndjson.gz"
    plain.write_bytes(A + b"\n" + B)
    packed.write_bytes(gzip.compress(A))
    assert open_source([plain, plain]).count() == 4
    assert open_source([plain, packed]).count() is None


def unreadable(tmp_path):
    table = tmp_path / "alumnos.csv.gz"
    table.write_bytes(gzip.compress(b"id,nombre\n"))
    yield table, "it is a table"
    yield tmp_path, "it is a folder"
    yield tmp_path / "no.ndjson", "no such file"
    yield tmp_path / ("n" * 300), "file name too long"
    yield tmp_path / "alumnos.csv.gz" / "x.ndjson", "not a directory"
    for name, content in {
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0",
        "utf16": '{"entity":"alumno"}\n'.encode("utf-16"),
        "zeros": bytes(1000),
    }.items():
        path = tmp_path / f"{name}.ndjson"
        path.write_bytes(content)
        yield path, "not UTF-8 text"
    cut = tmp_path / "bad.ndjson.gz"
    cut.write_bytes(gzip.compress(A)[:15])
    yield cut, "damaged or cut off"


def test_what_is_no_file_of_events_is_refused_in_one_line(tmp_path):
    for path, words in unreadable(tmp_path):
        with pytest.raises(UnreadableFile) as caught:
            open_source([path])
        text = str(caught.value)
        assert str(path) in text
        assert words in text
        assert "\n" not in text
        assert caught.value.exit_code == 4


def test_a_bad_second_file_is_found_before_the_first_is_read(tmp_path):
    good = tmp_path / "1.ndjson"
    good.write_bytes(A)
    with pytest.raises(UnreadableFile):
        open_source([good, tmp_path / "2.ndjson"])


def test_a_file_without_line_ends_does_not_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(ndjson, "MAX_LINE_BYTES", 100)
    path = tmp_path / "a.ndjson"
    path.write_bytes(A + b"\n{" + b"x" * 200)
    with pytest.raises(UnreadableFile, match="line 2 is longer"):
        bodies(path)


@pytest.mark.parametrize("tail", [5, 20, 2000])
def test_a_gzip_file_that_ends_early_is_said_to(tmp_path, tail):
    path = tmp_path / "a.ndjson.gz"
    lines = b"\n".join(b'{"id":"%s"}' % os.urandom(20).hex().encode() for _ in range(5000))
    path.write_bytes(gzip.compress(lines)[:-tail])
    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        bodies(path)


def test_no_path_at_all_is_wrong_usage():
    with pytest.raises(WrongUsage):
        open_source([])


def ids(source):
    return [m.message_id for m in source.lines()]


def test_the_same_lines_get_the_same_ids_whatever_the_file_looks_like(tmp_path):
    one, two = tmp_path / "1.ndjson", tmp_path / "2.json"
    one.write_bytes(A + b"\n" + B)
    two.write_bytes(gzip.compress(b"\xef\xbb\xbf" + A + b"\r\n\r\n" + B + b"\r\n"))
    assert ids(open_source([one])) == ids(open_source([two]))


def test_the_same_line_further_down_is_another_event():
    assert len(set(ids(Lines([A, B, A, A])))) == 4


def test_an_appended_line_leaves_the_ids_before_it():
    assert ids(Lines([A, B, C]))[:2] == ids(Lines([A, B]))


def test_a_changed_line_changes_what_follows():
    one, other = ids(Lines([A, B, C])), ids(Lines([A, C, C]))
    assert one[0] == other[0]
    assert not set(one[1:]) & set(other[1:])


def test_two_lines_are_not_one_long_line():
    assert ids(Lines([b"ab", b"c"]))[1] != ids(Lines([b"a", b"bc"]))[1]


@given(
    st.lists(st.lists(st.binary(min_size=1, max_size=8).filter(lambda b: b"\n" not in b))),
    st.integers(1, 5),
)
def test_packed_lines_are_the_same_lines(streams, size):
    source = Lines(*streams)
    packed = list(source.batches(size))
    lines = [line for m in packed for line in m.body.split(b"\n")]
    assert lines == [m.body for m in source.lines()]
    assert all(m.body.count(b"\n") < size and m.content_type == NDJSON for m in packed)


def test_packing_in_another_size_gives_other_messages():
    lines = [b"%d" % n for n in range(100)]
    packs = {size: {m.message_id for m in Lines(lines).batches(size)} for size in (10, 20, 100)}
    assert not packs[10] & packs[20]
    assert not packs[20] & packs[100]
    assert packs[10] == {m.message_id for m in Lines(lines).batches(10)}
    assert not packs[100] & set(ids(Lines(lines)))


def test_a_packed_message_does_not_grow_without_bound():
    lines = [b"x" * (MAX_MESSAGE_BYTES // 2 + n) for n in range(4)]
    packed = list(Lines([*lines, b"y" * (2 * MAX_MESSAGE_BYTES)]).batches(1000))
    assert [m.body.count(b"\n") + 1 for m in packed] == [1, 1, 1, 1, 1]
