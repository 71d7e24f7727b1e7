"""The window of one socket under its process' pressure. Twin of recorder_js/src/wire/narrowing.ts."""

from __future__ import annotations

import math
from typing import Final

from replay.wire.messages import Window

STEPS: Final = 4  # few, so that a small change of pressure says nothing to anybody


class Narrowing:
    """What the window is, and whether the page knows."""

    def __init__(self, window_bytes: int, window_chunks: int) -> None:
        self._widest = (window_bytes, window_chunks)
        self._open_steps = self._told_steps = STEPS

    @property
    def is_news(self) -> bool:
        return self._open_steps != self._told_steps

    def press(self, level: float) -> bool:
        """Follow the pressure (0 … 1); say whether to tell the page at once: when the window closes, or opens again."""
        self._open_steps = math.floor((1 - min(1.0, max(0.0, level))) * STEPS + 0.5)
        return (self._open_steps == 0) != (self._told_steps == 0)

    def tell(self) -> Window:
        """Return the window that the page will know from now on."""
        self._told_steps = self._open_steps
        widest_bytes, widest_chunks = self._widest
        return Window(widest_bytes * self._open_steps // STEPS, math.ceil(widest_chunks * self._open_steps / STEPS))
