"""How long to wait before trying again: full jitter under a bound that doubles. Twin of recorder_js/src/wire/backoff.ts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

BACKOFF_FIRST_MS: Final = 500  # the first wait is anywhere below this
BACKOFF_MOST_MS: Final = 30_000
GOOD_MS: Final = 30_000  # of acked traffic; one ack only proves that the server is up, not that it bears us all


class Backoff:
    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._attempt = 0
        self._good_since: float | None = None

    def next(self) -> float:
        """Something failed: how many ms to wait."""
        self._good_since = None
        most = min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * (1 << min(self._attempt, 16)))
        self._attempt += 1
        return self._random() * most

    def good(self, now: float) -> None:
        """Something was acked."""
        if self._good_since is None:
            self._good_since = now
        if now - self._good_since >= GOOD_MS:
            self._attempt = 0
