"""Carries out what the wire's connection decides: asks admission, opens chunks, hands them on, answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from replay.index.arrival import Outcome, Source
from replay.ingest.service import Ingest, now_ms
from replay.ingest.writer import Item
from replay.wire.connection import Admit, Close, Command, Connection, Keep, Send
from replay.wire.errors import ChunkRefused, Code, WireError
from replay.wire.frames import HEADER_BYTES, Chunk
from replay.wire.messages import Hello

RENEW_WAIT_S: Final = 2  # for an answer on whether a stream may still speak
RENEW_AGAIN_S: Final = 5  # when there was none
BUDGET_WAIT_S: Final = 15  # a page has more patience than memory has room

Emit = Callable[[Send | Close], None]


@dataclass(slots=True)
class Speaker:
    """A stream that was admitted."""

    source: Source
    write_key: str
    page_url: str  # where its page is, as far as it was heard
    valid_until: float  # monotonic seconds; then its key is looked at again


class Conversation:
    """One page's talk with this process, over whichever road."""

    def __init__(self, ingest: Ingest, connection: Connection, origin: str, user_agent: str, emit: Emit) -> None:
        self._ingest = ingest
        self._connection = connection
        self._origin = origin
        self._user_agent = user_agent
        self._emit = emit
        self._speakers: dict[str, Speaker] = {}
        self._pending: set[asyncio.Future[Outcome]] = set()

    @property
    def is_over(self) -> bool:
        return self._connection.is_over

    async def hear(self, frame: bytes) -> None:
        """Act on a frame. Waits where the process holds too much, so that nothing more is read meanwhile."""
        for command in self._connection.receive(frame, now_ms()):
            match command:
                case Admit(hello):
                    await self._admit(hello)
                case Keep(chunk):
                    await self._keep(chunk)
                case Send() | Close():
                    self._say((command,))

    def end(self, code: Code, after_ms: int = 0, *, stream: str = "", seq: int | None = None) -> None:
        """Send the page away; because of a stream or a chunk of it, where one is named."""
        self._say(self._connection.refuse(code, after_ms, stream=stream, seq=seq))

    async def settle(self) -> None:
        """Return when every chunk that was heard has its outcome."""
        while self._pending:
            await asyncio.wait(self._pending)
            await asyncio.sleep(0)  # the callbacks that answer come first

    async def _admit(self, hello: Hello) -> None:
        try:
            admitted = await self._ingest.admit(hello, self._origin, self._user_agent)
        except WireError as refused:
            self.end(refused.code, stream=hello.stream)
            return
        self._speakers[hello.stream] = Speaker(admitted.source, hello.write_key, admitted.page_url, admitted.valid_until)
        self._say(self._connection.admitted(hello, admitted.next_seq, now_ms()))

    async def _renew(self, speaker: Speaker) -> bool:
        """Say whether a stream may still speak; send the page away where its key was revoked or its site shut out.

        Asked once per key and process in half a minute. Where nobody can tell, the chunk goes on: nothing is kept without the
        database.
        """
        try:
            async with asyncio.timeout(RENEW_WAIT_S):
                speaker.valid_until = await self._ingest.renew(speaker.write_key, self._origin)
        except (TimeoutError, WireError) as error:
            if isinstance(error, WireError) and error.code != Code.INDEX_UNAVAILABLE:
                self.end(error.code, stream=speaker.source.stream)
                return False
            speaker.valid_until = time.monotonic() + RENEW_AGAIN_S
        return True

    async def _keep(self, chunk: Chunk) -> None:
        speaker = self._speakers[chunk.header.stream]
        if time.monotonic() >= speaker.valid_until and not await self._renew(speaker):
            return
        size_bytes = HEADER_BYTES + len(chunk.dom) + len(chunk.log)
        try:
            async with asyncio.timeout(BUDGET_WAIT_S):
                await self._ingest.budget.take(size_bytes)
        except TimeoutError:
            self.end(Code.TOO_MANY, stream=chunk.header.stream, seq=chunk.header.seq)
            return
        try:
            item = await self._ingest.open(speaker.source, chunk, speaker.page_url)
        except BaseException as error:
            self._ingest.budget.give(size_bytes)
            if not isinstance(error, ChunkRefused):
                raise
            self._say(self._connection.chunk_refused(chunk.header, error.code))
            return
        speaker.page_url = item.digest.page_url
        future = self._ingest.keep(item)
        self._pending.add(future)
        future.add_done_callback(lambda done: self._settled(item, size_bytes, done))

    def _settled(self, item: Item, size_bytes: int, future: asyncio.Future[Outcome]) -> None:
        self._ingest.budget.give(size_bytes)
        self._pending.discard(future)
        if future.cancelled():
            return
        outcome, header = future.result(), item.chunk.header
        if outcome.code is None:
            assert outcome.next_seq is not None
            self._say(self._connection.kept(header, outcome.next_seq))
        else:
            self._say(self._connection.chunk_refused(header, outcome.code, outcome.next_seq))

    def _say(self, commands: Iterable[Command]) -> None:
        for command in commands:
            assert isinstance(command, Send | Close)
            if isinstance(command, Send) and command.refused:
                self._ingest.refusals.count(command.refused)
            self._emit(command)
