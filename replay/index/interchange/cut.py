"""Items into numbered chunks, as a recorder cuts them. Pure: the same items, the same chunks, byte for byte.

A chunk ends a second after its first event, or when it is large; an event too large for one is cut into parts; a gap is a
chunk of its own; the last chunk says that the page is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from replay.index.interchange import limits
from replay.index.interchange.items import Item, Kind
from replay.wire.codec import deflate
from replay.wire.frames import NO_FLAG, Chunk, ChunkHeader, Codec, Flag, make_chunk

FULL_SNAPSHOT: Final = 2


@dataclass
class Draft:
    """A chunk's events, before they have a number."""

    first_ms: float
    last_ms: float
    dom: list[bytes] = field(default_factory=list)
    log: list[bytes] = field(default_factory=list)
    dom_bytes: int = 0
    log_bytes: int = 0
    flags: Flag = NO_FLAG
    is_closed: bool = False  # nothing joins it any more

    @property
    def parts(self) -> int:
        """Return how many numbers it takes."""
        return max(1, -(-(self.dom_bytes + len(self.dom) + 1) // limits.CHUNK_BYTES)) if self.dom else 1


class Cutter:
    """Cuts one stream. What it returns is complete; the rest comes with ``finish``."""

    def __init__(self) -> None:
        self._open: Draft | None = None
        self._gaps = 0

    def add(self, item: Item) -> Iterator[Draft]:
        """Take an item; yield what it does not join any more."""
        if item.kind is Kind.GAP:
            yield from self._give(self._gap(item))
            return
        if self._open is None or not self._fits(self._open, item):
            yield from self._give(Draft(item.ms, item.ms))
        draft = self._open
        assert draft
        draft.first_ms, draft.last_ms = min(draft.first_ms, item.ms), max(draft.last_ms, item.ms)
        if item.kind is Kind.LOG:
            draft.log.append(item.raw)
            draft.log_bytes += len(item.raw) + 1
            return
        draft.dom.append(item.raw)
        draft.dom_bytes += len(item.raw)
        if item.type == FULL_SNAPSHOT:
            draft.flags |= Flag.SNAPSHOT
        draft.is_closed = draft.dom_bytes > limits.CHUNK_BYTES

    def finish(self) -> Iterator[Draft]:
        """Yield the last."""
        if self._open:
            self._open.flags |= Flag.FINAL
            yield self._open
            self._open = None

    def _give(self, following: Draft) -> Iterator[Draft]:
        given, self._open = self._open, following
        if given:
            yield given

    def _fits(self, draft: Draft, item: Item) -> bool:
        if draft.is_closed or item.ms - draft.first_ms >= limits.CHUNK_MS or draft.first_ms - item.ms >= limits.CHUNK_MS:
            return False
        if item.kind is Kind.LOG:
            return draft.log_bytes + len(item.raw) <= limits.CHUNK_LOG_BYTES and len(draft.log) < limits.CHUNK_LOG_EVENTS
        return not draft.dom or draft.dom_bytes + len(draft.dom) + len(item.raw) < limits.CHUNK_BYTES - 2

    def _gap(self, item: Item) -> Draft:
        gap = item.gap
        assert gap
        self._gaps += 1
        said = {"type": "gap", "id": f"g{self._gaps}", "t": gap.first_ms, "reason": gap.reason, "body": gap.body}
        raw = msgspec.json.encode(said)
        return Draft(gap.first_ms, gap.last_ms, [], [raw], 0, len(raw), Flag.GAP, is_closed=True)


def log_body(draft: Draft) -> bytes:
    """Return the draft's log as JSON; empty where there is none."""
    return b"[" + b",".join(draft.log) + b"]" if draft.log else b""


def numbered(draft: Draft, session: UUID, stream: str, seq: int, origin_ms: float) -> Iterator[Chunk]:
    """Yield the draft as chunks, from ``seq`` on; ``origin_ms`` is when the stream began."""
    document = b"[" + b",".join(draft.dom) + b"]" if draft.dom else b""
    parts = draft.parts
    for part in range(parts):
        dom = document[part * limits.CHUNK_BYTES : (part + 1) * limits.CHUNK_BYTES]
        log = log_body(draft) if part == 0 else b""
        flags = draft.flags & Flag.GAP
        flags |= draft.flags & Flag.SNAPSHOT if part == 0 else NO_FLAG
        flags |= draft.flags & Flag.FINAL if part == parts - 1 else NO_FLAG
        header = ChunkHeader(
            session=session,
            stream=stream,
            seq=seq + part,
            flags=flags,
            dom_codec=Codec.JSON_GZIP if dom else Codec.EMPTY,
            log_codec=Codec.JSON_GZIP if log else Codec.EMPTY,
            part_index=part,
            part_count=parts,
            dom_raw_length=len(dom),
            log_raw_length=len(log),
            dom_events=len(draft.dom) if part == 0 else 0,
            first_ms=draft.first_ms,
            last_ms=draft.last_ms,
            wall_ms=draft.last_ms,
            mono_ms=draft.last_ms - origin_ms,
        )
        yield make_chunk(header, deflate(dom) if dom else b"", deflate(log) if log else b"")
