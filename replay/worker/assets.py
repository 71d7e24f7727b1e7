"""Removes stylesheets, fonts and images that no session shows any more."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from replay.index.assets import forget_swept, sweep_unused
from replay.store.base import BlobStore

logger = logging.getLogger(__name__)
SWEEP_EVERY_S: Final = 3_600


def sweep_assets(store: BlobStore, now: datetime) -> int:
    """Sweep once; return how many are gone. A store that is down is tried again by the next sweep."""
    gone: list[int] = []
    try:
        for asset_id, key in sweep_unused(now):
            store.delete(key)
            gone.append(asset_id)
    finally:
        forget_swept(gone)
    if gone:
        logger.info("swept %d assets", len(gone))
    return len(gone)
