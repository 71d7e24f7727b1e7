"""A page being recorded, played by the tests: it speaks the wire as the recorder does, over any road, to any process."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import secrets
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from replay.wire.frames import Chunk, ChunkHeader, Codec, Flag, Kind, join_frames, kind_of, make_chunk
from replay.wire.messages import Ack, Goaway, Hello, Nack, Page, Welcome, parse_message, to_frame

SUBPROTOCOL = Subprotocol("playhead.v1")
PATIENCE_S = 20


def uuid7() -> uuid.UUID:
    """Return a UUID that begins with the time, as session ids do."""
    milliseconds, rest = int(time.time() * 1000), int.from_bytes(os.urandom(10), "big")
    number = milliseconds << 80 | rest
    number = number & ~(0xF << 76) | 7 << 76  # version
    return uuid.UUID(int=number & ~(0x3 << 62) | 2 << 62)  # variant


class Refused(Exception):
    """The server said nack or goaway."""


class RecordedPage:
    """One stream of one session, with the chunks that it has cut so far."""

    def __init__(self, write_key: str, distinct_id: str = "visitor-1") -> None:
        self.write_key = write_key
        self.distinct_id = distinct_id
        self.session = uuid7()
        self.secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        self.stream, self.window = secrets.token_hex(16), secrets.token_hex(8)
        self.began_ms = time.time() * 1000
        self.chunks: list[Chunk] = []
        self.acked = 0

    def now_ms(self) -> float:
        return max(time.time() * 1000, self.began_ms)

    def hello(self) -> bytes:
        """Return the frame that opens the stream."""
        return to_frame(
            Hello(
                v=1,
                write_key=self.write_key,
                session=str(self.session),
                secret=self.secret,
                stream=self.stream,
                window=self.window,
                distinct_id=self.distinct_id,
                recorder="tests",
                client_ms=self.now_ms(),
                page=Page(url="https://shop.example/", title="Shop"),
            )
        )

    def cut(self, name: str = "tick", *, is_final: bool = False, **properties: Any) -> Chunk:
        """Number and keep a chunk that holds one custom event and one DOM event."""
        seq, at = len(self.chunks), self.now_ms()
        dom = _body([{"type": 5, "timestamp": at, "data": {"tag": name, "payload": {"seq": seq}}}])
        log = _body([{"id": f"e{seq}", "t": at, "type": "custom", "name": name, "properties": {"seq": seq, **properties}}])
        header = ChunkHeader(
            session=self.session,
            stream=self.stream,
            seq=seq,
            flags=Flag.FINAL if is_final else Flag(0),
            dom_codec=Codec.JSON_GZIP,
            log_codec=Codec.JSON_GZIP,
            dom_raw_length=len(gzip.decompress(dom)),
            log_raw_length=len(gzip.decompress(log)),
            dom_events=1,
            first_ms=at,
            last_ms=at,
            wall_ms=at,
            mono_ms=at - self.began_ms,
        )
        self.chunks.append(make_chunk(header, dom, log))
        return self.chunks[-1]

    def beacon(self) -> bytes:
        """Return the body that a page posts when it hides: hello and every chunk that is not acked."""
        return join_frames([self.hello(), *(chunk.to_frame() for chunk in self.chunks[self.acked :])])

    @asynccontextmanager
    async def socket(self, url: str, **options: Any) -> AsyncIterator[Socket]:
        """Open a socket, say hello, wait for the welcome, and resend what is not kept."""
        async with connect(url, subprotocols=[SUBPROTOCOL], compression=None, **options) as connection:
            socket = Socket(self, connection)
            await socket.begin()
            yield socket


class Socket:
    """A page's open socket."""

    def __init__(self, page: RecordedPage, connection: ClientConnection) -> None:
        self.page = page
        self.connection = connection
        self.welcome: Welcome | None = None

    async def begin(self) -> None:
        await self.connection.send(self.page.hello())
        self.welcome = parse_message(await self._receive(Kind.WELCOME), Welcome)
        self.page.acked = self.welcome.next_seq
        for chunk in self.page.chunks[self.page.acked :]:
            await self.connection.send(chunk.to_frame())

    async def send(self, *chunks: Chunk) -> None:
        """Send chunks without waiting for their acks."""
        for chunk in chunks:
            await self.connection.send(chunk.to_frame())

    async def all_acked(self) -> None:
        """Return when the server has acked every chunk that was cut."""
        while self.page.acked < len(self.page.chunks):
            ack = parse_message(await self._receive(Kind.ACK), Ack)
            assert ack.stream == self.page.stream
            self.page.acked = max(self.page.acked, ack.upto)

    async def _receive(self, wanted: Kind) -> bytes:
        """Return the next frame, which must be of this kind."""
        async with asyncio.timeout(PATIENCE_S):
            frame = await self.connection.recv()
        assert isinstance(frame, bytes), frame
        if (kind := kind_of(frame)) != wanted:
            raise Refused(parse_message(frame, Goaway) if kind == Kind.GOAWAY else parse_message(frame, Nack))
        return frame


def _body(events: list[dict[str, Any]]) -> bytes:
    return gzip.compress(json.dumps(events).encode())
