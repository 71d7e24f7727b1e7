"""A disk that fills up: nothing more is acked, pages and operators are told why; with room it goes on by itself."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.disk import Disk, NoMount, small_disk
from tests.faults.world import World, embedded_world

MIB = 1024 * 1024
LEAST_FREE_MIB = 8


@dataclass
class Tight:
    """An embedded Playhead on a disk of 96 MiB."""

    world: World
    disk: Disk


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tight]:
    try:
        with (
            small_disk(tmp_path_factory.mktemp("tight") / "disk", 96) as disk,
            embedded_world(disk.path, STORE_LEAST_FREE_MIB=str(LEAST_FREE_MIB)) as world,
        ):
            yield Tight(world, disk)
    except NoMount as problem:
        pytest.skip(str(problem))


def readiness(world: World) -> str:
    """Return what /readyz says."""
    try:
        with urllib.request.urlopen(f"{world.layout.base_url}/readyz", timeout=10) as answer:
            said: bytes = answer.read()
    except urllib.error.HTTPError as error:
        said = error.read()
    return said.decode().strip()


@pytest.mark.parametrize("leave_bytes", [LEAST_FREE_MIB * MIB // 2, 0], ids=["into_the_reserve", "to_the_last_block"])
def test_a_full_disk_stops_acks_and_nothing_needs_repair(tight: Tight, leave_bytes: int) -> None:
    world, disk = tight.world, tight.disk
    assert readiness(world) == "ok"
    with world.crowd(seed=31, streams=4, chunks=30, pace_s=0.02, body_bytes=4_000) as crowd:
        crowd.wait_acked(0.2)
        disk.fill(leave_bytes)
        crowd.wait_refused("store_full")
        held = crowd.acked
        crowd.wait(lambda: readiness(world) == "store full", "operators to be told")
        crowd.wait_refused("store_full")
        kept_on = crowd.acked - held
        disk.clear()
        back_s = crowd.wait_moved()
        crowd.finish()
    print(f"left {leave_bytes} bytes: {kept_on} acks meanwhile, {dict(crowd.refused)}, back after {back_s:.2f} s")
    assert kept_on == 0
    assert set(crowd.refused) <= {"store_full", "index_unavailable"}
    world.assert_kept(crowd)
    crowd.wait(lambda: readiness(world) == "ok", "to be ready again")


def test_it_may_be_killed_on_a_full_disk_too(tight: Tight) -> None:
    world, disk = tight.world, tight.disk
    (web,) = world.layout.webs
    with world.crowd(seed=32, streams=4, chunks=20, pace_s=0.02) as crowd:
        crowd.wait_acked(0.3)
        disk.fill(0)
        crowd.wait_refused("store_full", "index_unavailable")
        web.kill()
        web.start()
        disk.clear()
        crowd.finish()
    world.assert_kept(crowd)
