"""How many bytes wait between the network and the application: of each socket, and of all together. Knows no network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

PAUSE_BYTES: Final = 1024 * 1024  # that wait for the application, of one socket
RESUME_BYTES: Final = PAUSE_BYTES // 2
FAIR_BYTES: Final = 64 * 1024  # of one socket, which nobody is denied however tight it is
LEAST_BYTES: Final = 512  # that the smallest message takes: it is a dict with its strings
EASED_SHARE: Final = 0.75  # of the limit, at which those who were stopped read on


class Intake:
    """What all sockets of a process hold that the application has not taken yet."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self.is_tight = False
        self._stopped: set[Inbox] = set()

    def add(self, size_bytes: int) -> None:
        """Count bytes in, or (negative) out."""
        self.size_bytes += size_bytes
        if self.size_bytes > self.limit_bytes:
            self.is_tight = True
        elif self.is_tight and self.size_bytes <= self.limit_bytes * EASED_SHARE:
            self.is_tight = False
            for inbox in list(self._stopped):
                inbox.reconsider()

    def stopped(self, inbox: Inbox, is_stopped: bool) -> None:
        """Remember who waits for others to be served."""
        (self._stopped.add if is_stopped else self._stopped.discard)(inbox)


class Inbox(asyncio.Queue[dict[str, Any]]):
    """The application's inbox for one connection: stops the reading while too much waits in it."""

    def __init__(self, intake: Intake) -> None:
        super().__init__()
        self._intake = intake
        self._is_paused = False
        self._is_over = False
        self._is_unheard = False
        self.queued_bytes = 0
        self.partial_bytes = 0  # of a message that has not come whole
        self.pause: Callable[[], None] | None = None
        self.resume: Callable[[], None] | None = None

    def put_nowait(self, item: dict[str, Any]) -> None:
        if self._is_over:
            return  # a page that was sent away, and does not stop
        super().put_nowait(item)
        self._queue_more(_size(item))

    async def get(self) -> dict[str, Any]:
        item = await super().get()
        self._queue_more(-_size(item))
        return item

    def note_partial(self, size_bytes: int) -> None:
        """Note how much of a message came that is not whole yet."""
        if size_bytes != self.partial_bytes and not self._is_over:
            more, self.partial_bytes = size_bytes - self.partial_bytes, size_bytes
            self._intake.add(more)
            self.reconsider()

    def note_unheard(self, is_unheard: bool) -> None:
        """Note whether the other end leaves lying what we say: it is heard no further than it hears."""
        self._is_unheard = is_unheard
        self.reconsider()

    def disconnect(self) -> None:
        """Forget the connection: there is nothing more to read, and nothing to stop."""
        self.note_partial(0)
        self.pause = self.resume = None
        self._intake.stopped(self, False)

    def end(self) -> None:
        """Give back what the application will not take any more: it has ended."""
        self.disconnect()
        self._is_over = True
        self._intake.add(-self.queued_bytes)
        while not self.empty():
            self.get_nowait()

    def reconsider(self) -> None:
        """Stop or go on reading, as the bytes at hand say."""
        if self.pause is None or self.resume is None:
            return
        if self._is_paused == self._should_pause():
            return
        self._is_paused = not self._is_paused
        self._intake.stopped(self, self._is_paused)
        (self.pause if self._is_paused else self.resume)()

    def _should_pause(self) -> bool:
        bound = RESUME_BYTES if self._is_paused else PAUSE_BYTES
        return (
            self._is_unheard
            or self.queued_bytes > bound
            or (self._intake.is_tight and self.queued_bytes + self.partial_bytes > FAIR_BYTES)
        )

    def _queue_more(self, size_bytes: int) -> None:
        if self._is_over:
            return
        self.queued_bytes += size_bytes
        self._intake.add(size_bytes)
        self.reconsider()


def _size(message: dict[str, Any]) -> int:
    return max(len(message.get("bytes") or message.get("text") or message.get("body") or b""), LEAST_BYTES)
