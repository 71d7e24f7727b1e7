"""What a recording consists of, whoever wrote it: facts, and items in order."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from replay.wire import limits as wire_limits

Time = Annotated[float, Meta(ge=-wire_limits.MAX_TIME_MS, le=wire_limits.MAX_TIME_MS)]
Offset = Annotated[float, Meta(ge=-1e13, le=1e13)]  # ms
Word = Annotated[str, Meta(max_length=2048)]


class Kind(IntEnum):
    DOM = 1  # an rrweb event
    LOG = 2  # a log event
    GAP = 3  # bytes that are missing here


class Item(Struct, frozen=True):
    """One fact of one stream."""

    stream: str  # the file's own name for it
    kind: Kind
    ms: float  # stream clock; of a gap, its beginning
    raw: bytes  # as it stands in the file
    offset: int  # in the file
    type: int = -1  # of an rrweb event
    event: dict[str, Any] | None = None  # opened; None where it is too large to be looked at
    gap: GapFacts | None = None


class GapFacts(Struct, frozen=True):
    """A span without bytes, as a file tells it; ``at_event`` and ``at_log`` say how many of each come before."""

    first_ms: Time
    last_ms: Time
    reason: Annotated[str, Meta(min_length=1, max_length=40)]
    body: Annotated[str, Meta(pattern="^(dom|log|both)\\Z")] = "both"
    at_event: Annotated[int, Meta(ge=0)] = 0
    at_log: Annotated[int, Meta(ge=0)] = 0


class Viewport(Struct, frozen=True):
    width: float = 0
    height: float = 0


class StreamFacts(Struct, frozen=True):
    """What a file says of a stream before its events."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    window: Annotated[str, Meta(max_length=200)] = ""
    clock_offset_ms: Offset = 0.0
    recorder: Word = ""
    entry_url: Word = ""
    viewport: Viewport = Viewport()


class SessionFacts(Struct, frozen=True):
    """What a file says of its session."""

    id: Word = ""
    distinct_id: Word = ""
    title: Word = ""
    user_agent: Word = ""
    language: Word = ""
    timezone: Word = ""
    properties: dict[str, Any] = {}
