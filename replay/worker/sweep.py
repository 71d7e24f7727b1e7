"""Removes what dead processes left: packs whose bytes may be in the store, and whose chunks never got rows."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from replay.index.packs import forget_swept, sweep_stale
from replay.store.base import BlobStore

logger = logging.getLogger(__name__)
OPEN_AT_MOST: Final = timedelta(minutes=10)  # a put takes seconds; whoever is later than this finds the pack swept


def sweep(store: BlobStore, now: datetime, older_than: timedelta = OPEN_AT_MOST) -> int:
    """Sweep once; return how many packs are gone. A store that is down is tried again by the next sweep."""
    gone: list[int] = []
    try:
        for pack_id, key in sweep_stale(now, older_than):
            store.delete(key)
            gone.append(pack_id)
    finally:
        forget_swept(gone)
    if gone:
        logger.info("swept %d packs", len(gone))
    return len(gone)
