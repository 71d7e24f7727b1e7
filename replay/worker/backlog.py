"""What waits to be done, and what the worker has done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from replay.index.holes import count_holed_streams
from replay.index.packs import open_packs
from replay.index.waiting import waiting


@dataclass
class Tally:
    """What compaction has done since the worker's start."""

    compactions: int = 0
    segments: int = 0
    chunks: int = 0
    chunk_bytes: int = 0
    stored_bytes: int = 0
    spans_lost: int = 0
    cpu_s: float = 0.0
    deaths: int = 0
    sessions_waiting: int = 0  # as of the last round


@dataclass
class Backlog:
    """As of the last look, and since the worker's start."""

    packs_open: int = 0
    oldest_open_pack_s: float = 0.0
    streams_holed: int = 0
    objects_swept: int = 0
    chunks_given_up: int = 0
    chunks_waiting: int = 0
    oldest_waiting_s: float = 0.0
    compacting: Tally = field(default_factory=Tally)

    def look(self, now: datetime) -> None:
        """Count what waits."""
        self.packs_open, oldest = open_packs()
        self.oldest_open_pack_s = (now - oldest).total_seconds() if oldest else 0.0
        self.streams_holed = count_holed_streams()
        found = waiting()
        self.chunks_waiting = found.chunks
        self.oldest_waiting_s = (now - found.oldest_at).total_seconds() if found.oldest_at else 0.0

    def swept(self, objects: int) -> None:
        self.objects_swept += objects

    def gave_up(self, chunks: int) -> None:
        self.chunks_given_up += chunks
