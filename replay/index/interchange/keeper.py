"""Keeps imported chunks as ingest keeps those of pages: intent, bytes, rows; a pack at a time, by the same ledger.

In: chunks in order of seq. Guaranteed when ``flush`` returns: what was added is kept, once; who dies before has kept whole
packs or left one for the sweeper, and begins again where the rows end.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from replay.index.arrival import Arrival, Source
from replay.index.digest import Digest
from replay.index.interchange import limits
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.keep import IndexUnavailable, keep_pack
from replay.index.packs import open_pack
from replay.store import pack
from replay.store.base import BlobStore
from replay.store.keys import pack_key
from replay.wire.errors import Code
from replay.wire.frames import HEADER_BYTES, Chunk

_KNOWN: Final = frozenset({None, Code.CONFLICT, Code.TOO_LATE})  # kept, now or before, perhaps by another zlib


class Keeper:
    """Gathers the chunks of one import into packs."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._waiting: list[tuple[Source, Chunk, Digest, datetime]] = []
        self._size_bytes = 0
        self.kept_bytes = 0

    def add(self, source: Source, chunk: Chunk, digest: Digest, heard_at: datetime) -> None:
        """Take a chunk; raise StoreUnavailable, IndexUnavailable, PackSwept, ImportRefused when its pack cannot be kept."""
        self._waiting.append((source, chunk, digest, heard_at))
        self._size_bytes += HEADER_BYTES + len(chunk.dom) + len(chunk.log)
        if self._size_bytes >= limits.PACK_BYTES or len(self._waiting) >= limits.PACK_CHUNKS:
            self.flush()

    def flush(self) -> None:
        """Keep what waits."""
        if not self._waiting:
            return
        batch, size = self._waiting, self._size_bytes
        self._waiting, self._size_bytes = [], 0
        data, offsets = pack.build((source.project, chunk.to_frame()) for source, chunk, _, _ in batch)
        now = datetime.now(UTC)
        key = pack_key(now, uuid4())
        pack_id = open_pack(key, len(data), now)
        self._store.put(key, data)
        arrivals = [
            Arrival(source, chunk.header, digest, at + HEADER_BYTES, heard_at)
            for (source, chunk, digest, heard_at), at in zip(batch, offsets, strict=True)
        ]
        for outcome in keep_pack(pack_id, arrivals):
            if outcome.code is Code.ERASED:
                raise ImportRefused(Refusal.ERASED)
            if outcome.code not in _KNOWN:
                raise IndexUnavailable(str(outcome.code))
        self.kept_bytes += size
