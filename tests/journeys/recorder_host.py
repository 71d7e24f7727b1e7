"""A server that the recorder can be tried against: it keeps what it hears, and misbehaves as it is told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvicorn

from replay.wire.bodies import decode_dom
from replay.wire.codec import inflate
from replay.wire.connection import CODECS
from replay.wire.frames import Chunk, Flag, Kind, join_frames, kind_of, parse_chunk, split_frames
from replay.wire.log import LogEvent, open_log
from replay.wire.messages import Ack, Goaway, Hello, Nack, Pong, Welcome, parse_message, to_frame

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ROOT / "recorder_js" / "test" / "pages"
DIST: Final = ROOT / "static" / "dist"
WRITE_KEY: Final = "pk_abcdefghjk_0123456789abcdef01234567"
TYPES: Final = {".html": b"text/html; charset=utf-8", ".js": b"text/javascript", ".mjs": b"text/javascript"}

Message = MutableMapping[str, Any]


@dataclass
class Heard:
    """One stream as this server knows it."""

    hello: Hello
    chunks: dict[int, Chunk] = field(default_factory=dict)

    @property
    def next_seq(self) -> int:
        return next(seq for seq in range(len(self.chunks) + 1) if seq not in self.chunks)

    @property
    def in_order(self) -> list[Chunk]:
        return [self.chunks[seq] for seq in sorted(self.chunks)]

    def dom(self) -> list[Any]:
        """Return the rrweb events, parts joined."""
        events: list[Any] = []
        pieces: list[bytes] = []
        for chunk in self.in_order:
            header = chunk.header
            if Flag.GAP in header.flags or not chunk.dom:
                continue
            pieces.append(chunk.dom)
            if header.part_index == header.part_count - 1:
                events += decode_dom(header.dom_codec, pieces)
                pieces = []
        return events

    def log(self, kind: type[LogEvent]) -> list[Any]:
        """Return the log events of a kind."""
        return [event for chunk in self.in_order for event in open_log(chunk) if isinstance(event, kind)]

    @property
    def is_final(self) -> bool:
        return bool(self.chunks) and Flag.FINAL in self.in_order[-1].header.flags

    def text(self) -> str:
        """Return all that was sent, as one text to look for words in."""
        logs = [inflate(c.header.log_codec, c.log, c.header.log_raw_length).decode() for c in self.in_order if c.log]
        return json.dumps(self.dom(), ensure_ascii=False) + "".join(logs)


@dataclass
class Host:
    """What was heard, and how to answer."""

    port: int
    streams: dict[str, Heard] = field(default_factory=dict)
    takes_sockets: bool = True
    takes_posts: bool = True
    acks: bool = True
    says_what_it_has: bool = True  # else a welcome's lower bound is 0
    duplicates: int = 0
    closes_after: int | None = None  # chunks on one socket
    says: bytes | None = None  # to every hello, in place of a welcome
    refuses_once: str | None = None  # a code, for the next chunk
    sockets: int = 0
    posts: int = 0
    policy: str | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        """The customer's origin: another one than the server's."""
        return f"http://localhost:{self.port}"

    @property
    def only(self) -> Heard:
        assert len(self.streams) == 1, list(self.streams)
        return next(iter(self.streams.values()))

    def answer(self, frame: bytes) -> bytes | None:
        kind = kind_of(frame)
        if kind is Kind.HELLO:
            hello = parse_message(frame, Hello)
            heard = self.streams.setdefault(hello.stream, Heard(hello))
            return self.says or to_frame(
                Welcome(hello.stream, heard.next_seq * self.says_what_it_has, hello.client_ms, codecs=CODECS)
            )
        if kind is Kind.CHUNK:
            return self._keep(parse_chunk(frame))
        return to_frame(Pong(0, 0)) if kind is Kind.PING else None

    def _keep(self, chunk: Chunk) -> bytes | None:
        header = chunk.header
        if self.refuses_once:
            code, self.refuses_once = self.refuses_once, None
            return to_frame(Nack(header.stream, header.seq, code, "as told", True))
        heard = self.streams[header.stream]
        self.duplicates += header.seq in heard.chunks
        first = heard.chunks.setdefault(header.seq, chunk)
        assert first.header.hash == header.hash, f"other bytes under {header.seq}"
        return to_frame(Ack(header.stream, heard.next_seq)) if self.acks else None

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "websocket":
            await self._socket(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _socket(self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        await receive()
        self.sockets += 1
        if not self.takes_sockets:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": "playhead.v1"})
        chunks = 0
        with suppress(OSError):
            while (message := await receive())["type"] == "websocket.receive":
                frame = message["bytes"]
                chunks += frame[0] == Kind.CHUNK
                if self.closes_after is not None and chunks > self.closes_after:
                    await send({"type": "websocket.close", "code": 1012})
                    return
                if answer := self.answer(frame):
                    await send({"type": "websocket.send", "bytes": answer})

    async def _http(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, kind, content = self._page(scope["path"], body)
        headers = [(b"content-type", kind), (b"access-control-allow-origin", b"*")]
        if self.policy and kind.startswith(b"text/html"):
            headers.append((b"content-security-policy", self.policy.encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _page(self, path: str, body: bytes) -> tuple[int, bytes, bytes]:
        if path == "/ingest/v1/beacon":
            self.posts += 1
            if not self.takes_posts:
                return 500, b"text/html", b"<h1>No</h1>"
            answers = [answer for frame in split_frames(body) if (answer := self.answer(frame))]
            return 200, b"application/octet-stream", join_frames(answers)
        for room in (PAGES, DIST):
            file = room / path[1:]
            if file.is_file():
                content = (
                    file.read_bytes().replace(b"{{ host }}", self.origin.encode()).replace(b"{{ key }}", WRITE_KEY.encode())
                )
                return 200, TYPES.get(file.suffix, b"text/plain"), content
        return (500 if path.startswith("/fail") else 404), b"text/plain", b"no"


def goaway(code: str) -> bytes:
    """Return the frame that sends a recorder away."""
    return to_frame(Goaway(code, "As told.", False))


@contextmanager
def recorder_host() -> Iterator[Host]:
    """Run a host on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        host = Host(listener.getsockname()[1])
        config = uvicorn.Config(host, log_level="critical", lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.should_exit = True
            thread.join(10)
