"""Fuzzed: the readers of what comes first. A reader may refuse with a coded ``WireError`` and in no other way."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable
from typing import Final

from replay.wire import frames, limits, messages, records
from replay.wire.errors import REFUSALS, ChunkRefused, FrameRefused
from replay.wire.frames import HASHED_HEADER_BYTES, HEADER_BYTES, Chunk, Kind
from tests.fuzz.choices import Choices

SESSION: Final = bytes.fromhex("0190f3a8c0de7000800000000000beef")
STREAM: Final = bytes(range(16))


def frame(data: bytes) -> None:
    """The readers of what comes first: kinds, headers, hellos, beacons, records."""
    choices = Choices(data)
    readers: tuple[Callable[[bytes], object], ...] = (
        _chunk,
        lambda frame: _chunk(mended(frame)),
        lambda frame: _chunk(mended(sized(frame))),
        _beacon,
        _hello,
        lambda frame: list(records.parse_records(frame)),
    )
    read = choices.one_of(readers)
    try:
        read(choices.rest())
    except ChunkRefused as refused:
        assert len(refused.stream) == 32, "it is not said whose chunk"
        assert not REFUSALS[refused.code].ends, "one chunk ends the conversation"
    except FrameRefused as refused:
        assert REFUSALS[refused.code].ends, "a nack without a chunk"


def mended(frame: bytes) -> bytes:
    """Return a frame that is a chunk, and whose hash is right."""
    if len(frame) < HEADER_BYTES:
        return frame
    head = bytes((Kind.CHUNK,)) + frame[1:HASHED_HEADER_BYTES]
    body = frame[HEADER_BYTES:]
    return head + hashlib.sha256(head + body).digest() + body


def sized(frame: bytes) -> bytes:
    """Return a frame whose lengths add up, and whose times are times, most of the time."""
    if len(frame) < HEADER_BYTES:
        frame = frame + bytes(HEADER_BYTES - len(frame))
    choices = Choices(frame[HASHED_HEADER_BYTES:HEADER_BYTES])
    body = frame[HEADER_BYTES:]
    log_length = choices.byte() % (len(body) + 1)
    lengths = (len(body) - log_length, choices.number(3), log_length, choices.number(3), choices.byte())
    first = float(choices.number())
    times = (first, first + choices.byte(), choices.one_of((0.0, math.nan, math.inf, 8.64e15, -8.65e15)), 0.0)
    flags = bytes((3, choices.byte() % 16, choices.byte() % 5, choices.byte() % 5))
    place = struct.pack(">IHH", choices.byte(), choices.byte() % 3, choices.byte() % 4)
    return flags + SESSION + STREAM + place + struct.pack(">IIIIIdddd", *lengths, *times) + bytes(32) + body


def _chunk(frame: bytes) -> Chunk:
    chunk = frames.parse_chunk(frame)
    header = chunk.header
    assert chunk.to_frame() == frame, "a frame that is not what it was"
    assert header.hashed_bytes() == frame[:HASHED_HEADER_BYTES]
    assert hashlib.sha256(frame[:HASHED_HEADER_BYTES] + frame[HEADER_BYTES:]).digest() == header.hash
    assert len(chunk.dom) == header.dom_length, "a body of another length"
    assert len(chunk.log) == header.log_length, "a body of another length"
    assert header.dom_raw_length <= limits.MAX_DOM_RAW_BYTES
    assert header.log_raw_length <= limits.MAX_LOG_RAW_BYTES
    assert 0 <= header.part_index < header.part_count <= limits.MAX_PARTS
    assert -limits.MAX_TIME_MS <= header.first_ms <= header.last_ms <= limits.MAX_TIME_MS
    return chunk


def _beacon(body: bytes) -> None:
    said = frames.split_frames(body)
    assert len(said) <= limits.MAX_BEACON_FRAMES
    assert frames.join_frames(said) == body


def _hello(frame: bytes) -> None:
    hello = messages.parse_hello(bytes((Kind.HELLO,)) + frame)
    again = messages.parse_hello(messages.to_frame(hello))
    assert again == hello, "a hello that is not what it was"
    assert abs(hello.client_ms) <= limits.MAX_TIME_MS
