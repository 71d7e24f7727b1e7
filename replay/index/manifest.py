"""What the player loads first: a session's windows, streams, segments, fresh chunks, gaps, activity, moments, at one instant.

In: rows. Out: a ``Manifest`` whose every time is on the server's clock (stream clock + the stream's offset). A seq that is
missing below a known one is stated as a gap, so that nothing is ever silently absent.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from replay.accounts.models import Project
from replay.index.assets import Missing, assets_of
from replay.index.listing import ChunkRow, RangeRow, list_chunks
from replay.index.models import Chunk, Gap, Moment, Segment, Session, Stream
from replay.index.moments import moments_near
from replay.index.search import MAX_STREAMS, get_session, streams_of
from replay.index.times import from_micros, to_ms
from replay.index.view import consistent_view

MAX_CHUNKS = 100_000  # that no segment holds yet: 24 h of chunks cut every second, and then some
MOST_LISTED = 1_000  # of those, row by row: about 75 KB
MOMENT_BYTES = 60_000  # of the nearest moments; the rest has its own pages
MAX_SEGMENTS = 20_000  # of a minute each: a day of fourteen tabs
MAX_GAPS = 10_000
MOST_MISSING_ASSETS = 100
ACTIVITY_BUCKET_MS = 10_000  # what Session.activity counts in

# first_seq, upto_seq, start_ms, end_ms, flags, dom_bytes, log_bytes, keyframe_events, dom_events
SegmentRow = tuple[int, int, float, float, int, int, int, int, int]


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
    """A stream with its segments in order, and after them the chunks that no segment holds yet."""

    row: Stream
    start_ms: float
    end_ms: float
    segments: list[SegmentRow]
    chunks: list[ChunkRow]
    unlisted: list[RangeRow]  # chunks that are not among ``chunks``


@dataclass(frozen=True)
class WindowEntry:
    """A tab: its number counts from the first that opened."""

    id: str
    number: int
    streams: list[str]


@dataclass(frozen=True)
class Manifest:
    """All that a player needs before its first byte of DOM. What does not fit is said, never left out in silence."""

    session: Session
    start_ms: float
    end_ms: float
    windows: list[WindowEntry]
    streams: list[StreamEntry]
    gaps: list[Hole]
    moments: list[Moment]
    moments_truncated: bool  # these are the nearest; there are more
    missing_assets: list[Missing]
    truncated: list[str]  # of streams, segments, chunks, gaps: those of which there are more than can be told


def load_manifest(
    project: Project, session_uuid: uuid.UUID, at_ms: float | None = None, at_stream: str | None = None
) -> Manifest:
    """Return a session's manifest from one consistent view, in eight queries; raise NotFound.

    ``at_ms`` is the moment near which it says most: the server's clock, or the clock of ``at_stream`` where that is given;
    None is the start.
    """
    with consistent_view():
        session = get_session(project, session_uuid)
        scope = {"project": project, "session": session}
        streams = streams_of(project, session)
        segments = list(_segment_rows(project, session))
        rows = list(_chunk_rows(project, session))
        gaps = list(Gap.objects.filter(**scope).order_by("stream_id", "first_seq")[: MAX_GAPS + 1])
        at_ms = _on_server_clock(session, streams, at_ms, at_stream)
        shown = assets_of(project, session)
        moments, moments_truncated = moments_near(project, session, from_micros(int(at_ms * 1000)), MOMENT_BYTES)
    entries = _entries(streams, segments[:MAX_SEGMENTS], rows[:MAX_CHUNKS])
    stated: dict[int, list[Gap]] = defaultdict(list)
    for gap in gaps[:MAX_GAPS]:
        stated[gap.stream_id].append(gap)
    bounds = {
        "streams": len(streams) >= MAX_STREAMS,
        "segments": len(segments) > MAX_SEGMENTS,
        "chunks": len(rows) > MAX_CHUNKS,
        "gaps": len(gaps) > MAX_GAPS,
    }
    holes = [hole for entry in entries for hole in _holes_of(entry, stated[entry.row.pk])]
    return Manifest(
        session=session,
        start_ms=min((entry.start_ms for entry in entries), default=to_ms(session.started_at)),
        end_ms=max((entry.end_ms for entry in entries), default=to_ms(session.last_event_at)),
        windows=_windows(entries),
        streams=_listed(entries, at_ms),
        gaps=holes,
        moments=moments,
        moments_truncated=moments_truncated,
        missing_assets=shown.missing[:MOST_MISSING_ASSETS],
        truncated=[name for name, is_too_long in bounds.items() if is_too_long],
    )


def _on_server_clock(session: Session, streams: list[Stream], at_ms: float | None, at_stream: str | None) -> float:
    """Return the moment that was asked for, inside the times that a session may have."""
    start_ms, end_ms = to_ms(session.started_at), to_ms(session.last_event_at)
    if at_ms is None:
        return start_ms
    offset = next((stream.clock_offset_ms for stream in streams if stream.stream_id == at_stream), 0.0)
    return min(max(at_ms + offset, start_ms), max(start_ms, end_ms))


def chunk_rows(stream: Stream, from_seq: int, upto_seq: int) -> tuple[list[ChunkRow], int]:
    """Return the rows of a stream's fresh chunks with ``from_seq ≤ seq < upto_seq``, as many as one answer lists, and where the
    next answer begins.
    """
    chunks = Chunk.objects.filter(
        project_id=stream.project_id, session_id=stream.session_id, stream=stream, seq__gte=from_seq, seq__lt=upto_seq
    )
    found: list[ChunkRow] = list(chunks.order_by("seq").values_list(*_CHUNK_COLUMNS)[: MOST_LISTED + 1])
    told = [_moved(row, stream.clock_offset_ms) for row in found[:MOST_LISTED]]
    return told, found[MOST_LISTED][0] if len(found) > MOST_LISTED else upto_seq


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


_CHUNK_COLUMNS = (
    *("seq", "first_ms", "last_ms", "flags", "dom_length", "log_length"),
    *("part_index", "part_count", "dom_events"),
)
_SEGMENT_COLUMNS = (
    *("first_seq", "upto_seq", "first_ms", "last_ms", "flags", "dom_length", "log_length"),
    *("keyframe_events", "dom_events"),
)


def _chunk_rows(project: Project, session: Session) -> Iterable[tuple[int, int, float, float, int, int, int, int, int, int]]:
    """Return (stream row id, then a ChunkRow on the stream's clock) for up to one more chunk than may be told."""
    chunks = Chunk.objects.filter(project=project, session=session).order_by("stream_id", "seq")
    return chunks.values_list("stream_id", *_CHUNK_COLUMNS)[: MAX_CHUNKS + 1]


def _segment_rows(project: Project, session: Session) -> Iterable[tuple[int, int, int, float, float, int, int, int, int, int]]:
    """Return (stream row id, then a SegmentRow on the stream's clock) for up to one more segment than may be told."""
    segments = Segment.objects.filter(project=project, session=session).order_by("stream_id", "first_seq")
    return segments.values_list("stream_id", *_SEGMENT_COLUMNS)[: MAX_SEGMENTS + 1]


def _entries(streams: list[Stream], segments: Iterable[Any], chunks: Iterable[Any]) -> list[StreamEntry]:
    """Give each stream its rows, on the server's clock; in order of time."""
    entries = {}
    for stream in streams:
        start_ms, end_ms = (_tenth(ms + stream.clock_offset_ms) for ms in (stream.first_ms, stream.last_ms))
        entries[stream.pk] = StreamEntry(stream, start_ms, end_ms, [], [], [])
    for stream_id, first_seq, upto_seq, first_ms, last_ms, *rest in segments:
        if entry := entries.get(stream_id):
            offset = entry.row.clock_offset_ms
            row = (first_seq, upto_seq, _tenth(first_ms + offset), _tenth(last_ms + offset), *rest)
            entry.segments.append(row)
    for stream_id, *chunk in chunks:
        if entry := entries.get(stream_id):
            entry.chunks.append(_moved(tuple(chunk), entry.row.clock_offset_ms))
    return sorted(entries.values(), key=lambda entry: entry.start_ms)


def _moved(row: Any, offset: float) -> ChunkRow:
    """Put a chunk's row on the server's clock."""
    seq, first_ms, last_ms, *rest = row
    return (seq, _tenth(first_ms + offset), _tenth(last_ms + offset), *rest)


def _listed(entries: list[StreamEntry], at_ms: float) -> list[StreamEntry]:
    """List chunks one by one only near the moment."""
    listings = list_chunks({entry.row.pk: entry.chunks for entry in entries}, at_ms, MOST_LISTED)
    return [replace(entry, chunks=listings[entry.row.pk].rows, unlisted=listings[entry.row.pk].unlisted) for entry in entries]


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
    # (first seq, last seq, start, end) of all that somebody accounts for
    known = [(chunk[0], chunk[0], chunk[1], chunk[2]) for chunk in entry.chunks]
    known += [(first, upto - 1, start_ms, end_ms) for first, upto, start_ms, end_ms, *_ in entry.segments]
    known += [(hole.first_seq, hole.last_seq, hole.start_ms, hole.end_ms) for hole in stated]
    ends = {last: end_ms for _, last, _, end_ms in known}
    starts = {first: start_ms for first, _, start_ms, _ in known}
    silent = []
    for first, last in missing_ranges((first, last) for first, last, _, _ in known):
        start_ms = ends.get(first - 1, entry.start_ms)
        end_ms = max(start_ms, starts.get(last + 1, entry.end_ms))
        silent.append(Hole(stream.stream_id, first, last, start_ms, end_ms, "not_arrived", "both"))
    return sorted(stated + silent, key=lambda hole: (hole.first_seq, hole.body))
