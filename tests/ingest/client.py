"""A page's end of the ingest socket, for tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from replay.wire.frames import Chunk, Kind
from tests.pages_say import PageStream

PATIENCE_S = 20


@dataclass
class PageSocket:
    """One open socket: says frames, and tells what the server says."""

    socket: ClientConnection
    upto: dict[str, int] = field(default_factory=dict)

    async def say(self, frame: bytes | Chunk) -> None:
        await self.socket.send(frame.to_frame() if isinstance(frame, Chunk) else frame)

    async def hear(self) -> tuple[Kind, dict[str, Any]]:
        """Return the next frame's kind and JSON."""
        async with asyncio.timeout(PATIENCE_S):
            frame = await self.socket.recv()
        assert isinstance(frame, bytes)
        said: dict[str, Any] = json.loads(frame[1:])
        if frame[0] == Kind.ACK:
            assert said["upto"] >= self.upto.get(said["stream"], 0), "an ack took something back"
            self.upto[said["stream"]] = said["upto"]
        return Kind(frame[0]), said

    async def expect(self, kind: Kind) -> dict[str, Any]:
        heard, said = await self.hear()
        assert heard == kind, said
        return said

    async def hello(self, page: PageStream) -> dict[str, Any]:
        await self.say(page.hello_frame())
        return await self.expect(Kind.WELCOME)

    async def wait_upto(self, page: PageStream, upto: int) -> None:
        """Return when every chunk below ``upto`` is acked."""
        while self.upto.get(page.stream, 0) < upto:
            await self.expect(Kind.ACK)

    async def closed(self) -> int:
        """Return the code with which the server closes."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await self.socket.recv()
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006


@asynccontextmanager
async def open_socket(url: str, **options: Any) -> AsyncIterator[PageSocket]:
    """Open an ingest socket, as a browser does: with an offer to compress, which is declined."""
    options = {"subprotocols": ["playhead.v1"], "open_timeout": PATIENCE_S, "max_size": None, **options}
    async with connect(url, **options) as socket:
        yield PageSocket(socket)
