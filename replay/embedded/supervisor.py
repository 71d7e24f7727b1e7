"""Keeps child processes running, and ends them all when it is told to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FIRST_DELAY_S = 0.5  # before a crashed child starts again; doubles
MOST_DELAY_S = 15.0
STEADY_S = 30.0  # a child that ran so long has earned a fresh start
PATIENCE_S = 20.0  # for children to end politely: the web process flushes what it holds
TAIL_LINES = 12  # of a crashed child's log, shown at once


@dataclass
class Child:
    """One script to keep running; its words go to its log."""

    name: str
    argv: Sequence[str]
    log: Path
    cwd: Path
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    delay_s: float = FIRST_DELAY_S
    due_s: float = 0.0
    restarts: int = 0

    def start(self, now_s: float) -> None:
        """Start the script on a tether, in a session of its own: Ctrl-C is for us to hear and to pass on."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "replay.embedded.tether", *self.argv],
                cwd=self.cwd,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started_s = now_s

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


@dataclass
class Supervisor:
    """A handful of children, one clock, one way to say things."""

    children: list[Child]
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic

    def start(self) -> None:
        for child in self.children:
            self._begin(child)

    def add(self, child: Child) -> None:
        """Start one more, and keep it running too."""
        self.children.append(child)
        self._begin(child)

    def tend(self) -> None:
        """Look at every child once: note who ended, start again who is due."""
        now_s = self.clock()
        for child in self.children:
            process = child.process
            if process is None:
                if now_s >= child.due_s:
                    child.start(now_s)
                continue
            if process.poll() is None:
                continue
            _close(process)
            child.process = None
            child.restarts += 1
            child.delay_s = FIRST_DELAY_S if now_s - child.started_s >= STEADY_S else min(child.delay_s * 2, MOST_DELAY_S)
            child.due_s = now_s + child.delay_s
            self.say(f"The {child.name} process ended ({_how(process.returncode)}); it starts again in {child.delay_s:g} s.")
            self.say(f"{child.tail()}\n  All of it: {child.log}")

    def stop(self) -> None:
        """End all children: politely, then not."""
        for process in self._running():
            process.terminate()
        deadline_s = self.clock() + PATIENCE_S
        for process in self._running():
            try:
                process.wait(max(0.1, deadline_s - self.clock()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in self.children:
            if child.process:
                _close(child.process)

    def _begin(self, child: Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        child.log.write_bytes(b"")  # a log is one run's: it cannot grow for ever
        child.start(self.clock())

    def _running(self) -> Iterator[subprocess.Popen[bytes]]:
        return (child.process for child in self.children if child.process and child.process.poll() is None)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
