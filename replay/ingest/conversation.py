"""Carries out what the wire's connection decides: asks admission, opens chunks, hands them on, answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from replay.index.arrival import Outcome, Source
from replay.ingest.allowances import ComeLater, spread_ms
from replay.ingest.item import Item, Place
from replay.ingest.service import Ingest, now_ms
from replay.wire.connection import Admit, Clock, Close, Command, Connection, Keep, Send
from replay.wire.errors import Code, WireError
from replay.wire.frames import Chunk
from replay.wire.messages import Hello

if TYPE_CHECKING:
    from replay.ingest.consumer import Socket

RENEW_WAIT_S: Final = 2  # for an answer on whether a stream may still speak
RENEW_AGAIN_S: Final = 5  # when there was none
BUDGET_WAIT_S: Final = 15  # a page has more patience than memory has room
TURN_WAIT_S: Final = 2  # that a project over its rate is read slowly, before its pages are sent away

Emit = Callable[[Send | Close], None]


@dataclass(slots=True)
class Speaker:
    """A stream that was admitted."""

    source: Source
    write_key: str
    place: Place  # where its page is
    valid_until: float  # monotonic seconds; then its key is looked at again


class Conversation:
    """One page's talk with this process, over whichever road."""

    def __init__(
        self,
        ingest: Ingest,
        connection: Connection,
        origin: str,
        user_agent: str,
        emit: Emit,
        socket: Socket | None = None,
    ) -> None:
        """Talk over ``connection``, emitting what it says; ``socket`` is None on the road without one."""
        self._ingest = ingest
        self._socket = socket
        self._pace = ingest.allowances.pace()
        self._connection = connection
        self._origin = origin
        self._user_agent = user_agent
        self._emit = emit
        self._speakers: dict[str, Speaker] = {}
        self._pending = 0  # chunks whose outcome is not known
        self._is_settled = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self._connection.is_over

    async def hear(self, frame: bytes) -> None:
        """Act on a frame. Waits where the process holds too much, so that nothing more is read meanwhile."""
        received_ms = now_ms()
        for command in self._connection.receive(frame, received_ms):
            match command:
                case Keep(chunk):
                    await self._keep(chunk, received_ms)
                case Admit(hello):
                    await self._admit(hello, received_ms)
                case Clock(stream, offset_ms):
                    self._set_clock(stream, offset_ms)
                case Send() | Close():
                    self._say((command,))

    def press(self, level: float) -> None:
        """Narrow the page's window, or widen it, as the process holds much or little."""
        self._say(self._connection.press(level))

    def taken_over(self, stream: str) -> None:
        """Let go of a stream that speaks elsewhere now."""
        self._speakers.pop(stream, None)
        self._say(self._connection.taken_over(stream))

    def end(self, code: Code, after_ms: int = 0, *, stream: str = "", seq: int | None = None) -> None:
        """Send the page away; because of a stream or a chunk of it, where one is named."""
        self._say(self._connection.refuse(code, after_ms, stream=stream, seq=seq))

    def forget(self) -> None:
        """Let go of the streams that spoke here, when the socket is gone."""
        if self._socket is not None:
            for speaker in self._speakers.values():
                self._ingest.falls_silent(speaker.source, self._socket)

    async def settle(self) -> None:
        """Return when every chunk that was heard has its outcome."""
        while self._pending:
            self._is_settled.clear()
            await self._is_settled.wait()

    async def _admit(self, hello: Hello, received_ms: float) -> None:
        try:
            admitted = await self._ingest.admit(hello, self._origin, self._user_agent, received_ms)
        except WireError as refused:
            self.end(refused.code, refused.after_ms if isinstance(refused, ComeLater) else 0, stream=hello.stream)
            return
        self._speakers[hello.stream] = Speaker(admitted.source, hello.write_key, Place(admitted.page_url), admitted.valid_until)
        if self._socket is not None:
            self._ingest.speaks(admitted.source, self._socket)
        self._say(self._connection.admitted(hello, admitted.next_seq, now_ms()))

    def _set_clock(self, stream: str, offset_ms: float) -> None:
        """Believe a better estimate: it counts for a stream whose first chunk is still to come; a row's clock stands."""
        if speaker := self._speakers.get(stream):
            speaker.source = replace(speaker.source, clock_offset_ms=offset_ms)

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

    async def _wait_turn(self, early_s: float, source: Source, chunk: Chunk, size_bytes: int) -> bool:
        """Read no faster than this socket and its project may send; send the page away where that takes too long."""
        if early_s:
            await asyncio.sleep(early_s)
            self._pace.take(1, time.monotonic())
        wait_s = self._ingest.quota.wait_s(source.project_id) or await self._wait_for_project(source, size_bytes)
        if wait_s:
            self.end(Code.OVER_QUOTA, spread_ms(wait_s), stream=chunk.header.stream, seq=chunk.header.seq)
        return not wait_s

    async def _wait_for_project(self, source: Source, size_bytes: int) -> float:
        """Return 0 when the project may bring so much, be it after a moment; else after how many seconds to ask again."""
        bring = self._ingest.allowances.bring
        began = now = time.monotonic()
        while wait_s := bring(source.project_id, size_bytes, now):
            if now + wait_s > began + TURN_WAIT_S:
                return max(wait_s, TURN_WAIT_S)
            await asyncio.sleep(wait_s)
            now = time.monotonic()
        return 0.0

    async def _keep(self, chunk: Chunk, received_ms: float) -> None:
        speaker = self._speakers.get(chunk.header.stream)
        if speaker is None:
            return  # taken over while this chunk waited for its turn: it comes again on the other socket
        now = time.monotonic()
        if now >= speaker.valid_until and not await self._renew(speaker):
            return
        ingest, source = self._ingest, speaker.source
        size_bytes = len(chunk.frame)
        ingest.meter.heard(size_bytes)
        early_s = self._pace.take(1, now)
        is_early = (
            early_s or ingest.quota.wait_s(source.project_id) or ingest.allowances.bring(source.project_id, size_bytes, now)
        )
        if is_early and not await self._wait_turn(early_s, source, chunk, size_bytes):
            return
        if not ingest.budget.take_now(size_bytes):
            try:
                async with asyncio.timeout(BUDGET_WAIT_S):
                    await ingest.budget.take(size_bytes)
            except TimeoutError:
                self.end(Code.TOO_MANY, spread_ms(BUDGET_WAIT_S), stream=chunk.header.stream, seq=chunk.header.seq)
                return
        self._pending += 1
        received_at = datetime.fromtimestamp(received_ms / 1000, UTC)
        ingest.keep(Item(speaker.source, chunk, speaker.place, received_at, self, size_bytes))

    def settled(self, outcomes: list[tuple[Item, Outcome]]) -> None:
        """Give room back, count, and answer: once per pack."""
        self._pending -= len(outcomes)
        self._ingest.budget.give(sum(item.frame_bytes for item, _ in outcomes))
        now, kept_bytes = time.time(), dict[int, int]()
        for item, outcome in outcomes:
            if outcome.code is None:
                project_id = item.source.project_id
                kept_bytes[project_id] = kept_bytes.get(project_id, 0) + item.frame_bytes
                self._ingest.meter.acked(now - item.received_at.timestamp())
        for project_id, size_bytes in kept_bytes.items():
            self._ingest.quota.count(project_id, size_bytes)
        self._say(self._connection.settled((item.chunk.header, outcome.code, outcome.next_seq) for item, outcome in outcomes))
        if not self._pending:
            self._is_settled.set()

    def _say(self, commands: Iterable[Command]) -> None:
        for command in commands:
            assert isinstance(command, Send | Close)
            if isinstance(command, Send) and command.refused:
                self._ingest.refusals.count(command.refused)
            self._emit(command)
