"""Sees to it that a process which was told to end is gone in time, whatever hangs."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any, Final

logger = logging.getLogger(__name__)

GONE_WITHIN_S: Final = 19  # from the signal; whoever runs us waits 20 s or more


def end_in_time(within_s: float = GONE_WITHIN_S) -> None:
    """End this process so many seconds from now, even where its event loop, its disk or its database hangs."""
    threading.Thread(target=_end_later, args=(within_s,), name="playhead-end", daemon=True).start()


def _end_later(within_s: float) -> None:
    time.sleep(within_s)
    logger.error("ended by force: something hung for %d s", within_s)
    leave(1)


def leave(code: int) -> None:
    """End this process now: Python itself would wait for threads, one of which may hang on a database for ever."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


def hear_first(farewell: Callable[[], Awaitable[None]]) -> None:
    """On a server that closes sockets before it tells the application (uvicorn): say our farewell first.

    Its handlers of SIGTERM and SIGINT are called as soon as the farewell is said. Called in its event loop.
    """
    import asyncio

    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def replace(number: signal.Signals) -> None:
        theirs = signal.getsignal(number)
        if not callable(theirs):
            return

        async def close(frame: FrameType | None) -> None:
            try:
                await farewell()
            finally:
                theirs(number, frame)

        def start(frame: FrameType | None) -> None:
            if not tasks:
                end_in_time()
            task = loop.create_task(close(frame))
            tasks.add(task)

        def hear(_number: int, frame: FrameType | None) -> Any:
            loop.call_soon_threadsafe(start, frame)

        signal.signal(number, hear)

    for number in (signal.SIGTERM, signal.SIGINT):
        replace(number)
