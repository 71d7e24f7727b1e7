"""The transaction that keeps chunks: once, in order, and each arrival for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from replay.accounts.models import Project
from replay.index import ledger
from replay.index.arrival import Arrival, Outcome
from replay.index.digest import digest
from replay.index.keep import keep_pack
from replay.index.models import Chunk, Gap, Moment, Pack, Session, Stream
from replay.index.ops import PackSwept
from replay.index.packs import open_pack, sweep_stale
from replay.ingest.admission import Key, make_source
from replay.people.models import DistinctId, Person
from replay.wire.errors import Code
from replay.wire.frames import Chunk as WireChunk
from replay.wire.frames import Flag
from replay.wire.log import open_log
from tests.pages_say import PageStream, click, event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW_MS = NOW.timestamp() * 1000


@pytest.fixture
def page() -> PageStream:
    return PageStream(now_ms=NOW_MS)


class Keeper:
    """Keeps chunks of pages as ingest would, a pack at a time."""

    def __init__(self, project: Project) -> None:
        self.key = Key(project.pk, project.public_id, (), False)
        self.packs = 0

    def arrival(self, page: PageStream, chunk: WireChunk, received_at: datetime = NOW, offset_ms: float = 0) -> Arrival:
        source = make_source(self.key, page.hello(), "", page.now_ms + offset_ms)
        return Arrival(source, chunk.header, digest(open_log(chunk), page.url), 8 + 128, received_at)

    def open_pack(self, now: datetime = NOW) -> int:
        self.packs += 1
        return open_pack(f"packs/{self.packs}.pack", 1000, now)

    def keep(self, *arrivals: Arrival) -> list[Outcome]:
        return keep_pack(self.open_pack(), arrivals)

    def __call__(self, page: PageStream, *chunks: WireChunk, **fields: Any) -> list[Outcome]:
        return self.keep(*(self.arrival(page, chunk, **fields) for chunk in chunks))


@pytest.fixture
def keep(project: Project) -> Keeper:
    return Keeper(project)


def test_the_first_chunk_makes_session_stream_and_person(keep: Keeper, page: PageStream, project: Project) -> None:
    assert keep(page, page.chunk(0, click(at_ms=NOW_MS))) == [Outcome(None, 1)]
    session = Session.objects.get(project=project, uuid=page.session)
    assert (session.distinct_id, session.clicks, session.open_streams, session.entry_url) == (page.distinct_id, 1, 1, page.url)
    assert session.person == DistinctId.objects.get(distinct_id=page.distinct_id).person
    stream = session.streams.get()
    assert (stream.stream_id, stream.window_id, stream.next_seq) == (page.stream, page.window, 1)
    chunk = stream.chunks.get()
    assert (chunk.dom_offset, chunk.log_offset) == (136, 136 + chunk.dom_length)
    assert Pack.objects.get().state == Pack.State.KEPT


def test_a_duplicate_is_acked_and_counted_once(keep: Keeper, page: PageStream) -> None:
    chunk = page.chunk(0, click(at_ms=NOW_MS))
    keep(page, chunk)
    assert keep(page, chunk) == [Outcome(None, 1)]
    assert Session.objects.get().clicks == Moment.objects.count() == Chunk.objects.count() == 1


def test_duplicates_in_one_pack_are_kept_once(keep: Keeper, page: PageStream) -> None:
    chunk = page.chunk(0, click(at_ms=NOW_MS))
    assert keep(page, chunk, chunk) == [Outcome(None, 1), Outcome(None, 1)]
    assert Session.objects.get().clicks == Chunk.objects.count() == 1


def test_a_pack_of_duplicates_is_dead_from_birth(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0))
    keep(page, page.chunk(0))
    assert Pack.objects.latest("pk").state == Pack.State.SWEPT


@pytest.mark.parametrize("in_one_pack", [True, False])
def test_other_bytes_under_a_seq_conflict_and_the_first_win(keep: Keeper, page: PageStream, in_one_pack: bool) -> None:
    first, second = page.chunk(0, click("first")), page.chunk(0, click("second"))
    outcomes = keep(page, first, second) if in_one_pack else [*keep(page, first), *keep(page, second)]
    assert outcomes == [Outcome(None, 1), Outcome(Code.CONFLICT, 1)]
    assert bytes(Chunk.objects.get().hash) == first.header.hash
    assert Moment.objects.get().text == "first"


def test_acks_wait_for_what_is_missing_before(keep: Keeper, page: PageStream) -> None:
    assert keep(page, page.chunk(0), page.chunk(2)) == [Outcome(None, 1), Outcome(None, 1)]
    assert keep(page, page.chunk(1)) == [Outcome(None, 3)]


def test_a_gap_stands_for_its_seq(keep: Keeper, page: PageStream) -> None:
    assert keep(page, page.chunk(0), page.gap(1)) == [Outcome(None, 2), Outcome(None, 2)]
    gap = Gap.objects.get()
    assert (gap.first_seq, gap.last_seq, gap.reason, gap.body) == (1, 1, "frame_too_large", "dom")


def test_bytes_for_a_stored_gap_are_too_late(keep: Keeper, page: PageStream) -> None:
    keep(page, page.gap(0))
    assert keep(page, page.chunk(0)) == [Outcome(Code.TOO_LATE, 1)]


def test_a_gap_for_stored_bytes_is_a_duplicate(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0))
    assert keep(page, page.gap(0)) == [Outcome(None, 1)]
    assert not Gap.objects.exists()


def test_a_compacted_seq_is_a_duplicate(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0), page.chunk(1))
    Chunk.objects.all().delete()
    Stream.objects.update(segmented_upto=2)
    assert keep(page, page.chunk(0)) == [Outcome(None, 2)]
    assert not Chunk.objects.exists()


def test_a_seq_that_the_server_closed_is_too_late(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0))
    Stream.objects.update(next_seq=5)
    assert keep(page, page.chunk(3)) == [Outcome(Code.TOO_LATE, 5)]


def test_a_session_takes_one_secret(keep: Keeper, page: PageStream) -> None:
    thief = PageStream(session=page.session, now_ms=NOW_MS)
    outcomes = keep.keep(keep.arrival(page, page.chunk(0)), keep.arrival(thief, thief.chunk(0)))
    assert outcomes == [Outcome(None, 1), Outcome(Code.WRONG_SECRET)]
    assert Stream.objects.get().stream_id == page.stream


def test_an_erased_session_takes_nothing(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0))
    Session.objects.update(erased_at=NOW)
    assert keep(page, page.chunk(1)) == [Outcome(Code.ERASED)]
    assert Chunk.objects.count() == 1


def test_two_windows_make_one_session(keep: Keeper, page: PageStream) -> None:
    tab = PageStream(session=page.session, secret=page.secret, distinct_id=page.distinct_id, now_ms=NOW_MS)
    keep.keep(keep.arrival(page, page.chunk(0)), keep.arrival(tab, tab.chunk(0)))
    session = Session.objects.get()
    assert session.streams.count() == session.open_streams == 2


def test_the_same_session_id_in_two_projects_is_two_sessions(keep: Keeper, page: PageStream, other_project: Project) -> None:
    other = Keeper(other_project)
    keep.keep(keep.arrival(page, page.chunk(0)), other.arrival(page, page.chunk(0)))
    assert set(Session.objects.values_list("project_id", flat=True)) == {keep.key.project_id, other_project.pk}


def test_a_poisoned_chunk_is_refused_alone(keep: Keeper, page: PageStream, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [PageStream(now_ms=NOW_MS) for _ in range(5)]
    arrivals = [keep.arrival(each, each.chunk(0, click(at_ms=NOW_MS))) for each in pages]
    arrivals[3].digest.moments[0].data["x"] = object()  # what no column takes
    outcomes = keep.keep(*arrivals)
    assert [outcome.code for outcome in outcomes] == [None, None, None, Code.BAD_LOG, None]
    assert Session.objects.count() == Chunk.objects.count() == Moment.objects.count() == 4
    assert Pack.objects.get().chunks == 4


def test_text_that_databases_refuse_is_mended(keep: Keeper, page: PageStream) -> None:
    nasty = "a\x00b\ud800c"
    page.distinct_id = nasty
    chunk = page.chunk(
        0,
        event("custom", NOW_MS, name=nasty, properties={nasty: [nasty, {"deep": nasty}]}),
        event("identify", NOW_MS, distinct_id=nasty, anonymous_id=nasty, properties={nasty: nasty}),
        event("properties", NOW_MS, properties={"release": nasty}),
        event("console", NOW_MS, level="error", args=[nasty] * 3),
    )
    assert keep(page, chunk) == [Outcome(None, 1)]
    assert Moment.objects.filter(text="a\ufffdb\ufffdc").exists()


def test_a_swept_pack_takes_no_chunks(keep: Keeper, page: PageStream) -> None:
    pack_id = keep.open_pack(NOW - timedelta(hours=1))
    sweep_stale(NOW, timedelta(minutes=10))
    assert Pack.objects.get(pk=pack_id).state == Pack.State.SWEPT
    with pytest.raises(PackSwept):
        keep_pack(pack_id, [keep.arrival(page, page.chunk(0))])
    assert not Chunk.objects.exists()


def test_final_finishes_a_stream_and_a_later_chunk_reopens_it(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0), page.chunk(1, flags=Flag.FINAL))
    assert Session.objects.get().open_streams == 0
    assert Stream.objects.get().finished_at == NOW
    keep(page, page.chunk(2))
    assert Session.objects.get().open_streams == 1
    assert Stream.objects.get().finished_at is None


def test_a_chunk_from_before_final_does_not_reopen(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0), page.chunk(2, flags=Flag.FINAL))
    keep(page, page.chunk(1))
    assert Session.objects.get().open_streams == 0


def test_a_wrong_clock_is_corrected(keep: Keeper, page: PageStream) -> None:
    page.now_ms = NOW_MS + 6 * 3_600_000
    keep(page, page.chunk(0, click(at_ms=page.now_ms)), offset_ms=-6 * 3_600_000)
    session, moment = Session.objects.get(), Moment.objects.get()
    assert session.started_at == moment.at == NOW
    assert moment.at_ms == page.now_ms


def test_pages_of_one_browser_share_its_clock(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0, click(at_ms=NOW_MS)), offset_ms=400)  # a hello that was long on its way
    following = PageStream(session=page.session, secret=page.secret, now_ms=NOW_MS)
    keep(following, following.chunk(0, click(at_ms=NOW_MS + 100)), offset_ms=3)
    first, second = Moment.objects.order_by("at_ms")
    assert second.at - first.at == timedelta(milliseconds=100)
    assert [stream.clock_offset_ms for stream in Stream.objects.order_by("pk")] == [400, 400]


def test_a_clock_that_was_set_is_measured_anew(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0))
    following = PageStream(session=page.session, secret=page.secret, now_ms=NOW_MS)
    keep(following, following.chunk(0), offset_ms=-3_600_000)
    assert [stream.clock_offset_ms for stream in Stream.objects.order_by("pk")] == [0, -3_600_000]


def test_an_absurd_clock_stretches_nothing(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0, click(at_ms=NOW_MS)), page.chunk(1, click(at_ms=NOW_MS + 35 * 3_600_000)))
    assert Session.objects.get().last_event_at <= NOW + timedelta(minutes=1)


def test_activity_is_counted_by_ten_seconds_and_moves_with_the_beginning(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0, event("activity", NOW_MS - 15_000, count=3), event("activity", NOW_MS, count=4)))
    assert Session.objects.get().activity == [3, 4]
    early = PageStream(session=page.session, secret=page.secret, now_ms=NOW_MS)
    keep(early, early.chunk(0, event("activity", NOW_MS - 40_000, count=1)))
    session = Session.objects.get()
    assert sum(session.activity) == 8
    assert session.activity[:1] == [1]
    assert session.started_at <= NOW - timedelta(seconds=40)


def test_identify_puts_earlier_sessions_under_the_person(keep: Keeper, page: PageStream) -> None:
    keep(page, page.chunk(0))
    later = PageStream(distinct_id=page.distinct_id, now_ms=NOW_MS)
    call = event("identify", NOW_MS, distinct_id="ada@example.org", anonymous_id=page.distinct_id, properties={"plan": "pro"})
    keep(later, later.chunk(0, call))
    person = Person.objects.get()
    assert (person.is_identified, person.properties) == (True, {"plan": "pro"})
    assert set(Session.objects.values_list("person", flat=True)) == {person.pk}
    assert Session.objects.get(uuid=later.session).distinct_id == "ada@example.org"


def test_identify_moves_sessions_that_share_its_pack(keep: Keeper, page: PageStream) -> None:
    known = PageStream(distinct_id="ada@example.org", now_ms=NOW_MS)
    keep(known, known.chunk(0))
    call = event("identify", NOW_MS, distinct_id="ada@example.org", anonymous_id=page.distinct_id)
    other_tab = PageStream(distinct_id=page.distinct_id, now_ms=NOW_MS)
    keep.keep(keep.arrival(page, page.chunk(0, call)), keep.arrival(other_tab, other_tab.chunk(0)))
    assert set(Session.objects.values_list("person", flat=True)) == {Person.objects.get().pk}


def test_it_tries_again_after_a_deadlock(keep: Keeper, page: PageStream, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    class Deadlock(Exception):
        sqlstate = "40P01"

    def lose_once(pack_id: int, arrivals: Any) -> Any:
        tries.append(pack_id)
        if len(tries) == 1:
            raise OperationalError from Deadlock()
        return real(pack_id, arrivals)

    real = ledger.keep
    monkeypatch.setattr(ledger, "keep", lose_once)
    assert keep(page, page.chunk(0)) == [Outcome(None, 1)]
    assert len(tries) == 2
