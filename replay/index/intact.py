"""Whether bytes from the store are still those that a page sent: a disk or a wire may turn a bit, and nobody would know.

A chunk's row holds the SHA-256 of its frame, and a pack holds whole frames. So a body is read with its frame, and the frame
is proven. One exception: a ``log`` beside a large ``dom`` is read alone, and proven by its own gzip checksum.
"""

from __future__ import annotations

import hashlib
from typing import Final

from replay.wire.codec import inflate
from replay.wire.errors import ChunkRefused
from replay.wire.frames import HASHED_HEADER_BYTES, HEADER_BYTES, Codec

MOST_DOM_BESIDE_LOG: Final = 16 * 1024  # bytes: more is not worth reading to prove a log


def reads_whole_frame(body: str, codec: int, dom_length: int) -> bool:
    """Say whether a body is read with its whole frame.

    >>> reads_whole_frame("dom", Codec.JSON_GZIP, 500_000), reads_whole_frame("log", Codec.JSON_GZIP, 500_000)
    (True, False)
    """
    return body == "dom" or codec != Codec.JSON_GZIP or dom_length <= MOST_DOM_BESIDE_LOG


def is_frame_intact(frame: bytes, digest: bytes) -> bool:
    """Say whether a frame has the hash that its row was given when it came."""
    told = hashlib.sha256(memoryview(frame)[:HASHED_HEADER_BYTES])
    told.update(memoryview(frame)[HEADER_BYTES:])
    return told.digest() == digest


def is_log_intact(codec: int, log: bytes, raw_length: int) -> bool:
    """Say whether a log body opens, with its checksum, to the length that it had."""
    try:
        inflate(codec, log, raw_length)
    except ChunkRefused:
        return False
    return True
