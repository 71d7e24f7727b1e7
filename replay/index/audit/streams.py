"""Streams: each seq that is kept is there once, or stands in a gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from django.db.models import Count, F, Sum

from replay.accounts.models import Project
from replay.index.audit.finding import Finding, Progress, batches
from replay.index.durable import durable_transaction
from replay.index.gaps import NOT_DECODABLE, name_gap
from replay.index.manifest import missing_ranges
from replay.index.models import Chunk, Gap, Segment, Stream
from replay.index.segments import lower_packs
from replay.index.view import consistent_view

Known = list[tuple[int, int, float, float]]  # first seq, last seq, first_ms, last_ms


def audit(store: object, project: Project | None, progress: Progress) -> Iterator[Finding]:
    """Yield spans that are missing in silence, and chunks that live in a segment too."""
    rows = Stream.objects.filter(session__erased_at=None)
    for streams in batches(rows.filter(project=project) if project else rows):
        ids = [stream.pk for stream in streams]
        chunks = Chunk.objects.filter(stream__in=ids, seq__lt=F("stream__next_seq")).values_list("stream_id")
        counted = dict(chunks.filter(seq__gte=F("stream__segmented_upto")).annotate(Count("pk")))
        covered = dict(
            Segment.objects.filter(stream__in=ids).values_list("stream_id").annotate(seqs=Sum(F("upto_seq") - F("first_seq")))
        )
        doubled = dict(chunks.filter(seq__lt=F("stream__segmented_upto")).annotate(Count("pk")))
        for stream in streams:
            waits = stream.next_seq - stream.segmented_upto
            is_odd = covered.get(stream.pk, 0) != stream.segmented_upto or counted.get(stream.pk, 0) != waits
            if is_odd or doubled.get(stream.pk):
                yield from _of_stream(stream.pk)
            progress.add()


def _of_stream(stream_id: int) -> Iterator[Finding]:
    """Look again, in one view."""
    with consistent_view():
        stream = Stream.objects.filter(pk=stream_id).first()
        if stream is None:
            return
        doubled = Chunk.objects.filter(stream=stream, project=stream.project_id, session=stream.session_id)
        count = doubled.filter(seq__lt=stream.segmented_upto).count()
        silent = _silent(stream)
    if count:
        told = f"stream {stream.pk}: {count} chunks live in segments too"
        yield Finding("doubled", told, "delete the chunks' rows", partial(delete_doubled, stream.pk))
    for first, last, first_ms, last_ms in silent:
        told = f"stream {stream.pk}: seq {first} to {last} are nowhere"
        yield Finding("hole", told, "name a gap", partial(name_hole, stream.pk, first, last, first_ms, last_ms))


def _silent(stream: Stream) -> Known:
    """Return what neither a segment, nor a chunk, nor a gap accounts for below ``next_seq``."""
    known = _known(stream)
    ends = {last: last_ms for _, last, _, last_ms in known}
    starts = {first: first_ms for first, _, first_ms, _ in known}
    ranges = missing_ranges([*((first, last) for first, last, *_ in known), (stream.next_seq, stream.next_seq)])
    return [
        (first, last, ends.get(first - 1, stream.first_ms), starts.get(last + 1, stream.last_ms))
        for first, last in ranges
        if first < stream.next_seq
    ]


def _known(stream: Stream) -> Known:
    scope = {"project_id": stream.project_id, "session_id": stream.session_id, "stream_id": stream.pk}
    segments = Segment.objects.filter(**scope).values_list("first_seq", "upto_seq", "first_ms", "last_ms")
    chunks = Chunk.objects.filter(**scope).values_list("seq", "first_ms", "last_ms")
    gaps = Gap.objects.filter(**scope).values_list("first_seq", "last_seq", "first_ms", "last_ms")
    known: Known = [(first, upto - 1, begin, end) for first, upto, begin, end in segments.iterator()]
    known += [(seq, seq, begin, end) for seq, begin, end in chunks.iterator()]
    known += gaps.iterator()
    return known


def name_hole(stream_id: int, first: int, last: int, first_ms: float, last_ms: float) -> None:
    """Put a gap where nothing is, if there still is nothing."""
    with durable_transaction():
        stream = Stream.objects.select_for_update(no_key=True).filter(pk=stream_id).first()
        if stream is None or (first, last) not in [span[:2] for span in _silent(stream)]:
            return
        name_gap(
            Gap(
                project_id=stream.project_id,
                session_id=stream.session_id,
                stream=stream,
                first_seq=first,
                last_seq=last,
                first_ms=first_ms,
                last_ms=max(first_ms, last_ms),
                reason=NOT_DECODABLE,
                body="both",
            )
        )


def delete_doubled(stream_id: int) -> None:
    """Delete the rows of chunks that live in segments: those are read first."""
    with durable_transaction():
        stream = Stream.objects.select_for_update(no_key=True).get(pk=stream_id)
        rows = Chunk.objects.filter(
            project_id=stream.project_id, session_id=stream.session_id, stream=stream, seq__lt=stream.segmented_upto
        )
        shares = Counter(rows.values_list("pack_id", flat=True))
        rows.delete()
        lower_packs(shares, datetime.now(UTC))
