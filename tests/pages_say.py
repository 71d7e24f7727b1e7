"""What a page says on the wire, for tests: a recorder without a browser."""

from __future__ import annotations

import gzip
import itertools
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from replay.wire import frames, messages
from replay.wire.frames import Chunk, ChunkHeader, Codec, Flag

_ids = itertools.count(1)


def uuid7() -> uuid.UUID:
    """Return a session id as a page makes it."""
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def event(kind: str, at_ms: float = 1_790_000_000_000.0, **fields: Any) -> dict[str, Any]:
    """Return a log event with an id of its own."""
    return {"id": f"e{next(_ids)}", "t": at_ms, "type": kind, **fields}


def click(text: str = "Pay now", at_ms: float = 1_790_000_000_000.0) -> dict[str, Any]:
    return event("click", at_ms, element={"tag": "button", "text": text, "selector": "main > button"}, x=10, y=20)


@dataclass
class PageStream:
    """One stream of a page: who it is, and the chunks that it cuts."""

    write_key: str = ""
    session: uuid.UUID = field(default_factory=uuid7)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    stream: str = field(default_factory=lambda: secrets.token_hex(16))
    window: str = field(default_factory=lambda: secrets.token_hex(8))
    distinct_id: str = field(default_factory=lambda: f"anon-{secrets.token_hex(4)}")
    now_ms: float = field(default_factory=lambda: time.time() * 1000)
    url: str = "https://shop.example/"

    def hello(self, **fields: Any) -> messages.Hello:
        given: dict[str, Any] = {
            "v": 1,
            "write_key": self.write_key,
            "session": str(self.session),
            "secret": self.secret,
            "stream": self.stream,
            "window": self.window,
            "distinct_id": self.distinct_id,
            "recorder": "0.1.0",
            "client_ms": self.now_ms,
            "page": messages.Page(self.url, "Shop"),
            "device": messages.Device(1280, 720),
        }
        return messages.Hello(**given | fields)

    def hello_frame(self, **fields: Any) -> bytes:
        return messages.to_frame(self.hello(**fields))

    def chunk(self, seq: int, *events: dict[str, Any], dom: list[Any] | None = None, **fields: Any) -> Chunk:
        """Return chunk ``seq`` with these log events, whose times are the chunk's span."""
        log = json.dumps(events).encode() if events else b""
        raw = json.dumps([{"type": 3, "seq": seq}] if dom is None else dom).encode()
        times = [given["t"] for given in events] or [self.now_ms + seq]
        header = ChunkHeader(
            self.session,
            self.stream,
            seq,
            dom_codec=Codec.JSON_GZIP,
            dom_raw_length=len(raw),
            dom_events=1,
            log_codec=Codec.JSON_GZIP if log else Codec.EMPTY,
            log_raw_length=len(log),
            first_ms=min(times),
            last_ms=max(times),
            wall_ms=self.now_ms,
        )
        header = replace(header, **fields)
        return frames.make_chunk(header, gzip.compress(raw, mtime=0), gzip.compress(log, mtime=0) if log else b"")

    def gap(self, seq: int, reason: str = "frame_too_large", body: str = "dom") -> Chunk:
        """Return a gap that stands for ``seq``."""
        log = json.dumps([event("gap", self.now_ms, reason=reason, body=body)]).encode()
        header = ChunkHeader(
            self.session,
            self.stream,
            seq,
            flags=Flag.GAP,
            log_codec=Codec.JSON,
            log_raw_length=len(log),
            first_ms=self.now_ms,
            last_ms=self.now_ms + 900,
        )
        return frames.make_chunk(header, b"", log)
