"""Redis on loopback, in memory only."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from scripts.services.daemon import Daemon, ServiceError, locked, pick_port


class Redis:
    name = "Redis"

    def __init__(self, state: Path, port: int = 16379) -> None:
        self.state = state / "redis"
        self.wanted_port = port
        self.daemon = Daemon("redis", self.state)

    def is_installed(self) -> bool:
        return shutil.which("redis-server") is not None

    @property
    def port(self) -> int:
        return int((self.state / "port").read_text())

    @property
    def env(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://127.0.0.1:{self.port}/0"}

    def start(self) -> None:
        """Start the server and return when it answers."""
        program = shutil.which("redis-server")
        if program is None:
            raise ServiceError("redis-server is not installed")
        with locked(self.state):
            if self.daemon.pid and self.is_ready():
                return
            self.daemon.stop()
            (self.state / "port").write_text(str(pick_port(self.wanted_port)))
            options = [
                "--bind",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--dir",
                str(self.state),
                "--save",
                "",
                "--appendonly",
                "no",
            ]
            self.daemon.start([program, *options])
            self.daemon.wait(self.is_ready, timeout_s=15)

    def stop(self) -> None:
        with locked(self.state):
            self.daemon.stop()

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False
