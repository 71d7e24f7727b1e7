"""A hole ends: what never came becomes a gap, and what comes later still is told so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from replay.accounts.models import Project
from replay.index.arrival import Outcome
from replay.index.holes import close_holes, count_holed_streams, old_holes
from replay.index.manifest import load_manifest
from replay.index.models import Gap, Stream
from replay.wire.errors import Code
from tests.factories import START_MS, make_chunks, make_session, make_stream
from tests.index.test_keep import Keeper, keep, page
from tests.pages_say import PageStream

__all__ = ["keep", "page"]  # fixtures

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY_AGO = NOW - timedelta(hours=25)
OLD = {"received_at": NOW - timedelta(hours=26)}
FRESH = {"received_at": NOW - timedelta(hours=1)}

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(project: Project) -> Stream:
    return make_stream(make_session(project))


def store(stream: Stream, *seqs: int, **fields: Any) -> None:
    """Keep chunks as the ledger would: next_seq at the first hole, end_seq past the last chunk."""
    make_chunks(stream, seqs, **fields)
    kept = set(stream.chunks.values_list("seq", flat=True))
    stream.next_seq = next(seq for seq in range(len(kept) + 1) if seq not in kept)
    stream.end_seq = max(kept) + 1
    stream.save()


def spans(stream: Stream) -> list[tuple[int, int, float, float]]:
    gaps = Gap.objects.filter(stream=stream).order_by("first_seq")
    assert {(gap.reason, gap.body) for gap in gaps} <= {("never_arrived", "both")}
    return [(gap.first_seq, gap.last_seq, gap.first_ms - START_MS, gap.last_ms - START_MS) for gap in gaps]


def test_what_never_came_becomes_a_gap_from_neighbour_to_neighbour(stream: Stream) -> None:
    store(stream, 0, 1, 4, 5, 7, **OLD)
    assert old_holes(DAY_AGO, 10) == [stream.pk]
    assert close_holes(stream.pk, DAY_AGO) == 3
    assert spans(stream) == [(2, 3, 1_900, 4_000), (6, 6, 5_900, 7_000)]
    stream.refresh_from_db()
    assert stream.next_seq == 8
    assert old_holes(DAY_AGO, 10) == []
    assert count_holed_streams() == 0


def test_a_hole_that_is_young_stays(stream: Stream) -> None:
    store(stream, 0, 2, **FRESH)
    assert count_holed_streams() == 1
    assert old_holes(DAY_AGO, 10) == []
    assert close_holes(stream.pk, DAY_AGO) == 0
    stream.refresh_from_db()
    assert (stream.next_seq, spans(stream)) == (1, [])


def test_only_what_is_old_is_given_up(stream: Stream) -> None:
    store(stream, 0, 2, **OLD)
    store(stream, 3, 5, **FRESH)
    assert close_holes(stream.pk, DAY_AGO) == 1
    assert spans(stream) == [(1, 1, 900, 2_000)]
    stream.refresh_from_db()
    assert stream.next_seq == 4  # over the fresh 3, up to the young hole
    assert old_holes(DAY_AGO, 10) == []


def test_a_stream_whose_beginning_never_came_begins_with_a_gap(stream: Stream) -> None:
    store(stream, 2, **OLD)
    assert close_holes(stream.pk, DAY_AGO) == 2
    assert spans(stream) == [(0, 1, 0, 2_000)]


def test_a_stream_without_a_hole_is_left_alone(stream: Stream) -> None:
    store(stream, 0, 1, 2, **OLD)
    assert old_holes(DAY_AGO, 10) == []
    assert close_holes(stream.pk, DAY_AGO) == 0


def test_an_erased_session_has_no_holes_to_end(stream: Stream) -> None:
    store(stream, 0, 2, **OLD)
    stream.session.erased_at = NOW
    stream.session.save()
    assert old_holes(DAY_AGO, 10) == []
    assert close_holes(stream.pk, DAY_AGO) == 0


def test_a_hole_of_billions_is_one_gap(stream: Stream) -> None:
    store(stream, 0, 2**32 - 1, **OLD)
    assert close_holes(stream.pk, DAY_AGO) == 2**32 - 2
    assert len(spans(stream)) == 1


def test_what_comes_later_still_is_told_so(keep: Keeper, page: PageStream) -> None:
    """Bytes for a seq that was given up are refused, a gap for it is as good as kept, and the stream goes on."""
    day_before = NOW - timedelta(hours=30)
    assert keep(page, page.chunk(0), page.chunk(2), received_at=day_before) == [Outcome(None, 1), Outcome(None, 1)]
    assert [close_holes(pk, DAY_AGO) for pk in old_holes(DAY_AGO, 10)] == [1]
    late, gap, next_one = page.chunk(1), page.gap(1, "offline_cap", "both"), page.chunk(3)
    assert keep(page, late, gap, next_one) == [Outcome(Code.TOO_LATE, 4), Outcome(None, 4), Outcome(None, 4)]
    assert [(row.first_seq, row.reason) for row in Gap.objects.all()] == [(1, "never_arrived")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_chunk_and_the_end_of_its_hole_wait_for_each_other(keep: Keeper, page: PageStream) -> None:
    """Whoever comes first decides: the chunk is kept and there is no gap, or there is a gap and the chunk is too late."""
    for at in range(8):
        own = PageStream(now_ms=page.now_ms)
        keep(own, own.chunk(0), own.chunk(2), received_at=NOW - timedelta(hours=30))
        stream = Stream.objects.get(stream_id=own.stream)
        results: dict[str, Any] = {}

        def late(own: PageStream = own, results: dict[str, Any] = results) -> None:
            results["late"] = keep(own, own.chunk(1))[0]
            connection.close()

        def end(stream: Stream = stream, results: dict[str, Any] = results) -> None:
            results["ended"] = close_holes(stream.pk, DAY_AGO)
            connection.close()

        threads = [threading.Thread(target=target) for target in ((late, end) if at % 2 else (end, late))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        stream.refresh_from_db()
        assert stream.next_seq == 3
        assert (results["late"].code, results["ended"]) in [(None, 0), (Code.TOO_LATE, 1)]
        assert Gap.objects.filter(stream=stream).count() == results["ended"]


def test_the_manifest_states_it_once(stream: Stream, project: Project) -> None:
    store(stream, 0, 2, **OLD)
    before = load_manifest(project, stream.session.uuid)
    assert [(gap.first_seq, gap.reason) for gap in before.gaps] == [(1, "not_arrived")]
    close_holes(stream.pk, DAY_AGO)
    after = load_manifest(project, stream.session.uuid)
    assert [(gap.first_seq, gap.reason) for gap in after.gaps] == [(1, "never_arrived")]
