"""How often this process refused what, by code: all counted, some logged. Codes and ids only, never recorded content."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Final

from replay.wire.connection import Refused
from replay.wire.errors import Code

logger = logging.getLogger(__name__)

QUIET_S: Final = 10  # between two lines of one code: a page that is wrong is wrong many times a second


class Refusals:
    """Counts refusals by code."""

    def __init__(self) -> None:
        self.counts: Counter[Code] = Counter()
        self._logged: dict[Code, tuple[float, int]] = {}  # when, and the count then

    def count(self, refused: Refused, now: float | None = None) -> None:
        """Count one refusal, and log it where its code was quiet; ``now`` is monotonic seconds."""
        now = time.monotonic() if now is None else now
        code = refused.code
        self.counts[code] += 1
        if code == Code.SERVER_CLOSING:
            return  # our own doing, and in the log already
        logged_at, count = self._logged.get(code, (-QUIET_S, 0))
        if now - logged_at < QUIET_S:
            return
        self._logged[code] = now, self.counts[code]
        more = self.counts[code] - count - 1
        logger.warning("refused code=%s stream=%s seq=%s unlogged=%d", code, refused.stream or "-", _seq(refused), more)


def _seq(refused: Refused) -> int | str:
    return "-" if refused.seq is None else refused.seq
