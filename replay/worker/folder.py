"""The worker's side of its child: asks, and says so when the child died of it."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from replay.worker.child import read_message, write_message
from replay.worker.folding import Answer, Request

logger = logging.getLogger(__name__)
ROOT: Final = Path(__file__).resolve().parent.parent.parent
_write: Final = msgspec.msgpack.Encoder()
_read: Final = msgspec.msgpack.Decoder(Answer)


class ChildDied(Exception):
    """What was asked took too much time or memory, or met a bug of ours."""


class Folder:
    """A child that is started when it is needed, and again after its death."""

    def __init__(self, memory_mib: int, seconds: int) -> None:
        self._argv = [sys.executable, "-m", "replay.worker.child", str(memory_mib), str(seconds)]
        self._process: subprocess.Popen[bytes] | None = None
        self.cpu_s = 0.0
        self.deaths = 0

    def ask(self, request: Request) -> Answer:
        """Return the child's answer; raise ChildDied."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            write_message(process.stdin, _write.encode(request))
            data = read_message(process.stdout)
        except OSError:
            data = None
        if data is None:
            self.close()
            self.deaths += 1
            logger.warning("the folding process died: exit code %s", process.returncode)
            raise ChildDied
        answer = _read.decode(data)
        self.cpu_s += answer.cpu_s
        return answer

    def close(self) -> None:
        """End the child, whatever it is at."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it did not read
                    pipe.close()
        process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._argv,
            cwd=ROOT,
            env={},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may quote what was recorded
            start_new_session=True,  # Ctrl-C is for the worker to hear
        )
