"""A stream's events in order, each once, whether they lie in chunks or in segments, and whatever moves meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pytest

from replay.accounts.models import Project
from replay.index.events import Run, stream_runs
from replay.index.models import Chunk, Pack, Segment, Stream, Volume
from replay.store.memory import MemoryStore
from replay.wire import bodies, columns
from replay.wire.frames import Codec, Flag
from tests.factories import START_MS, make_chunks, make_session, make_stream

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(project: Project) -> Stream:
    return make_stream(make_session(project))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def make_segment(store: MemoryStore, stream: Stream, first: int, upto: int, keyframe: Sequence[Any] = ()) -> Segment:
    """Put chunks of ``make_chunks`` into a segment, as a compaction would."""
    dom = bodies.encode_dom([*keyframe, *({"dom": seq} for seq in range(first, upto))])
    log = bodies.encode_log([{"log": seq} for seq in range(first, upto)])
    key = f"r30/{stream.pk}/{first}/{upto}.volume"
    volume = Volume.objects.create(
        project_id=stream.project_id, session_id=stream.session_id, key=key, state=Pack.State.KEPT, segments=1
    )
    store.put(key, dom.data + log.data)
    segment = Segment.objects.create(
        project_id=stream.project_id,
        session_id=stream.session_id,
        stream=stream,
        first_seq=first,
        upto_seq=upto,
        volume=volume,
        dom_offset=0,
        dom_length=len(dom.data),
        dom_raw_length=dom.raw_length,
        dom_codec=dom.codec,
        dom_hash=hashlib.sha256(dom.data).digest(),
        log_offset=len(dom.data),
        log_length=len(log.data),
        log_raw_length=log.raw_length,
        log_codec=log.codec,
        log_hash=hashlib.sha256(log.data).digest(),
        keyframe_events=len(keyframe),
        dom_events=upto - first,
        log_events=upto - first,
        flags=0,
        first_ms=START_MS + first * 1000,
        last_ms=START_MS + upto * 1000 - 100,
    )
    Stream.objects.filter(pk=stream.pk).update(segmented_upto=upto)
    Chunk.objects.filter(stream=stream, seq__lt=upto).delete()
    return segment


def seqs_of(runs: Sequence[Run], body: str = "dom") -> list[int]:
    return [event[body] for run in runs for event in getattr(run, body) or ()]


def test_chunks_come_in_order_and_what_is_missing_between_them_is_said(stream: Stream, store: MemoryStore) -> None:
    make_chunks(stream, [0, 1, 4], store)
    runs = list(stream_runs(store, stream))
    assert [(run.first_seq, run.upto_seq, run.dom) for run in runs] == [
        (0, 1, [{"dom": 0}]),
        (1, 2, [{"dom": 1}]),
        (2, 4, None),
        (4, 5, [{"dom": 4}]),
    ]
    assert (runs[2].first_ms - START_MS, runs[2].last_ms - START_MS) == (1_900, 4_000)


def test_segments_come_first_with_their_keyframe_apart(stream: Stream, store: MemoryStore) -> None:
    make_chunks(stream, range(6), store)
    make_segment(store, stream, 0, 2)
    make_segment(store, stream, 2, 4, keyframe=[{"key": "frame"}])
    runs = list(stream_runs(store, stream))
    assert seqs_of(runs) == seqs_of(runs, "log") == [0, 1, 2, 3, 4, 5]
    assert [(run.first_seq, run.upto_seq, run.keyframe) for run in runs] == [
        (0, 2, []),
        (2, 4, [{"key": "frame"}]),
        (4, 5, []),
        (5, 6, []),
    ]
    assert seqs_of(list(stream_runs(store, stream, 5))) == [5]
    assert seqs_of(list(stream_runs(store, stream, 3))) == [2, 3, 4, 5]


@pytest.mark.parametrize("after", range(5))
def test_what_moves_while_it_is_read_is_read_once(
    stream: Stream, store: MemoryStore, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.index.events.BYTES_AT_ONCE", 1)  # a plan for every chunk
    make_chunks(stream, range(6), store)
    reading = stream_runs(store, stream)
    runs = [next(reading) for _ in range(after)]
    make_segment(store, stream, 0, 4, keyframe=[{"key": "frame"}])
    runs += reading
    assert seqs_of(runs) == seqs_of(runs, "log") == [0, 1, 2, 3, 4, 5]
    assert [run.first_seq for run in runs] == [0, *(run.upto_seq for run in runs[:-1])]


def test_a_plan_whose_bytes_were_swept_meanwhile_is_made_anew(
    stream: Stream, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_chunks(stream, range(4), store)
    get = store.get

    def sweep(key: str, start: int = 0, length: int | None = None) -> bytes:
        monkeypatch.setattr(store, "get", get)
        make_segment(store, stream, 0, 3)
        for pack in Pack.objects.filter(state=Pack.State.KEPT):
            store.delete(pack.key)
        return get(key, start, length)

    monkeypatch.setattr(store, "get", sweep)
    runs = list(stream_runs(store, stream))
    assert [(run.first_seq, run.dom and len(run.dom)) for run in runs] == [(0, 3), (3, None)]


def test_damaged_bytes_are_that_span_and_no_more(stream: Stream, store: MemoryStore) -> None:
    make_chunks(stream, range(6), store)
    segment = make_segment(store, stream, 0, 2)
    make_segment(store, stream, 2, 4)
    data = bytearray(store.get(segment.volume.key))
    data[3] ^= 1
    store.put(segment.volume.key, bytes(data))
    runs = list(stream_runs(store, stream))
    assert [run.dom is None for run in runs] == [True, False, False, False]
    assert seqs_of(runs, "log") == [0, 1, 2, 3, 4, 5]


def test_parts_of_one_event_are_one_run_and_a_part_alone_is_lost(stream: Stream, store: MemoryStore) -> None:
    document = columns.encode([{"dom": 1}])
    half = len(document) // 2
    make_chunks(stream, [0], store)
    for seq, piece in enumerate((document[:half], document[half:], document[:half]), start=1):
        part: dict[str, Any] = {
            "part_index": (seq - 1) % 2,
            "part_count": 2,
            "dom_codec": Codec.COLUMNS,
            "dom_raw_length": len(piece),
        }
        make_chunks(stream, [seq], store, dom=piece, **part)
    runs = list(stream_runs(store, stream))
    assert [(run.first_seq, run.upto_seq, run.dom) for run in runs[1:]] == [(1, 3, [{"dom": 1}]), (3, 4, None)]
    assert seqs_of(runs, "log") == [0, 1, 2, 3]


def test_a_gap_is_missing_dom_and_says_so_in_its_log(stream: Stream, store: MemoryStore) -> None:
    told = json.dumps([{"type": "gap", "reason": "frozen", "body": "dom"}]).encode()
    make_chunks(stream, [0], store, log=told, dom_codec=0, dom_raw_length=0, log_codec=Codec.JSON, flags=Flag.GAP)
    (run,) = stream_runs(store, stream)
    assert (run.dom, run.log, run.flags) == (None, json.loads(told), Flag.GAP)
