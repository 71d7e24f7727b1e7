"""Who may connect, and how fast: connections in all, of one address, and a second. Knows no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from replay.ingest.address import Network, is_within
from replay.ingest.bucket import Bucket

BESIDE_SOCKETS: Final = 200  # connections that are no ingest sockets: pages, the API, players


class Door:
    """Counts connections. ``shut_for`` is told for how long nobody should be let in; the kernel's backlog holds them."""

    def __init__(
        self,
        sockets: int,
        sockets_per_address: int | None,
        accepts_per_s: int,
        unlimited: Sequence[Network],
        shut_for: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._most = sockets + BESIDE_SOCKETS
        self._most_per_address = None if sockets_per_address is None else sockets_per_address + BESIDE_SOCKETS
        self._rate = Bucket(accepts_per_s, accepts_per_s)
        self._unlimited = tuple(unlimited)
        self._shut_for = shut_for
        self._clock = clock
        self._here: Counter[str] = Counter()
        self._count = 0
        self.turned_away = 0

    def enter(self, address: str) -> bool:
        """Count a connection in, if there is room for it; who came in must ``leave``."""
        if wait_s := self._rate.pour(1, self._clock()):
            self._shut_for(wait_s)
        if self._count >= self._most or self._is_full(address):
            self.turned_away += 1
            return False
        self._count += 1
        self._here[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count a connection out."""
        self._count -= 1
        self._here[address] -= 1
        if not self._here[address]:
            del self._here[address]

    def _is_full(self, address: str) -> bool:
        if self._most_per_address is None or self._here[address] < self._most_per_address:
            return False
        return not is_within(address, self._unlimited)
