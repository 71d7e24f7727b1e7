"""Chunks as they are stored: their rows, with where their bytes lie, their frames from the store, and what these hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from replay.index.models import Chunk
from replay.index.read import Place, coalesce, fetch
from replay.store.base import BlobStore
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

_COLUMNS: Final = tuple(name.replace("pack_key", "pack__key") for name in Stored.__struct_fields__)


def stored_chunks(project_id: int, session_id: int, stream_id: int, *, from_seq: int, upto_seq: int, most: int) -> list[Stored]:
    """Return the first so many chunks of a stream with ``from_seq ≤ seq < upto_seq``, in order."""
    rows = Chunk.objects.filter(
        project_id=project_id, session_id=session_id, stream_id=stream_id, seq__gte=from_seq, seq__lt=upto_seq
    )
    found: list[Any] = list(rows.order_by("seq").values_list(*_COLUMNS)[:most])
    return [Stored(*row) for row in found]


def read_frames(store: BlobStore, chunks: Sequence[Stored]) -> dict[int, bytes]:
    """Return the frames by seq; those that are gone, or are not what was sent, are left out. Raises StoreUnavailable."""
    return fetch(store, coalesce(_place(chunk) for chunk in chunks))


def _place(chunk: Stored) -> Place:
    start = chunk.dom_offset - HEADER_BYTES
    return Place(
        seq=chunk.seq,
        flags=chunk.flags,
        codec=chunk.dom_codec,
        part_index=chunk.part_index,
        part_count=chunk.part_count,
        raw_length=0,
        key=chunk.pack_key,
        offset=start,
        length=chunk.length,
        hash=bytes(chunk.hash),
        frame=(start, start + chunk.length),
    )


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
