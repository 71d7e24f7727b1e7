"""How much addresses, sockets and projects may ask: pure counting, time as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

import pytest

from replay.ingest.allowances import Allowances, Allowed, spread_ms
from replay.ingest.bucket import Bucket, Buckets
from replay.ingest.quota import MOST_WAIT_S, Quota

HERE, THERE = "203.0.113.7", "198.51.100.9"
ALLOWED = Allowed(
    sockets=5,
    sockets_per_address=2,
    handshakes_per_s=1,
    hellos_per_min=60,
    chunks_per_s=10,
    bytes_per_s=1_000,
    bytes_per_day=10_000,
    unlimited=(ip_network("127.0.0.0/8"),),
)


class TestBucket:
    def test_a_rate_is_kept_in_the_long_run(self) -> None:
        bucket, taken, now = Bucket(per_s=5, size=10), 0, 0.0
        while now < 100:
            wait_s = bucket.take(1, now)
            taken += not wait_s
            now += wait_s or 0.01
        assert 500 <= taken <= 511

    def test_more_than_it_holds_may_be_taken_once_and_is_paid_for(self) -> None:
        bucket = Bucket(per_s=10, size=10)
        assert bucket.take(100, 0.0) == 0
        assert bucket.take(1, 0.0) == pytest.approx(9.0)
        assert bucket.take(1, 9.1) == 0

    def test_only_so_many_are_remembered(self) -> None:
        buckets: Buckets[int] = Buckets(1, 1, most_keys=100)
        for key in range(1_000):
            buckets[key].take(1, 0.0)
        assert len(buckets) == 100


class TestAddresses:
    def test_an_address_opens_so_many_sockets_and_no_more(self) -> None:
        allowances = Allowances(ALLOWED)
        assert [allowances.enter(HERE) for _ in range(3)] == [True, True, False]
        assert allowances.enter(THERE)
        allowances.leave(HERE)
        assert allowances.enter(HERE)

    def test_a_process_holds_so_many_sockets_and_no_more(self) -> None:
        allowances = Allowances(ALLOWED)
        assert sum(allowances.enter(f"203.0.113.{number}") for number in range(9)) == 5

    def test_addresses_that_stand_for_many_are_not_counted(self) -> None:
        allowances = Allowances(ALLOWED)
        assert sum(allowances.enter("127.0.0.1") for _ in range(9)) == 5  # all the same: the process has its own end
        assert not any(allowances.knock("127.0.0.1", 0.0) for _ in range(100))

    def test_who_knocks_too_fast_waits_and_others_do_not(self) -> None:
        allowances = Allowances(ALLOWED)
        waits = [allowances.knock(HERE, 0.0) for _ in range(12)]
        assert waits[:10] == [0.0] * 10
        assert waits[10] > 0
        assert allowances.knock(THERE, 0.0) == 0
        assert allowances.knock(HERE, 2.0) == 0


class TestProjects:
    def test_hellos_and_bytes_of_one_project_are_not_another_s(self) -> None:
        allowances = Allowances(ALLOWED)
        assert [bool(allowances.say_hello(1, 0.0)) for _ in range(61)] == [False] * 60 + [True]
        assert allowances.bring(1, 20_000, 0.0) == 0
        assert allowances.bring(1, 1, 0.0) == pytest.approx(10.0)
        assert allowances.say_hello(2, 0.0) == 0
        assert allowances.bring(2, 1, 0.0) == 0

    def test_who_is_sent_away_together_comes_back_apart(self) -> None:
        waits = [spread_ms(60) for _ in range(200)]
        assert min(waits) >= 60_000
        assert max(waits) <= 76_000
        assert len(set(waits)) > 100


class Database:
    """Stands for the table that all processes share."""

    def __init__(self) -> None:
        self.sums: dict[tuple[date, int], int] = {}
        self.is_down = False

    async def tell(self, day: date, size_bytes: Mapping[int, int]) -> dict[int, int]:
        if self.is_down:
            raise OSError
        for project_id, size in size_bytes.items():
            self.sums[day, project_id] = self.sums.get((day, project_id), 0) + size
        return {project_id: self.sums[day, project_id] for project_id in size_bytes}


class Now:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class TestQuota:
    async def test_processes_count_together(self) -> None:
        database, now = Database(), Now()
        one, two = Quota(1_000, database.tell, now), Quota(1_000, database.tell, now)
        one.count(7, 600)
        two.count(7, 600)
        assert (one.wait_s(7), two.wait_s(7)) == (0, 0)
        await one.tell()
        await two.tell()
        assert two.wait_s(7) == MOST_WAIT_S
        one.count(7, 1)
        await one.tell()
        assert one.wait_s(7) == MOST_WAIT_S
        assert one.wait_s(8) == 0
        assert database.sums == {(date(2026, 11, 23), 7): 1_201}

    async def test_a_process_that_starts_learns_what_was_used(self) -> None:
        database, now = Database(), Now()
        database.sums[date(2026, 11, 23), 7] = 1_000
        quota = Quota(1_000, database.tell, now)
        quota.meet(7)
        await quota.tell()
        assert quota.wait_s(7) == MOST_WAIT_S
        assert database.sums == {(date(2026, 11, 23), 7): 1_000}

    async def test_what_cannot_be_told_is_told_later_and_once(self) -> None:
        database, now = Database(), Now()
        quota = Quota(1_000, database.tell, now)
        quota.count(7, 400)
        database.is_down = True
        await quota.tell()
        quota.count(7, 500)
        assert quota.wait_s(7) == 0
        quota.count(7, 100)
        assert quota.wait_s(7) == MOST_WAIT_S  # it counts here meanwhile
        database.is_down = False
        await quota.tell()
        assert database.sums == {(date(2026, 11, 23), 7): 1_000}

    async def test_a_new_day_begins_at_midnight(self) -> None:
        database, now = Database(), Now()
        quota = Quota(1_000, database.tell, now)
        quota.count(7, 1_000)
        await quota.tell()
        now.at += timedelta(hours=1, minutes=20)
        assert quota.wait_s(7) == 600
        now.at += timedelta(minutes=10)
        assert quota.wait_s(7) == 0
        quota.count(7, 1)
        await quota.tell()
        assert database.sums[date(2026, 11, 24), 7] == 1

    async def test_no_bound_is_no_bound(self) -> None:
        quota = Quota(0, Database().tell)
        quota.count(7, 10**15)
        assert quota.wait_s(7) == 0
