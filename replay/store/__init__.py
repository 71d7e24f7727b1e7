"""Where bytes live: immutable objects by key, in files, in an S3-compatible bucket, or in memory.

``open_store()`` gives the one that the settings name. What ``put`` has returned for is kept for good.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Final

from replay.store.base import BlobStore

MIB: Final = 1024 * 1024


@cache
def open_store() -> BlobStore:
    """Return this process's store, as the settings say."""
    from django.conf import settings

    if settings.STORE == "memory":
        from replay.store.memory import MemoryStore

        return MemoryStore()
    if settings.STORE == "local":
        from replay.store.local import LocalStore

        database = settings.DATABASES["default"]
        beside = [Path(str(database["NAME"])).parent] if database["ENGINE"].endswith("sqlite3") else []
        return LocalStore(
            settings.STORE_LOCAL_DIR, settings.STORE_LEAST_FREE_MIB * MIB, [place for place in beside if place.is_dir()]
        )
    from replay.store.s3 import S3Store

    return S3Store(
        endpoint_url=settings.S3_ENDPOINT_URL,
        bucket=settings.S3_BUCKET,
        region=settings.S3_REGION,
        access_key=settings.S3_ACCESS_KEY_ID,
        secret_key=settings.S3_SECRET_ACCESS_KEY,
    )


def prepare_store() -> None:
    """Make what the store needs before its first put, such as its bucket; a store that is down is waited for later."""
    from replay.store.base import StoreUnavailable
    from replay.store.s3 import S3Store

    store = open_store()
    if isinstance(store, S3Store):
        try:
            store.make_bucket()
        except StoreUnavailable as error:
            logging.getLogger(__name__).warning("the store is out of reach: %s", error)
