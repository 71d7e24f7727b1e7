"""What the pages did and were told: the other side of the books, which nobody in the world can read but the checker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

from replay.wire.frames import HASHED_HEADER_BYTES, HEADER_BYTES
from tests.simulation.database import Deadlock
from tests.simulation.talk import PROJECT

if TYPE_CHECKING:
    from tests.simulation.world import World


LOCKED_IN_ORDER: Final = ("session", "stream", "chunk")


class Broken(AssertionError):
    """The promise is broken; the text says how."""


@dataclass(slots=True)
class Stream:
    """A stream as its page knows it."""

    session: UUID
    secret: str
    next_seq: int = 0
    acked: int = 0  # every seq below was said to be kept
    hashes: dict[int, list[bytes]] = field(default_factory=dict)  # seq → what was numbered first, and the gap for it if any
    written_ms: float = 0.0  # when something was numbered last


class Journal:
    """All streams of all pages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.streams: dict[str, Stream] = {}
        self.acks = 0

    def numbered(self, stream: str, seq: int, digest: bytes) -> None:
        """A seq was given to bytes. Only the first time counts: numbered bytes never change."""
        mine = self.streams[stream]
        mine.hashes.setdefault(seq, [digest])
        mine.written_ms = self._world.loop.now

    def replaced(self, stream: str, seq: int, gap: bytes) -> None:
        """The server refused the bytes for good: a gap takes their number, which is the one change that is allowed."""
        digest = gap[HASHED_HEADER_BYTES:HEADER_BYTES]
        hashes = self.streams[stream].hashes.setdefault(seq, [])
        if digest not in hashes:
            hashes.append(digest)

    def acked(self, stream: str, upto: int) -> None:
        """The page was told that all below ``upto`` is kept. It must be true now, not later."""
        mine = self.streams[stream]
        self.acks += 1
        if upto <= mine.acked:
            return
        before, mine.acked = mine.acked, upto
        tables = self._world.tables
        session = tables.sessions.rows.get((PROJECT, mine.session))
        if session is None:
            raise Broken(f"stream {stream[-2:]}: acked up to {upto}, and nothing is committed")
        if session.erased_at is not None:
            return
        row = tables.streams.rows.get((PROJECT, session.id, stream))
        if row is None or row.next_seq < upto:
            raise Broken(f"stream {stream[-2:]}: acked up to {upto}, committed up to {row.next_seq if row else 0}")
        for seq in range(before, upto):
            if seq >= row.segmented_upto and (row.id, seq) not in tables.chunks.rows and not self._is_gap(row.id, seq):
                raise Broken(f"stream {stream[-2:]}: seq {seq} is acked, and neither stored nor a named gap")

    def deadlocked(self, deadlock: Deadlock) -> None:
        """Ledgers lock sessions, then streams, in order of id: only who reaches further may meet others in a circle.

        Whoever has come to names moves the sessions of a person, in whatever order those are.
        """
        if all(
            " keeps " in tx.name and tx.waits_in in LOCKED_IN_ORDER and not tx.holds("distinct_id") for tx in deadlock.circle
        ):
            raise Broken(f"locks in no order: {deadlock}")

    def _is_gap(self, stream_id: int, seq: int) -> bool:
        gaps = self._world.tables.gaps.rows.values()
        return any(row.stream_id == stream_id and row.first_seq <= seq <= row.last_seq for row in gaps)
