"""Which sessions wait to be compacted, the longest first. Rows alone, and few of them: what waits lies in packs that live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, Min, OuterRef, Q, Sum

from replay.accounts.models import Project
from replay.index.models import Chunk, Pack, Session, Stream

ENDED_AFTER: Final = timedelta(seconds=60)  # nothing came, and every page of it has said goodbye
RESTS_AFTER: Final = timedelta(minutes=5)  # nothing came; its pages may have been killed, or nobody does anything
LONG_AGO: Final = timedelta(hours=1)  # what rests for longer has old packs
LARGE_BYTES: Final = 32 * 1024 * 1024  # of chunks, that are not left to wait


@dataclass(frozen=True)
class Waiting:
    """What waits: chunks, since when the oldest."""

    chunks: int
    oldest_at: datetime | None


def waiting() -> Waiting:
    """Return what waits in all. A pack's time is that of its chunks, to a second."""
    found = Pack.objects.filter(state=Pack.State.KEPT).aggregate(chunks=Sum("chunks"), oldest=Min("created_at"))
    return Waiting(found["chunks"] or 0, found["oldest"])


def sessions_waiting(now: datetime, after: timedelta, most: int) -> list[int]:
    """Return the ids of sessions to compact: those with old chunks, those that ended or rest, those with many bytes."""
    found = dict.fromkeys(_with_old_chunks(now - after, most))
    for find in (_at_rest, _large):
        if len(found) < most:
            for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
                found |= dict.fromkeys(find(project_id, now, most))
    return list(found)[:most]


def _with_old_chunks(before: datetime, most: int) -> list[int]:
    old = Pack.objects.filter(state=Pack.State.KEPT, created_at__lt=before)
    chunks = Chunk.objects.filter(pack__in=old, seq__lt=F("stream__next_seq"), session__erased_at=None)
    rows = chunks.values("session_id").annotate(first=Min("pack_id")).order_by("first", "session_id")
    return [row["session_id"] for row in rows[:most]]


def _at_rest(project_id: int, now: datetime, most: int) -> list[int]:
    streams = Stream.objects.filter(project=OuterRef("project_id"), session=OuterRef("pk"), next_seq__gt=F("segmented_upto"))
    ended = Q(open_streams__lte=0, last_received_at__lt=now - ENDED_AFTER)
    rows = Session.objects.filter(
        ended | Q(last_received_at__lt=now - RESTS_AFTER),
        Exists(streams),
        project=project_id,
        last_received_at__gt=now - LONG_AGO,
        last_received_at__lt=now - ENDED_AFTER,
        erased_at=None,
    )
    return list(rows.order_by("last_received_at").values_list("pk", flat=True)[:most])


def _large(project_id: int, now: datetime, most: int) -> list[int]:
    live = Session.objects.filter(
        project=project_id, last_received_at__gt=now - LONG_AGO, size_bytes__gt=LARGE_BYTES, erased_at=None
    )
    ids = list(live.values_list("pk", flat=True)[:most])
    sizes = (
        Chunk.objects.filter(project=project_id, session__in=ids, seq__lt=F("stream__next_seq"))
        .values("session_id")
        .annotate(size=Sum("dom_length") + Sum("log_length"))
    )
    return [row["session_id"] for row in sizes if row["size"] > LARGE_BYTES]
