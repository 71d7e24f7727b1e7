"""Removes what nobody needs: packs and volumes of dead processes, packs whose chunks are segments now, volumes without any."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from replay.index.packs import forget_swept, sweep_stale
from replay.index.volumes import forget_swept_volumes, sweep_volumes
from replay.store.base import BlobStore

logger = logging.getLogger(__name__)
OPEN_AT_MOST: Final = timedelta(minutes=10)  # a put takes seconds; whoever is later than this finds the pack swept


def sweep(store: BlobStore, now: datetime, older_than: timedelta = OPEN_AT_MOST) -> int:
    """Sweep once; return how many objects are gone. A store that is down is tried again by the next sweep."""
    packs = _delete(store, sweep_stale(now, older_than), forget_swept)
    volumes = _delete(store, sweep_volumes(now, older_than), forget_swept_volumes)
    if packs or volumes:
        logger.info("swept %d packs and %d volumes", packs, volumes)
    return packs + volumes


def _delete(store: BlobStore, dead: list[tuple[int, str]], forget: Callable[[list[int]], None]) -> int:
    gone: list[int] = []
    try:
        for pk, key in dead:
            store.delete(key)
            gone.append(pk)
    finally:
        forget(gone)
    return len(gone)
