"""What this process has done so far: plain numbers, cheap to raise, read when somebody asks."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Histogram:
    """How often a value fell below each bound."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Return what Prometheus wants: how many were at most each bound.

        >>> histogram = Histogram((1.0, 2.0))
        >>> for value in (0.5, 1.0, 9.0): histogram.observe(value)
        >>> histogram.buckets()
        [('1.0', 2), ('2.0', 2), ('+Inf', 3)]
        """
        below = 0
        found: list[tuple[str, float]] = []
        for bound, count in zip([*map(str, self.bounds), "+Inf"], self.counts, strict=True):
            below += count
            found.append((bound, below))
        return found


class Meter:
    """Counts of one process since its start. Touched by its event loop only."""

    def __init__(self) -> None:
        self.chunks = 0  # heard, and whole
        self.chunk_bytes = 0
        self.acks = 0  # chunks answered with an ack
        self.ack_age_s = Histogram()  # from received to acked
        self.packs = 0  # kept
        self.pack_bytes = 0
        self.puts = 0
        self.put_s = Histogram()
        self.commit_s = Histogram()
        self.hellos = 0
        self.asset_requests = 0
        self.assets = 0
        self.beacons = 0
        self.sockets = 0  # opened
        self.taken_over = 0
        self.turned_away = 0  # sockets refused before a word was said

    def heard(self, size_bytes: int) -> None:
        """Count a chunk that came in."""
        self.chunks += 1
        self.chunk_bytes += size_bytes

    def acked(self, age_s: float) -> None:
        """Count a chunk that is kept."""
        self.acks += 1
        self.ack_age_s.observe(age_s)

    def put(self, seconds: float) -> None:
        """Count an object that the store took."""
        self.puts += 1
        self.put_s.observe(seconds)

    def committed(self, seconds: float, size_bytes: int) -> None:
        """Count a pack whose chunks have their rows."""
        self.packs += 1
        self.pack_bytes += size_bytes
        self.commit_s.observe(seconds)
