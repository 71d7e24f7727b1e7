"""PostgreSQL on loopback, trusting everybody who can reach it.

Its data lives as long as a test, so it does not wait for the disk; ``is_durable`` makes one that does, as in production.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from scripts.services.daemon import Daemon, ServiceError, locked, pick_port

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # loopback only: a socket's path may be too long
    "shared_buffers": "64MB",
    "max_connections": "100",
}
HURRIED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def find(program: str) -> str | None:
    """Return the newest installed PostgreSQL program of that name (Debian keeps them off the PATH)."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return next((str(path / program) for path in versions if (path / program).exists()), shutil.which(program))


class Postgres:
    name = "PostgreSQL"

    def __init__(self, state: Path, port: int = 15432, *, is_durable: bool = False) -> None:
        self.settings = SETTINGS if is_durable else SETTINGS | HURRIED
        self.state = state / "postgres"
        self.data = self.state / "data"
        self.wanted_port = port
        self.daemon = Daemon("postgres", self.state)
        self.user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root

    def is_installed(self) -> bool:
        return find("postgres") is not None and find("initdb") is not None

    @property
    def port(self) -> int:
        return int((self.state / "port").read_text())

    @property
    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": f"postgres://postgres@127.0.0.1:{self.port}/postgres"}

    def start(self) -> None:
        """Start the server, made anew the first time, and return when it answers."""
        with locked(self.state):
            if self.daemon.pid and self.is_ready():
                return
            self.daemon.stop(signal.SIGINT)
            if not (self.data / "PG_VERSION").exists():
                self._make()
            (self.state / "port").write_text(str(pick_port(self.wanted_port)))
            options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
            self.daemon.start([self._program("postgres"), "-D", str(self.data), "-p", str(self.port), *options], user=self.user)
            self.daemon.wait(self.is_ready, timeout_s=60)

    def stop(self) -> None:
        with locked(self.state):
            self.daemon.stop(signal.SIGINT)  # "fast": does not wait for clients

    def is_ready(self) -> bool:
        if not (self.state / "port").exists():
            return False
        probe = [self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0

    def sql(self, command: str) -> None:
        """Run one command as the superuser."""
        argv = [self._program("psql"), "-qX", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "postgres"]
        subprocess.run([*argv, "-v", "ON_ERROR_STOP=1", "-c", command], check=True, stdin=subprocess.DEVNULL)

    def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.data, owner.pw_uid, owner.pw_gid)
        argv = [
            self._program("initdb"),
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        made = subprocess.run(
            argv, check=False, capture_output=True, text=True, cwd="/", user=self.user, extra_groups=[] if self.user else None
        )
        if made.returncode:
            raise ServiceError(f"initdb failed in {self.data}:\n{made.stderr}")

    def _program(self, name: str) -> str:
        path = find(name)
        if path is None:
            raise ServiceError(f"PostgreSQL's {name} is not installed")
        return path
