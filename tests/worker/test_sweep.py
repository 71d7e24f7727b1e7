"""What dead processes left is removed; what lives is not touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from replay.index.arrival import Outcome
from replay.index.keep import keep_pack
from replay.index.models import Chunk, Pack
from replay.index.ops import PackSwept
from replay.index.packs import open_pack
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from replay.worker.loop import Task, work
from replay.worker.sweep import OPEN_AT_MOST, sweep
from tests.index.test_keep import Keeper, keep, page
from tests.pages_say import PageStream

__all__ = ["keep", "page"]  # fixtures

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOW + OPEN_AT_MOST + timedelta(seconds=1)


@pytest.mark.django_db
class TestSweep:
    def test_a_stale_open_pack_goes_with_its_bytes(self) -> None:
        store = MemoryStore()
        store.put("packs/stale.pack", b"x")
        open_pack("packs/stale.pack", 1, NOW - timedelta(hours=1))
        open_pack("packs/never-put.pack", 1, NOW - timedelta(hours=1))
        assert sweep(store, NOW) == 0
        assert {pack.state for pack in Pack.objects.all()} == {Pack.State.SWEPT}
        assert sweep(store, LATER) == 2
        assert not Pack.objects.exists()
        assert not store.exists("packs/stale.pack")

    def test_a_put_that_lands_after_the_sweeper_came_leaves_no_object_behind(self) -> None:
        store = MemoryStore()
        open_pack("packs/slept.pack", 1, NOW - timedelta(hours=1))
        sweep(store, NOW)
        store.put("packs/slept.pack", b"x")
        sweep(store, LATER)
        assert not list(store.keys("packs/"))

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
        sweep(Down(), NOW)
        with pytest.raises(StoreUnavailable):
            sweep(Down(), LATER)
        assert Pack.objects.get().state == Pack.State.SWEPT
        assert sweep(MemoryStore(), LATER) == 1


@pytest.mark.django_db
class TestLives:
    """A pack's row and its sweeper, as they meet in practice."""

    def test_a_pack_of_a_process_that_was_just_killed_waits_its_time(self) -> None:
        store = MemoryStore()
        store.put("packs/killed.pack", b"x")
        open_pack("packs/killed.pack", 1, NOW)
        assert sweep(store, NOW) == 0  # its process may only be slow
        assert sweep(store, NOW + OPEN_AT_MOST) == 0
        assert sweep(store, LATER) == 0  # given up; a put may still be on its way
        assert sweep(store, LATER + OPEN_AT_MOST + timedelta(seconds=1)) == 1
        assert not store.exists("packs/killed.pack")

    def test_a_pack_of_nothing_but_duplicates_goes_and_the_first_stays(self, keep: Keeper, page: PageStream) -> None:
        store = MemoryStore()
        arrival = keep.arrival(page, page.chunk(0))
        for key, outcome in (("packs/1.pack", Outcome(None, 1)), ("packs/2.pack", Outcome(None, 1))):
            store.put(key, b"x")
            assert keep.keep(arrival) == [outcome]
        assert sweep(store, LATER) == 1
        assert list(store.keys("packs/")) == ["packs/1.pack"]
        assert [pack.key for pack in Pack.objects.all()] == ["packs/1.pack"]

    def test_a_commit_that_comes_after_the_sweeper_is_refused(self, keep: Keeper, page: PageStream) -> None:
        pack_id = keep.open_pack(NOW - timedelta(hours=1))
        sweep(MemoryStore(), NOW)
        with pytest.raises(PackSwept):
            keep_pack(pack_id, [keep.arrival(page, page.chunk(0))])
        assert not Chunk.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_pack_whose_slow_commit_is_under_way_is_passed_over(keep: Keeper, page: PageStream) -> None:
    store = MemoryStore()
    pack_id = keep.open_pack(NOW - timedelta(hours=1))
    store.put("packs/1.pack", b"x")
    locked, swept = Event(), Event()

    def commit() -> None:
        with transaction.atomic():
            Pack.objects.select_for_update().get(pk=pack_id)
            locked.set()
            assert swept.wait(20)
            keep_pack(pack_id, [keep.arrival(page, page.chunk(0))])
        connection.close()

    committing = Thread(target=commit)
    committing.start()
    assert locked.wait(20)
    assert sweep(store, NOW) == 0
    swept.set()
    committing.join(20)
    assert sweep(store, NOW) == 0
    assert Pack.objects.get().state == Pack.State.KEPT
    assert store.exists("packs/1.pack")


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
