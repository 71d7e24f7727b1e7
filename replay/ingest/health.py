"""Whether this process is alive, and whether a proxy should send it pages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import connection

from replay.index.full import is_full
from replay.ingest.service import Ingest
from replay.store import open_store
from replay.store.base import StoreFull

logger = logging.getLogger(__name__)
TIMEOUT_S: Final = 5
REMEMBER_S: Final = 1.0  # an answer, however many ask
_pool: Final = ThreadPoolExecutor(1, "playhead-health")  # one: checks that hang do not pile up

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def health(path: str, ingest: Ingest | None, send: Send) -> None:
    """Answer ``/healthz`` (the process answers) and ``/readyz`` (it can keep what it is sent)."""
    problem = "" if path == "/healthz" else await readiness.problem(ingest)
    body = (problem or "ok").encode() + b"\n"
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503 if problem else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Readiness:
    """Asks database and store, one check at a time; whoever asks meanwhile gets the same answer."""

    def __init__(self) -> None:
        self._check: asyncio.Future[str] | None = None
        self._checked_at = 0.0
        self._step = ""
        self._said = ""

    async def problem(self, ingest: Ingest | None) -> str:
        """Return in a word or two what keeps this process from keeping chunks, or an empty string. Never hangs."""
        if ingest is not None and ingest.is_closing:
            return "closing"
        if ingest is not None and ingest.conditions.is_full(time.monotonic()):
            return "store full"
        problem = await self._asked()
        if problem != self._said:
            self._said = problem
            logger.warning("ready" if not problem else "not ready: %s", *([problem] if problem else []))
        return problem

    async def _asked(self) -> str:
        is_old = self._check is None or (self._check.done() and time.monotonic() - self._checked_at > REMEMBER_S)
        if is_old:
            self._check = asyncio.get_running_loop().run_in_executor(_pool, self._ask)
            self._checked_at = time.monotonic()
        assert self._check is not None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.shield(self._check)
        except TimeoutError:
            return f"{self._step} slow"

    def _ask(self) -> str:
        try:
            self._step = "database"
            _ask_database()
            self._step = "store"
            open_store().check()
        except StoreFull:
            return "store full"
        except Exception as error:
            if self._step == "database":
                connection.close()
            return "store full" if is_full(error) else self._step
        finally:
            connection.close_if_unusable_or_obsolete()  # back to the pool: others wait for it
        return ""


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


readiness: Final = Readiness()
