"""A session's chunks become segments: the same events, each once, with nothing left behind and nothing lost in silence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from replay.accounts.models import Project
from replay.index.arrival import Outcome
from replay.index.assets import keep_asset
from replay.index.events import read_segment, stream_runs
from replay.index.holes import close_holes
from replay.index.models import Chunk, Gap, Pack, Segment, Session, Stream, Volume
from replay.index.segments import claim_session
from replay.store import volume
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from replay.wire.assets import Answer, Offer, sheet_holders
from replay.wire.frames import Codec, Flag
from replay.worker.compact import Compacted, WrongStore, compact_session
from replay.worker.folder import Folder
from replay.worker.sweep import OPEN_AT_MOST, sweep
from tests.factories import START, START_MS, make_gap, make_session, make_stream
from tests.index.test_keep import Keeper, keep, page
from tests.pages_say import PageStream
from tests.worker.recorded import events_of, everything, record, record_dom, snapshot, told

__all__ = ["keep", "page"]  # fixtures

pytestmark = pytest.mark.django_db
HOLE_AGE = timedelta(hours=25)


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    folder = Folder(1_024, 20)
    yield folder
    folder.close()


@pytest.fixture
def session(project: Project) -> Session:
    return make_session(project)


@pytest.fixture
def stream(session: Session) -> Stream:
    return make_stream(session)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def compact(store: MemoryStore, folder: Folder, session: Session) -> Compacted:
    """Compact until nothing more can be."""
    total = Compacted()
    for _ in range(20):
        done = compact_session(store, folder, session.pk, HOLE_AGE)
        if done is None or (not done.chunks and not any(_failures(session))):
            return total
        total.segments += done.segments
        total.chunks += done.chunks
        total.spans_lost += done.spans_lost
    raise AssertionError("it does not end")


def _failures(session: Session) -> list[int]:
    return list(session.streams.values_list("fold_failures", flat=True))


def test_chunks_become_segments_with_the_same_events(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream, project: Project
) -> None:
    other = make_stream(session)
    record(stream, range(5), store)
    record(other, range(3), store)
    before = everything(store, stream), everything(store, other)
    assert compact(store, folder, session) == Compacted(chunks=8, segments=2)
    stream.refresh_from_db()
    assert (stream.segmented_upto, stream.next_seq, Chunk.objects.count()) == (5, 5, 0)
    assert (everything(store, stream), everything(store, other)) == before
    kept = Volume.objects.get()
    assert (kept.state, kept.segments, kept.size_bytes) == (Pack.State.KEPT, 2, len(store.get(kept.key)))
    assert kept.key.startswith(f"r30/{project.public_id}/{session.uuid.hex}/")
    assert set(Pack.objects.values_list("state", "chunks")) == {(Pack.State.SWEPT, 0)}


def test_a_volume_tells_its_segments_by_itself(store: MemoryStore, folder: Folder, session: Session, stream: Stream) -> None:
    record(stream, range(3), store)
    compact(store, folder, session)
    row, found = Segment.objects.get(), volume.read(store.get(Volume.objects.get().key))
    assert found.index.session == str(session.uuid)
    told = {each.body: each for each in found.index.ranges}
    assert {(each.stream, each.first_seq, each.upto_seq) for each in told.values()} == {(stream.stream_id, 0, 3)}
    assert (told["dom"].offset, told["log"].offset) == (row.dom_offset, row.log_offset)
    assert found.body(told["dom"])


def test_packs_and_volumes_go_when_readers_have_ended(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, range(3), store)
    compact(store, folder, session)
    now = datetime.now(UTC)
    assert sweep(store, now) == 0
    assert sweep(store, now + OPEN_AT_MOST + timedelta(seconds=1)) == 3
    assert list(store.keys("")) == [Volume.objects.get().key]
    assert not Pack.objects.exists()


def test_a_running_stream_goes_on_with_a_keyframe(store: MemoryStore, folder: Folder, session: Session, stream: Stream) -> None:
    record(stream, range(4), store)
    compact(store, folder, session)
    record(stream, range(4, 8), store)
    before = everything(store, stream)
    compact(store, folder, session)
    assert everything(store, stream) == before
    first, second = Segment.objects.order_by("first_seq")
    assert (first.keyframe_events, second.keyframe_events > 0) == (0, True)
    dom, _ = read_segment(store, second)
    assert dom is not None
    opening = [event["type"] for event in dom[:2]]
    assert opening == [4, 2]
    assert "change 3002" in str(dom[1])  # what the last chunk of the first segment wrote


def test_a_part_of_an_event_waits_for_the_others(store: MemoryStore, folder: Folder, session: Session, stream: Stream) -> None:
    record(stream, range(2), store)
    now = datetime.now(UTC)
    for part in range(2):
        record_dom(stream, 2 + part, store, [], part_index=part, part_count=3, received_at=now)
    assert compact(store, folder, session).chunks == 2
    assert Gap.objects.count() == 0
    Chunk.objects.update(received_at=now - HOLE_AGE - timedelta(hours=1))
    assert compact(store, folder, session).chunks == 2  # they will never be whole
    assert set(Gap.objects.values_list("first_seq", "last_seq", "reason", "body")) == {
        (2, 2, "not_decodable", "dom"),
        (3, 3, "not_decodable", "dom"),
    }
    assert len(everything(store, stream)[1]) == 4


def test_it_stops_before_a_hole_and_goes_on_over_a_named_one(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, [0, 1, 4, 5], store)
    assert compact(store, folder, session).chunks == 2
    make_gap(stream, 2, 3, reason="never_arrived", body="both")
    Stream.objects.update(next_seq=6)
    assert compact(store, folder, session).chunks == 2
    assert [(row.first_seq, row.upto_seq, row.keyframe_events) for row in Segment.objects.order_by("first_seq")] == [
        (0, 2, 0),
        (2, 6, 0),  # it opens with the loss, unseen
    ]
    assert Gap.objects.count() == 1


def test_a_hole_that_nobody_named_is_named(store: MemoryStore, folder: Folder, session: Session, stream: Stream) -> None:
    record(stream, [0, 1, 3], store)
    Stream.objects.update(next_seq=4)
    compact(store, folder, session)
    assert list(Gap.objects.values_list("first_seq", "last_seq", "reason")) == [(2, 2, "never_arrived")]


def test_dom_bytes_that_do_not_open_become_a_gap_and_the_log_stays(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, range(3), store)
    record_dom(stream, 3, store, [], dom_codec=Codec.COLUMNS_GZIP)
    record(stream, [4], store)
    record_dom(stream, 5, store, [*snapshot(START_MS + 5_000), *events_of(6)], flags=Flag.SNAPSHOT)
    dom, log = everything(store, stream)
    compact(store, folder, session)
    gap = Gap.objects.get()
    assert (gap.first_seq, gap.last_seq, gap.reason, gap.body) == (3, 3, "not_decodable", "dom")
    assert (gap.first_ms, gap.last_ms) == (START_MS + 3_000, START_MS + 3_900)
    assert everything(store, stream) == (dom, log)
    assert len(log) == 6
    segments = list(Segment.objects.order_by("first_seq").values_list("first_seq", "upto_seq", "keyframe_events"))
    assert segments[:2][-1][0] == 3  # a segment ends before the loss
    assert all(not keyframe for *_, keyframe in segments)


class Down(MemoryStore):
    def put(self, key: str, data: bytes) -> None:
        if key.endswith(".volume"):
            raise StoreUnavailable(key)
        super().put(key, data)


def test_a_store_that_is_down_changes_nothing(folder: Folder, session: Session, stream: Stream) -> None:
    store = Down()
    record(stream, range(3), store)
    with pytest.raises(StoreUnavailable):
        compact_session(store, folder, session.pk, HOLE_AGE)
    assert (Chunk.objects.count(), Segment.objects.count()) == (3, 0)
    assert Volume.objects.get().state == Pack.State.SWEPT
    assert sweep(store, datetime.now(UTC) + OPEN_AT_MOST + timedelta(seconds=1)) == 1


def test_two_workers_never_compact_one_session_at_once(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, range(3), store)
    now = datetime.now(UTC)
    claim = claim_session(session.pk, now)
    assert claim is not None
    assert claim_session(session.pk, now) is None
    assert compact_session(store, folder, session.pk, HOLE_AGE) is None
    assert claim_session(session.pk, now + timedelta(minutes=11)) is not None  # its worker must be gone


def test_who_folded_what_has_moved_since_changes_nothing(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(stream, range(3), store)
    put = store.put

    def put_late(key: str, data: bytes) -> None:
        monkeypatch.setattr(store, "put", put)
        Volume.objects.update(created_at=START)
        assert compact_session(store, folder, session.pk, HOLE_AGE) is not None
        put(key, data)

    monkeypatch.setattr(store, "put", put_late)
    before = everything(store, stream)
    assert compact_session(store, folder, session.pk, HOLE_AGE) is None
    assert Segment.objects.count() == 1
    assert everything(store, stream) == before
    sweep(store, datetime.now(UTC) + OPEN_AT_MOST + timedelta(seconds=1))
    assert list(store.keys("r30/")) == [Volume.objects.get().key]


def test_an_erased_session_is_left_alone(store: MemoryStore, folder: Folder, session: Session, stream: Stream) -> None:
    record(stream, range(3), store)
    Session.objects.update(erased_at=START)
    assert compact_session(store, folder, session.pk, HOLE_AGE) is None
    assert not Volume.objects.exists()


def test_a_chunk_whose_bytes_are_gone_is_named_after_two_tries(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, range(6), store)
    store.delete(Chunk.objects.get(seq=3).pack.key)
    assert compact(store, folder, session).chunks == 6
    assert list(Gap.objects.values_list("first_seq", "last_seq", "reason", "body")) == [(3, 3, "not_decodable", "both")]
    assert len(everything(store, stream)[1]) == 5


def test_a_store_that_holds_nothing_of_ours_costs_nothing(folder: Folder, session: Session, stream: Stream) -> None:
    store = MemoryStore()
    record(stream, range(3), store)
    for _ in range(4):
        with pytest.raises(WrongStore):
            compact_session(MemoryStore(), folder, session.pk, HOLE_AGE)
    assert (Chunk.objects.count(), Gap.objects.count(), _failures(session)) == (3, 0, [0])


@pytest.mark.parametrize("poison", ["hangs", "grows", "raises"])
def test_what_the_child_does_not_survive_is_left_out_and_the_rest_goes_on(
    store: MemoryStore, session: Session, stream: Stream, poison: str, poisoned: Any
) -> None:
    record(stream, range(4), store)
    record_dom(stream, 4, store, [{"type": 5, "timestamp": START_MS + 4_000, "data": {"tag": poison, "payload": {}}}])
    record(stream, range(5, 8), store)
    dom, log = everything(store, stream)
    folder = poisoned()
    assert compact(store, folder, session).chunks >= 8
    folder.close()
    assert folder.deaths >= 2
    assert list(Gap.objects.values_list("first_seq", "last_seq", "reason", "body")) == [(4, 4, "not_decodable", "dom")]
    assert everything(store, stream) == ([event for event in dom if event["type"] != 5], log)
    stream.refresh_from_db()
    assert (stream.segmented_upto, stream.fold_failures) == (8, 0)


@pytest.fixture
def poisoned() -> Any:
    """Return a folder whose child dies of some custom events."""

    class Poisoned(Folder):
        def __init__(self) -> None:
            super().__init__(512, 2)
            self._argv[2] = "tests.worker.poisoned"

    return Poisoned


def test_a_lost_segment_costs_itself_and_what_follows_until_the_next_snapshot(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, range(3), store)
    compact(store, folder, session)
    store.delete(Volume.objects.get().key)
    record(stream, range(3, 6), store)
    compact(store, folder, session)
    runs = list(stream_runs(store, stream))
    assert [(run.first_seq, run.dom is None, run.keyframe) for run in runs] == [(0, True, []), (3, False, [])]


def test_a_hole_behind_a_segment_begins_where_it_ends(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream
) -> None:
    record(stream, [0, 1, 4], store)
    compact(store, folder, session)
    assert close_holes(stream.pk, datetime.now(UTC)) == 2
    gap = Gap.objects.get()
    assert (gap.first_ms - START_MS, gap.last_ms - START_MS) == (1_900, 4_000)


def test_what_is_sent_again_after_its_compaction_is_a_duplicate(
    store: MemoryStore, folder: Folder, keep: Keeper, page: PageStream
) -> None:
    """The same bytes, other bytes and a gap alike: nothing is stored twice, everything is acked."""
    chunks = [page.chunk(seq, dom=events_of(seq)) for seq in range(3)]
    for number, chunk in enumerate(chunks, start=1):
        store.put(f"packs/{number}.pack", bytes(8) + chunk.to_frame())
        keep(page, chunk)
    session = Session.objects.get()
    assert compact(store, folder, session).chunks == 3
    before = everything(store, Stream.objects.get())
    other = [page.chunk(1, dom=[{"type": 3, "other": 1}]), page.gap(2)]
    assert keep(page, *chunks, *other, page.chunk(3)) == [Outcome(None, 4)] * 6
    assert list(Chunk.objects.values_list("seq", flat=True)) == [3]
    assert Gap.objects.count() == 0
    assert told(list(stream_runs(store, Stream.objects.get()))[:1]) == before


def test_a_sheet_that_came_after_its_page_is_kept_once_and_not_in_each_keyframe(
    store: MemoryStore, folder: Folder, session: Session, stream: Stream, project: Project
) -> None:
    text = "a{color:red}" * 200
    offer = Offer(hashlib.sha256(text.encode()).hexdigest(), "stylesheet", "", len(text))
    assert keep_asset(store, project.pk, project.public_id, session.uuid, offer, text.encode(), START) == Answer.KNOWN
    events = snapshot(START_MS)
    head = events[1]["data"]["node"]["childNodes"][0]["childNodes"][0]
    head["childNodes"].append({"type": 2, "id": 99, "tagName": "link", "attributes": {"_cssText": text}, "childNodes": []})
    record_dom(stream, 0, store, events, flags=Flag.SNAPSHOT)
    record(stream, range(1, 3), store)
    compact(store, folder, session)
    dom, _ = everything(store, stream)
    shown = [holder["_cssText"] for event in dom for holder in sheet_holders(event)]
    assert shown == [f"playhead-asset:{offer.hash}"]
