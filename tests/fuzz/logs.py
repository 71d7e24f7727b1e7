"""Fuzzed: the ``log`` decoder, and what the index makes of it. What it lets pass, a database must take."""

from __future__ import annotations

import json
import math
from typing import Any
from uuid import UUID

from replay.index import digest as digests
from replay.wire import limits, log
from replay.wire.errors import ChunkRefused, Code
from replay.wire.frames import HEADER_BYTES, Chunk, ChunkHeader, Codec
from tests.fuzz.choices import Choices
from tests.fuzz.wire_frames import SESSION, STREAM

NOW_MS = 1_790_000_000_000.0


def log_events(data: bytes) -> None:
    """The ``log`` decoder and what the index makes of it: nothing that a database could refuse."""
    choices = Choices(data)
    raw = choices.rest() if choices.byte() % 2 else _made_log(choices)
    header = ChunkHeader(
        UUID(bytes=SESSION), STREAM.hex(), 7, log_codec=Codec.JSON, log_length=len(raw), log_raw_length=len(raw)
    )
    try:
        events = log.open_log(Chunk(header, bytes(HEADER_BYTES) + raw))
    except ChunkRefused as refused:
        assert refused.code in (Code.BAD_LOG, Code.BAD_CODEC)
        assert (refused.stream, refused.seq) == (STREAM.hex(), 7)
        return
    _storable(digests.digest(events, "https://shop.example/"))


def _made_log(choices: Choices) -> bytes:
    events: list[dict[str, Any]] = []
    while not choices.is_spent and len(events) < 8:
        kind = choices.one_of((*log.SHAPES, "later"))
        shape = log.SHAPES.get(kind, log.LogEvent)
        event: dict[str, Any] = {"type": kind, "id": choices.text() or "1", "t": choices.one_of((0, 1.5, NOW_MS, 1e300))}
        for name in shape.__struct_fields__[2:]:
            event[name] = _field(choices, name)
        if choices.byte() % 8 == 0:
            event.pop(choices.one_of(list(event)))
        events.append(event)
    made = json.dumps(events, ensure_ascii=choices.byte() % 2 == 0)
    return made.encode("utf-8", "surrogatepass" if choices.byte() % 4 == 0 else "replace")


def _field(choices: Choices, name: str) -> Any:
    if choices.byte() % 8 == 0:
        return choices.value()
    if name == "element":
        return {part: choices.text() for part in log.Element.__struct_fields__ if choices.byte() % 2}
    if name in ("properties", "detail"):
        return {choices.text(): choices.value() for _ in range(choices.byte() % 4)}
    if name == "args":
        return [choices.text() for _ in range(choices.byte() % 4)]
    if name == "level":
        return choices.one_of(("error", "warn"))
    if name == "failed":
        return choices.byte() % 2 == 0
    if name in ("x", "y", "node", "count", "line", "column", "status", "duration_ms", "request_bytes", "response_bytes"):
        return choices.one_of((1, 0, -1, 3.5, 2**40, None))
    return choices.text() or "a"


def _storable(found: digests.Digest) -> None:
    _clean(found.page_url, digests.MAX_URL)
    _clean(found.title, digests.MAX_TEXT)
    for moment in found.moments:
        _clean(moment.event_id, 40)
        _clean(moment.kind, 20)
        _clean(moment.text, digests.MAX_TEXT)
        _clean(moment.url, digests.MAX_URL)
        _clean_json(moment.data)
        assert abs(moment.at_ms) <= limits.MAX_TIME_MS
    for call in found.calls:
        names = (call.distinct_id, call.alias) if isinstance(call, log.Alias) else (call.distinct_id, call.anonymous_id)
        for name in names:
            _clean(name or "", digests.MAX_NAME)
        _clean_json(getattr(call, "properties", {}))
    _clean_json(found.properties)
    assert all(0 < count <= 1_000_000 and math.isfinite(at) for at, count in found.activity)


def _clean(text: str, most: int) -> None:
    assert len(text) <= most, "longer than its column"
    assert "\x00" not in text, "a NUL, which PostgreSQL refuses"
    text.encode()  # raises for half a surrogate pair


def _clean_json(bag: object) -> None:
    text = json.dumps(bag, allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text.replace("\\\\", ""), "a NUL, which PostgreSQL refuses"
    text.encode()
