"""Whose shape a file has, and its items in order.

| form | shape |
|---|---|
| playhead | ``{"format": "playhead.session", "version": 1, "session", "streams": [{…, "events", "log", "gaps"}]}`` |
| rrweb | an array of events; ``{"events": […]}``; one event a line. Ours carry log and gaps as custom events |
| posthog | ``{"version", "data": {"snapshots": […]}}``, ``{"data": {"snapshotsByWindowId"}}``; lines ``[window, event]`` |
| sentry | an array of segments, each an array of events, some with their time in seconds |

In: a file that can be sought. Out: what is said of session and streams before their items, then the items.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import msgspec

from replay.index.interchange import limits, own
from replay.index.interchange.cursor import Cursor
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.items import Item, SessionFacts, StreamFacts
from replay.index.interchange.opening import (
    GAP_TAG,
    LOG_TAG,
    checked_event,
    custom_of,
    is_event,
    open_event,
    open_gap,
    open_log_event,
)
from replay.wire import documents

Told = Item | StreamFacts | SessionFacts
ONLY_STREAM: Final = "1"  # where a file tells of no windows
# Where peers put their events, and who they are.
_WRAPPERS: Final = (
    (("data", "snapshots"), "posthog"),
    (("snapshots",), "posthog"),
    (("events",), "rrweb"),
    (("data", "events"), "rrweb"),
    (("recording", "events"), "rrweb"),
)


@dataclass(frozen=True)
class Recording:
    """A file whose shape is known."""

    form: str
    told: Iterator[Told]


def open_recording(file: BinaryIO) -> Recording:
    """Return what a file is; raise ImportRefused when it is nothing that is known here. Its items may refuse later."""
    cursor = Cursor(file)
    first, start = cursor.peek(), cursor.offset
    if not first:
        raise ImportRefused(Refusal.EMPTY)
    if first == b"[":
        return Recording(_form_of_array(file, start), _Reader(file).values(start))
    if first != b"{":
        raise ImportRefused(Refusal.NOT_JSON, offset=start)
    members = own.members_of(file, start)
    if {"type", "timestamp"} <= members.keys():
        return Recording("rrweb", _Reader(file).values(start))
    if "format" in members:
        return Recording("playhead", own.read_own(file, members))
    if {"window_id", "data"} <= members.keys():
        return Recording("posthog", _Reader(file).values(start))
    return _wrapped(file, members)


def _wrapped(file: BinaryIO, members: dict[str, int]) -> Recording:
    for path, form in _WRAPPERS:
        if (offset := _find(file, members, path)) is not None and Cursor(file, offset).peek() == b"[":
            return Recording(form, _Reader(file).values(offset, only_one=True))
    if (offset := _find(file, members, ("data", "snapshotsByWindowId"))) is not None and Cursor(file, offset).peek() == b"{":
        return Recording("posthog", _Reader(file).windows(offset))
    raise ImportRefused(Refusal.NOT_A_RECORDING)


def _find(file: BinaryIO, members: dict[str, int], path: tuple[str, ...]) -> int | None:
    """Return where the value at a path begins, or None."""
    offset = members.get(path[0])
    for name in path[1:]:
        if offset is None or Cursor(file, offset).peek() != b"{":
            return None
        offset = own.members_of(file, offset).get(name)
    return offset


def _form_of_array(file: BinaryIO, start: int) -> str:
    cursor = Cursor(file, start)
    for _ in cursor.elements():
        return {b"[": "sentry", b'"': "posthog"}.get(cursor.peek(), "rrweb")
    return "rrweb"


class _Reader:
    """Reads values one after the other, and knows whose events they are."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._stream = ONLY_STREAM  # of events that name no window

    def values(self, start: int, *, only_one: bool = False) -> Iterator[Told]:
        """Yield the items of one value, or of all that follow it: an array, or a line each."""
        cursor = Cursor(self._file, start)
        while first := cursor.peek():
            if first == b"[":
                yield from self._array(cursor)
            elif first == b"{":
                yield from self._line(cursor)
            else:
                raise ImportRefused(Refusal.NOT_AN_EVENT, offset=cursor.offset)
            if only_one:
                return

    def windows(self, start: int) -> Iterator[Told]:
        """Yield the items of an object that has an array of events for each window."""
        cursor = Cursor(self._file, start)
        for name in cursor.members():
            if cursor.peek() != b"[":
                raise ImportRefused(Refusal.NOT_A_RECORDING, offset=cursor.offset)
            for _ in cursor.elements():
                offset = cursor.offset
                yield open_event(cursor.take(), name[:200] or ONLY_STREAM, offset)

    def _array(self, cursor: Cursor) -> Iterator[Told]:
        """Yield what an array holds: events, arrays of events, or a window's name and one event of it."""
        window = None
        for number in cursor.elements():
            first, offset = cursor.peek(), cursor.offset
            if first == b"[":
                for _ in cursor.elements():
                    inner = cursor.offset
                    yield from self._told(open_event(cursor.take(), self._stream, inner, may_be_seconds=True))
            elif first == b'"' and number == 0:
                window = _text(cursor.take(limits.MOST_HEAD_BYTES))
            elif window is not None:
                yield open_event(cursor.take(), window, offset)
            else:
                yield from self._told(open_event(cursor.take(), self._stream, offset))

    def _line(self, cursor: Cursor) -> Iterator[Told]:
        """Yield what an object is: an event, or some events of a window."""
        offset = cursor.offset
        raw = cursor.take()
        try:
            value = documents.read(raw)
        except documents.BadDocument as error:
            raise ImportRefused(Refusal.NOT_JSON, offset=offset) from error
        if not is_event(value) and isinstance(value.get("data"), list) and isinstance(value.get("window_id"), str):
            for event in value["data"]:
                yield checked_event(event, documents.write(event), value["window_id"][:200] or ONLY_STREAM, offset)
            return
        yield from self._told(checked_event(value, raw, self._stream, offset))

    def _told(self, item: Item) -> Iterator[Told]:
        """Yield what an event says: itself; or, of ours, what it carries."""
        if (custom := custom_of(item)) is None:
            window = item.event and (item.event.get("windowId") or item.event.get("window_id"))
            yield msgspec.structs.replace(item, stream=window[:200]) if isinstance(window, str) and window else item
            return
        tag, payload = custom
        raw = documents.write(payload)
        if tag == LOG_TAG:
            yield open_log_event(raw, item.stream, item.offset)
        elif tag == GAP_TAG:
            yield open_gap(raw, item.stream, item.offset)
        else:
            yield from self._announced(payload, item.offset)

    def _announced(self, payload: Any, offset: int) -> Iterator[Told]:
        """Yield what a stream says of itself and of its session; what follows is its."""
        try:
            facts = msgspec.convert(payload, StreamFacts)
            session = msgspec.convert(payload.get("session", {}), SessionFacts)
        except (msgspec.ValidationError, AttributeError) as error:
            raise ImportRefused(Refusal.NOT_A_RECORDING, offset=offset) from error
        self._stream = facts.id
        yield session
        yield facts


def _text(raw: bytes) -> str:
    try:
        return msgspec.json.decode(raw, type=str)[:200] or ONLY_STREAM
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ONLY_STREAM
