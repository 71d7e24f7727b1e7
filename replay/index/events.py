"""All events of a stream in order, from segments first and then from chunks: for export, the worker and audits.

What moves meanwhile from chunks into segments is read once all the same: when bytes are not where the plan says, a new plan is
made, and of a segment that begins before what was told already only the rest is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from replay.index.models import Segment, Stream
from replay.index.stored import read_frames, stored_chunks
from replay.index.units import Stored, dom_of, log_of, units_of
from replay.index.view import consistent_view
from replay.store.base import BlobStore, NotFound
from replay.wire import bodies

SEGMENTS_AT_ONCE: Final = 200  # rows
CHUNKS_AT_ONCE: Final = 1_024  # rows; more than one event has parts
BYTES_AT_ONCE: Final = 8 * 1024 * 1024  # of frames; one event may be more


@dataclass(frozen=True)
class Run:
    """Some of a stream's events: a segment, a chunk, the parts of an event, or a span of which nothing is there.

    ``dom`` and ``log`` are None where bytes are missing or do not open. Times are the stream's clock.
    """

    first_seq: int
    upto_seq: int  # one past the last
    first_ms: float
    last_ms: float
    dom: list[Any] | None
    log: list[Any] | None
    keyframe: list[Any]  # events that build the page as it is before ``dom``; not part of what was recorded
    flags: int


class _Moved(Exception):
    """What was planned as chunks has become a segment."""


@dataclass
class _Told:
    """What was told since the end of a segment: events of dom and log by the seq that they begin at."""

    counts: list[tuple[int, int, int]]

    def since(self, seq: int) -> tuple[int, int]:
        counts = [(dom, log) for first, dom, log in self.counts if first >= seq]
        return sum(dom for dom, _ in counts), sum(log for _, log in counts)


def stream_runs(store: BlobStore, stream: Stream, from_seq: int = 0) -> Iterator[Run]:
    """Yield a stream in order of seq, each seq in exactly one run, up to the last that is kept; raise StoreUnavailable.

    From a ``from_seq`` inside a segment on, all of that segment is told.
    """
    at, told = from_seq, _Told([])
    while True:
        try:
            for run in _planned(store, stream, at, told):
                yield run
                at = run.upto_seq
            return
        except _Moved:
            continue


def _planned(store: BlobStore, stream: Stream, at: int, told: _Told) -> Iterator[Run]:
    """Yield the runs of one plan after the other, as long as what they say is still there."""
    last_ms = stream.first_ms
    while True:
        segments, chunks = _plan(stream, at)
        if not segments and not chunks:
            return
        for segment in segments:
            if segment.first_seq > at:
                yield Run(at, segment.first_seq, last_ms, segment.first_ms, None, None, [], 0)
            yield _of_segment(store, segment, at, told)
            told.counts.clear()
            at, last_ms = segment.upto_seq, segment.last_ms
        for run in _of_chunks(store, stream, at, last_ms, chunks):
            told.counts.append((run.first_seq, len(run.dom or ()), len(run.log or ())))
            yield run
            at, last_ms = run.upto_seq, run.last_ms


def _plan(stream: Stream, at: int) -> tuple[list[Segment], list[Stored]]:
    """Return the next segments, or the next chunks, as they are at one instant."""
    scope = {"project_id": stream.project_id, "session_id": stream.session_id, "stream_id": stream.pk}
    with consistent_view():
        found = Segment.objects.filter(**scope, upto_seq__gt=at).select_related("volume")
        segments = list(found.order_by("first_seq")[:SEGMENTS_AT_ONCE])
        if segments:
            return segments, []
        return [], _at_once(stored_chunks(**scope, from_seq=at, upto_seq=2**63 - 1, most=CHUNKS_AT_ONCE))


def _at_once(chunks: list[Stored]) -> list[Stored]:
    """Return the first chunks that may be held at once, whole events only."""
    some: list[Stored] = []
    size = 0
    units = list(units_of(chunks))
    if len(chunks) == CHUNKS_AT_ONCE and len(units) > 1 and units[-1][0].part_count > 1:
        units.pop()  # more of its parts may come
    for unit in units:
        size += sum(chunk.length for chunk in unit)
        if some and size > BYTES_AT_ONCE:
            break
        some += unit
    return some


def _of_segment(store: BlobStore, segment: Segment, at: int, told: _Told) -> Run:
    """Return a segment's run; where some of it was told as chunks already, the rest of it."""
    dom, log = read_segment(store, segment)
    keyframe: list[Any] = []
    if dom is not None:
        keyframe, dom = dom[: segment.keyframe_events], dom[segment.keyframe_events :]
    first_seq = segment.first_seq
    if first_seq < at and told.counts:
        told_dom, told_log = told.since(first_seq)
        dom, log = dom and dom[told_dom:], log and log[told_log:]
        keyframe, first_seq = [], at
    return Run(first_seq, segment.upto_seq, segment.first_ms, segment.last_ms, dom, log, keyframe, segment.flags)


def read_segment(store: BlobStore, segment: Segment) -> tuple[list[Any] | None, list[Any] | None]:
    """Return a segment's dom events, its keyframe's first, and its log events; None where bytes are gone or wrong."""
    dom = read_dom(store, segment)
    log = _body(store, segment, segment.log_offset, segment.log_length, segment.log_hash)
    return (
        None if dom is None else _opened(lambda: bodies.decode_dom(segment.dom_codec, [dom])),
        None if log is None else _opened(lambda: bodies.decode_log(segment.log_codec, log)),
    )


def read_dom(store: BlobStore, segment: Segment) -> bytes | None:
    """Return a segment's dom body as it is stored; None where it is gone or wrong."""
    return _body(store, segment, segment.dom_offset, segment.dom_length, segment.dom_hash)


def _opened(decode: Any) -> list[Any] | None:
    try:
        events: list[Any] = decode()
    except bodies.BadBody:
        return None
    return events


def _body(store: BlobStore, segment: Segment, offset: int, length: int, digest: bytes | memoryview) -> bytes | None:
    if not length:
        return b""
    try:
        data = store.get(segment.volume.key, offset, length)
    except NotFound:
        return None
    return data if hashlib.sha256(data).digest() == bytes(digest) else None


def _of_chunks(store: BlobStore, stream: Stream, at: int, last_ms: float, chunks: Sequence[Stored]) -> Iterator[Run]:
    """Yield the runs of chunks and of the spans between them."""
    frames = read_frames(store, chunks)
    if any(chunk.seq not in frames for chunk in chunks) and _has_moved(stream, at):
        raise _Moved
    for unit in units_of(chunks):
        first, last = unit[0], unit[-1]
        if first.seq > at:
            yield Run(at, first.seq, last_ms, max(last_ms, first.first_ms), None, None, [], 0)
        flags = 0
        for chunk in unit:
            flags |= chunk.flags
        span = (min(chunk.first_ms for chunk in unit), max(chunk.last_ms for chunk in unit))
        yield Run(first.seq, last.seq + 1, *span, dom_of(unit, frames), log_of(unit, frames), [], flags)
        at, last_ms = last.seq + 1, span[1]


def _has_moved(stream: Stream, seq: int) -> bool:
    """Say whether a seq lives in a segment by now."""
    upto = Stream.objects.filter(pk=stream.pk).values_list("segmented_upto", flat=True).first()
    return upto is not None and upto > seq
