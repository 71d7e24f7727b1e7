"""Web processes: killed at random, killed at the worst instants, asked to go."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.crowd import Crowd
from tests.faults.fault import fault
from tests.faults.relay import Cut, Link, Relay
from tests.faults.relay_store import Faults
from tests.faults.world import World


@fault("kill -9 of one web process at a random instant", "broad", "small")
def kill_web(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    world.wait_ready()
    dice.choice(world.layout.webs).kill()
    yield
    world.start_again()


@fault("kill -9 of every web process at once", "broad")
def kill_all_webs(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    world.wait_ready()
    for web in world.layout.webs:
        assert web.popen is not None
        web.popen.kill()
    for web in world.layout.webs:
        web.kill()
    yield
    world.wait_ready()


def _killer(world: World, killed: list[int]) -> Callable[[Link], None]:
    """Return a strike that ends the web process at the other end of a link, once."""

    def strike(link: Link) -> None:
        web = None if killed else world.web_of_port(link.client_port)
        if web is not None and web.popen is not None:
            web.popen.send_signal(signal.SIGKILL)
            killed.append(web.pid)
            raise Cut

    return strike


@contextmanager
def _killed_at(world: World, crowd: Crowd, arm: Callable[[Callable[[Link], None]], None], relay: Relay) -> Iterator[None]:
    world.wait_ready()
    killed: list[int] = []
    arm(_killer(world, killed))
    crowd.wait(lambda: bool(killed), "a web process to be killed")
    relay.up()
    for web in world.layout.webs:
        if web.pid in killed and web.popen is not None:
            web.popen.wait(20)
    yield
    world.start_again()


@fault("kill -9 of a web process when its COMMIT is on its way, before PostgreSQL hears it")
def kill_before_commit(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    relay = world.database
    with _killed_at(world, crowd, lambda strike: setattr(relay, "before_commit", strike), relay):
        yield


@fault("kill -9 of a web process after PostgreSQL committed, before it learns so")
def kill_after_commit(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    relay = world.database
    with _killed_at(world, crowd, lambda strike: setattr(relay, "after_commit", strike), relay):
        yield


@fault("kill -9 of a web process when its PUT has begun")
def kill_before_put(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.store is not None
    relay = world.store
    with _killed_at(world, crowd, lambda strike: relay.spoil(Faults(99, when_begun=strike)), relay):
        yield


@fault("kill -9 of a web process after the store kept its pack, before its rows are written")
def kill_after_put(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.store is not None
    relay = world.store
    with _killed_at(world, crowd, lambda strike: relay.spoil(Faults(99, when_kept=strike)), relay):
        yield


@fault("SIGTERM to one web process, which is then started again", "broad", "small")
def restart_web(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    world.wait_ready()
    web = dice.choice(world.layout.webs)
    web.stop()
    assert web.popen is not None
    assert web.popen.returncode == 0, web.tail()
    yield
    world.start_again()
