"""A running Playhead whose services can be broken: relays before PostgreSQL and the store, servers of its own to kill."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import urlsplit

import psycopg

from scripts.services.postgres import Postgres
from scripts.services.redis import Redis
from tests import backends
from tests.backends import Backends
from tests.faults.check import Problem, Replayed, Told, problems
from tests.faults.crowd import Crowd
from tests.faults.journal import Journal, Manner
from tests.faults.kernel import children_of, inodes_from, kill, sockets_of
from tests.faults.relay import Background
from tests.faults.relay_database import DatabaseRelay
from tests.faults.relay_store import StoreRelay
from tests.journeys.api import Api, NotNow
from tests.layouts import Layout, MadeProject, embedded_layout, production_layout
from tests.processes import ROOT, Process, free_port

YOUNG_S = 3.0  # a pack younger than this may still be written


class Inside:
    """The process that looks at a layout from within."""

    module = "tests.faults.inside"

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self._argv = [sys.executable, "-m", self.module]
        self.process = subprocess.Popen(
            self._argv, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._read() == {"ready": True}

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Return the answer to one request."""
        self.begin(do, **request)
        return self.end()

    def begin(self, do: str, **request: Any) -> None:
        """Ask, and do not wait for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """Return the answer to what was begun."""
        answer = self._read()
        assert "error" not in answer, answer
        return answer

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@dataclass
class World:
    """A layout, and what can be broken in it."""

    layout: Layout
    shop: MadeProject
    inside: Inside
    api: Api
    database: DatabaseRelay | None = None
    store: StoreRelay | None = None
    postgres: Postgres | None = None
    redis: Redis | None = None
    database_url: str = ""  # past the relay, as a superuser
    _starting: list[Process] = field(default_factory=list)

    def crowd(self, seed: int, streams: int = 6, posts: int = 1, url: str = "", **manner: Any) -> Crowd:
        """Return pages that will talk to this layout."""
        return Crowd(url or self.layout.socket_url, self.shop.write_key, seed, streams, Manner(**manner), posts)

    def connect(self) -> psycopg.Connection[Any]:
        """Return a connection of a stranger to the database."""
        return psycopg.connect(self.database_url, autocommit=False)

    # Web processes

    def kill(self, web: Process) -> None:
        web.kill()

    def start_again(self) -> None:
        """Start every web process that does not run, without waiting for it."""
        for web in self.layout.webs:
            if not web.is_alive:
                web.start(is_waited_for=False)

    def wait_ready(self) -> None:
        """Return when every web process listens."""
        self.start_again()
        for web in self.layout.webs:
            web.wait_ready()

    def web_of_port(self, port: int) -> Process | None:
        """Return the web process that owns a loopback connection from this port."""
        inodes = inodes_from(port)
        for web in self.layout.webs:
            if web.is_alive and inodes & sockets_of(web.pid):
                return web
        return None

    # PostgreSQL itself

    def kill_server(self) -> None:
        """End PostgreSQL as a power cut would: the postmaster and all its children, SIGKILL."""
        assert self.postgres is not None
        pid = self.postgres.daemon.pid
        assert pid is not None
        children = children_of(pid)
        for one in (pid, *children):
            kill(one)
        until = time.monotonic() + 10
        while self.postgres.daemon.pid and time.monotonic() < until:
            time.sleep(0.01)

    def kill_backend(self) -> bool:
        """Kill one PostgreSQL backend that serves the layout; return whether there was one."""
        with self.connect() as stranger:
            rows = stranger.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND usename = 'playhead' ORDER BY state_change DESC LIMIT 1"
            ).fetchall()
        return bool(rows) and kill(rows[0][0])

    # The checker

    def check(self, journals: list[Journal], *, is_quick: bool = False) -> list[Problem]:
        """Return everything that is not as promised, looked at through the public API and past it.

        A quick look leaves out packs that are too young to be swept, and objects that no row knows.
        """
        if self.store is not None:
            self.store.wait_idle()
        sessions = sorted({str(journal.stream.session) for journal in journals if journal.cuts})
        with ThreadPoolExecutor(3) as pool:
            asked = pool.submit(self.inside.ask, "sessions", uuids=sessions)
            replayed = {name: stream for streams in pool.map(self.replayed, sessions) for name, stream in streams.items()}
            found = asked.result()
        open_packs = 0 if is_quick else self._swept()
        orphans: dict[str, list[str]] = {"orphans": [], "missing": []} if is_quick else self.inside.ask("orphans")
        told = Told(
            found["sessions"], found["streams"], replayed, open_packs, tuple(orphans["orphans"]), tuple(orphans["missing"])
        )
        return problems(journals, told)

    def assert_kept(self, crowd: Crowd) -> None:
        """Nothing is lost, doubled, changed, unnamed or left over."""
        found = self.check(crowd.journals)
        assert not found, "\n".join(map(str, found[:20]))

    def _swept(self) -> int:
        """Sweep what is old enough to be given up; return how many packs are open all the same."""
        until = time.monotonic() + YOUNG_S + 2
        while (left := self.inside.ask("sweep", older_than_s=YOUNG_S)["open"]) and time.monotonic() < until:
            time.sleep(0.1)
        return int(left)

    def replayed(self, session: str) -> dict[str, Replayed]:
        """Return a session's streams as the public API gives them; none where it does not know the session."""
        try:
            manifest = self.api.manifest(session)
        except NotNow:
            return {}
        streams: dict[str, Replayed] = {}
        for row in manifest["streams"]:
            upto = max([chunk[0] + 1 for chunk in row["chunks"]], default=0)
            whole = {**row, "next_seq": upto}
            replayed = streams[row["id"]] = Replayed()
            logs = {record.seq: record.body for record in self.api.chunks(session, whole, "log")}
            for record in self.api.chunks(session, whole, "dom"):
                pair = tuple(hashlib.sha256(body).hexdigest() for body in (record.body, logs.get(record.seq, b"")))
                replayed.bodies.setdefault(record.seq, []).append(pair)  # type: ignore[arg-type]
        for gap in manifest["gaps"]:
            streams[gap["stream"]].holes.append((gap["first_seq"], gap["last_seq"], gap["reason"]))
        return streams


