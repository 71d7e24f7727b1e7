"""What crosses from ingest into the index, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from replay.index.digest import Digest
from replay.wire.errors import Code
from replay.wire.frames import ChunkHeader

MAX_AGE_MS: Final = 8 * 86_400_000  # older than any spool keeps bytes: a clock that is simply wrong
MAX_AHEAD_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Source:
    """Who sends a stream, as its hello told; every text is clean and fits its column."""

    project_id: int
    project: str  # its public id
    session: UUID
    secret_hash: bytes
    stream: str
    window: str
    distinct_id: str
    recorder: str
    clock_offset_ms: float  # server clock − stream clock, when it said hello
    entry_url: str = ""
    title: str = ""
    viewport_width: int = 0
    viewport_height: int = 0
    language: str = ""
    timezone: str = ""
    user_agent: str = ""


class Arrival(Struct, frozen=True, gc=False):
    """A chunk whose bytes lie in a pack, waiting for its row."""

    source: Source
    header: ChunkHeader
    digest: Digest
    body_offset: int  # in the pack: the dom body, and right behind it the log body
    received_at: datetime

    @property
    def received_ms(self) -> float:
        return self.received_at.timestamp() * 1000


class Outcome(Struct, frozen=True, gc=False):
    """What became of an arrival: kept (or known already) where ``code`` is None."""

    code: Code | None
    next_seq: int | None = None  # of its stream, after the commit; None: not known


def server_time(stream_ms: float, offset_ms: float, received_ms: float) -> datetime:
    """Return a stream's time on the server's clock, held between a spool's age ago and just now.

    >>> from replay.index.times import to_ms
    >>> now_ms = to_ms(datetime(2026, 11, 23, tzinfo=UTC))
    >>> server_time(now_ms - 5_000, 2_000, now_ms).isoformat()
    '2026-11-22T23:59:57+00:00'
    >>> server_time(0, 0, now_ms).isoformat()
    '2026-11-15T00:00:00+00:00'
    >>> server_time(8.64e15, 0, now_ms).isoformat()
    '2026-11-23T00:01:00+00:00'
    """
    at_ms = stream_ms + offset_ms
    if at_ms < received_ms - MAX_AGE_MS:
        at_ms = received_ms - MAX_AGE_MS
    elif at_ms > received_ms + MAX_AHEAD_MS:
        at_ms = received_ms + MAX_AHEAD_MS
    return datetime.fromtimestamp(at_ms / 1000, UTC)
