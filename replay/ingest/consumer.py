"""The ingest socket: a plain ASGI callable. Channels' consumers hop to a thread for every frame; this does not."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from django.conf import settings

from replay.ingest.address import address_of
from replay.ingest.allowances import FULL_WAIT_S, spread_ms
from replay.ingest.conversation import Conversation
from replay.ingest.service import Ingest
from replay.wire.connection import CLOSE_NORMAL, CLOSE_RESTARTING, Close, Connection, Refused, Send
from replay.wire.errors import Code
from replay.wire.limits import SUBPROTOCOL

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Sender = Callable[[Message], Awaitable[None]]

IDLE_S: Final = 45  # two heartbeats and some; a dead socket is gone within 50 s
HELLO_S: Final = 15  # until the first frame
MAX_OUTBOX: Final = 256  # answers that wait for a slow reader, before we stop reading from it
COME_BACK_MS: Final = 2_000  # when the server restarts; spread, so that pages do not come back at once
GOODBYE_S: Final = 2  # for a slow reader to take our last words


async def ingest_socket(ingest: Ingest, scope: Message, receive: Receive, send: Sender) -> None:
    """Serve one socket until it ends."""
    if (await receive())["type"] != "websocket.connect":
        return
    if SUBPROTOCOL not in scope.get("subprotocols", ()) or ingest.is_closing:
        await send({"type": "websocket.close"})
        return
    address = address_of(scope, trust_proxy=settings.TRUST_PROXY)
    wait_s = ingest.allowances.knock(address, time.monotonic())
    if wait_s or not ingest.allowances.enter(address):
        await _turn_away(ingest, send, wait_s or FULL_WAIT_S)
        return
    try:
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        ingest.meter.sockets += 1
        socket = Socket(ingest, scope, receive, send)
        ingest.sockets.add(socket)
        try:
            await socket.run()
        finally:
            ingest.sockets.discard(socket)
            socket.forget()
    finally:
        ingest.allowances.leave(address)


async def _turn_away(ingest: Ingest, send: Sender, wait_s: float) -> None:
    """Say in the protocol's own words that there are too many: a browser tells its page nothing of a refused handshake."""
    ingest.meter.turned_away += 1
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    for command in Connection().refuse(Code.TOO_MANY, spread_ms(wait_s)):
        if isinstance(command, Send):
            ingest.refusals.count(Refused(Code.TOO_MANY))
            await send({"type": "websocket.send", "bytes": command.frame})
        elif isinstance(command, Close):
            await send({"type": "websocket.close", "code": command.code})


class Socket:
    """One accepted socket: a reader, a sender, and the conversation between them."""

    def __init__(self, ingest: Ingest, scope: Message, receive: Receive, send: Sender) -> None:
        self._receive = receive
        self._send = send
        self._ingest = ingest
        self._outbox: list[Send | Close] = []
        self._wake = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._conversation = Conversation(
            ingest, Connection(), header(scope, b"origin"), header(scope, b"user-agent"), self._emit, self
        )
        self._conversation.press(ingest.pressure)
        self._stays_open = False  # while what was heard is still being kept
        self._done = asyncio.Event()
        self._clock = asyncio.get_running_loop().time
        self._silent_after = self._clock() + min(HELLO_S, IDLE_S)
        self._watching: asyncio.TimerHandle

    async def run(self) -> None:
        """Read and send until one of both ends."""
        self._watching = asyncio.get_running_loop().call_at(self._silent_after, self._watch)
        reader = asyncio.create_task(self._read())
        sender = asyncio.create_task(self._send_all())
        try:
            await asyncio.wait((reader, sender), return_when=asyncio.FIRST_COMPLETED)
            for task in (reader, sender):
                if task.done():
                    task.result()  # a bug of ours, for the server's log
        finally:
            self._watching.cancel()
            for task in (reader, sender):
                task.cancel()
            await asyncio.gather(reader, sender, return_exceptions=True)
            self._done.set()

    def send_away(self) -> None:
        """Tell the page that this server goes. The socket stays open for the acks that are under way."""
        self._stays_open = True
        self._conversation.end(Code.SERVER_CLOSING, after_ms=random.randrange(COME_BACK_MS))  # noqa: S311  # jitter

    async def say_goodbye(self) -> None:
        """Close, and wait until that is sent."""
        self._stays_open = False
        self._emit(Close(CLOSE_RESTARTING))
        async with asyncio.timeout(GOODBYE_S):
            await self._done.wait()

    def let_go(self, stream: str) -> None:
        """Let go of a stream that speaks on another socket now."""
        self._conversation.taken_over(stream)

    def press(self, level: float) -> None:
        """Narrow or widen the page's window."""
        self._conversation.press(level)

    def forget(self) -> None:
        """Let go of what was noted about the streams that spoke here."""
        self._conversation.forget()

    def _emit(self, command: Send | Close) -> None:
        if self._stays_open and isinstance(command, Close):
            return
        self._outbox.append(command)
        self._wake.set()
        if len(self._outbox) > MAX_OUTBOX:
            self._has_room.clear()

    async def _read(self) -> None:
        while True:
            if not self._has_room.is_set():
                await self._has_room.wait()
            message = await self._receive()
            self._silent_after = self._clock() + IDLE_S  # longer than hearing may take: its waits are bounded
            if message["type"] == "websocket.disconnect":
                return
            if self._ingest.is_closing or self._conversation.is_over:
                continue  # unacked: the page sends it again, to whoever listens then
            frame = message.get("bytes")
            if frame is None:
                self._conversation.end(Code.BAD_FRAME)
            else:
                await self._conversation.hear(frame)

    def _watch(self) -> None:
        """Close when nothing was heard for too long; one timer a socket, which a frame does not touch."""
        if self._clock() >= self._silent_after:
            self._emit(Close(CLOSE_NORMAL))
        else:
            self._watching = asyncio.get_running_loop().call_at(self._silent_after, self._watch)

    async def _send_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            commands, self._outbox = self._outbox, []
            for command in commands:
                if isinstance(command, Close):
                    await self._send({"type": "websocket.close", "code": command.code})
                    return
                await self._send({"type": "websocket.send", "bytes": command.frame})
            self._has_room.set()


def header(scope: Message, name: bytes) -> str:
    """Return a header's value, or an empty string."""
    return next((value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name), "")