@contextmanager
def production_world(folder: Path, **settings: str) -> Iterator[World]:
    """Run the production layout on a PostgreSQL with fsync and a Redis of its own, behind relays."""
    running = backends.get()
    with ExitStack() as stack:
        own = Path(tempfile.mkdtemp(prefix="playhead-faults-"))  # PostgreSQL's user may not enter pytest's folders
        stack.callback(rmtree, own, ignore_errors=True)
        own.chmod(0o711)
        postgres, redis = Postgres(own, free_port(), is_durable=True), Redis(own, free_port())
        for service in (postgres, redis):
            stack.callback(service.stop)
            service.start()
        background = Background()
        stack.callback(background.stop)
        store_port, postgres_port = urlsplit(running.env["S3_ENDPOINT_URL"]).port or 80, postgres.port
        database = DatabaseRelay(background, lambda: postgres_port)
        store = StoreRelay(background, lambda: store_port)
        for relay in (database, store):
            relay.up()
            stack.callback(relay.down)
        env = {
            **running.env,
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{database.port}/postgres",
            "REDIS_URL": redis.env["REDIS_URL"],
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{store.port}",
        }
        layout = stack.enter_context(production_layout(folder, Backends(env), **settings))
        name = urlsplit(layout.env["DATABASE_URL"]).path
        direct = {
            **layout.env,
            "DATABASE_URL": layout.env["DATABASE_URL"].replace(f":{database.port}/", f":{postgres.port}/"),
            "S3_ENDPOINT_URL": running.env["S3_ENDPOINT_URL"],
        }
        inside = Inside(direct)
        stack.callback(inside.stop)
        shop = layout.make_project()
        api = Api(layout.base_url, shop.id, shop.token)
        url = f"postgres://postgres@127.0.0.1:{postgres.port}{name}"
        yield World(layout, shop, inside, api, database, store, postgres, redis, url)


@contextmanager
def embedded_world(folder: Path, **settings: str) -> Iterator[World]:
    """Run the embedded layout: SQLite and files."""
    with embedded_layout(folder, **settings) as layout, ExitStack() as stack:
        inside = Inside(dict(layout.env))
        stack.callback(inside.stop)
        shop = layout.make_project()
        yield World(layout, shop, inside, Api(layout.base_url, shop.id, shop.token))
