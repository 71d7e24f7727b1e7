"""Whether this process is alive, and whether a proxy should send it pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import connection

from replay.store import open_store

logger = logging.getLogger(__name__)
TIMEOUT_S: Final = 5
_pool: Final = ThreadPoolExecutor(1, "playhead-health")  # one: checks that hang do not pile up

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def health(path: str, is_closing: bool, send: Send) -> None:
    """Answer ``/healthz`` (the process answers) and ``/readyz`` (it can keep what it is sent)."""
    problem = "" if path == "/healthz" else "closing" if is_closing else await _problem()
    body = (problem or "ok").encode() + b"\n"
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503 if problem else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _problem() -> str:
    """Return in a word what is out of reach, or an empty string."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await asyncio.get_running_loop().run_in_executor(_pool, _check)
    except TimeoutError:
        return "slow"


def _check() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        logger.warning("not ready: database: %s", type(error).__name__)
        connection.close()
        return "database"
    try:
        open_store().check()
    except Exception as error:
        logger.warning("not ready: store: %s", type(error).__name__)
        return "store"
    return ""
