"""How much one address, one socket and one project may ask of a process, so that nobody pays for a neighbour.

All of it is counted in this process alone, save the bytes of a day, which processes share through the database (see
``quota``). Times are monotonic seconds, and arguments.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from replay.ingest.address import Network, is_within
from replay.ingest.bucket import Bucket, Buckets
from replay.wire.errors import Code, FrameRefused

FULL_WAIT_S: Final = 5  # until a socket may try again where there was no room for one
BURST_S: Final = 10  # of a rate may come at once: pages come in waves, and a spool empties in one
MAX_ADDRESSES: Final = 50_000  # remembered at once; a tenth of a KiB each
MAX_PROJECTS: Final = 10_000
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowed:
    """The bounds, as the settings say them."""

    sockets: int  # at once
    sockets_per_address: int
    handshakes_per_s: int  # of one address
    hellos_per_min: int  # of one project
    chunks_per_s: int  # on one socket
    bytes_per_s: int  # of one project
    bytes_per_day: int  # of one project, in all processes; 0: no bound
    unlimited: tuple[Network, ...] = ()  # addresses that are not counted: proxies that tell no visitor's address

    @classmethod
    def from_settings(cls) -> Allowed:
        return cls(
            sockets=settings.INGEST_SOCKETS,
            sockets_per_address=settings.INGEST_SOCKETS_PER_ADDRESS,
            handshakes_per_s=settings.INGEST_HANDSHAKES_PER_S,
            hellos_per_min=settings.INGEST_HELLOS_PER_MIN,
            chunks_per_s=settings.INGEST_CHUNKS_PER_S,
            bytes_per_s=settings.INGEST_PROJECT_MIB_PER_S * MIB,
            bytes_per_day=settings.INGEST_PROJECT_GIB_PER_DAY * 1024 * MIB,
            unlimited=tuple(settings.INGEST_UNLIMITED_NETWORKS),
        )


class ComeLater(FrameRefused):
    """Too much was asked; later it will do."""

    def __init__(self, code: Code, wait_s: float) -> None:
        super().__init__(code)
        self.after_ms = spread_ms(wait_s)


def spread_ms(wait_s: float) -> int:
    """Return a wait in milliseconds, up to a quarter longer and a second: who is sent away together comes back apart."""
    return int(1000 * (wait_s * random.uniform(1, 1.25) + random.random()))  # noqa: S311  # jitter


class Allowances:
    """Counts who is here and how fast they come."""

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed
        self._here: Counter[str] = Counter()
        self._sockets = 0
        self._handshakes: Buckets[str] = Buckets(allowed.handshakes_per_s, allowed.handshakes_per_s * BURST_S, MAX_ADDRESSES)
        self._hellos: Buckets[int] = Buckets(allowed.hellos_per_min / 60, allowed.hellos_per_min, MAX_PROJECTS)
        self._bytes: Buckets[int] = Buckets(allowed.bytes_per_s, allowed.bytes_per_s * BURST_S, MAX_PROJECTS)

    def knock(self, address: str, now: float) -> float:
        """Count a handshake or a beacon; return 0, or after how many seconds the address may come again."""
        if self._is_unlimited(address):
            return 0.0
        return self._handshakes[address].take(1, now)

    def enter(self, address: str) -> bool:
        """Count a socket in, if there is room for it; who came in must ``leave``."""
        if self._sockets >= self.allowed.sockets:
            return False
        if self._here[address] >= self.allowed.sockets_per_address and not self._is_unlimited(address):
            return False
        self._sockets += 1
        self._here[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count a socket out."""
        self._sockets -= 1
        self._here[address] -= 1
        if not self._here[address]:
            del self._here[address]

    def say_hello(self, project_id: int, now: float) -> float:
        """Count a hello; return 0, or after how many seconds the project may say one again."""
        return self._hellos[project_id].take(1, now)

    def bring(self, project_id: int, size_bytes: int, now: float) -> float:
        """Count a chunk's bytes; return 0, or after how many seconds the project may bring more."""
        return self._bytes[project_id].take(size_bytes, now)

    def pace(self) -> Bucket:
        """Return what a new socket's chunks are counted with."""
        return Bucket(self.allowed.chunks_per_s, self.allowed.chunks_per_s * BURST_S)

    def _is_unlimited(self, address: str) -> bool:
        return not address or is_within(address, self.allowed.unlimited)
