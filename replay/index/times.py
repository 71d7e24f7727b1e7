"""Times between the tables (aware UTC) and those who ask (epoch milliseconds, server clock)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> float:
    """Return an aware time as epoch milliseconds.

    >>> to_ms(datetime(2026, 1, 1, tzinfo=UTC))
    1767225600000.0
    """
    return (at - EPOCH) / timedelta(milliseconds=1)


def to_micros(at: datetime) -> int:
    """Return an aware time as whole epoch microseconds, in which the tables count: nothing is lost.

    >>> to_micros(datetime(1970, 1, 1, 0, 0, 1, 7, tzinfo=UTC))
    1000007
    """
    return (at - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Return the time of so many epoch microseconds; raise OverflowError outside of the calendar.

    >>> from_micros(1000007).isoformat()
    '1970-01-01T00:00:01.000007+00:00'
    """
    return EPOCH + timedelta(microseconds=micros)
