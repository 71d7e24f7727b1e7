"""What the player loads first: a session's windows, streams, chunks, gaps, activity and moments, at one instant.

In: rows. Out: a ``Manifest`` whose every time is on the server's clock (stream clock + the stream's offset). A seq that is
missing below a known one is stated as a gap, so that nothing is ever silently absent.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from replay.accounts.models import Project
from replay.index.models import Chunk, Gap, Moment, Session, Stream
from replay.index.moments import moments_of
from replay.index.search import get_session, streams_of
from replay.index.times import to_ms
from replay.index.view import consistent_view

MAX_CHUNKS = 100_000  # 24 h of chunks cut every second, and then some; about 7 MB of JSON
MAX_GAPS = 10_000
ACTIVITY_BUCKET_MS = 10_000  # what Session.activity counts in

# seq, start_ms, end_ms, flags, dom_bytes, log_bytes, part_index, part_count, dom_events
ChunkRow = tuple[int, float, float, int, int, int, int, int, int]


@dataclass(frozen=True)
class Hole:
    """A span of a stream that is not there, and why."""

    stream: str
    first_seq: int
    last_seq: int
    start_ms: float
    end_ms: float
    reason: str
    body: str


@dataclass(frozen=True)
class StreamEntry:
    """A stream with its chunks in order."""

    row: Stream
    start_ms: float
    end_ms: float
    chunks: list[ChunkRow]


@dataclass(frozen=True)
class WindowEntry:
    """A tab: its number counts from the first that opened."""

    id: str
    number: int
    streams: list[str]


@dataclass(frozen=True)
class Manifest:
    """All that a player needs before its first byte of DOM."""

    session: Session
    start_ms: float
    end_ms: float
    windows: list[WindowEntry]
    streams: list[StreamEntry]
    gaps: list[Hole]
    moments: list[Moment]
    moments_truncated: bool
    chunks_truncated: bool


def load_manifest(project: Project, session_uuid: uuid.UUID) -> Manifest:
    """Return a session's manifest from one consistent view, in five queries; raise NotFound."""
    with consistent_view():
        session = get_session(project, session_uuid)
        scope = {"project": project, "session": session}
        streams = streams_of(project, session)
        rows = list(_chunk_rows(project, session))
        gaps = list(Gap.objects.filter(**scope).order_by("stream_id", "first_seq")[:MAX_GAPS])
        moments, moments_truncated = moments_of(project, session)
    chunks: dict[int, list[ChunkRow]] = defaultdict(list)
    for row in rows[:MAX_CHUNKS]:
        chunks[row[0]].append(row[1:])
    stated: dict[int, list[Gap]] = defaultdict(list)
    for gap in gaps:
        stated[gap.stream_id].append(gap)
    entries = sorted((_stream_entry(stream, chunks[stream.pk]) for stream in streams), key=lambda entry: entry.start_ms)
    return Manifest(
        session=session,
        start_ms=min((entry.start_ms for entry in entries), default=to_ms(session.started_at)),
        end_ms=max((entry.end_ms for entry in entries), default=to_ms(session.last_event_at)),
        windows=_windows(entries),
        streams=entries,
        gaps=[hole for entry in entries for hole in _holes_of(entry, stated[entry.row.pk])],
        moments=moments,
        moments_truncated=moments_truncated,
        chunks_truncated=len(rows) > MAX_CHUNKS,
    )


def missing_ranges(known: Iterable[tuple[int, int]], start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the ranges (first, last) that the known ranges leave out, from ``start`` to the highest known.

    >>> list(missing_ranges([(0, 0), (3, 3), (2, 2), (6, 9)]))
    [(1, 1), (4, 5)]
    """
    expected = start
    for first, last in sorted(known):
        if first > expected:
            yield expected, first - 1
        expected = max(expected, last + 1)


def _chunk_rows(project: Project, session: Session) -> Iterable[tuple[int, int, float, float, int, int, int, int, int, int]]:
    """Return (stream row id, then a ChunkRow on the stream's clock) for up to one more chunk than may be told."""
    return (
        Chunk.objects.filter(project=project, session=session)
        .order_by("stream_id", "seq")
        .values_list(
            "stream_id",
            "seq",
            "first_ms",
            "last_ms",
            "flags",
            "dom_length",
            "log_length",
            "part_index",
            "part_count",
            "dom_events",
        )[: MAX_CHUNKS + 1]
    )


def _stream_entry(stream: Stream, chunks: list[ChunkRow]) -> StreamEntry:
    """Put a stream and its chunks on the server's clock."""
    offset = stream.clock_offset_ms
    moved: list[ChunkRow] = [(row[0], _tenth(row[1] + offset), _tenth(row[2] + offset), *row[3:]) for row in chunks]
    return StreamEntry(stream, _tenth(stream.first_ms + offset), _tenth(stream.last_ms + offset), moved)


def _tenth(ms: float) -> float:
    """Round to a tenth of a millisecond: finer than any page's clock, and half the JSON."""
    return round(ms, 1)


def _windows(entries: list[StreamEntry]) -> list[WindowEntry]:
    """Group streams, which are in order of time, by their tab."""
    streams: dict[str, list[str]] = {}
    for entry in entries:
        streams.setdefault(entry.row.window_id, []).append(entry.row.stream_id)
    return [WindowEntry(window, number, ids) for number, (window, ids) in enumerate(streams.items(), start=1)]


def _holes_of(entry: StreamEntry, gaps: list[Gap]) -> list[Hole]:
    """Return a stream's stated gaps, and the seqs that nothing accounts for as ``not_arrived``, in order of seq."""
    stream, offset = entry.row, entry.row.clock_offset_ms
    stated = [
        Hole(
            stream.stream_id,
            gap.first_seq,
            gap.last_seq,
            _tenth(gap.first_ms + offset),
            _tenth(gap.last_ms + offset),
            gap.reason,
            gap.body,
        )
        for gap in gaps
    ]
    known = [(chunk[0], chunk[0]) for chunk in entry.chunks] + [(gap.first_seq, gap.last_seq) for gap in gaps]
    ends = {chunk[0]: chunk[2] for chunk in entry.chunks} | {hole.last_seq: hole.end_ms for hole in stated}
    starts = {chunk[0]: chunk[1] for chunk in entry.chunks} | {hole.first_seq: hole.start_ms for hole in stated}
    silent = []
    for first, last in missing_ranges(known, stream.segmented_upto):
        start_ms = ends.get(first - 1, entry.start_ms)
        end_ms = max(start_ms, starts.get(last + 1, entry.end_ms))
        silent.append(Hole(stream.stream_id, first, last, start_ms, end_ms, "not_arrived", "both"))
    return sorted(stated + silent, key=lambda hole: (hole.first_seq, hole.body))
