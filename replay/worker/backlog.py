"""What waits to be done, and what the worker has done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from replay.index.holes import count_holed_streams
from replay.index.packs import open_packs


@dataclass
class Backlog:
    """As of the last look, and since the worker's start."""

    packs_open: int = 0
    oldest_open_pack_s: float = 0.0
    streams_holed: int = 0
    packs_swept: int = 0
    chunks_given_up: int = 0

    def look(self, now: datetime) -> None:
        """Count what waits."""
        self.packs_open, oldest = open_packs()
        self.oldest_open_pack_s = (now - oldest).total_seconds() if oldest else 0.0
        self.streams_holed = count_holed_streams()

    def swept(self, packs: int) -> None:
        self.packs_swept += packs

    def gave_up(self, chunks: int) -> None:
        self.chunks_given_up += chunks
