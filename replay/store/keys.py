"""The names of objects."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from uuid import UUID

_SAFE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
PACKS: Final = "packs/"


def pack_key(now: datetime, unique: UUID) -> str:
    """Return the key of a new pack; by hour, so that a person can find their way.

    >>> from datetime import UTC
    >>> pack_key(datetime(2026, 11, 23, 20, 5, tzinfo=UTC), UUID(int=10))
    'packs/2026/11/23/20/0000000000000000000000000000000a.pack'
    """
    return f"{PACKS}{now:%Y/%m/%d/%H}/{unique.hex}.pack"


def checked(key: str) -> str:
    """Return the key if it is a plain relative path, so that no key leaves its store.

    >>> checked("packs/a.pack")
    'packs/a.pack'
    >>> checked("../secret_key")
    Traceback (most recent call last):
        ...
    ValueError: not a key: '../secret_key'
    """
    if not _SAFE.fullmatch(key) or len(key) > 200:
        raise ValueError(f"not a key: {key!r}")
    return key
