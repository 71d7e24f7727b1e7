"""The manifest: windows, streams, chunks on the server's clock, gaps stated and silent."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from replay.accounts.models import Project
from replay.index import manifest
from replay.index.errors import NotFound
from replay.index.manifest import Hole, load_manifest, missing_ranges
from tests.factories import START, START_MS, make_chunks, make_gap, make_moment, make_session, make_stream


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
    stream = make_stream(session, segmented_upto=5)
    make_chunks(stream, [5, 7])
    assert [gap.first_seq for gap in load_manifest(project, session.uuid).gaps] == [6]


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
    assert not load_manifest(project, session.uuid).chunks_truncated
    monkeypatch.setattr(manifest, "MAX_CHUNKS", 3)
    found = load_manifest(project, session.uuid)
    assert found.chunks_truncated
    assert len(found.streams[0].chunks) == 3


def test_an_unknown_session_has_none(project: Project, other_project: Project) -> None:
    for session in (uuid.uuid4(), make_session(other_project).uuid):
        with pytest.raises(NotFound):
            load_manifest(project, session)


def test_it_costs_five_queries_however_many_streams(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(project)
    for n in range(12):
        stream = make_stream(session)
        make_chunks(stream, [0, 2])
        make_gap(stream, 5, 6)
        make_moment(stream, after_s=n)
    with django_assert_num_queries(5):
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
