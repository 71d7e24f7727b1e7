"""The bytes of chunks: whole, in order, bounded, with what is missing said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoAssertNumQueries

from replay.accounts.models import Project
from replay.index import read
from replay.index.errors import NotFound
from replay.index.models import Chunk, Stream
from replay.index.read import Place, coalesce, find_stream, read_chunks
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from replay.wire.records import parse_records
from tests.factories import body_of, make_chunks, make_gap, make_session, make_stream

MISSING = 255


class CountingStore(MemoryStore):
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.gets: list[tuple[str, int, int | None]] = []

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        self.gets.append((key, start, length))
        return super().get(key, start, length)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def stream(project: Project) -> Stream:
    return make_stream(make_session(project))


def seqs_and_codecs(data: bytes) -> list[tuple[int, int]]:
    return [(record.seq, record.codec) for record in parse_records(data)]


@pytest.mark.parametrize("body", ["dom", "log"])
def test_bodies_come_back_as_they_were_kept(stream: Stream, store: CountingStore, body: read.Body) -> None:
    make_chunks(stream, range(5), store)
    reading = read_chunks(store, stream, body, 1, 4)
    records = list(parse_records(reading.data))
    assert [(record.seq, record.codec, record.body) for record in records] == [(n, 2, body_of(body, n)) for n in (1, 2, 3)]
    assert all(record.raw_length == len(f'[{{"{body}": 1}}]') for record in records)
    assert (reading.next_seq, reading.is_final) == (4, True)


def test_neighbours_in_a_pack_cost_one_get(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, range(20), store)
    make_chunks(stream, range(20, 40), store)
    read_chunks(store, stream, "dom", 0, 40)
    assert len(store.gets) == 2


def test_it_costs_two_queries(stream: Stream, store: CountingStore, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for n in range(10):
        make_chunks(stream, [n], store)
    with django_assert_num_queries(2):
        read_chunks(store, stream, "dom", 0, 10)


def test_a_lost_pack_is_missing_and_the_rest_plays(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, [0, 1], store)
    make_chunks(stream, [2, 3])  # its bytes were never put
    make_chunks(stream, [4], store)
    reading = read_chunks(store, stream, "dom", 0, 5)
    assert seqs_and_codecs(reading.data) == [(0, 2), (1, 2), (2, MISSING), (3, MISSING), (4, 2)]
    assert (reading.next_seq, reading.is_final) == (5, False)


def test_a_pack_cut_short_loses_only_what_was_cut(stream: Stream, store: CountingStore) -> None:
    chunks = make_chunks(stream, [0, 1, 2], store)
    key = chunks[0].pack.key
    whole = store.get(key)
    store.put(key, whole[: chunks[2].dom_offset + 3])
    assert seqs_and_codecs(read_chunks(store, stream, "dom", 0, 3).data) == [(0, 2), (1, 2), (2, MISSING)]


@pytest.mark.parametrize("body", ["dom", "log"])
@pytest.mark.parametrize("turned", ["dom_offset", "log_offset"])
def test_a_bit_turned_in_the_store_is_missing_and_the_rest_plays(
    stream: Stream, store: CountingStore, body: read.Body, turned: str
) -> None:
    chunks = make_chunks(stream, [0, 1, 2], store)
    data = bytearray(store.get(chunks[1].pack.key))
    data[getattr(chunks[1], turned) + 12] ^= 1
    store.put(chunks[1].pack.key, bytes(data))
    reading = read_chunks(store, stream, body, 0, 3)
    assert seqs_and_codecs(reading.data) == [(0, 2), (1, MISSING), (2, 2)]
    assert not reading.is_final


@pytest.mark.parametrize(("turned", "told"), [("dom_offset", 2), ("log_offset", MISSING)])
def test_a_log_beside_a_large_dom_is_read_and_proven_alone(
    stream: Stream, store: CountingStore, monkeypatch: pytest.MonkeyPatch, turned: str, told: int
) -> None:
    monkeypatch.setattr("replay.index.intact.MOST_DOM_BESIDE_LOG", 0)
    (chunk,) = make_chunks(stream, [0], store)
    data = bytearray(store.get(chunk.pack.key))
    data[getattr(chunk, turned) + 12] ^= 1
    store.put(chunk.pack.key, bytes(data))
    store.gets.clear()
    assert seqs_and_codecs(read_chunks(store, stream, "log", 0, 1).data) == [(0, told)]
    assert store.gets == [(chunk.pack.key, chunk.log_offset, chunk.log_length)]


def test_what_only_the_way_damaged_is_asked_for_again(
    stream: Stream, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_chunks(stream, [0, 1], store)
    get, asked = store.get, []

    def damages_once(key: str, start: int = 0, length: int | None = None) -> bytes:
        asked.append(start)
        data = get(key, start, length)
        return data if len(asked) > 1 else data[:-1] + bytes([data[-1] ^ 1])

    monkeypatch.setattr(store, "get", damages_once)
    assert seqs_and_codecs(read_chunks(store, stream, "dom", 0, 2).data) == [(0, 2), (1, 2)]


def test_a_store_that_is_down_loses_nothing(stream: Stream, store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(key: str, start: int = 0, length: int | None = None) -> bytes:
        raise StoreUnavailable(key)

    make_chunks(stream, [0], store)
    make_chunks(stream, [1], store)
    monkeypatch.setattr(store, "get", down)
    with pytest.raises(StoreUnavailable):
        read_chunks(store, stream, "dom", 0, 2)


def test_an_empty_body_is_no_missing_one(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, [0], store, dom_length=0, dom_raw_length=0, dom_codec=0)
    reading = read_chunks(store, stream, "dom", 0, 1)
    assert seqs_and_codecs(reading.data) == [(0, 0)]
    assert reading.is_final
    assert store.gets == []


def test_an_answer_is_bounded_and_says_where_to_go_on(
    stream: Stream, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = make_chunks(stream, range(10), store)
    monkeypatch.setattr(read, "MAX_ANSWER_BYTES", sum(chunk.dom_length for chunk in chunks[:3]))
    assert list(pages(store, stream, 10)) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    monkeypatch.setattr(read, "MAX_ANSWER_BYTES", 1)
    assert list(pages(store, stream, 3)) == [[0], [1], [2]]


def test_an_answer_is_bounded_in_chunks(stream: Stream, store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    make_chunks(stream, range(5), store)
    monkeypatch.setattr(read, "MAX_ANSWER_CHUNKS", 2)
    assert list(pages(store, stream, 5)) == [[0, 1], [2, 3], [4]]


def pages(store: CountingStore, stream: Stream, upto: int) -> Iterator[list[int]]:
    """Yield the seqs of each answer, going on where the one before said."""
    at = 0
    while at < upto:
        reading = read_chunks(store, stream, "dom", at, upto)
        yield [seq for seq, _ in seqs_and_codecs(reading.data)]
        assert reading.next_seq > at
        at = reading.next_seq


def test_who_asks_beyond_the_end_goes_on_where_the_stream_will(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, range(3), store)
    reading = read_chunks(store, stream, "dom", 1, 100)
    assert (reading.next_seq, reading.is_final) == (3, True)
    nothing = read_chunks(store, stream, "dom", 3, 100)
    assert (nothing.data, nothing.next_seq, nothing.is_final) == (b"", 3, False)


def test_a_range_with_a_hole_may_still_change(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, [0, 2], store)
    reading = read_chunks(store, stream, "dom", 0, 3)
    assert seqs_and_codecs(reading.data) == [(0, 2), (2, 2)]
    assert (reading.next_seq, reading.is_final) == (3, False)


def test_a_stated_gap_never_fills(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, [0, 3], store)
    make_gap(stream, 1, 2)
    assert read_chunks(store, stream, "dom", 0, 4).is_final


def test_parts_keep_their_place(stream: Stream, store: CountingStore) -> None:
    make_chunks(stream, [0], store, part_count=2)
    make_chunks(stream, [1], store, part_index=1, part_count=2)
    records = list(parse_records(read_chunks(store, stream, "dom", 0, 2).data))
    assert [(record.part_index, record.part_count, record.flags) for record in records] == [(0, 2, 2), (1, 2, 0)]


def test_another_sessions_stream_is_not_found(project: Project, stream: Stream) -> None:
    with pytest.raises(NotFound):
        find_stream(project, make_session(project), stream.stream_id)


def test_chunks_are_never_those_of_another_stream(project: Project, stream: Stream, store: CountingStore) -> None:
    other = make_stream(stream.session)
    make_chunks(other, range(3), store)
    assert read_chunks(store, stream, "dom", 0, 3).data == b""
    assert Chunk.objects.count() == 3


def place(key: str, offset: int, length: int, seq: int = 0) -> Place:
    return Place(seq, 0, 2, 0, 1, length, key, offset, length, b"")


def test_ranges_far_apart_are_asked_for_apart() -> None:
    near, far = place("a", 0, 10), place("a", 10 + read.MERGE_SLACK_BYTES + 1, 10)
    assert [(span.start, span.end) for span in coalesce([far, near])] == [(0, 10), (far.offset, far.offset + 10)]
    assert [(span.start, span.end) for span in coalesce([near, place("a", 10 + read.MERGE_SLACK_BYTES, 10)])] == [
        (0, read.MERGE_SLACK_BYTES + 20)
    ]


def test_a_span_is_bounded() -> None:
    big = 3 * 1024 * 1024
    spans = coalesce([place("a", n * big, big) for n in range(5)])
    assert all(span.end - span.start <= read.MAX_SPAN_BYTES for span in spans)
    assert sum(len(span.places) for span in spans) == 5


def test_the_same_offset_in_two_packs_is_two_ranges() -> None:
    assert len(coalesce([place("a", 0, 10), place("b", 0, 10)])) == 2
