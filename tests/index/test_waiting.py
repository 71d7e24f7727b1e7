"""Which sessions wait for a compaction, and which may wait longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from replay.accounts.models import Project
from replay.index.models import Pack, Session, Stream
from replay.index.waiting import LARGE_BYTES, sessions_waiting, waiting
from tests.factories import make_chunks, make_session, make_stream

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AFTER = timedelta(minutes=15)

pytestmark = pytest.mark.django_db


def recorded(project: Project, *, minutes_ago: float, last_minutes_ago: float = 0, upto: int = 3, **fields: Any) -> Session:
    """Make a session with three chunks of so long ago, and a last word of then."""
    session = make_session(project, last_received_at=NOW - timedelta(minutes=last_minutes_ago), open_streams=1)
    stream = make_stream(session)
    chunks = make_chunks(stream, range(3), **fields)
    Pack.objects.filter(pk=chunks[0].pack_id).update(chunks=3, created_at=NOW - timedelta(minutes=minutes_ago))
    Stream.objects.filter(pk=stream.pk).update(next_seq=upto)
    return session


def found(most: int = 10) -> list[int]:
    return sessions_waiting(NOW, AFTER, most)


def test_a_running_session_waits_until_its_oldest_chunk_is_old(project: Project) -> None:
    recorded(project, minutes_ago=14)
    assert found() == []
    old, older = recorded(project, minutes_ago=16), recorded(project, minutes_ago=40)
    assert found() == [old.pk, older.pk]
    assert found(most=1) == [old.pk]
    assert (waiting().chunks, waiting().oldest_at) == (9, NOW - timedelta(minutes=40))


def test_a_session_that_rests_or_has_ended_is_not_left_to_wait(project: Project) -> None:
    rests = recorded(project, minutes_ago=7, last_minutes_ago=6)
    recorded(project, minutes_ago=4, last_minutes_ago=3)
    ended = recorded(project, minutes_ago=3, last_minutes_ago=2)
    Session.objects.filter(pk=ended.pk).update(open_streams=0)
    assert found() == [rests.pk, ended.pk]


def test_a_session_of_many_bytes_is_not_left_to_wait(project: Project) -> None:
    large = recorded(project, minutes_ago=1)
    Session.objects.filter(pk=large.pk).update(size_bytes=LARGE_BYTES * 2)
    assert found() == []  # most of them are in segments by now
    large.streams.get().chunks.update(dom_length=LARGE_BYTES // 2)
    assert found() == [large.pk]


def test_what_lies_behind_a_hole_or_was_erased_is_not_waited_for(project: Project) -> None:
    recorded(project, minutes_ago=40, upto=0)
    erased = recorded(project, minutes_ago=40)
    Session.objects.filter(pk=erased.pk).update(erased_at=NOW)
    assert found() == []
