"""Services end what they started, and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.services.daemon import Daemon, ServiceError, started_at

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon("sleeper", tmp_path)
    yield daemon
    daemon.stop()


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def test_it_ends_what_it_started(daemon: Daemon) -> None:
    daemon.start(SLEEP)
    pid = daemon.pid
    assert pid is not None
    daemon.stop()
    assert started_at(pid) is None
    assert not daemon.pid_file.exists()


def test_it_leaves_a_stranger_with_the_same_pid_alone(daemon: Daemon, bystander: subprocess.Popen[bytes]) -> None:
    daemon.pid_file.parent.mkdir(parents=True)
    daemon.pid_file.write_text(f"{bystander.pid} 1\n")  # ours had that pid once, and began at another time
    assert daemon.pid is None
    daemon.stop()
    assert bystander.poll() is None


def test_another_command_finds_it_by_its_file(daemon: Daemon, tmp_path: Path) -> None:
    daemon.start(SLEEP)
    assert Daemon("sleeper", tmp_path).pid == daemon.pid != os.getpid()


def test_it_says_why_it_did_not_start(daemon: Daemon) -> None:
    daemon.start([sys.executable, "-c", "raise SystemExit('the port is taken')"])
    with pytest.raises(ServiceError, match="the port is taken"):
        daemon.wait(lambda: False, timeout_s=20)
