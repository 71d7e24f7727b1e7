"""When to ask the page for a new full snapshot, after something was lost. Twin of recorder_js/src/wire/snapshots.ts."""

from __future__ import annotations

import math
from typing import Final

SNAPSHOT_AGAIN_MS: Final = 30_000  # after the first; then doubling: perhaps it is the snapshots that are refused
SNAPSHOT_MOST_MS: Final = 600_000


class Snapshots:
    def __init__(self) -> None:
        self._wanted_at: float | None = None
        self._asked_at = -math.inf
        self._spacing_ms = 0
        self._is_coming = False

    def want(self, now: float) -> None:
        """Something was lost now; one snapshot heals all that was lost before it."""
        if self._wanted_at is not None or (self._is_coming and now - self._asked_at < SNAPSHOT_AGAIN_MS):
            return
        if now - self._asked_at > 2 * SNAPSHOT_MOST_MS:
            self._spacing_ms = 0
        self._wanted_at = max(now, self._asked_at + self._spacing_ms)

    def came(self) -> None:
        """One was numbered."""
        self._is_coming = False

    def is_due(self, now: float) -> bool:
        """Whether to ask now; once."""
        if self._wanted_at is None or now < self._wanted_at:
            return False
        self._wanted_at = None
        self._asked_at = now
        self._spacing_ms = min(SNAPSHOT_MOST_MS, self._spacing_ms * 2 or SNAPSHOT_AGAIN_MS)
        self._is_coming = True
        return True
