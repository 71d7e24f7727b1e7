"""The database: killed, cut off, silent, slow, locked; and connections that break around a COMMIT."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Literal

import psycopg

from tests.faults.crowd import Crowd
from tests.faults.fault import bitten, fault
from tests.faults.relay_database import cut
from tests.faults.world import World


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
    bitten(world.database, crowd)
    time.sleep(dice.uniform(0.2, 0.8))  # how long it is silent is the fault itself
    yield
    world.database.up()


@fault("each of the database's answers takes 30 ms longer")
def database_slow(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.delay_s = 0.03
    bitten(world.database, crowd)
    crowd.wait_moved()
    yield
    world.database.up()


@fault("the connection breaks when COMMIT is said, before PostgreSQL hears it")
def commit_unheard(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.before_commit = cut
    bitten(world.database, crowd)
    yield
    world.database.up()


@fault("the connection breaks after PostgreSQL committed, before its answer arrives")
def commit_unanswered(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    assert world.database is not None
    world.database.after_commit = cut
    bitten(world.database, crowd)
    yield
    world.database.up()


@fault("somebody else holds the rows of a session and its streams locked")
def lock_wait(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with world.connect() as stranger:
        lock_newest(stranger, "session", 3)
        lock_newest(stranger, "stream", 3)
        crowd.wait(lambda: waiting_for(stranger) > 0, "somebody to wait for the lock")
        time.sleep(dice.uniform(0.1, 0.5))  # how long it lasts is the fault itself
        yield
        stranger.rollback()


@fault("somebody else writes to the SQLite file, and takes a while", "small")
def file_locked(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with closing(sqlite3.connect(world.layout.data_dir / "playhead.sqlite3", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        crowd.wait(lambda: _stands_still_for(crowd, 0.3), "acks to stop")
        time.sleep(dice.uniform(0.1, 0.7))  # how long it lasts is the fault itself
        yield
        stranger.execute("ROLLBACK")


def _stands_still_for(crowd: Crowd, seconds: float) -> bool:
    before = crowd.acked
    time.sleep(seconds)
    return crowd.acked == before


@fault("a transaction that locks sessions in the other order: a deadlock, in which the writer loses")
def deadlock(world: World, crowd: Crowd, dice: random.Random) -> Iterator[None]:
    with world.connect() as watcher:
        before = _deadlocks(watcher)
        while _deadlocks(watcher) == before:
            until = time.monotonic() + (3 if _try_deadlock(world, crowd) else 0)
            while _deadlocks(watcher) == before and time.monotonic() < until:
                time.sleep(0.02)  # PostgreSQL counts a moment later
    yield


def _try_deadlock(world: World, crowd: Crowd) -> bool:
    """Lock the newest session, wait until a writer waits for it, and ask for older ones; say whether it held those."""
    with world.connect() as stranger:
        stranger.execute("SET deadlock_timeout = '10s'")  # the writer's own timer goes off first: it is the one to lose
        newest = stranger.execute("SELECT max(id) FROM replay_session").fetchone()
        stranger.execute("SELECT 1 FROM replay_session WHERE id = %s FOR UPDATE", newest)
        crowd.wait(lambda: waiting_for(stranger) > 0, "a writer to wait")
        began = time.monotonic()
        try:
            stranger.execute("SET LOCAL lock_timeout = '3s'")
            stranger.execute("SELECT 1 FROM replay_session WHERE id < %s ORDER BY id DESC LIMIT 2 FOR UPDATE", newest)
        except psycopg.Error:
            pass  # lost it ourselves
        stranger.rollback()
        return time.monotonic() - began > 0.5


def lock_newest(stranger: psycopg.Connection[Any], table: Literal["session", "stream"], count: int) -> None:
    """Lock rows in the order in which writers do: any other is a deadlock, which is a fault of its own."""
    newest = f"SELECT id FROM replay_{table} ORDER BY id DESC LIMIT %s"
    stranger.execute(f"SELECT 1 FROM replay_{table} WHERE id IN ({newest}) ORDER BY id FOR UPDATE", [count])


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
