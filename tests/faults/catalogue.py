"""The faults: each is made when its block begins, has bitten when the block's body runs, and is healed when the block ends.

A fault that does not bite proves nothing, so each waits until a relay, a process or a page has felt it.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.faults.crowd import Crowd
from tests.faults.relay import Cut, Link, Relay
from tests.faults.relay_database import cut
from tests.faults.relay_store import Faults
from tests.faults.world import World

Make = Callable[[World, Crowd, random.Random], AbstractContextManager[None]]
FAULTS: dict[str, Fault] = {}


@dataclass(frozen=True)
class Fault:
    """A fault by name: what it is, for people; how it is made."""

    name: str
    what: str
    make: Make
    worlds: tuple[str, ...]


def fault(what: str, *worlds: str) -> Callable[[Callable[[World, Crowd, random.Random], Iterator[None]]], Make]:
    """Enter a generator as a fault of these worlds."""

    def enter(generator: Callable[[World, Crowd, random.Random], Iterator[None]]) -> Make:
        make = contextmanager(generator)
        FAULTS[generator.__name__] = Fault(generator.__name__, what, make, worlds or ("broad",))
        return make

    return enter


def _bitten(relay: Relay, crowd: Crowd) -> None:
    """Return when a relay's fault hits something."""
    before = relay.bites
    crowd.wait(lambda: relay.bites > before, "the fault to bite")


# Web processes


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


# The database


@fault("kill -9 of one PostgreSQL backend; the server then restarts all of them and recovers")
def kill_backend(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    crowd.wait(world.kill_backend, "a backend to kill")
    yield
    _wait_database(world)


@fault("kill -9 of the PostgreSQL server and all its backends, fsync on; started again, it recovers from its log")
def kill_database(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.postgres is not None
    world.kill_server()
    yield
    world.postgres.start()


@fault("every connection to the database is reset at once, as in a failover")
def cut_database(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    before = world.database.bites
    while world.database.bites == before:
        world.database.cut()
    yield


@fault("the database cannot be reached, until pages were told so")
def database_down(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.down()
    crowd.wait_refused("index_unavailable")
    yield
    world.database.up()


@fault("the database's connections stand and nothing moves on them; then they break")
def database_silent(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.silence()
    _bitten(world.database, crowd)
    time.sleep(dice.uniform(0.2, 0.8))  # how long it is silent is the fault itself
    yield
    world.database.up()


@fault("each of the database's answers takes 30 ms longer")
def database_slow(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.delay_s = 0.03
    _bitten(world.database, crowd)
    crowd.wait_moved()
    yield
    world.database.up()


@fault("the connection breaks when COMMIT is said, before PostgreSQL hears it")
def commit_unheard(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.before_commit = cut
    _bitten(world.database, crowd)
    yield
    world.database.up()


@fault("the connection breaks after PostgreSQL committed, before its answer arrives")
def commit_unanswered(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.after_commit = cut
    _bitten(world.database, crowd)
    yield
    world.database.up()


@fault("somebody else holds the rows of a session and its streams locked")
def lock_wait(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with world.connect() as stranger:
        stranger.execute("SELECT 1 FROM replay_session ORDER BY id DESC LIMIT 3 FOR UPDATE")
        stranger.execute("SELECT 1 FROM replay_stream ORDER BY id DESC LIMIT 3 FOR UPDATE")
        crowd.wait(lambda: waiting_for(stranger) > 0, "somebody to wait for the lock")
        time.sleep(dice.uniform(0.1, 0.5))  # how long it lasts is the fault itself
        yield
        stranger.rollback()


@fault("a transaction that locks sessions in the other order: a deadlock, in which the writer loses")
def deadlock(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with world.connect() as watcher:
        before = _deadlocks(watcher)
        while _deadlocks(watcher) == before:
            _try_deadlock(world, crowd)
    yield


def _try_deadlock(world: World, crowd: Crowd) -> None:
    """Lock the newest session, wait until a writer that holds older ones waits for it, and ask for those."""
    with world.connect() as stranger:
        stranger.execute("SET deadlock_timeout = '10s'")  # the writer's own timer goes off first: it is the one to lose
        newest = stranger.execute("SELECT max(id) FROM replay_session").fetchone()
        stranger.execute("SELECT 1 FROM replay_session WHERE id = %s FOR UPDATE", newest)
        crowd.wait(lambda: waiting_for(stranger) > 0, "a writer to wait")
        try:
            stranger.execute("SET LOCAL lock_timeout = '3s'")
            stranger.execute("SELECT 1 FROM replay_session WHERE id < %s ORDER BY id DESC LIMIT 2 FOR UPDATE", newest)
        except psycopg.Error:
            pass  # lost it ourselves, or nobody held those
        stranger.rollback()


def waiting_for(stranger: psycopg.Connection[Any]) -> int:
    """Return how many backends wait for a lock that this connection holds."""
    rows = stranger.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    ).fetchone()
    return int(rows[0]) if rows else 0


def _deadlocks(watcher: psycopg.Connection[Any]) -> int:
    row = watcher.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    watcher.rollback()  # else one sees the same numbers for ever
    return int(row[0]) if row else 0


def _wait_database(world: World, timeout_s: float = 30) -> None:
    """Return when PostgreSQL takes connections again."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            with world.connect():
                return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


# The store


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
    _bitten(world.store, crowd)
    time.sleep(dice.uniform(0.2, 0.8))  # how long it is silent is the fault itself
    yield
    world.store.up()


@fault("each PUT takes a second longer")
def store_slow(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.store is not None
    world.store.delay_s = 1.0
    _bitten(world.store, crowd)
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


# Redis


@fault("Redis is killed; acks go on, and it comes back")
def kill_redis(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.redis is not None
    world.redis.daemon.stop(signal.SIGKILL)
    crowd.wait_moved(chunks=20)
    yield
    world.redis.start()
