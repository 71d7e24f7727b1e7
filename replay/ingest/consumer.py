"""The ingest socket: a plain ASGI callable. Channels' consumers hop to a thread for every frame; this does not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

from replay.ingest.conversation import Conversation
from replay.ingest.service import Ingest
from replay.wire.connection import CLOSE_NORMAL, Close, Connection, Send
from replay.wire.errors import Code
from replay.wire.limits import SUBPROTOCOL

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Sender = Callable[[Message], Awaitable[None]]

IDLE_S: Final = 45  # two heartbeats and some; a dead socket is gone within 50 s
MAX_OUTBOX: Final = 256  # answers that wait for a slow reader, before we stop reading from it
COME_BACK_MS: Final = 2_000  # when the server restarts; spread, so that pages do not come back at once


async def ingest_socket(ingest: Ingest, scope: Message, receive: Receive, send: Sender) -> None:
    """Serve one socket until it ends."""
    if (await receive())["type"] != "websocket.connect":
        return
    if SUBPROTOCOL not in scope.get("subprotocols", ()) or ingest.is_closing:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    socket = Socket(ingest, scope, receive, send)
    ingest.sockets.add(socket)
    try:
        await socket.run()
    finally:
        ingest.sockets.discard(socket)


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
            ingest, Connection(), header(scope, b"origin"), header(scope, b"user-agent"), self._emit
        )
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Read and send until one of both ends."""
        reader = asyncio.create_task(self._read())
        sender = asyncio.create_task(self._send_all())
        try:
            await asyncio.wait((reader, sender), return_when=asyncio.FIRST_COMPLETED)
            for task in (reader, sender):
                if task.done():
                    task.result()  # a bug of ours, for the server's log
        finally:
            for task in (reader, sender):
                task.cancel()
            await asyncio.gather(reader, sender, return_exceptions=True)
            self._done.set()

    async def say_goodbye(self) -> None:
        """Tell the page that this server goes, and wait until that is sent."""
        self._conversation.end(Code.SERVER_CLOSING, after_ms=random.randrange(COME_BACK_MS))  # noqa: S311  # jitter
        async with asyncio.timeout(2):
            await self._done.wait()

    def _emit(self, command: Send | Close) -> None:
        self._outbox.append(command)
        self._wake.set()
        if len(self._outbox) > MAX_OUTBOX:
            self._has_room.clear()

    async def _read(self) -> None:
        while True:
            await self._has_room.wait()
            try:
                async with asyncio.timeout(IDLE_S):
                    message = await self._receive()
            except TimeoutError:
                self._emit(Close(CLOSE_NORMAL))
                await self._done.wait()
                return
            if message["type"] == "websocket.disconnect":
                return
            if self._ingest.is_closing or self._conversation.is_over:
                continue  # unacked: the page sends it again, to whoever listens then
            frame = message.get("bytes")
            if frame is None:
                self._conversation.end(Code.BAD_FRAME)
            else:
                await self._conversation.hear(frame)

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
