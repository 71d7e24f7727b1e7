"""Chunks as they are stored: their rows, and their frames from the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from replay.index.models import Chunk
from replay.index.read import Place, coalesce, fetch
from replay.index.units import Stored
from replay.store.base import BlobStore
from replay.wire.frames import HEADER_BYTES

_COLUMNS: Final = tuple(name.replace("pack_key", "pack__key") for name in Stored.__struct_fields__)


def stored_chunks(project_id: int, session_id: int, stream_id: int, *, from_seq: int, upto_seq: int, most: int) -> list[Stored]:
    """Return the first so many chunks of a stream with ``from_seq ≤ seq < upto_seq``, in order."""
    rows = Chunk.objects.filter(
        project_id=project_id, session_id=session_id, stream_id=stream_id, seq__gte=from_seq, seq__lt=upto_seq
    )
    found: list[Any] = list(rows.order_by("seq").values_list(*_COLUMNS)[:most])
    return [Stored(*row) for row in found]


def read_frames(store: BlobStore, chunks: Sequence[Stored]) -> dict[int, bytes]:
    """Return the frames by seq; those that are gone, or are not what was sent, are left out. Raises StoreUnavailable."""
    return fetch(store, coalesce(_place(chunk) for chunk in chunks))


def _place(chunk: Stored) -> Place:
    start = chunk.dom_offset - HEADER_BYTES
    return Place(
        seq=chunk.seq,
        flags=chunk.flags,
        codec=chunk.dom_codec,
        part_index=chunk.part_index,
        part_count=chunk.part_count,
        raw_length=0,
        key=chunk.pack_key,
        offset=start,
        length=chunk.length,
        hash=bytes(chunk.hash),
        frame=(start, start + chunk.length),
    )
