"""rrweb events as a page would say them: cut into chunks of a second, by columns, large stylesheets lifted out by hash."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from replay.wire import columns
from replay.wire.frames import Chunk, ChunkHeader, Codec, Flag, make_chunk
from tests.pages_say import PageStream

CUT_AFTER_MS: Final = 900  # as the recorder cuts (config.ts)
CUT_CHARS: Final = 245_760
PART_BYTES: Final = 262_144
LEAST_SHEET_CHARS: Final = 1_024  # LIMITS.sheetLeastChars
FULL_SNAPSHOT: Final = 2

Event = dict[str, Any]


def batches(lines: Sequence[str], cut_after_ms: float = CUT_AFTER_MS, cut_chars: int = CUT_CHARS) -> Iterator[list[str]]:
    """Cut events, one JSON a line, where the recorder would."""
    some: list[str] = []
    first_ms = chars = 0.0
    for line in lines:
        at_ms = at(line)
        if some and (at_ms - first_ms >= cut_after_ms or chars + len(line) > cut_chars):
            yield some
            some, chars = [], 0
        if not some:
            first_ms = at_ms
        some.append(line)
        chars += len(line) + 1
    if some:
        yield some


def at(line: str) -> float:
    """Return an event's time. rrweb writes it last."""
    stamp: float = json.loads(line)["timestamp"]
    return stamp


def chunks_of(page: PageStream, lines: Sequence[str], sheets: dict[str, bytes]) -> list[Chunk]:
    """Return the chunks of a stream; what is lifted out is added to ``sheets`` by its hash."""
    chunks: list[Chunk] = []
    for some in batches(lines):
        events = [json.loads(line) for line in some]
        for event in events:
            lift(event, sheets)
        chunks += _chunks(page, len(chunks), events)
    return chunks


def lift(node: Any, sheets: dict[str, bytes]) -> None:
    """Put a reference in the place of each large stylesheet's text, wherever in an event it stands."""
    if isinstance(node, list):
        for each in node:
            lift(each, sheets)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "_cssText" and isinstance(value, str) and len(value) >= LEAST_SHEET_CHARS:
                data = value.encode()
                digest = hashlib.sha256(data).hexdigest()
                sheets[digest] = data
                node[name] = f"playhead-asset:{digest}"
            elif isinstance(value, dict | list):
                lift(value, sheets)


def _chunks(page: PageStream, seq: int, events: list[Event]) -> list[Chunk]:
    document = columns.encode(events)
    pieces = [document[start : start + PART_BYTES] for start in range(0, len(document), PART_BYTES)]
    times = [event["timestamp"] for event in events]
    flags = Flag.SNAPSHOT if any(event["type"] == FULL_SNAPSHOT for event in events) else Flag(0)
    header = ChunkHeader(
        page.session,
        page.stream,
        seq,
        flags=flags,
        dom_codec=Codec.COLUMNS_GZIP,
        dom_events=len(events),
        first_ms=min(times),
        last_ms=max(times),
        wall_ms=max(times),
        mono_ms=max(times) - page.now_ms,
        part_count=len(pieces),
    )
    return [
        make_chunk(
            replace(
                header, seq=seq + place, part_index=place, dom_raw_length=len(piece), dom_events=0 if place else len(events)
            ),
            gzip.compress(piece, 6, mtime=0),
            b"",
        )
        for place, piece in enumerate(pieces)
    ]


def spoken_by(page: PageStream, chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return the same chunks as another page's."""
    return [
        make_chunk(replace(chunk.header, session=page.session, stream=page.stream), chunk.dom, chunk.log) for chunk in chunks
    ]
