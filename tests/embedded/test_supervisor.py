from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from replay.embedded.ports import is_taken
from replay.embedded.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
SITS = "import time\ntime.sleep(600)\n"
FALLS = "raise SystemExit(3)\n"


def child(tmp_path: Path, text: str) -> Child:
    script = tmp_path / "script.py"
    script.write_text(text)
    return Child("web", [str(script)], tmp_path / "web.log", ROOT)


def until(happens: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)  # between two looks


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def test_a_child_that_falls_is_started_again_and_it_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    now = [0.0]
    web = child(tmp_path, FALLS)
    supervisor = Supervisor([web], said.append, clock=lambda: now[0])
    supervisor.start()
    assert web.process
    web.process.wait()
    supervisor.tend()
    assert "exit code 3" in said[0]
    assert supervisor.children[0].process is None  # ended, and noted
    now[0] += web.delay_s
    supervisor.tend()
    assert web.process is not None
    web.process.wait()
    first_delay = web.delay_s
    supervisor.tend()
    assert web.delay_s == 2 * first_delay
    supervisor.stop()


def test_stop_leaves_nobody_behind(tmp_path: Path) -> None:
    web = child(tmp_path, SITS)
    supervisor = Supervisor([web], lambda text: None)
    supervisor.start()
    assert web.process
    pid = web.process.pid
    supervisor.stop()
    assert not is_alive(pid)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "sits.py"
    script.write_text(SITS)
    parent_code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-m', 'replay.embedded.tether', {str(script)!r}], stdin=subprocess.PIPE)\n"
        "print(p.pid, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent_code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
        until(lambda: not is_alive(pid))


def test_a_port_is_taken_while_somebody_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.listen()
        assert is_taken(port)
    assert not is_taken(port)
