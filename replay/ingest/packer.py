"""When a pack is full enough: a pure policy; time is an argument.

Waiting makes packs fewer and acks later. A lone session waits 5 ms; the more chunks arrive, the longer the wait, up to 250 ms,
so that a busy process writes some four objects a second. From where a quarter of a second brings more than a good pack holds,
the wait is as long as one takes to fill.
"""

from __future__ import annotations

import math
from typing import Final, Generic, TypeVar

T = TypeVar("T")

LEAST_LINGER_S: Final = 0.005
MOST_LINGER_S: Final = 0.250
BUSY_CHUNKS_PER_S: Final = 200.0  # from here on the wait is the longest
GOOD_CHUNKS: Final = 250  # of a pack: four objects to a thousand chunks
MAX_BYTES: Final = 4 * 1024 * 1024  # one PUT stays a fraction of a second, even to a slow store
MAX_CHUNKS: Final = 500  # one transaction stays short
RATE_MEMORY_S: Final = 2.0  # how far back the rate looks


class Packer(Generic[T]):
    """Gathers items until they are due."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._bytes = 0
        self._rate = 0.0  # chunks a second, fading
        self._seen_at = 0.0
        self.due_at = math.inf  # when the items at hand should go

    def add(self, item: T, size_bytes: int, now: float) -> list[T]:
        """Take an item; return all at hand when it filled the pack, else nothing."""
        fade = math.exp((self._seen_at - now) / RATE_MEMORY_S) if self._seen_at else 0.0
        self._rate = self._rate * fade + 1 / RATE_MEMORY_S
        self._seen_at = now
        if not self._items:
            self.due_at = now + linger_s(self._rate)
        self._items.append(item)
        self._bytes += size_bytes
        return self.take() if self._bytes >= MAX_BYTES or len(self._items) >= MAX_CHUNKS else []

    def take(self) -> list[T]:
        """Return all at hand, and start anew."""
        items, self._items, self._bytes, self.due_at = self._items, [], 0, math.inf
        return items


def linger_s(chunks_per_s: float) -> float:
    """Return how long the first chunk of a pack waits for others.

    >>> [round(linger_s(rate), 3) for rate in (0, 2, 100, 200, 1000, 2500)]
    [0.005, 0.007, 0.128, 0.25, 0.25, 0.1]
    """
    if chunks_per_s * MOST_LINGER_S > GOOD_CHUNKS:
        return GOOD_CHUNKS / chunks_per_s
    share = min(chunks_per_s / BUSY_CHUNKS_PER_S, 1.0)
    return LEAST_LINGER_S + (MOST_LINGER_S - LEAST_LINGER_S) * share
