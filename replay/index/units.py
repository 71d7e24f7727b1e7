"""What a chunk's row says of its bytes, how parts make one body, what bodies hold. Pure: a worker's child needs no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from replay.wire import bodies
from replay.wire.frames import HEADER_BYTES, Flag


class Stored(Struct, frozen=True):
    """A chunk's row."""

    seq: int
    flags: int
    part_index: int
    part_count: int
    dom_codec: int
    dom_length: int
    dom_raw_length: int
    dom_events: int
    log_codec: int
    log_length: int
    log_raw_length: int
    first_ms: float
    last_ms: float
    hash: bytes
    received_at: datetime
    pack_id: int
    pack_key: str
    dom_offset: int

    @property
    def length(self) -> int:
        """Return the length of its frame."""
        return HEADER_BYTES + self.dom_length + self.log_length


Unit = Sequence[Stored]  # what is decoded together: a chunk, or all parts of one event
Frames = Mapping[int, bytes]  # by seq


def units_of(chunks: Sequence[Stored]) -> Iterator[list[Stored]]:
    """Yield what is decoded together, in order of seq. Parts of which some are missing come each alone."""
    at = 0
    while at < len(chunks):
        size = _parts_at(chunks, at)
        yield list(chunks[at : at + size])
        at += size


def _parts_at(chunks: Sequence[Stored], at: int) -> int:
    """Return how many chunks from this one on make one event."""
    first = chunks[at]
    some = chunks[at : at + first.part_count]
    told = [(each.seq - first.seq, each.part_index, each.part_count) for each in some]
    return len(some) if told == [(part, part, first.part_count) for part in range(first.part_count)] else 1


def parts_begun(chunks: Sequence[Stored]) -> int:
    """Return how many chunks at the end are the first parts of an event that goes on."""
    if not chunks or chunks[-1].part_index + 1 >= chunks[-1].part_count:
        return 0
    last = chunks[-1]
    some = chunks[-(last.part_index + 1) :]
    told = [(last.seq - each.seq, each.part_index, each.part_count) for each in some]
    wanted = [(last.part_index - part, part, last.part_count) for part in range(last.part_index + 1)]
    return len(some) if told == wanted else 0


def is_broken(unit: Unit) -> bool:
    """Say whether a unit is a part whose neighbours are missing."""
    return len(unit) != unit[0].part_count


def dom_of(unit: Unit, frames: Frames) -> list[Any] | None:
    """Return the events of a unit's dom, None where its bytes are missing or do not open."""
    if is_broken(unit):
        return None
    codecs = {chunk.dom_codec for chunk in unit}
    if len(codecs) > 1 or any(chunk.seq not in frames for chunk in unit):
        return None
    if Flag.GAP & unit[0].flags:
        return [] if gap_body(log_of(unit, frames)) == "log" else None
    pieces = [frames[chunk.seq][HEADER_BYTES:][: chunk.dom_length] for chunk in unit]
    try:
        return bodies.decode_dom(codecs.pop(), pieces)
    except bodies.BadBody:
        return None


def log_of(unit: Unit, frames: Frames) -> list[Any] | None:
    """Return the log events of a unit, None where the bytes of one of its chunks are missing or do not open."""
    events: list[Any] = []
    for chunk in unit:
        if chunk.seq not in frames:
            return None
        try:
            events += bodies.decode_log(chunk.log_codec, frames[chunk.seq][HEADER_BYTES + chunk.dom_length :])
        except bodies.BadBody:
            return None
    return events


def gap_body(log: list[Any] | None) -> str:
    """Return which body a gap's log says is missing.

    >>> gap_body([{"type": "gap", "reason": "frozen", "body": "log"}]), gap_body(None)
    ('log', 'both')
    """
    told = [event.get("body") for event in log or () if isinstance(event, dict) and event.get("type") == "gap"]
    return told[0] if told and told[0] in ("dom", "log") else "both"
