"""Transactions whose COMMIT means: on disk, within bounded time, whatever the server's defaults are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

_POSTGRES: Final = (
    "SET CONSTRAINTS ALL IMMEDIATE;"  # a row without a parent fails at its own insert, and not its neighbours at COMMIT
    "SET LOCAL lock_timeout = '5s';"
    "SET LOCAL statement_timeout = '15s';"
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)


@contextmanager
def durable_transaction() -> Iterator[None]:
    """Run what is inside in one transaction, and return when it is on disk. SQLite is told so by our settings."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(_POSTGRES)
        yield
