"""Chunk frames of 8 KiB, masked and ready for the socket, cheap to make by the thousand.

The log bodies are those of a recorded visit (``logs.json``): every page begins somewhere in it and goes round. Of 18
chunks in a row, three hold a page load (20 to 23 requests, a navigation), two more hold clicks, one is empty, and the other
twelve count activity. Ids and times are set anew, so that nothing repeats within a stream. The dom body is random bytes: to
ingest it is opaque, and no compressor gains on it. Bodies are made
and masked once, and shared by all pages.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import time
from dataclasses import dataclass
from typing import Final

from bench.lib.record_logs import load
from replay.wire.frames import HASHED_HEADER_BYTES, HEADER_BYTES, ChunkHeader, Codec
from tests.pages_say import PageStream

CHUNK_BYTES: Final = 8 * 1024  # of a frame, header and both bodies
MASK: Final = bytes.fromhex("a5c3f10e")  # what a browser draws for every message; one will do here
AHEAD_S: Final = 3_600  # the pages have so long a past to send, a second a chunk
DOM_RATIO: Final = 8  # as compressed as rrweb's events are
_WIDE_MASK: Final = int.from_bytes(MASK * (CHUNK_BYTES // 4), "big")
_LOGS: Final = load()
_random: Final = random.Random(8_192)


@dataclass(frozen=True, slots=True)
class Body:
    """Both bodies of a chunk, and what its header says of them."""

    plain: bytes
    masked: bytes
    dom_length: int
    log_length: int
    log_raw_length: int
    first_ms: float
    last_ms: float


_bodies: dict[int, Body] = {}
_began_ms: Final = (time.time() - AHEAD_S) * 1_000


def masked(data: bytes) -> bytes:
    """Return bytes under the mask; their place in the message is a multiple of four.

    >>> masked(masked(b"chunk")) == b"chunk"
    True
    """
    wide = _WIDE_MASK >> 8 * (CHUNK_BYTES - len(data)) if len(data) <= CHUNK_BYTES else _wide(len(data))
    return (int.from_bytes(data, "big") ^ wide).to_bytes(len(data), "big")


def _wide(length: int) -> int:
    return int.from_bytes((MASK * (length // 4 + 1))[:length], "big")


def message(payload: bytes, opcode: int = 2) -> bytes:
    """Return a WebSocket message as a page sends it."""
    return message_head(len(payload), opcode) + masked(payload)


def message_head(length: int, opcode: int = 2) -> bytes:
    """Return what stands before the payload of a message of that length."""
    first = bytes((0x80 | opcode,))
    if length < 126:
        return first + bytes((0x80 | length,)) + MASK
    if length < 65_536:
        return first + b"\xfe" + length.to_bytes(2, "big") + MASK
    return first + b"\xff" + length.to_bytes(8, "big") + MASK


_HEAD: Final = message_head(CHUNK_BYTES)


def body(number: int) -> Body:
    """Return the bodies of second ``number`` of everybody's past."""
    if number not in _bodies:
        _bodies[number] = _make(number)
    return _bodies[number]


def _make(number: int) -> Body:
    at_ms = _began_ms + number * 1_000
    events = [dict(event) for event in _LOGS[number % len(_LOGS)]]
    first = min((event["t"] for event in events), default=0)
    for place, event in enumerate(events):
        event["id"] = f"{number:x}.{place:x}"
        event["t"] = at_ms + min(event["t"] - first, 999)
    raw = json.dumps(events, separators=(",", ":"), ensure_ascii=False).encode() if events else b""
    log = gzip.compress(raw, 6, mtime=0) if raw else b""
    dom = _random.randbytes(CHUNK_BYTES - HEADER_BYTES - len(log))
    return Body(dom + log, masked(dom + log), len(dom), len(log), len(raw), at_ms, at_ms + 999)


def chunk_parts(page: PageStream, seq: int, phase: int) -> tuple[bytes, bytes]:
    """Return the message of a chunk in two parts, head and body; the second is shared."""
    its = body(phase + seq)
    header = ChunkHeader(
        page.session,
        page.stream,
        seq,
        dom_codec=Codec.JSON_GZIP,
        log_codec=Codec.JSON_GZIP if its.log_length else Codec.EMPTY,
        dom_length=its.dom_length,
        dom_raw_length=its.dom_length * DOM_RATIO,
        log_length=its.log_length,
        log_raw_length=its.log_raw_length,
        dom_events=20,
        first_ms=its.first_ms,
        last_ms=its.last_ms,
        wall_ms=its.last_ms,
        mono_ms=seq * 1_000.0,
    ).hashed_bytes()
    assert len(header) == HASHED_HEADER_BYTES
    return _HEAD + masked(header + hashlib.sha256(header + its.plain).digest()), its.masked


def hash_of(page: PageStream, seq: int, phase: int) -> str:
    """Return the hash under which a chunk must be kept."""
    head, _ = chunk_parts(page, seq, phase)
    return masked(head[len(_HEAD) :])[HASHED_HEADER_BYTES:].hex()
