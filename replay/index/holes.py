"""Ends holes: a seq that never came is given up, so that what came after it can be folded, and its span is named.

What comes after a hole is kept long before the hole ends: pages hold what they could not send for a day. Only then does a
gap of the server's take the place of the missing seqs; bytes that arrive later still are refused as ``too_late``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Exists, F, Max, OuterRef, QuerySet

from replay.index.durable import durable_transaction
from replay.index.manifest import missing_ranges
from replay.index.models import Chunk, Gap, Segment, Session, Stream

REASON: Final = "never_arrived"
MOST_AT_ONCE: Final = 10_000  # seqs that one transaction looks at

Span = tuple[int, float, float]  # seq, first_ms, last_ms


def count_holed_streams() -> int:
    """Return how many streams have a hole, be it old or young."""
    return _holed().count()


def old_holes(before: datetime, most: int) -> list[int]:
    """Return the ids of streams whose hole is older than that: something that was cut after it came before then."""
    beyond = Chunk.objects.filter(
        project=OuterRef("project_id"), session=OuterRef("session_id"), stream=OuterRef("pk"), seq__gte=OuterRef("next_seq")
    )
    streams = _holed().filter(Exists(beyond.filter(received_at__lt=before)), session__erased_at=None)
    return list(streams.order_by("pk").values_list("pk", flat=True)[:most])


def close_holes(stream_pk: int, before: datetime) -> int:
    """Put gaps in the place of what is missing below the last chunk of before; return how many seqs were given up.

    Holds the locks that keep chunks of this stream out, in the order in which the ledger takes them.
    """
    with durable_transaction():
        session = Session.objects.select_for_update(no_key=True).filter(streams=stream_pk).first()
        if session is None or session.erased_at is not None:
            return 0
        stream = Stream.objects.select_for_update(no_key=True).get(pk=stream_pk)
        upto = _chunks(stream).filter(seq__gte=stream.next_seq, received_at__lt=before).aggregate(last=Max("seq"))["last"]
        if upto is None:
            return 0
        here = list(
            _chunks(stream)
            .filter(seq__gte=stream.next_seq, seq__lte=upto)
            .order_by("seq")
            .values_list("seq", "first_ms", "last_ms")[:MOST_AT_ONCE]
        )
        gaps = _gaps(stream, here)
        Gap.objects.bulk_create(gaps, ignore_conflicts=True)
        stream.next_seq = _next_hole(stream, here[-1][0] + 1)
        stream.save(update_fields=["next_seq"])
        return sum(gap.last_seq + 1 - gap.first_seq for gap in gaps)


def _holed() -> QuerySet[Stream]:
    return Stream.objects.filter(end_seq__gt=F("next_seq"))


def _chunks(stream: Stream) -> QuerySet[Chunk]:
    return Chunk.objects.filter(project=stream.project_id, session=stream.session_id, stream=stream)


def _gaps(stream: Stream, here: list[Span]) -> list[Gap]:
    """Return a gap for each range that the chunks at hand leave out: from the end of the one before to the next one's start."""
    starts = {seq: first_ms for seq, first_ms, _ in here}
    ends = {seq: last_ms for seq, _, last_ms in here}
    ends[stream.next_seq - 1] = _ends_at(stream, stream.next_seq - 1)
    return [
        Gap(
            project_id=stream.project_id,
            session_id=stream.session_id,
            stream=stream,
            first_seq=first,
            last_seq=last,
            first_ms=ends[first - 1],
            last_ms=max(ends[first - 1], starts[last + 1]),
            reason=REASON,
            body="both",
        )
        for first, last in missing_ranges(((seq, seq) for seq in starts), stream.next_seq)
    ]


def _ends_at(stream: Stream, seq: int) -> float:
    """Return when what lies at this seq ended: a chunk, or the last one of a segment; before the first seq, when all began."""
    chunk = _chunks(stream).filter(seq=seq).values_list("last_ms", flat=True).first()
    segments = Segment.objects.filter(project=stream.project_id, session=stream.session_id, stream=stream)
    found = chunk if chunk is not None else segments.filter(upto_seq=seq + 1).values_list("last_ms", flat=True).first()
    return stream.first_ms if found is None else found


def _next_hole(stream: Stream, at: int) -> int:
    """Return the first seq from ``at`` on that is not stored."""
    for seq in _chunks(stream).filter(seq__gte=at).order_by("seq").values_list("seq", flat=True).iterator():
        if seq != at:
            break
        at += 1
    return at
