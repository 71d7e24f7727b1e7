"""A thread that talks to the database for the event loop, and is not waited for when the database says nothing any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from replay.index.keep import IndexUnavailable

T = TypeVar("T")

ANSWER_S: Final = 25  # more than statements and locks may take (index/durable.py): whoever is silent for longer, hangs


class IndexThread:
    """One thread, one connection, one transaction at a time."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, name)
        self._connection: BaseDatabaseWrapper | None = None

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """Return what ``call`` returns; raise IndexUnavailable where the database does not do it, or says nothing."""
        asked = asyncio.get_running_loop().run_in_executor(self._pool, self._run, call, *arguments)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await asked
        except TimeoutError as error:
            self._cut()
            raise IndexUnavailable("no answer") from error

    def close(self) -> None:
        """End the thread when it has done what it was told."""
        with contextlib.suppress(RuntimeError):  # it was told so before
            self._pool.submit(_close_connection)
        self._pool.shutdown(wait=False)

    def _run(self, call: Callable[..., T], *arguments: Any) -> T:
        self._connection = connection._connections["default"]  # type: ignore[attr-defined]  # this thread's own
        try:
            return call(*arguments)
        except Error as error:
            connection.close()
            raise IndexUnavailable(type(error).__name__) from error

    def _cut(self) -> None:
        """Shut the socket on which the thread waits, so that it wakes with an error; the connection is its own to close."""
        raw = self._connection.connection if self._connection is not None else None
        if raw is None or not hasattr(raw, "fileno"):
            return  # SQLite waits for locks alone, and not for long
        with contextlib.suppress(Exception), socket.socket(fileno=os.dup(raw.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)


def _close_connection() -> None:
    connection.close()  # this thread's: looked up here, not where it is submitted
