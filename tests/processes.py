"""A process of ours in a test: started, killed without warning, started again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.services.daemon import is_open, pick_port

ROOT = Path(__file__).resolve().parents[1]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")  # nothing of the developer's own settings
_taken: set[int] = set()


class NotReady(Exception):
    """A process ended or stayed silent; the message carries the end of its log."""


def free_port() -> int:
    """Return a loopback port that this test run has not given out yet."""
    first = max(_taken, default=_first_port() - 1) + 1
    port = pick_port(first)
    _taken.add(port)
    return port


def _first_port() -> int:
    """Return where to look first: not where another run on this machine looks, and below the kernel's own range."""
    return int(os.environ.get("TEST_PORTS_FROM") or 20_000 + random.randrange(1200) * 10)


def clean_env(**settings: str) -> dict[str, str]:
    """Return an environment that holds these settings and nothing else of ours."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | settings


class Process:
    """One child process that listens on a loopback port (or, with port None, on none)."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path, port: int | None = None) -> None:
        self.name = name
        self.argv = [sys.executable if word == "python" else word for word in argv]
        self.env = env
        self.log = log
        self.port = port
        self.popen: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.popen is not None, f"{self.name} was not started"
        return self.popen.pid

    @property
    def is_alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self, *, is_waited_for: bool = True) -> None:
        """Start the process and, if it listens, return when it answers."""
        assert not self.is_alive, f"{self.name} runs already"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.argv, cwd=ROOT, env=dict(self.env), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        if is_waited_for:
            self.wait_ready()

    def wait_ready(self, timeout_s: float = 60) -> None:
        """Return when the process listens on its port."""
        until = time.monotonic() + timeout_s
        while self.port is not None and not is_open(self.port):
            if not self.is_alive or time.monotonic() > until:
                raise NotReady(f"{self.name} does not listen on {self.port}:\n{self.tail()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the process as a power cut would (SIGKILL) and return when it is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end (SIGTERM); after 20 s, end it."""
        self._end(signal.SIGTERM)

    def ask_to_end(self) -> None:
        """Send SIGTERM and do not wait."""
        if self.is_alive and self.popen is not None:
            self.popen.terminate()

    def restart(self) -> None:
        """Kill the process and start it again on the same data."""
        self.kill()
        self.start()

    def tail(self, lines: int = 30) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else "(no log)"

    def _end(self, how: signal.Signals) -> None:
        if self.popen is None:
            return
        if self.is_alive:
            self.popen.send_signal(how)
        try:
            self.popen.wait(20)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def wait_answer(url: str, timeout_s: float = 30) -> None:
    """Return when the address answers with any status below 500."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
            problem: Exception = error
        except OSError as error:
            problem = error
        if time.monotonic() > until:
            raise NotReady(f"{url} does not answer: {problem}")
        time.sleep(0.05)
