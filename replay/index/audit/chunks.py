"""Packs and the chunks in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

from replay.accounts.models import Project
from replay.index.audit.counting import Holder
from replay.index.audit.finding import Finding, Progress, batches
from replay.index.durable import durable_transaction
from replay.index.gaps import NOT_DECODABLE, gaps_named, is_named, name_gap
from replay.index.intact import is_frame_intact, is_log_intact
from replay.index.models import Chunk, Gap, Pack, Stream
from replay.index.segments import lower_packs
from replay.store.base import BlobStore, NotFound
from replay.wire.frames import HEADER_BYTES, Codec

COUNTED: Final = Holder(Pack, Chunk, "pack", "chunks")


def audit(store: BlobStore, project: Project | None, progress: Progress) -> Iterator[Finding]:
    """Yield chunks without their bytes, and packs that count wrong or are given up though chunks need them."""
    for packs in batches(Pack.objects.exclude(state=Pack.State.OPEN)):
        for pack in packs:
            rows = list(Chunk.objects.filter(pack=pack).order_by("dom_offset"))
            if project is None and (len(rows) != pack.chunks or pack.state == Pack.State.SWEPT):
                yield from COUNTED.findings(pack.pk)
            mine = [row for row in rows if project is None or row.project_id == project.pk]
            if mine:
                yield from _of_bytes(store, pack, mine)
            progress.add()


def _of_bytes(store: BlobStore, pack: Pack, rows: list[Chunk]) -> Iterator[Finding]:
    try:
        data = store.get(pack.key)
    except NotFound:
        data = b""
    for row in rows:
        body = _lost(row, data)
        if not body or not Chunk.objects.filter(pk=row.pk).exists():
            continue  # it may have become part of a segment since
        if not is_named(gaps_named(row.project_id, row.session_id, row.stream_id, row.seq), row.seq, row.seq, body):
            told = f"{pack.key}: stream {row.stream_id} seq {row.seq} {body}"
            yield Finding("bytes_lost", told, "name a gap", partial(name_lost, row, body))


def _lost(row: Chunk, data: bytes) -> str:
    """Return which bodies of a chunk are not what was sent."""
    start = row.dom_offset - HEADER_BYTES
    frame = data[start : row.log_offset + row.log_length]
    if len(frame) == HEADER_BYTES + row.dom_length + row.log_length and is_frame_intact(frame, bytes(row.hash)):
        return ""
    log = data[row.log_offset :][: row.log_length]
    can_tell = row.log_codec == Codec.JSON_GZIP and len(log) == row.log_length
    return "dom" if can_tell and is_log_intact(row.log_codec, log, row.log_raw_length) else "both"


def name_lost(row: Chunk, body: str) -> None:
    """Put a gap in the place of what a chunk has lost; of one that has lost all, the row goes."""
    with durable_transaction():
        stream = Stream.objects.select_for_update(no_key=True).filter(pk=row.stream_id).first()
        if stream is None or not Chunk.objects.filter(pk=row.pk).exists():
            return  # it was erased, or is in a segment by now
        if body == "both":
            Chunk.objects.filter(pk=row.pk).delete()
        if row.seq < stream.next_seq:  # what came early was not acked, and its page may send it again
            gap = Gap(project_id=row.project_id, session_id=row.session_id, stream_id=row.stream_id)
            gap.first_seq = gap.last_seq = row.seq
            gap.first_ms, gap.last_ms, gap.reason, gap.body = row.first_ms, row.last_ms, NOT_DECODABLE, body
            name_gap(gap)
        if body == "both":
            lower_packs(Counter([row.pack_id]), datetime.now(UTC))
