"""Log events: what the server itself opens of a chunk, as checked shapes (SPEC §4)."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from replay.wire import limits
from replay.wire.codec import inflate
from replay.wire.errors import ChunkRefused, Code
from replay.wire.frames import Chunk, Flag
from replay.wire.text import mend_surrogates

Bag = dict[str, Any]


class LogEvent(Struct, frozen=True):
    """What every log event has; one of a type that is not known here is carried as this."""

    id: Annotated[str, Meta(min_length=1, max_length=40)]
    t: float  # stream clock, ms


class Element(Struct, frozen=True):
    """A readable description of what was clicked or submitted."""

    tag: str = ""
    text: str = ""
    role: str = ""
    label: str = ""
    id: str = ""
    selector: str = ""


class Navigation(LogEvent, frozen=True):
    url: str
    title: str = ""
    how: str = "load"


class Click(LogEvent, frozen=True):
    element: Element
    x: float = 0
    y: float = 0
    node: int | None = None


class RageClick(LogEvent, frozen=True):
    element: Element
    x: float = 0
    y: float = 0
    node: int | None = None
    count: int = 0


class Submit(LogEvent, frozen=True):
    element: Element
    node: int | None = None


class Console(LogEvent, frozen=True):
    level: str
    args: list[str] = []
    stack: str | None = None


class Error(LogEvent, frozen=True):
    name: str = ""
    message: str = ""
    stack: str | None = None
    how: str = "exception"
    source: str | None = None
    line: int | None = None
    column: int | None = None


class Network(LogEvent, frozen=True):
    url: str
    initiator: str = ""
    resource: str | None = None
    method: str = "GET"
    status: int = 0
    duration_ms: float = 0
    request_bytes: float | None = None
    response_bytes: float | None = None
    failed: bool = False


class Custom(LogEvent, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    properties: Bag = {}


class Identify(LogEvent, frozen=True):
    distinct_id: Annotated[str, Meta(min_length=1, max_length=200)]
    anonymous_id: Annotated[str, Meta(max_length=200)] | None = None
    properties: Bag = {}


class Alias(LogEvent, frozen=True):
    distinct_id: Annotated[str, Meta(min_length=1, max_length=200)]
    alias: Annotated[str, Meta(min_length=1, max_length=200)]


class Properties(LogEvent, frozen=True):
    properties: Bag = {}


class Activity(LogEvent, frozen=True):
    count: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class State(LogEvent, frozen=True):
    name: str = ""
    detail: Any = None


class Gap(LogEvent, frozen=True):
    reason: Annotated[str, Meta(min_length=1, max_length=40)]
    body: Annotated[str, Meta(pattern="^(dom|log|both)\\Z")] = "both"


SHAPES: Final[dict[str, type[LogEvent]]] = {
    "navigation": Navigation,
    "click": Click,
    "rage_click": RageClick,
    "submit": Submit,
    "console": Console,
    "error": Error,
    "network": Network,
    "custom": Custom,
    "identify": Identify,
    "alias": Alias,
    "properties": Properties,
    "activity": Activity,
    "state": State,
    "gap": Gap,
}
_decoder: Final = msgspec.json.Decoder(list[Bag])


def open_log(chunk: Chunk) -> list[LogEvent]:
    """Return the events of a chunk's log body, or refuse the chunk."""
    header = chunk.header
    try:
        events = parse_log(inflate(header.log_codec, chunk.log, header.log_raw_length)) if chunk.log else []
    except ChunkRefused as refused:
        raise ChunkRefused(refused.code, refused.detail, stream=header.stream, seq=header.seq) from refused
    if Flag.GAP in header.flags and not (len(events) == 1 and isinstance(events[0], Gap)):
        raise ChunkRefused(Code.BAD_LOG, "a gap says why, and nothing else", stream=header.stream, seq=header.seq)
    return events


def parse_log(raw: bytes) -> list[LogEvent]:
    """Return the events that a JSON array holds, within the bounds of §6."""
    try:
        bags = _decoder.decode(mend_surrogates(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChunkRefused(Code.BAD_LOG, "not an array of objects") from error
    if len(bags) > limits.MAX_LOG_EVENTS:
        raise ChunkRefused(Code.BAD_LOG, f"{len(bags)} events")
    if _is_deeper(bags, limits.MAX_LOG_DEPTH):
        raise ChunkRefused(Code.BAD_LOG, "nested too deep")
    return [_shaped(bag) for bag in bags]


def _shaped(bag: Bag) -> LogEvent:
    kind = bag.get("type")
    if not isinstance(kind, str):
        raise ChunkRefused(Code.BAD_LOG, "an event without a type")
    try:
        event = msgspec.convert(bag, SHAPES.get(kind, LogEvent))
    except msgspec.ValidationError as error:
        raise ChunkRefused(Code.BAD_LOG, f"{kind[:40]!r} lacks a field, or has one of another kind") from error
    if not (math.isfinite(event.t) and abs(event.t) <= limits.MAX_TIME_MS):
        raise ChunkRefused(Code.BAD_LOG, "a time is no time")
    return event


def _is_deeper(value: object, most: int) -> bool:
    """Return whether lists and objects nest more than ``most`` levels; never recurses."""
    level: list[object] = [value]
    for _ in range(most):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ())
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
