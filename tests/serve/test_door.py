"""Who may connect, and how fast."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from replay.serve.door import BESIDE_SOCKETS, Door

HERE = "203.0.113.7"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make_door(
    sockets: int = 10_000, per_address: int | None = 1, accepts_per_s: int = 1_000_000
) -> tuple[Door, list[float], Clock]:
    shut: list[float] = []
    clock = Clock()
    return Door(sockets, per_address, accepts_per_s, [ip_network("127.0.0.0/8")], shut.append, clock), shut, clock


def test_one_address_finds_an_end_and_others_do_not_notice() -> None:
    door, _, _ = make_door(per_address=1)
    let_in = [door.enter(HERE) for _ in range(BESIDE_SOCKETS + 5)]
    assert (let_in.count(True), door.turned_away) == (BESIDE_SOCKETS + 1, 4)
    assert door.enter("198.51.100.9")
    door.leave(HERE)
    assert door.enter(HERE)


def test_a_process_finds_an_end() -> None:
    door, _, _ = make_door(sockets=1, per_address=None)
    assert sum(door.enter(f"203.0.113.{number}") for number in range(250)) == BESIDE_SOCKETS + 1


def test_addresses_that_stand_for_many_are_not_counted() -> None:
    door, _, _ = make_door(per_address=1)
    assert all(door.enter("127.0.0.1") for _ in range(BESIDE_SOCKETS + 50))


def test_a_storm_waits_outside() -> None:
    door, shut, clock = make_door(accepts_per_s=10, per_address=None)
    for _ in range(9):
        assert door.enter(HERE)
    assert shut == []
    for _ in range(5):  # these are through already; the next ones wait, and longer the more there were
        assert door.enter(HERE)
    assert shut == pytest.approx([0.1, 0.1, 0.2, 0.3, 0.4])
    clock.now += 1.0
    assert door.enter(HERE)
    assert len(shut) == 5
