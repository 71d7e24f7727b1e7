"""What the ingest bench measures: one web process, on services that keep what they promise, started anew for each phase."""

from __future__ import annotations

import json
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from replay.serve import MAX_MESSAGE_BYTES
from scripts.services.postgres import Postgres
from tests import backends
from tests.bootstrap import __name__ as bootstrap
from tests.processes import ROOT, Process, clean_env, free_port

UVICORN = ("--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", str(MAX_MESSAGE_BYTES))
MOST_FILES = 20_000  # sockets of a process; as many as the machine allows, up to this


@dataclass(frozen=True)
class Variant:
    """What serves, and where it keeps rows and bytes."""

    name: str
    server: str = "daphne"
    database: str = "postgres"
    store: str = "local"

    @property
    def suffix(self) -> str:
        return "" if self.name == "daphne" else f"_{self.name}"


VARIANTS = {
    each.name: each
    for each in (
        Variant("daphne"),
        Variant("uvicorn", server="uvicorn"),
        Variant("s3", store="s3"),
        Variant("sqlite", database="sqlite"),
    )
}


@dataclass
class System:
    """One running web process, and a project to record into."""

    variant: Variant
    web: Process
    write_key: str
    chunks: int = 0  # kept so far …
    puts: int = 0  # … in so many objects

    @property
    def port(self) -> int:
        assert self.web.port is not None
        return self.web.port

    def kept(self, journal: dict[str, dict[str, Any]]) -> dict[str, int]:
        """Ask what is kept of a journal; see bench/lib/kept.py."""
        answer: dict[str, int] = json.loads(_run([sys.executable, "-m", "bench.lib.kept"], self.web.env, json.dumps(journal)))
        return answer


def allow_many_files() -> None:
    """Let this process and its children hold many sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MOST_FILES), hard))


@contextmanager
def durable_postgres() -> Iterator[str]:
    """Run a PostgreSQL of our own that waits for the disk, and yield its address."""
    folder = Path(tempfile.mkdtemp(prefix="playhead-bench-"))  # below /tmp: PostgreSQL's user may not enter a home
    folder.chmod(0o711)
    postgres = Postgres(folder, free_port(), is_durable=True)
    try:
        postgres.start()
        url = postgres.env["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                row = connection.execute(f"SHOW {name}").fetchone()
                assert row == ("on",), f"{name} is {row}"
        yield url
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def system(variant: Variant, database_url: str) -> Iterator[System]:
    """Run one web process on an empty database and an empty store."""
    name = f"bench_{secrets.token_hex(4)}"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="playhead-bench-") as data:
        settings = {"DATA_DIR": data, "PORT": str(port), "SECRET_KEY": secrets.token_urlsafe(48), "LOG_LEVEL": "WARNING"}
        if variant.database == "postgres":
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            settings["DATABASE_URL"] = database_url.rpartition("/")[0] + f"/{name}"
        if variant.store == "s3":
            s3 = {key: value for key, value in backends.get().env.items() if key.startswith("S3_")}
            settings |= s3 | {"STORE": "s3", "S3_BUCKET": name.replace("_", "-")}
        env = clean_env(**settings)
        _run([sys.executable, "manage.py", "migrate", "--noinput", "-v0"], env)
        request = json.dumps({"make": "project", "email": "alice@example.org", "name": "Bench"})
        project = json.loads(_run([sys.executable, "-m", bootstrap], env, request))
        web = Process("web", _command(variant, port), env, Path(data) / "web.log", port)
        try:
            web.start()
            yield System(variant, web, project["write_key"])
        finally:
            web.stop()
            said = web.tail()
            if said:
                print(f"  the server said:\n{said}", flush=True)
    if variant.database == "postgres":
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _command(variant: Variant, port: int) -> list[str]:
    if variant.server == "daphne":
        return ["python", "-m", "bench.lib.echo", str(port)]
    where = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
    return ["python", "-m", "uvicorn", "bench.lib.echo:application", *where, *UVICORN]


def _run(argv: list[str], env: Any, text: str = "") -> str:
    done = subprocess.run(argv, cwd=ROOT, env=dict(env), input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout.splitlines()[-1] if done.stdout else ""
