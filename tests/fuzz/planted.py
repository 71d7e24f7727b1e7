"""Targets that are wrong on purpose: a fuzzer that does not find them proves nothing by finding nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from replay.wire.frames import HASHED_HEADER_BYTES, Kind


def crash(data: bytes) -> None:
    """A reader that forgets to ask how long a frame is."""
    if data[:1] == bytes((Kind.CHUNK,)):
        assert data[HASHED_HEADER_BYTES] >= 0


def hang(data: bytes) -> None:
    """A reader that waits for what it was promised, and does not come."""
    if data[:1] == b"[":
        time.sleep(60)


def swell(data: bytes) -> None:
    """A reader that makes room for what is claimed, up to a gigabyte."""
    claimed = data[0] << 22 if data else 0
    room = b"\x01" * claimed
    assert len(room) == claimed


PLANTED: Final[dict[str, Callable[[bytes], None]]] = {"planted_crash": crash, "planted_hang": hang, "planted_swell": swell}
