"""What dead processes left is removed; what lives is not touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from replay.index.models import Pack
from replay.index.packs import open_pack
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from replay.worker.loop import Task, work
from replay.worker.sweep import sweep

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
class TestSweep:
    def test_a_stale_open_pack_goes_with_its_bytes(self) -> None:
        store = MemoryStore()
        store.put("packs/stale.pack", b"x")
        open_pack("packs/stale.pack", 1, NOW - timedelta(hours=1))
        open_pack("packs/never-put.pack", 1, NOW - timedelta(hours=1))
        assert sweep(store, NOW) == 2
        assert not Pack.objects.exists()
        assert not store.exists("packs/stale.pack")

    def test_fresh_and_kept_packs_stay(self) -> None:
        store = MemoryStore()
        open_pack("packs/fresh.pack", 1, NOW - timedelta(minutes=1))
        Pack.objects.create(key="packs/kept.pack", state=Pack.State.KEPT, created_at=NOW - timedelta(days=1))
        for key in ("packs/fresh.pack", "packs/kept.pack"):
            store.put(key, b"x")
        assert sweep(store, NOW) == 0
        assert sorted(store.keys("packs/")) == ["packs/fresh.pack", "packs/kept.pack"]

    def test_a_store_that_is_down_is_tried_again(self) -> None:
        class Down(MemoryStore):
            def delete(self, key: str) -> None:
                raise StoreUnavailable(key)

        open_pack("packs/stale.pack", 1, NOW - timedelta(hours=1))
        with pytest.raises(StoreUnavailable):
            sweep(Down(), NOW)
        assert Pack.objects.get().state == Pack.State.SWEPT
        assert sweep(MemoryStore(), NOW) == 1


@pytest.mark.django_db
def test_a_task_that_fails_does_not_stop_the_others() -> None:
    stop, done = Event(), []

    def fail() -> None:
        raise RuntimeError

    def finish() -> None:
        done.append(1)
        stop.set()

    work([Task("fails", 1, fail), Task("works", 1, finish)], stop)
    assert done == [1]
