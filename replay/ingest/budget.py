"""How many bytes of chunks this process holds at once; who comes beyond that waits, and stops reading meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque


class Budget:
    """A number of bytes, lent and given back, first come first served."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._free = size_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def lent_bytes(self) -> int:
        return self.size_bytes - self._free

    @property
    def share(self) -> float:
        """Return how much of it is lent, 0 to 1; 1 also while somebody waits."""
        return 1.0 if self._waiting else self.lent_bytes / self.size_bytes

    def take_now(self, size_bytes: int) -> bool:
        """Lend so many bytes at once, where nobody waits and they are there."""
        if self._waiting or size_bytes > self._free:
            return False
        self._free -= size_bytes
        return True

    async def take(self, size_bytes: int) -> None:
        """Return once so many bytes are lent."""
        if self.take_now(size_bytes):
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size_bytes, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(size_bytes)
            raise

    def give(self, size_bytes: int) -> None:
        """Take lent bytes back."""
        self._free += size_bytes
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._free):
            size, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= size
                turn.set_result(None)
