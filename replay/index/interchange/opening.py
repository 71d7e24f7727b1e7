"""Single events, checked: what stands where an event should be, and is it one?"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from replay.index.interchange import limits
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.items import GapFacts, Item, Kind, Time
from replay.wire import documents, log
from replay.wire import limits as wire_limits
from replay.wire.errors import ChunkRefused

LOG_TAG: Final = "playhead.log"
GAP_TAG: Final = "playhead.gap"
STREAM_TAG: Final = "playhead.stream"
CUSTOM: Final = 5
LOOKED_AT_BYTES: Final = 16 * 1024 * 1024  # an event that is larger is carried, and not opened: it takes ten times its size


class _Head(Struct):
    """What every rrweb event has; the rest is checked to be JSON, and not made."""

    type: int
    timestamp: Time


_head: Final = msgspec.json.Decoder(_Head)
_gap: Final = msgspec.json.Decoder(GapFacts)
_SECONDS_BELOW: Final = 1e11  # as epoch milliseconds that were March 1973


def open_event(raw: bytes, stream: str, offset: int, *, may_be_seconds: bool = False) -> Item:
    """Return the rrweb event that these bytes are; raise ImportRefused."""
    if len(raw) > LOOKED_AT_BYTES:
        try:
            raw.decode()
            head = _head.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ImportRefused(Refusal.NOT_AN_EVENT, offset=offset) from error
        return Item(stream, Kind.DOM, head.timestamp, raw, offset, head.type)
    return checked_event(_opened(raw, offset), raw, stream, offset, may_be_seconds=may_be_seconds)


def checked_event(event: Any, raw: bytes, stream: str, offset: int, *, may_be_seconds: bool = False) -> Item:
    """Return the item for what was opened already; an event that tells its time in seconds is put right where those occur."""
    if not is_event(event):
        raise ImportRefused(Refusal.NOT_AN_EVENT, offset=offset)
    if "cv" in event:  # data that PostHog's recorder has compressed, in itself
        raise ImportRefused(Refusal.PACKED_EVENT, offset=offset)
    if may_be_seconds and 0 < event["timestamp"] < _SECONDS_BELOW:
        event = event | {"timestamp": event["timestamp"] * 1000}
        raw = documents.write(event)
    return Item(stream, Kind.DOM, float(event["timestamp"]), raw, offset, event["type"], event)


def is_event(value: Any) -> bool:
    """Say whether a value has what makes an rrweb event: a type and a time.

    >>> is_event({"type": 4, "data": {}, "timestamp": 1.5}), is_event({"type": "4", "timestamp": 1}), is_event([1])
    (True, False, False)
    """
    if not isinstance(value, dict):
        return False
    kind, ms = value.get("type"), value.get("timestamp")
    if not isinstance(kind, int) or isinstance(kind, bool) or not 0 <= kind <= 255:
        return False
    return isinstance(ms, int | float) and not isinstance(ms, bool) and abs(ms) <= wire_limits.MAX_TIME_MS


def open_log_event(raw: bytes, stream: str, offset: int) -> Item:
    """Return the log event that these bytes are; raise ImportRefused."""
    if len(raw) > limits.MOST_LOG_EVENT_BYTES:
        raise ImportRefused(Refusal.EVENT_TOO_LARGE, offset=offset)
    try:
        (event,) = log.parse_log(b"[" + raw + b"]")
    except (ChunkRefused, ValueError) as error:
        raise ImportRefused(Refusal.BAD_LOG, offset=offset) from error
    if isinstance(event, log.Gap):
        raise ImportRefused(Refusal.BAD_GAP, offset=offset)  # gaps have a place of their own
    return Item(stream, Kind.LOG, event.t, raw, offset)


def open_gap(raw: bytes, stream: str, offset: int) -> Item:
    """Return the gap that these bytes describe; raise ImportRefused."""
    try:
        gap = _gap.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefused(Refusal.BAD_GAP, offset=offset) from error
    if gap.last_ms < gap.first_ms:
        raise ImportRefused(Refusal.BAD_GAP, offset=offset)
    return Item(stream, Kind.GAP, gap.first_ms, raw, offset, gap=gap)


def custom_of(item: Item) -> tuple[str, Any] | None:
    """Return tag and payload of a custom event of ours, else None."""
    event = item.event
    if event is None or event["type"] != CUSTOM or not isinstance(event.get("data"), dict):
        return None
    tag = event["data"].get("tag")
    return (tag, event["data"].get("payload")) if tag in (LOG_TAG, GAP_TAG, STREAM_TAG) else None


def _opened(raw: bytes, offset: int) -> Any:
    try:
        return documents.read(raw)
    except documents.BadDocument as error:
        raise ImportRefused(Refusal.NOT_JSON, offset=offset) from error
