"""The manifest: windows, streams, chunks on the server's clock, gaps stated and silent."""

from __future__ import annotations

import uuid
from copy import copy
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from replay.accounts.models import Project
from replay.api.rows import manifest_row
from replay.index import manifest
from replay.index.errors import NotFound
from replay.index.manifest import Hole, load_manifest, missing_ranges
from replay.index.models import Moment, Segment
from tests.factories import START, START_MS, make_chunks, make_gap, make_moment, make_segment, make_session, make_stream


def test_all_times_are_on_the_servers_clock(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session, clock_offset_ms=-7_200_000.25)  # a page two hours ahead
    make_chunks(stream, [0])
    found = load_manifest(project, session.uuid)
    (entry,) = found.streams
    (chunk,) = entry.chunks
    assert chunk[:3] == (0, START_MS - 7_200_000.2, START_MS - 7_199_100.2)
    assert (found.start_ms, found.end_ms) == (entry.start_ms, entry.end_ms)
    assert entry.start_ms == round(START_MS - 7_200_000.25, 1)


def test_streams_and_windows_are_in_order_of_corrected_time(project: Project) -> None:
    session = make_session(project)
    late = make_stream(session, window_id="b" * 16, clock_offset_ms=5_000)
    early = make_stream(session, window_id="a" * 16)
    again = make_stream(session, window_id="b" * 16, first_ms=START_MS + 9_000)
    found = load_manifest(project, session.uuid)
    assert [entry.row.stream_id for entry in found.streams] == [early.stream_id, late.stream_id, again.stream_id]
    assert [(window.id, window.number, window.streams) for window in found.windows] == [
        ("a" * 16, 1, [early.stream_id]),
        ("b" * 16, 2, [late.stream_id, again.stream_id]),
    ]


def test_what_did_not_arrive_is_a_gap_between_its_neighbours(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session, clock_offset_ms=100)
    make_chunks(stream, [0, 1, 4, 5])
    assert load_manifest(project, session.uuid).gaps == [
        Hole(stream.stream_id, 2, 3, START_MS + 2_000, START_MS + 4_100, "not_arrived", "both")
    ]


def test_what_is_missing_at_the_start_begins_with_the_stream(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session)
    make_chunks(stream, [2])
    (hole,) = load_manifest(project, session.uuid).gaps
    assert (hole.first_seq, hole.last_seq, hole.start_ms, hole.end_ms) == (0, 1, START_MS, START_MS + 2_000)


def test_a_stated_gap_accounts_for_its_seqs(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session, clock_offset_ms=100)
    make_chunks(stream, [0, 3, 5])
    make_gap(stream, 1, 2, reason="throttled", body="both")
    assert [(gap.first_seq, gap.last_seq, gap.reason, gap.start_ms) for gap in load_manifest(project, session.uuid).gaps] == [
        (1, 2, "throttled", START_MS + 100),
        (4, 4, "not_arrived", START_MS + 4_000),
    ]


def test_a_gap_that_was_sent_as_a_chunk_is_told_once(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session)
    make_chunks(stream, [0, 1, 2])
    make_gap(stream, 1, 1)
    assert [gap.first_seq for gap in load_manifest(project, session.uuid).gaps] == [1]


def test_what_lives_in_segments_did_arrive(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session, clock_offset_ms=100)
    make_segment(stream, 0, 3, keyframe=[{"type": 4}])
    make_segment(stream, 4, 5)
    make_chunks(stream, [5, 7])
    found = load_manifest(project, session.uuid)
    assert [(gap.first_seq, gap.start_ms, gap.end_ms) for gap in found.gaps] == [
        (3, START_MS + 3_000, START_MS + 4_100),
        (6, START_MS + 6_000, START_MS + 7_100),
    ]
    (entry,) = found.streams
    assert [(row[:5], row[7:]) for row in entry.segments] == [
        ((0, 3, START_MS + 100, START_MS + 3_000, 2), (1, 3)),
        ((4, 5, START_MS + 4_100, START_MS + 5_000, 0), (0, 1)),
    ]
    assert [chunk[0] for chunk in entry.chunks] == [5, 7]


def test_a_long_session_lists_the_chunks_near_the_moment_and_says_where_the_others_are(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "MOST_LISTED", 5)
    session = make_session(project)
    stream = make_stream(session, clock_offset_ms=100)
    make_chunks(stream, range(30))
    (entry,) = load_manifest(project, session.uuid, START_MS + 20_000, stream.stream_id).streams
    assert [chunk[0] for chunk in entry.chunks] == [18, 19, 20, 21, 22]
    assert [(row[:2], row[4]) for row in entry.unlisted] == [((0, 18), 2), ((23, 30), 0)]
    rows, next_seq = manifest.chunk_rows(stream, 23, 30)
    assert ([row[0] for row in rows], next_seq) == ([23, 24, 25, 26, 27], 28)
    assert rows[0][1] == entry.unlisted[1][2]
    assert manifest.chunk_rows(stream, 28, 30)[1] == 30


