"""A leaky bucket: so much a second, and some at once. Pure; time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
LEAST_WAIT_S: Final = 0.001


class Bucket:
    """Fills with what is taken, and leaks at a steady rate. A single taking may be larger than the bucket."""

    __slots__ = ("_at", "_level", "_per_s", "_size")

    def __init__(self, per_s: float, size: float) -> None:
        self._per_s = per_s
        self._size = size
        self._level = 0.0
        self._at = 0.0

    def take(self, amount: float, now: float) -> float:
        """Take, and return 0; or take nothing, and return after how many seconds to try again.

        >>> bucket = Bucket(per_s=2, size=4)
        >>> [bucket.take(2, now=10.0), bucket.take(2, now=10.0), bucket.take(2, now=10.0)]
        [0.0, 0.0, 0.5]
        >>> bucket.take(2, now=11.0)
        0.0
        """
        level = self._level - (now - self._at) * self._per_s
        self._at = now
        if level < self._size:
            self._level = level + amount if level > 0 else amount
            return 0.0
        self._level = level
        return self._until_leaked()

    def pour(self, amount: float, now: float) -> float:
        """Take in any case; return 0, or for how many seconds nobody should take more."""
        self._level = max(0.0, self._level - (now - self._at) * self._per_s) + amount
        self._at = now
        return 0.0 if self._level < self._size else self._until_leaked()

    def _until_leaked(self) -> float:
        return max((self._level - self._size) / self._per_s, 1 / self._per_s, LEAST_WAIT_S)


class Buckets(Generic[K]):
    """A bucket for each key, of the keys that were seen last."""

    def __init__(self, per_s: float, size: float, most_keys: int) -> None:
        self._per_s, self._size, self._most_keys = per_s, size, most_keys
        self._buckets: OrderedDict[K, Bucket] = OrderedDict()

    def __getitem__(self, key: K) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._per_s, self._size)
            if len(self._buckets) > self._most_keys:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket

    def __len__(self) -> int:
        return len(self._buckets)
