"""Which fresh chunks a manifest lists one by one: those nearest to a moment; of the others it says where they are.

Pure. While the worker keeps up there are few; where it does not, hours of chunks would be megabytes that nobody asked for.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replay.wire.frames import Flag

# seq, start_ms, end_ms, flags, dom_bytes, log_bytes, part_index, part_count, dom_events
ChunkRow = tuple[int, float, float, int, int, int, int, int, int]
# first_seq, upto_seq, start_ms, end_ms, flags, dom_bytes, log_bytes
RangeRow = tuple[int, int, float, float, int, int, int]


@dataclass(frozen=True)
class Listing:
    """A stream's chunks in order: row by row, and the ranges of those that are not listed."""

    rows: list[ChunkRow]
    unlisted: list[RangeRow]


def list_chunks(streams: Mapping[int, Sequence[ChunkRow]], at_ms: float, most: int) -> dict[int, Listing]:
    """Return each stream's listing, with about ``most`` rows in all: those whose times are nearest to ``at_ms``.

    The parts of an event stay together. A range ends where bytes are missing, and before each full snapshot, so that a
    reader sees where it may begin.
    """
    distances = [abs(row[1] - at_ms) for rows in streams.values() for row in rows]
    if len(distances) <= most:
        return {stream: Listing(list(rows), []) for stream, rows in streams.items()}
    furthest = heapq.nsmallest(most, distances)[-1]
    return {stream: _listing(rows, at_ms, furthest) for stream, rows in streams.items()}


def _listing(rows: Sequence[ChunkRow], at_ms: float, furthest: float) -> Listing:
    listed: list[ChunkRow] = []
    unlisted: list[RangeRow] = []
    is_near, was_near = True, True
    for row in rows:
        seq, start_ms, end_ms, flags, dom_bytes, log_bytes, part_index, *_ = row
        if part_index == 0:
            is_near = abs(start_ms - at_ms) <= furthest
        if is_near:
            listed.append(row)
        else:
            more: RangeRow = (seq, seq + 1, start_ms, end_ms, flags, dom_bytes, log_bytes)
            begins_anew = was_near or unlisted[-1][1] != seq or (part_index == 0 and flags & Flag.SNAPSHOT)
            if begins_anew:
                unlisted.append(more)
            else:
                unlisted[-1] = _joined(unlisted[-1], more)
        was_near = is_near
    return Listing(listed, unlisted)


def _joined(one: RangeRow, more: RangeRow) -> RangeRow:
    first, _, start_ms, end_ms, flags, dom_bytes, log_bytes = one
    return (
        first,
        more[1],
        min(start_ms, more[2]),
        max(end_ms, more[3]),
        flags | more[4],
        dom_bytes + more[5],
        log_bytes + more[6],
    )
