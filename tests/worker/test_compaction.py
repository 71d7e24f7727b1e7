"""The worker's rounds of compaction: what waits is done, what cannot be done keeps nobody else from it, and all is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from replay.accounts.models import Project
from replay.index.models import Chunk, Pack, Segment, Session, Volume
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from replay.worker import compaction
from replay.worker.backlog import Backlog
from replay.worker.compact import compact_session
from replay.worker.compaction import Compactor
from replay.worker.folder import Folder
from tests.factories import make_session, make_stream
from tests.worker.recorded import record

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    folder = Folder(1_024, 20)
    yield folder
    folder.close()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def backlog() -> Backlog:
    return Backlog()


@pytest.fixture
def compactor(store: MemoryStore, folder: Folder, backlog: Backlog) -> Compactor:
    return Compactor(lambda: store, folder, timedelta(minutes=15), timedelta(hours=25), backlog.compacting)


@pytest.fixture
def sessions(project: Project, store: MemoryStore) -> list[Session]:
    """Three sessions whose chunks are an hour old."""
    made = [make_session(project) for _ in range(3)]
    for session in made:
        record(make_stream(session), range(4), store)
    Pack.objects.update(chunks=1, created_at=datetime.now(UTC) - timedelta(hours=1))
    return made


def test_all_that_waits_is_compacted_and_counted(compactor: Compactor, backlog: Backlog, sessions: list[Session]) -> None:
    backlog.look(datetime.now(UTC))
    assert backlog.chunks_waiting == 12
    assert backlog.oldest_waiting_s == pytest.approx(3_600, abs=60)
    compactor.run()
    backlog.look(datetime.now(UTC))
    tally = backlog.compacting
    assert (tally.compactions, tally.segments, tally.chunks, tally.sessions_waiting) == (3, 3, 12, 0)
    assert tally.cpu_s > 0
    assert tally.stored_bytes == sum(Volume.objects.values_list("size_bytes", flat=True))
    assert (backlog.chunks_waiting, backlog.oldest_waiting_s, Chunk.objects.count()) == (0, 0.0, 0)


def test_a_session_that_cannot_be_compacted_keeps_no_other_from_it(
    compactor: Compactor, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = compact_session

    def fail_for_the_first(store: Any, folder: Any, session_id: int, *rest: Any) -> Any:
        if session_id == sessions[0].pk:
            raise ZeroDivisionError
        return usual(store, folder, session_id, *rest)

    monkeypatch.setattr(compaction, "compact_session", fail_for_the_first)
    with pytest.raises(ZeroDivisionError):  # the round is a failed one, for whoever looks at the metrics
        compactor.run()
    assert set(Segment.objects.values_list("session_id", flat=True)) == {session.pk for session in sessions[1:]}
    compactor.run()  # it is left alone for a while


def test_a_store_that_is_down_ends_the_round(compactor: Compactor, sessions: list[Session], store: MemoryStore) -> None:
    class Down(MemoryStore):
        def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
            raise StoreUnavailable(key)

    compactor.open_store = Down
    with pytest.raises(StoreUnavailable):
        compactor.run()
    assert not Volume.objects.exists()
    compactor.open_store = lambda: store
    compactor.run()
    assert Volume.objects.count() == 3


def test_a_worker_that_is_to_end_begins_nothing_new(compactor: Compactor, sessions: list[Session]) -> None:
    calls = iter([False, True])
    compactor.is_stopped = lambda: next(calls, True)
    compactor.run()
    assert (Volume.objects.count(), Chunk.objects.count()) == (0, 12)
    compactor.is_stopped = lambda: False
    compactor.run()
    assert Chunk.objects.count() == 0
