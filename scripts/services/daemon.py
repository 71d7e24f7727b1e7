"""A process that outlives the command that started it, known by its pid AND its start time.

A pid alone may have been given to somebody else since; together with the start time it cannot. So ``stop`` never ends
a stranger, and a lost or altered pid file only means that nothing is ended.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.05
_children: dict[int, subprocess.Popen[bytes]] = {}  # ours to reap, else they would look alive as zombies


class ServiceError(Exception):
    """A service cannot be started; the message says what to do."""


def started_at(pid: int) -> str | None:
    """Return the kernel's start time of a living process, or None when there is none (a zombie is none)."""
    if pid in _children and _children[pid].poll() is not None:
        return None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def is_open(port: int) -> bool:
    """Say whether something listens on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pick_port(wanted: int) -> int:
    """Return the wanted loopback port, or the next one that nobody listens on."""
    for port in range(wanted, wanted + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServiceError(f"no free port between {wanted} and {wanted + 199}")


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Let one start or stop at a time work in a state folder."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Daemon:
    """One background process with its pid file and log under a state folder."""

    def __init__(self, name: str, state: Path) -> None:
        self.name = name
        self.pid_file = state / "run" / f"{name}.pid"
        self.log = state / "log" / f"{name}.log"

    @property
    def pid(self) -> int | None:
        """Return the pid while the process that we started lives."""
        try:
            pid, then = self.pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if started_at(int(pid)) == then else None

    def start(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, user: str | None = None) -> None:
        """Start the process, detached, its output in the log."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=None if env is None else {**os.environ, **env},
                cwd="/",
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        _children[child.pid] = child
        self.pid_file.write_text(f"{child.pid} {started_at(child.pid)}\n")

    def wait(self, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Return when ready; raise with the end of the log when it dies or takes too long."""
        until = time.monotonic() + timeout_s
        while not is_ready():
            if self.pid is None:
                raise ServiceError(f"{self.name} ended while starting:\n{self.tail()}")
            if time.monotonic() > until:
                raise ServiceError(f"{self.name} is not ready after {timeout_s:.0f} s:\n{self.tail()}")
            time.sleep(POLL_S)

    def stop(self, how: signal.Signals = signal.SIGTERM, grace_s: float = 15) -> None:
        """End the process if it is ours and still there; then forget it."""
        if pid := self.pid:
            os.kill(pid, how)
            until = time.monotonic() + grace_s
            while self.pid and time.monotonic() < until:
                time.sleep(POLL_S)
            if self.pid:
                os.kill(pid, signal.SIGKILL)
                while self.pid:
                    time.sleep(POLL_S)
        self.pid_file.unlink(missing_ok=True)

    def tail(self, lines: int = 8) -> str:
        """Return the end of the log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"
