"""Gives up what never came: a hole that is older than any page's spool becomes a gap that says so."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from replay.index.holes import close_holes, old_holes

logger = logging.getLogger(__name__)
STREAMS_AT_ONCE: Final = 200
MOST_ROUNDS: Final = 50  # then other tasks have their turn


def end_holes(now: datetime, older_than: timedelta) -> int:
    """Close all holes that are old enough; return how many seqs were given up."""
    seqs = streams = 0
    for _ in range(MOST_ROUNDS):
        found = old_holes(now - older_than, STREAMS_AT_ONCE)
        for stream_pk in found:
            seqs += close_holes(stream_pk, now - older_than)
            streams += 1
        if len(found) < STREAMS_AT_ONCE:
            break
    if seqs:
        logger.warning("gave up %d chunks of %d streams that never came", seqs, streams)
    return seqs
