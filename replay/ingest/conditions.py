"""How the store and the database are, as the last pack found them: said in the log when it changes, not with every pack."""

from __future__ import annotations

import logging
import time
from typing import Final

from replay.wire.errors import Code

logger = logging.getLogger(__name__)

FRESH_S: Final = 15  # so long a full store is called full; then pages may try it again
WORDS: Final = {
    None: "ok",
    Code.STORE_UNAVAILABLE: "store",
    Code.STORE_FULL: "store full",
    Code.INDEX_UNAVAILABLE: "database",
}


class Conditions:
    """What became of the last packs."""

    def __init__(self) -> None:
        self._code: Code | None = None
        self._since = time.monotonic()
        self._noted_at = 0.0

    @property
    def word(self) -> str:
        """Return what the last pack found."""
        return WORDS.get(self._code, "database")

    def is_full(self, now: float) -> bool:
        """Say whether a pack found no room just now; ``now`` is monotonic seconds."""
        return self._code == Code.STORE_FULL and now - self._noted_at < FRESH_S

    def note(self, code: Code | None, detail: str = "", now: float | None = None) -> None:
        """Take note of what became of a pack: None where it was kept."""
        now = time.monotonic() if now is None else now
        before, self._noted_at = self._code, now
        if code == before:
            return
        self._code = code
        word, lasted_s = WORDS.get(code, "database"), now - self._since
        self._since = now
        if code is None:
            logger.warning("packs are kept again, after %.1f s of: %s", lasted_s, WORDS.get(before, "database"))
        else:
            logger.error("packs are not kept: %s (%s)", word, detail or "-")
