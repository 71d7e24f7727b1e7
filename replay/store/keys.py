"""The names of objects."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from uuid import UUID

_SAFE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_VOLUME: Final = re.compile(r"r[0-9]+/[^/]+/[^/]+/[^/]+\.volume")
_ASSET: Final = re.compile(r"([^/]+)/assets/([0-9a-f]{64})")
PACKS: Final = "packs/"
IMPORTS: Final = "imports/"


def pack_key(now: datetime, unique: UUID) -> str:
    """Return the key of a new pack; by hour, so that a person can find their way.

    >>> from datetime import UTC
    >>> pack_key(datetime(2026, 11, 23, 20, 5, tzinfo=UTC), UUID(int=10))
    'packs/2026/11/23/20/0000000000000000000000000000000a.pack'
    """
    return f"{PACKS}{now:%Y/%m/%d/%H}/{unique.hex}.pack"


def volume_key(retention_days: int, project: str, session: UUID, unique: UUID) -> str:
    """Return the key of a new volume: how long it stays, whose it is; never who the person was, for persons merge.

    >>> volume_key(30, "k3fz8m2qpa", UUID(int=11), UUID(int=12))
    'r30/k3fz8m2qpa/0000000000000000000000000000000b/0000000000000000000000000000000c.volume'
    """
    return f"r{retention_days}/{project}/{session.hex}/{unique.hex}.volume"


def is_volume_key(key: str) -> bool:
    """Say whether a key is a volume's.

    >>> is_volume_key("r30/shop/0b/0c.volume"), is_volume_key("packs/2026/11/23/20/0a.pack")
    (True, False)
    """
    return _VOLUME.fullmatch(key) is not None


def asset_key(project: str, digest: bytes) -> str:
    """Return the key of a project's asset.

    >>> asset_key("k3x9", bytes(32))
    'k3x9/assets/0000000000000000000000000000000000000000000000000000000000000000'
    """
    return f"{project}/assets/{digest.hex()}"


def asset_of(key: str) -> tuple[str, bytes] | None:
    """Return whose asset a key is of, and its hash; None where it is no asset's.

    >>> asset_of(asset_key("k3x9", bytes(32))) == ("k3x9", bytes(32)), asset_of("packs/a.pack")
    (True, None)
    """
    found = _ASSET.fullmatch(key)
    return (found[1], bytes.fromhex(found[2])) if found else None


def import_key(unique: UUID, offset: int) -> str:
    """Return the key of a part of a file that is being imported, by where in the file it begins.

    >>> import_key(UUID(int=13), 4_194_304)
    'imports/0000000000000000000000000000000d/000004194304.part'
    """
    return f"{IMPORTS}{unique.hex}/{offset:012d}.part"


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
