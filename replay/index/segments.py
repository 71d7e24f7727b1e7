"""What compaction reads and writes in the index: the claim on a session, and the one transaction that makes chunks segments.

What comes in: segments whose bytes lie in a volume that is put. What is guaranteed: at every instant each seq that is kept
lives either in its chunk's row or in one segment; ``segmented_upto`` says in which. Who folded from rows that have moved since,
or whose volume was given up, changes nothing.

Order of locks: the session, its streams by id, the volume, packs by id. The ledger locks the pack that it fills before all of
these; that one is open, and nothing here waits for an open pack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import F

from replay.accounts.models import Project
from replay.index.durable import durable_transaction
from replay.index.gaps import name_gap
from replay.index.models import Chunk, Gap, Pack, Segment, Session, Stream, Volume
from replay.index.volumes import CLAIMED_AT_MOST, VolumeSwept
from replay.store.keys import volume_key

PACKS_AT_ONCE: Final = 200  # rows of one statement


class Overtaken(Exception):
    """Another worker moved the stream, or the session was erased."""


@dataclass(frozen=True)
class Line:
    """A stream of a claimed session, as it was when it was claimed."""

    pk: int
    name: str
    first_ms: float
    segmented_upto: int
    next_seq: int
    failures: int  # in a row, at the chunk after segmented_upto


@dataclass(frozen=True)
class Claim:
    """A session that is ours to compact, and the volume that its segments will lie in."""

    volume_id: int
    key: str
    project_id: int
    project: str  # public id
    session_id: int
    session: UUID
    lines: list[Line]


@dataclass(frozen=True)
class Lines:
    """What becomes of one stream: its segments' rows, without volume; its new gaps; how far that goes."""

    line: Line
    upto_seq: int
    segments: list[Segment]
    gaps: list[Gap]
    failures: int = 0  # known already, at the chunk that comes next


def claim_session(session_id: int, now: datetime) -> Claim | None:
    """Commit the intent to put a volume; None where there is nothing to do, or another worker is at it."""
    with durable_transaction():
        session = Session.objects.select_for_update(no_key=True).filter(pk=session_id, erased_at=None).first()
        if session is None:
            return None
        scope = {"project_id": session.project_id, "session_id": session.pk}
        streams = Stream.objects.filter(**scope, next_seq__gt=F("segmented_upto")).order_by("pk")
        lines = [
            Line(row.pk, row.stream_id, row.first_ms, row.segmented_upto, row.next_seq, row.fold_failures) for row in streams
        ]
        claimed = Volume.objects.filter(**scope, state=Pack.State.OPEN, created_at__gt=now - CLAIMED_AT_MOST)
        if not lines or claimed.exists():
            return None
        project = Project.objects.get(pk=session.project_id)
        key = volume_key(project.retention_days, project.public_id, session.uuid, uuid4())
        volume = Volume.objects.create(**scope, key=key, created_at=now)
        return Claim(volume.pk, key, project.pk, project.public_id, session.pk, session.uuid, lines)


def last_segment(claim: Claim, line: Line) -> Segment | None:
    """Return the segment behind which a stream goes on."""
    rows = Segment.objects.filter(project_id=claim.project_id, session_id=claim.session_id, stream_id=line.pk)
    return rows.filter(upto_seq=line.segmented_upto).select_related("volume").first()


def note_failure(line: Line, failures: int) -> None:
    """Remember how often the chunk after ``segmented_upto`` could not be folded."""
    Stream.objects.filter(pk=line.pk, segmented_upto=line.segmented_upto).update(fold_failures=failures)


def keep_segments(claim: Claim, size_bytes: int, lines: Sequence[Lines], now: datetime) -> None:
    """Put segments in the place of chunks. Raises Overtaken, VolumeSwept; then nothing has changed."""
    with durable_transaction():
        _lock(claim, lines)
        segments = [segment for each in lines for segment in each.segments]
        opened = Volume.objects.filter(pk=claim.volume_id, state=Pack.State.OPEN)
        if not opened.update(state=Pack.State.KEPT, size_bytes=size_bytes, segments=len(segments)):
            raise VolumeSwept
        Segment.objects.bulk_create(segments, batch_size=100)
        for gap in (gap for each in lines for gap in each.gaps):
            name_gap(gap)
        shares: Counter[int] = Counter()
        for each in lines:
            Stream.objects.filter(pk=each.line.pk).update(segmented_upto=each.upto_seq, fold_failures=each.failures)
            shares.update(_delete_chunks(claim, each))
        lower_packs(shares, now)


def _lock(claim: Claim, lines: Sequence[Lines]) -> None:
    """Keep an erasure and other writers of these streams out; raise Overtaken where one was here."""
    if connection.vendor == "postgresql":  # elsewhere this transaction is alone
        with connection.cursor() as cursor:  # what the ledger does to the session meanwhile is none of our business
            cursor.execute("SELECT 1 FROM replay_session WHERE id = %s FOR KEY SHARE", [claim.session_id])
    if not Session.objects.filter(pk=claim.session_id, erased_at=None).exists():
        raise Overtaken
    locked = Stream.objects.select_for_update(no_key=True).filter(pk__in=[each.line.pk for each in lines]).order_by("pk")
    rows = {row.pk: row for row in locked}
    for each in lines:
        row = rows.get(each.line.pk)
        if row is None or row.segmented_upto != each.line.segmented_upto or row.next_seq < each.upto_seq:
            raise Overtaken


def _delete_chunks(claim: Claim, each: Lines) -> Iterator[int]:
    """Delete the rows of what now lives in segments; yield the pack of each."""
    sql = (
        "DELETE FROM replay_chunk WHERE project_id = %s AND session_id = %s AND stream_id = %s AND seq >= %s AND seq < %s"
        " RETURNING pack_id"
    )
    with connection.cursor() as cursor:
        values: list[Any] = [claim.project_id, claim.session_id, each.line.pk, each.line.segmented_upto, each.upto_seq]
        cursor.execute(sql, values)
        yield from (pack_id for (pack_id,) in cursor.fetchall())


def lower_packs(shares: Counter[int], now: datetime) -> None:
    """Take shares away from packs; one that has none left is dead, and its bytes go when readers have ended."""
    ids = sorted(shares)
    for start in range(0, len(ids), PACKS_AT_ONCE):
        some = ids[start : start + PACKS_AT_ONCE]
        packs = list(Pack.objects.select_for_update(no_key=True).filter(pk__in=some).order_by("pk"))
        for pack in packs:
            pack.chunks = max(0, pack.chunks - shares[pack.pk])
            if not pack.chunks and pack.state == Pack.State.KEPT and not Chunk.objects.filter(pack=pack).exists():
                pack.state, pack.swept_at = Pack.State.SWEPT, now
        Pack.objects.bulk_update(packs, ["chunks", "state", "swept_at"], batch_size=PACKS_AT_ONCE)
