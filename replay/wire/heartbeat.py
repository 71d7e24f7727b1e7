"""Whether a socket that nobody closed still lives, and how long an answer takes. Twin of recorder_js/src/wire/heartbeat.ts."""

from __future__ import annotations

from typing import Final

from replay.wire import limits

SILENCE_MS: Final = 30_000  # with bytes in flight and nothing heard
STALL_MS: Final = 120_000  # with bytes in flight and nothing acked, though the server talks
MOST_PATIENCE: Final = 16  # fold: on a slow road one chunk may take minutes, and giving up early would never end
PONG_MS: Final = 25_000  # after a ping


class Heartbeat:
    def __init__(self) -> None:
        self.every_ms: float = limits.HEARTBEAT_S * 1000
        self.rtt_ms: float | None = None  # the last that was measured
        self._heard_at = 0.0
        self._said_at = 0.0
        self._asked_at: float | None = None  # the first ping since anything was heard
        self._pinged_at = 0.0
        self._moved_at = 0.0  # the last ack that moved, or the first launch
        self._patience = 1  # doubles with every socket that is given up with bytes in flight
        self._is_suspect = False

    def begin(self, now: float) -> None:
        """The socket is open and the hello is said."""
        self._heard_at = self._said_at = self._pinged_at = self._moved_at = now
        self._asked_at = self.rtt_ms = None
        self._is_suspect = False

    def heard(self, now: float) -> None:
        self._heard_at = now
        self._asked_at = None

    def launched(self, now: float, is_first: bool) -> None:
        """Chunks went out; the silence that follows the first is counted from here."""
        self._said_at = now
        if is_first:
            self._heard_at = self._moved_at = now

    def moved(self, now: float) -> None:
        """An ack moved on."""
        self._moved_at = now
        self._patience = 1

    def answered(self, now: float, to_ms: float | None = None) -> None:
        """The answer to the hello, or to the ping of then."""
        to_ms = self._pinged_at if to_ms is None else to_ms
        if to_ms == self._pinged_at and now >= to_ms:
            self.rtt_ms = now - to_ms

    def pinged(self, now: float) -> None:
        self._said_at = self._pinged_at = now
        if self._asked_at is None:
            self._asked_at = now

    def is_ping_due(self, now: float) -> bool:
        return now - self._said_at >= self.every_ms

    def is_dead(self, now: float, is_in_flight: bool) -> bool:
        """Say so at the second look only: a page that wakes up looks at the clock before it hears what came meanwhile."""
        is_stuck = is_in_flight and (
            now - self._heard_at > SILENCE_MS * self._patience or now - self._moved_at > STALL_MS * self._patience
        )
        is_silent = is_stuck or (not is_in_flight and self._asked_at is not None and now - self._asked_at > PONG_MS)
        is_dead = is_silent and self._is_suspect
        self._is_suspect = is_silent
        if is_dead and is_stuck:
            self._patience = min(MOST_PATIENCE, 2 * self._patience)
        return is_dead
