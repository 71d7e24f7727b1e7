"""When to try again, and by which road: sockets, or POSTs where those fail. Twin of recorder_js/src/wire/road.ts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from replay.wire.backoff import Backoff

SOCKETS_BEFORE_POST: Final = 2
SOCKET_AGAIN_MS: Final = 30_000  # while posting
AFTER_MOST_MS: Final = 3_600_000  # a page does not stay away longer, whatever it is told


class Road:
    def __init__(self, random: Callable[[], float]) -> None:
        self.has_worked = False  # a socket did: when one fails, it is the server, not the road
        self._backoff = Backoff(random)
        self._failed_sockets = 0  # in a row
        self._wake_at = 0.0
        self._not_before = 0.0  # the server's word: nothing makes us hurry
        self._socket_again_at = 0.0
        self._is_answered = False  # this socket took chunks, or refused some

    def is_awake(self, now: float) -> bool:
        return now >= self._wake_at

    def is_for_posts(self, now: float) -> bool:
        return self._failed_sockets >= SOCKETS_BEFORE_POST and now < self._socket_again_at

    def is_socket_due(self, now: float) -> bool:
        """While posting."""
        return self.is_awake(now) and now >= self._socket_again_at

    def opens(self) -> None:
        self._is_answered = False

    def greeted(self) -> None:
        self._wake_at = 0.0

    def answered(self) -> None:
        """Chunks on a socket were acked or refused: it is good for more than hellos."""
        if self._is_answered:
            return
        self._is_answered = self.has_worked = True
        self._failed_sockets = 0

    def lost(self, now: float, is_idle: bool) -> None:
        """A socket that took chunks and never said a word about them is no better than one that never opened."""
        if is_idle or self._is_answered:
            return
        self._failed_sockets += 1
        self._socket_again_at = now + SOCKET_AGAIN_MS

    def acked(self, now: float) -> None:
        self._backoff.good(now)

    def sent_away(self, now: float, after_ms: float) -> None:
        self._not_before = now + min(after_ms, AFTER_MOST_MS)
        self.wait(now)

    def wait(self, now: float) -> None:
        self._wake_at = max(now, self._not_before) + self._backoff.next()

    def delay(self, now: float) -> None:
        """Once for all that was refused together."""
        if self.is_awake(now):
            self.wait(now)

    def hurry(self, now: float) -> None:
        self._wake_at = max(now, self._not_before)
