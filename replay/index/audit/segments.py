"""Volumes and the segments in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Final

from replay.accounts.models import Project
from replay.index.audit.counting import Holder
from replay.index.audit.finding import Finding, Progress, batches
from replay.index.durable import durable_transaction
from replay.index.gaps import NOT_DECODABLE, gaps_named, is_named, name_gap
from replay.index.models import Gap, Pack, Segment, Stream, Volume
from replay.store.base import BlobStore, NotFound

COUNTED: Final = Holder(Volume, Segment, "volume", "segments")


def audit(store: BlobStore, project: Project | None, progress: Progress) -> Iterator[Finding]:
    """Yield segments without their bytes, and volumes that count wrong or are given up though segments need them."""
    volumes = Volume.objects.exclude(state=Pack.State.OPEN)
    for some in batches(volumes.filter(project=project) if project else volumes):
        for volume in some:
            rows = list(Segment.objects.filter(volume=volume).order_by("pk"))
            if len(rows) != volume.segments or not rows or volume.state == Pack.State.SWEPT:
                yield from COUNTED.findings(volume.pk)
            if rows:
                yield from _of_bytes(store, volume, rows)
            progress.add()


def _of_bytes(store: BlobStore, volume: Volume, rows: list[Segment]) -> Iterator[Finding]:
    try:
        data = store.get(volume.key)
    except NotFound:
        data = b""
    for row in rows:
        body = _lost(row, data)
        named = gaps_named(row.project_id, row.session_id, row.stream_id, row.first_seq) if body else []
        if body and not is_named(named, row.first_seq, row.upto_seq - 1, body):
            told = f"{volume.key}: stream {row.stream_id} seq {row.first_seq} to {row.upto_seq - 1} {body}"
            yield Finding("bytes_lost", told, "name a gap", partial(name_lost, row, body))


def _lost(row: Segment, data: bytes) -> str:
    """Return which bodies of a segment are not what was put."""
    dom = _is_intact(data[row.dom_offset :][: row.dom_length], row.dom_length, bytes(row.dom_hash))
    log = _is_intact(data[row.log_offset :][: row.log_length], row.log_length, bytes(row.log_hash))
    if not row.dom_length and not log:
        return "both"
    if not row.log_length and not dom:
        return "both"
    return {(True, True): "", (False, True): "dom", (True, False): "log", (False, False): "both"}[dom, log]


def _is_intact(found: bytes, length: int, digest: bytes) -> bool:
    return not length or (len(found) == length and hashlib.sha256(found).digest() == digest)


def name_lost(row: Segment, body: str) -> None:
    """Put a gap in the place of what a segment has lost; of one that has lost all, the row goes."""
    with durable_transaction():
        Stream.objects.select_for_update(no_key=True).filter(pk=row.stream_id).first()
        if not Segment.objects.filter(pk=row.pk).exists():
            return
        gap = Gap(project_id=row.project_id, session_id=row.session_id, stream_id=row.stream_id)
        gap.first_seq, gap.last_seq, gap.first_ms, gap.last_ms = row.first_seq, row.upto_seq - 1, row.first_ms, row.last_ms
        gap.reason, gap.body = NOT_DECODABLE, body
        name_gap(gap)
        if body == "both":
            Segment.objects.filter(pk=row.pk).delete()
            COUNTED.recount(row.volume_id)