def test_it_stays_small_however_long_the_session(project: Project) -> None:
    """Four hours: a segment a minute, ten minutes fresh, a moment every other second, a new page every ten minutes."""
    session = make_session(project, activity=[9] * 1440)
    volume = make_segment(make_stream(session, last_ms=START_MS), 0, 1).volume
    rows = []
    for page in range(24):
        stream = make_stream(session, first_ms=START_MS + page * 600_000, last_ms=START_MS + (page + 1) * 600_000)
        base = Segment(
            project=project, session=session, stream=stream, volume=volume, dom_offset=0, dom_raw_length=9, dom_codec=18
        )
        for minute in range(10):
            row = copy(base)
            row.first_seq, row.upto_seq = minute * 60, minute * 60 + 60
            row.first_ms = stream.first_ms + minute * 60_000
            row.last_ms, row.dom_hash, row.log_hash = row.first_ms + 59_900, b"", b""
            row.dom_length = row.log_offset = row.log_length = row.log_raw_length = 123_456
            row.log_codec, row.keyframe_events, row.dom_events, row.log_events, row.flags = 4, 3, 4_321, 70, 2
            rows.append(row)
    Segment.objects.bulk_create(rows)
    make_chunks(stream, range(600, 1_200))
    moments = [make_moment(stream, after_s=2 * n, text="Pay now " * 8, data={"status": 500}) for n in range(3)]
    Moment.objects.bulk_create(
        Moment(**{**_plain(moments[0]), "event_id": f"m{n}", "at": START + timedelta(seconds=2 * n)}) for n in range(7_000)
    )
    found = load_manifest(project, session.uuid, START_MS + 7_200_000)
    assert found.moments_truncated
    assert found.truncated == []
    assert sum(len(entry.segments) for entry in found.streams) == 241
    assert len(msgspec.json.encode(manifest_row(found, START))) <= 200_000


def _plain(moment: Moment) -> dict[str, Any]:
    return {field.attname: getattr(moment, field.attname) for field in Moment._meta.concrete_fields if not field.primary_key}


def test_one_streams_gaps_are_not_anothers(project: Project) -> None:
    session = make_session(project)
    first, second = make_stream(session), make_stream(session)
    make_chunks(first, [0, 2])
    make_chunks(second, [0, 1, 2])
    assert [gap.stream for gap in load_manifest(project, session.uuid).gaps] == [first.stream_id]


def test_a_session_without_streams_still_has_a_span(project: Project) -> None:
    session = make_session(project)
    found = load_manifest(project, session.uuid)
    assert (found.start_ms, found.end_ms) == (START_MS, START_MS + 60_000)
    assert [*found.windows, *found.streams, *found.gaps, *found.moments] == []


def test_a_manifest_too_long_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_session(project)
    make_chunks(make_stream(session), range(4))
    assert load_manifest(project, session.uuid).truncated == []
    monkeypatch.setattr(manifest, "MAX_CHUNKS", 3)
    found = load_manifest(project, session.uuid)
    assert found.truncated == ["chunks"]
    assert len(found.streams[0].chunks) == 3


def test_an_unknown_session_has_none(project: Project, other_project: Project) -> None:
    for session in (uuid.uuid4(), make_session(other_project).uuid):
        with pytest.raises(NotFound):
            load_manifest(project, session)


def test_it_costs_eight_queries_however_many_streams(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(project)
    for n in range(12):
        stream = make_stream(session)
        make_chunks(stream, [0, 2])
        make_gap(stream, 5, 6)
        make_moment(stream, after_s=n)
    with django_assert_num_queries(8):
        found = load_manifest(project, session.uuid)
        assert [moment.stream.stream_id for moment in found.moments] == [entry.row.stream_id for entry in found.streams]
    assert len(found.gaps) == 36  # 1, 3–4 and the stated 5–6


@pytest.mark.django_db(transaction=True)
def test_it_is_read_in_one_view_outside_of_any_transaction(project: Project) -> None:
    session = make_session(project)
    make_chunks(make_stream(session), range(3))
    assert len(load_manifest(project, session.uuid).streams[0].chunks) == 3
    make_session(project, started_at=START)  # and the connection can write again


@given(st.sets(st.integers(0, 60)), st.integers(0, 20))
def test_known_and_missing_together_are_all(known: set[int], start: int) -> None:
    missing = {seq for first, last in missing_ranges([(seq, seq) for seq in known], start) for seq in range(first, last + 1)}
    highest = max(known, default=-1)
    assert missing == {seq for seq in range(start, highest + 1) if seq not in known}
