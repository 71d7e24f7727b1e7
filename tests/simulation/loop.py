"""Virtual time: what is to happen lies in a heap, and happens when its turn comes. No clock, no thread, no waiting."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any


class Loop:
    """Runs callbacks in order of their virtual time; equal times in the order of their asking."""

    def __init__(self) -> None:
        self.now = 0.0  # ms
        self.steps = 0
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._asked = 0

    def after(self, delay_ms: float, run: Callable[..., None], *args: Any) -> None:
        """Have ``run`` called in so many virtual milliseconds."""
        self._asked += 1
        heapq.heappush(self._heap, (self.now + delay_ms, self._asked, run, args))

    def run_until(self, until_ms: float, done: Callable[[], bool] | None = None, most_steps: int = 50_000) -> bool:
        """Let time pass; return whether ``done`` came true before the time (or the patience) was over."""
        heap, steps = self._heap, 0
        while heap and heap[0][0] <= until_ms:
            if done is not None and done():
                return True
            self.now, _, run, args = heapq.heappop(heap)
            run(*args)
            steps += 1
            if steps > most_steps:
                raise AssertionError(f"endless chatter: {steps} steps by {self.now:.0f} ms")
        self.steps += steps
        self.now = max(self.now, until_ms) if done is None else self.now
        return done is not None and done()

    def skip(self, span_ms: float) -> None:
        """Let a long time pass in which nothing happens; what was to happen never does."""
        self._heap.clear()
        self.now += span_ms
