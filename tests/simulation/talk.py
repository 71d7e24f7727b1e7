"""One page's talk with one process: the real ``wire.connection``, and around it what ``ingest.conversation`` does."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from replay.index.arrival import Outcome, Source
from replay.index.digest import Digest, digest
from replay.wire.connection import Admit, Clock, Close, Command, Connection, Keep, Send
from replay.wire.errors import ChunkRefused, Code
from replay.wire.frames import Chunk
from replay.wire.log import open_log
from replay.wire.messages import Hello

if TYPE_CHECKING:
    from tests.simulation.net import Socket
    from tests.simulation.process import Process

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT: Final = 1

Emit = Callable[[Send | Close], None]


class Talk:
    """Hears frames in order, one after the other, and answers when their chunk is kept."""

    def __init__(self, process: Process, connection: Connection, emit: Emit) -> None:
        self.process = process
        self.connection = connection
        self.socket: Socket | None = None
        self.on_settled: Callable[[bool], None] | None = None  # a POST's answer; False: there will be none
        self._emit = emit
        self._inbox: deque[bytes] = deque()
        self._is_busy = False
        self._pending = 0
        self._sources: dict[str, Source] = {}
        self.is_left = False

    def hear(self, frame: bytes) -> None:
        """Take a frame; it waits for those before it."""
        self._inbox.append(frame)
        self._work()

    def leave(self) -> None:
        """The page is gone; what was heard is still kept."""
        self.is_left = True
        self._inbox.clear()
        self.process.forget(self)

    def end(self, code: Code, after_ms: int = 0) -> None:
        self.say(self.connection.refuse(code, after_ms))

    def say(self, commands: Iterable[Command]) -> None:
        for command in commands:
            assert isinstance(command, Send | Close), command
            if self.process.is_up:
                self._emit(command)

    def _work(self) -> None:
        while self._inbox and not self._is_busy and self._hears and not self.connection.is_over:
            self._act(self.connection.receive(self._inbox.popleft(), self.process.now_ms))
        if not self._inbox or self.connection.is_over:
            self.settle()

    def _act(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Admit):
                self._is_busy = True
                self.process.admit(command.hello, self._admitted)
            elif isinstance(command, Keep):
                self._keep(command.chunk)
            elif isinstance(command, Clock):
                self._sources[command.stream] = replace(self._sources[command.stream], clock_offset_ms=command.offset_ms)
            else:
                self.say((command,))

    def _admitted(self, hello: Hello, verdict: int | Code) -> None:
        self._is_busy = False
        if isinstance(verdict, Code):
            self.end(verdict)
        else:
            self._sources[hello.stream] = source_of(hello, self.process.now_ms)
            self.say(self.connection.admitted(hello, verdict, self.process.now_ms))
            self.process.speaks(hello.stream, self)
        self._work()

    def _keep(self, chunk: Chunk) -> None:
        try:
            opened = opened_log(chunk)
        except ChunkRefused as refused:
            self.say(self.connection.chunk_refused(chunk.header, refused.code))
            return
        self._pending += 1
        self.process.keep(self._sources[chunk.header.stream], chunk, opened, self._kept)

    def _kept(self, chunk: Chunk, outcome: Outcome) -> None:
        self._pending -= 1
        self.say(self.connection.settled(((chunk.header, outcome.code, outcome.next_seq),)))
        self.settle()

    @property
    def _hears(self) -> bool:
        return self.process.is_up and (self.socket is None or not self.process.is_closing)

    def settle(self, is_answered: bool = True) -> None:
        """Answer a POST, once: when all that it brought has its outcome, or when nobody will."""
        if self.on_settled is not None and not (is_answered and (self._pending or self._is_busy)):
            settled, self.on_settled = self.on_settled, None
            settled(is_answered)


def opened_log(chunk: Chunk) -> Digest:
    """Return what the chunk's log means; raises ``ChunkRefused``."""
    return digest(open_log(chunk))


def source_of(hello: Hello, now_ms: float) -> Source:
    """Return what ``ingest.admission`` makes of a hello."""
    known: dict[str, Any] = {"distinct_id": hello.distinct_id, "recorder": hello.recorder, "window": hello.window}
    secret_hash = hashlib.sha256(hello.secret.encode()).digest()
    return Source(
        project_id=PROJECT,
        project="shop",
        session=UUID(hello.session),
        secret_hash=secret_hash,
        stream=hello.stream,
        clock_offset_ms=now_ms - hello.client_ms,
        **known,
    )


def moment(now_ms: float) -> datetime:
    """Return virtual time as the rows hold it."""
    return EPOCH + timedelta(milliseconds=now_ms)
