"""Web processes that start in a quarter of the time, so that a thousand of them can be killed: forked, already imported.

``python -m tests.faults.zygote`` has loaded everything but the server itself (whose event loop must be a process's own). For
each line on stdin, a log's path, it forks; the child is ``manage.py serve``, with a pid of its own, and is killed as any is.
"""

from __future__ import annotations

import importlib
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.processes import ROOT, Process

SERVE = ["manage.py", "serve"]


class Forked:
    """A process that is not our child, told by a pidfd; as much of ``Popen`` as tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            self.returncode = 0  # how it ended, only its parent knows
            os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float = 30) -> int:
        until = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(SERVE, timeout)
            select.select([self._handle], [], [], 0.5)
        return 0

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkedWeb(Process):
    """A web process of the layout, from now on forked from a zygote with its settings."""

    def __init__(self, web: Process) -> None:
        super().__init__(web.name, web.argv, web.env, web.log, web.port)
        argv = [sys.executable, "-m", "tests.faults.zygote", *self.argv[self.argv.index("serve") :]]
        self.zygote = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=dict(self.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self, *, is_waited_for: bool = True) -> None:
        assert not self.is_alive, f"{self.name} runs already"
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(f"{self.log}\n")
        self.zygote.stdin.flush()
        forked: Any = Forked(int(self.zygote.stdout.readline()))
        self.popen = forked
        if is_waited_for:
            self.wait_ready()

    def end_zygote(self) -> None:
        self.kill()
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.close()
        self.zygote.wait(20)
        self.zygote.stdout.close()


def main() -> None:
    """Load, then fork for each line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")
    import django

    django.setup()
    for name in ("replay.asgi", "replay.urls"):
        importlib.import_module(name)
    from replay.index.useragent import read_user_agent
    from replay.store import open_store

    read_user_agent("Mozilla/5.0")
    open_store()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel forgets them for us
    for line in sys.stdin:
        if pid := os.fork():
            print(pid, flush=True)
            continue
        _serve(Path(line.strip()))


def _serve(log: Path) -> None:
    """Be a web process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    nothing, said = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for handle, becomes in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(handle, becomes)
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["manage.py", *sys.argv[1:]])
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
