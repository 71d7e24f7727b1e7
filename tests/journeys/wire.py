"""What a page and the server said on the wire, heard from outside both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from playwright.sync_api import Page, WebSocket

from replay.wire.frames import Chunk, Kind, kind_of, parse_chunk

Place = tuple[str, int]  # stream, seq


@dataclass
class Wire:
    """Every chunk that a page sent on a socket and how far each stream was acked; hears from its making on."""

    page: Page
    sent: dict[Place, Chunk] = field(default_factory=dict)
    upto: dict[str, int] = field(default_factory=dict)
    sockets: int = 0

    def __post_init__(self) -> None:
        self.page.on("websocket", self._hear)

    @property
    def acked(self) -> dict[Place, Chunk]:
        """Return the chunks that the server called kept."""
        return {place: chunk for place, chunk in self.sent.items() if place[1] < self.upto.get(place[0], 0)}

    def _hear(self, socket: WebSocket) -> None:
        if "/ingest/v1" not in socket.url:
            return
        self.sockets += 1
        socket.on("framesent", self._on_sent)
        socket.on("framereceived", self._on_received)

    def _on_sent(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes) and kind_of(frame) == Kind.CHUNK:
            chunk = parse_chunk(frame)
            place = (chunk.header.stream, chunk.header.seq)
            assert self.sent.setdefault(place, chunk) == chunk, "numbered bytes changed"

    def _on_received(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes) and kind_of(frame) == Kind.ACK:
            ack = json.loads(frame[1:])
            self.upto[ack["stream"]] = max(ack["upto"], self.upto.get(ack["stream"], 0))
