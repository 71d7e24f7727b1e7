"""Services that are there and too slow, processes that are replaced under load: bounded waits, flat memory, nothing lost."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.faults.crowd import Crowd
from tests.faults.memory import rss_mb
from tests.faults.strike_database import lock_newest, waiting_for
from tests.faults.world import World

TRANSIENT = {"server_closing", "store_unavailable", "index_unavailable", "too_many", "over_quota"}
MOST_GROWTH_MB = 64


@pytest.fixture(autouse=True)
def _all_is_well_again(broad: World) -> Iterator[None]:
    yield
    assert broad.store is not None
    assert broad.database is not None
    broad.store.up()
    broad.database.up()
    broad.wait_ready()


def answers_in_s(url: str) -> float:
    """Return how long an address takes to answer 200."""
    began = time.monotonic()
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def acks_s(crowd: Crowd) -> list[float]:
    """Return when acks came."""
    return [at_s for journal in crowd.journals for at_s, _ in journal.acks]


def last_ack_s(crowd: Crowd) -> float:
    return max(acks_s(crowd))


def test_a_store_that_takes_ten_seconds_costs_patience_and_no_memory(broad: World) -> None:
    assert broad.store is not None
    webs = broad.layout.webs
    with broad.crowd(seed=41, streams=10, posts=0, pace_s=0.02, body_bytes=20_000) as crowd:
        crowd.wait_acked(0.5)
        before = sum(rss_mb(web.pid) for web in webs)
        broad.store.delay_s = 10.0
        began = time.monotonic()
        crowd.wait(lambda: last_ack_s(crowd) > began + 8, "an ack whose put took ten seconds")
        waited_s = max(after - before for before, after in pairwise(sorted(acks_s(crowd))))
        assert answers_in_s(f"{broad.layout.base_url}/healthz") < 2
        grown = sum(rss_mb(web.pid) for web in webs) - before
        broad.store.up()
        back_s = crowd.wait_moved(chunks=50)
        crowd.finish()
    print(f"no ack for {waited_s:.1f} s; {grown:.0f} MiB more; 50 acks came {back_s:.1f} s after it was quick again")
    assert waited_s > 5
    assert grown < MOST_GROWTH_MB
    assert set(crowd.refused) <= TRANSIENT
    broad.assert_kept(crowd)


def test_a_lock_that_is_held_too_long_is_waited_for_in_bounds(broad: World) -> None:
    with broad.crowd(seed=42, streams=4, posts=0) as crowd:
        crowd.wait_acked(0.3)
        with broad.connect() as stranger:
            lock_newest(stranger, "session", 2)
            crowd.wait(lambda: waiting_for(stranger) > 0, "somebody to wait for the lock")
            began = time.monotonic()
            crowd.wait_refused("index_unavailable")
            told_s = time.monotonic() - began
            stranger.rollback()
        crowd.wait_moved()
        crowd.finish()
    print(f"pages were told after {told_s:.1f} s")
    assert told_s < 15
    broad.assert_kept(crowd)


def test_the_smallest_pool_of_connections_is_enough_to_lose_nothing(broad: World) -> None:
    web = broad.layout.webs[0]
    usual = web.env
    web.env = {**usual, "DATABASE_POOL_MAX": "4"}
    web.restart()
    try:
        url = f"ws://127.0.0.1:{web.port}/ingest/v1"
        with broad.crowd(seed=43, streams=10, posts=2, url=url, chunks=15, drop=0.1) as crowd:
            crowd.wait_acked(0.2)
            with broad.connect() as stranger:  # one of the four waits here
                lock_newest(stranger, "session", 4)
                crowd.wait(lambda: waiting_for(stranger) > 0, "somebody to wait for the lock")
                stranger.rollback()
            crowd.wait_moved()
            crowd.finish()
    finally:
        web.env = usual
        web.restart()
    assert set(crowd.refused) <= TRANSIENT
    broad.assert_kept(crowd)


def test_a_rolling_restart_under_load_is_not_noticed(broad: World) -> None:
    broad.wait_ready()
    with broad.crowd(seed=44, streams=12, posts=4, pace_s=0.02, drop=0.0) as crowd:
        crowd.wait_acked(0.2)
        took = []
        for web in broad.layout.webs:
            began = time.monotonic()
            web.stop()
            took.append(time.monotonic() - began)
            assert web.popen is not None
            assert web.popen.returncode == 0, web.tail()
            crowd.wait_moved(chunks=20)  # by the one that is left
            web.start()
            crowd.wait_moved(chunks=20)
        crowd.finish()
    print(f"each went within {max(took):.1f} s; pages heard {dict(crowd.refused)}")
    assert max(took) < 20
    assert set(crowd.refused) <= {"server_closing"}
    broad.assert_kept(crowd)


def test_while_redis_is_gone_acks_go_on_and_what_is_kept_can_be_read(broad: World) -> None:
    assert broad.redis is not None
    with broad.crowd(seed=45, streams=3, posts=0) as crowd:
        crowd.wait_acked(0.2)
        broad.redis.stop()
        try:
            session = str(crowd.journals[0].stream.session)
            before = broad.api.session(session)["size_bytes"]
            crowd.wait_moved(chunks=20)
            crowd.wait(lambda: broad.api.session(session)["size_bytes"] > before, "who polls to see it grow")
        finally:
            broad.redis.start()
        crowd.finish()
    assert not crowd.refused
    broad.assert_kept(crowd)
