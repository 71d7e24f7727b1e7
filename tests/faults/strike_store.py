"""The store: down, silent, slow, refusing, breaking, damaging, forgetting to answer; and Redis, which nobody waits for."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.crowd import Crowd
from tests.faults.fault import bitten, fault
from tests.faults.relay_store import Faults
from tests.faults.world import World


@fault("the store cannot be reached, until pages were told so")
def store_down(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.store is not None
    world.store.down()
    crowd.wait_refused("store_unavailable")
    yield
    world.store.up()


@fault("the store's connections stand and nothing moves on them; then they break")
def store_silent(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.store is not None
    world.store.silence()
    bitten(world.store, crowd)
    time.sleep(dice.uniform(0.2, 0.8))  # how long it is silent is the fault itself
    yield
    world.store.up()


@fault("each PUT takes a second longer")
def store_slow(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.store is not None
    world.store.delay_s = 1.0
    bitten(world.store, crowd)
    crowd.wait_moved()
    yield
    world.store.up()


@contextmanager
def _spoiled(world: World, crowd: Crowd, faults: Faults, code: str = "") -> Iterator[None]:
    assert world.store is not None
    before, refused = world.store.bites, crowd.refused[code]
    world.store.spoil(faults)
    crowd.wait(lambda: world.store is not None and world.store.bites > before, "the fault to bite")
    if code:
        crowd.wait(lambda: crowd.refused[code] > refused, f"{code} said")
    yield
    world.store.up()


@fault("the store answers 503")
def store_503(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with _spoiled(world, crowd, Faults(1e9, refuse=True), "store_unavailable"):
        yield


@fault("PUTs break in the middle of their body")
def store_breaks_body(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with _spoiled(world, crowd, Faults(1e9, break_body=True), "store_unavailable"):
        yield


@fault("one bit of each PUT's body is turned on the way")
def store_flips_body(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with _spoiled(world, crowd, Faults(1e9, flip_body=True), "store_unavailable"):
        yield


@fault("the store keeps what is put, and its answers are lost")
def store_unanswered(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with _spoiled(world, crowd, Faults(1e9, lose_answer=True), "store_unavailable"):
        yield


@fault("Redis is killed; acks go on, and it comes back")
def kill_redis(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.redis is not None
    world.redis.daemon.stop(signal.SIGKILL)
    crowd.wait_moved(chunks=20)
    yield
    world.redis.start()
