"""Log events: what the server itself opens of a chunk, as checked shapes (SPEC §4)."""

from __future__ import annotations

from collections.abc import Sized
from typing import Annotated, Any, Final, get_args

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
    t: Annotated[float, Meta(ge=-limits.MAX_TIME_MS, le=limits.MAX_TIME_MS)]  # stream clock, ms


class Element(Struct, frozen=True, forbid_unknown_fields=True):
    """A readable description of what was clicked or submitted."""

    tag: str = ""
    text: str = ""
    role: str = ""
    label: str = ""
    id: str = ""
    selector: str = ""


class Navigation(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="navigation"):
    url: str
    title: str = ""
    how: str = "load"


class Click(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="click"):
    element: Element
    x: float = 0
    y: float = 0
    node: int | None = None


class RageClick(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="rage_click"):
    element: Element
    x: float = 0
    y: float = 0
    node: int | None = None
    count: int = 0


class Submit(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="submit"):
    element: Element
    node: int | None = None


class Console(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="console"):
    level: str
    args: list[str] = []
    stack: str | None = None


class Error(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="error"):
    name: str = ""
    message: str = ""
    stack: str | None = None
    how: str = "exception"
    source: str | None = None
    line: int | None = None
    column: int | None = None


class Network(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="network"):
    url: str
    initiator: str = ""
    resource: str | None = None
    method: str = "GET"
    status: int = 0
    duration_ms: float = 0
    request_bytes: float | None = None
    response_bytes: float | None = None
    failed: bool = False


class Custom(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="custom"):
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    properties: Bag = {}


class Identify(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="identify"):
    distinct_id: Annotated[str, Meta(min_length=1, max_length=200)]
    anonymous_id: Annotated[str, Meta(max_length=200)] | None = None
    properties: Bag = {}


class Alias(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="alias"):
    distinct_id: Annotated[str, Meta(min_length=1, max_length=200)]
    alias: Annotated[str, Meta(min_length=1, max_length=200)]


class Properties(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="properties"):
    properties: Bag = {}


class Activity(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="activity"):
    count: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class State(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="state"):
    name: str = ""
    detail: Any = None


class Gap(LogEvent, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="gap"):
    reason: Annotated[str, Meta(min_length=1, max_length=40)]
    body: Annotated[str, Meta(pattern="^(dom|log|both)\\Z")] = "both"


KnownEvent = (
    Navigation
    | Click
    | RageClick
    | Submit
    | Console
    | Error
    | Network
    | Custom
    | Identify
    | Alias
    | Properties
    | Activity
    | State
    | Gap
)
SHAPES: Final[dict[str, type[LogEvent]]] = {str(shape.__struct_config__.tag): shape for shape in get_args(KnownEvent)}
_FREE: Final = frozenset({Custom, Identify, Properties, State})  # hold whatever the customer's page gives
_quick: Final = msgspec.json.Decoder(list[KnownEvent])
_patient: Final = msgspec.json.Decoder(list[Bag])


def open_log(chunk: Chunk) -> list[LogEvent]:
    """Return the events of a chunk's log body, or refuse the chunk."""
    header = chunk.header
    try:
        events = parse_log(inflate(header.log_codec, chunk.log, header.log_raw_length)) if header.log_length else []
    except ChunkRefused as refused:
        raise ChunkRefused(refused.code, refused.detail, stream=header.stream, seq=header.seq) from refused
    if Flag.GAP in header.flags and not (len(events) == 1 and isinstance(events[0], Gap)):
        raise ChunkRefused(Code.BAD_LOG, "a gap says why, and nothing else", stream=header.stream, seq=header.seq)
    return events


def parse_log(raw: bytes) -> list[LogEvent]:
    """Return the events that a JSON array holds, within the bounds of §6.

    Events as this version knows them are read in one pass. Whatever does not fit is read again with patience: that tells
    what a newer recorder adds, which is passed over, from what is wrong.
    """
    raw = mend_surrogates(raw)
    try:
        events: list[LogEvent] = [*_quick.decode(raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _parse_patiently(raw)
    _check_count(events)
    for event in events:
        if type(event) not in _FREE:
            continue
        free = event.detail if isinstance(event, State) else getattr(event, "properties", None)
        if free and _is_deeper(free, limits.MAX_LOG_DEPTH - 2):  # inside of the array and the event
            raise ChunkRefused(Code.BAD_LOG, "nested too deep")
    return events


def _parse_patiently(raw: bytes) -> list[LogEvent]:
    try:
        bags = _patient.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChunkRefused(Code.BAD_LOG, "not an array of objects") from error
    _check_count(bags)
    if _is_deeper(bags, limits.MAX_LOG_DEPTH):
        raise ChunkRefused(Code.BAD_LOG, "nested too deep")
    return [_shaped(bag) for bag in bags]


def _check_count(events: Sized) -> None:
    if len(events) > limits.MAX_LOG_EVENTS:
        raise ChunkRefused(Code.BAD_LOG, f"{len(events)} events")


def _shaped(bag: Bag) -> LogEvent:
    kind = bag.get("type")
    if not isinstance(kind, str):
        raise ChunkRefused(Code.BAD_LOG, "an event without a type")
    shape = SHAPES.get(kind, LogEvent)
    told = _known(bag, shape) | ({"type": kind} if kind in SHAPES else {})
    if isinstance(bag.get("element"), dict):
        told["element"] = _known(bag["element"], Element)
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise ChunkRefused(Code.BAD_LOG, f"{kind[:40]!r} lacks a field, or has one of another kind") from error


def _known(bag: Bag, shape: type[Struct]) -> Bag:
    return {name: bag[name] for name in shape.__struct_fields__ if name in bag}


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
