"""Frames: one byte ``kind``, then JSON or a chunk (SPEC §1, §3)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from replay.wire import limits
from replay.wire.errors import ChunkRefused, Code, FrameRefused


class Kind(IntEnum):
    HELLO = 1
    WELCOME = 2
    CHUNK = 3
    ACK = 4
    NACK = 5
    GOAWAY = 6
    PING = 7
    PONG = 8
    WINDOW = 9


class Flag(IntFlag):
    FINAL = 1  # the page is going away
    SNAPSHOT = 2  # holds (the first part of) a full snapshot
    GAP = 4  # stands for bytes that will not come


NO_FLAG: Final = Flag(0)


class Codec(IntEnum):
    EMPTY = 0
    JSON = 1
    JSON_GZIP = 2
    JSON_ZSTD = 4  # only stored, only log
    COLUMNS = 16
    COLUMNS_GZIP = 17
    COLUMNS_ZSTD = 18  # only stored, only dom
    SEGMENTED = 254  # only in answers to readers: ask by segment from here on
    MISSING = 255  # only in answers to readers


LOG_CODECS: Final[frozenset[int]] = frozenset({Codec.EMPTY, Codec.JSON, Codec.JSON_GZIP})  # that a page may send
DOM_CODECS: Final[frozenset[int]] = LOG_CODECS | {Codec.COLUMNS, Codec.COLUMNS_GZIP}
_HEADER: Final = struct.Struct(">BBBB16s16sIHHIIIIIdddd")
HASHED_HEADER_BYTES: Final = _HEADER.size
HEADER_BYTES: Final = HASHED_HEADER_BYTES + 32
assert HEADER_BYTES == 128
LOCKED_SLICE_BYTES: Final = 2_047  # from 2,048 on hashlib lets Python's lock go
MOST_LOCKED_BYTES: Final = 65_536  # a larger frame is worth it


class ChunkHeader(Struct, frozen=True):
    """What a chunk says of itself; times are milliseconds on the stream clock unless named otherwise."""

    session: UUID
    stream: str  # 32 hex digits
    seq: int
    flags: Flag = NO_FLAG
    dom_codec: int = Codec.EMPTY
    log_codec: int = Codec.EMPTY
    part_index: int = 0
    part_count: int = 1
    dom_length: int = 0
    dom_raw_length: int = 0
    log_length: int = 0
    log_raw_length: int = 0
    dom_events: int = 0
    first_ms: float = 0.0
    last_ms: float = 0.0
    wall_ms: float = 0.0  # the page's wall clock when the chunk was cut
    mono_ms: float = 0.0
    hash: bytes = b""

    def hashed_bytes(self) -> bytes:
        """Return bytes 0…95 of the frame: those that the hash covers."""
        return _HEADER.pack(
            Kind.CHUNK,
            self.flags,
            self.dom_codec,
            self.log_codec,
            self.session.bytes,
            bytes.fromhex(self.stream),
            self.seq,
            self.part_index,
            self.part_count,
            self.dom_length,
            self.dom_raw_length,
            self.log_length,
            self.log_raw_length,
            self.dom_events,
            self.first_ms,
            self.last_ms,
            self.wall_ms,
            self.mono_ms,
        )


class Chunk(Struct, frozen=True, gc=False):
    """A numbered batch of events, as sent: what its header says, and the one copy of its bytes."""

    header: ChunkHeader
    frame: bytes  # header and both bodies

    @property
    def dom(self) -> bytes:
        return self.frame[HEADER_BYTES : HEADER_BYTES + self.header.dom_length]

    @property
    def log(self) -> bytes:
        return self.frame[HEADER_BYTES + self.header.dom_length :]

    def to_frame(self) -> bytes:
        """Return the chunk as the frame it came in, byte for byte."""
        return self.frame


def make_chunk(header: ChunkHeader, dom: bytes, log: bytes) -> Chunk:
    """Return the chunk with its lengths and hash filled in."""
    sized = replace(header, dom_length=len(dom), log_length=len(log))
    head = sized.hashed_bytes()
    digest = hashlib.sha256(head + dom + log).digest()
    return Chunk(replace(sized, hash=digest), head + digest + dom + log)


_FLAGS: Final = tuple(Flag(bits) for bits in range(256))


@lru_cache(maxsize=8_192)
def _session(data: bytes) -> UUID:
    return UUID(bytes=data)


def kind_of(frame: bytes) -> Kind:
    """Return the frame's kind, or refuse an empty frame and a kind that the protocol does not have."""
    try:
        return Kind(frame[0])
    except (IndexError, ValueError):
        raise FrameRefused(Code.BAD_FRAME, "unknown kind") from None


def parse_header(data: bytes) -> ChunkHeader:
    """Read the first 128 bytes of a chunk frame; only shape is checked."""
    if len(data) < HEADER_BYTES:
        raise FrameRefused(Code.BAD_FRAME, "shorter than a chunk's header")
    fields = _HEADER.unpack_from(data)
    if fields[0] != Kind.CHUNK:
        raise FrameRefused(Code.BAD_FRAME, "not a chunk")
    _, flags, dom_codec, log_codec, session, stream, seq, *sizes_and_times = fields
    sizes_and_times.append(bytes(data[HASHED_HEADER_BYTES:HEADER_BYTES]))
    return ChunkHeader(_session(session), stream.hex(), seq, _FLAGS[flags], dom_codec, log_codec, *sizes_and_times)


def parse_chunk(frame: bytes) -> Chunk:
    """Return the chunk that a frame holds, with its lengths, bounds and hash checked."""
    header = parse_header(frame)
    if len(frame) > limits.MAX_FRAME_BYTES:
        raise _refused(header, Code.FRAME_TOO_LARGE, f"{len(frame)} bytes")
    if len(frame) != HEADER_BYTES + header.dom_length + header.log_length:
        raise FrameRefused(Code.BAD_FRAME, "lengths do not add up")
    _check_header(header)
    if _hash(memoryview(frame)) != header.hash:
        raise _refused(header, Code.BAD_HASH)
    _check_body(header, DOM_CODECS, header.dom_codec, header.dom_length, header.dom_raw_length, limits.MAX_DOM_RAW_BYTES)
    _check_body(header, LOG_CODECS, header.log_codec, header.log_length, header.log_raw_length, limits.MAX_LOG_RAW_BYTES)
    return Chunk(header, bytes(frame))


def _hash(frame: memoryview) -> bytes:
    """Return what the header's hash should be.

    In slices so small that hashlib keeps Python's lock: to let it go and get it back costs a busy process more than the hash.
    """
    hasher = hashlib.sha256(frame[:HASHED_HEADER_BYTES])
    if len(frame) > MOST_LOCKED_BYTES:
        hasher.update(frame[HEADER_BYTES:])
        return hasher.digest()
    for at in range(HEADER_BYTES, len(frame), LOCKED_SLICE_BYTES):
        hasher.update(frame[at : at + LOCKED_SLICE_BYTES])
    return hasher.digest()


def _check_header(header: ChunkHeader) -> None:
    if not (_is_time(header.first_ms) and _is_time(header.last_ms) and _is_time(header.wall_ms) and _is_time(header.mono_ms)):
        raise FrameRefused(Code.BAD_FRAME, "a time is no time")
    if header.last_ms < header.first_ms:
        raise FrameRefused(Code.BAD_FRAME, "ends before it begins")
    if not (1 <= header.part_count <= limits.MAX_PARTS and header.part_index < header.part_count):
        raise FrameRefused(Code.BAD_FRAME, "parts do not add up")
    if header.part_index > header.seq:
        raise FrameRefused(Code.BAD_FRAME, "a part before the first seq")
    if header.flags and Flag.GAP in header.flags and header.dom_codec != Codec.EMPTY:
        raise FrameRefused(Code.BAD_FRAME, "a gap with a dom body")
    if header.dom_events > header.dom_raw_length:
        raise FrameRefused(Code.BAD_FRAME, "more events than bytes")


def _is_time(ms: float) -> bool:
    return -limits.MAX_TIME_MS <= ms <= limits.MAX_TIME_MS  # no comparison with NaN is true


def _check_body(header: ChunkHeader, known: frozenset[int], codec: int, length: int, raw_length: int, most: int) -> None:
    """Refuse a body by what its header says, before a byte of it is opened."""
    if codec not in known:
        raise _refused(header, Code.BAD_CODEC, f"codec {codec}")
    if codec == Codec.EMPTY and (length or raw_length):
        raise _refused(header, Code.BAD_CODEC, "an empty body with a length")
    if codec != Codec.EMPTY and not (length and raw_length):
        raise _refused(header, Code.BAD_CODEC, "a body without a length")
    if codec in (Codec.JSON, Codec.COLUMNS) and length != raw_length:
        raise _refused(header, Code.BAD_CODEC, "two lengths for the same bytes")
    if raw_length > most:
        raise _refused(header, Code.INFLATED_TOO_LARGE, f"{raw_length} bytes")
    if raw_length > limits.RATIO_FREE_BYTES and raw_length > length * limits.MAX_RATIO:
        raise _refused(header, Code.INFLATED_TOO_LARGE, "compressed too well to be honest")


def _refused(header: ChunkHeader, code: Code, detail: str = "") -> ChunkRefused:
    return ChunkRefused(code, detail, stream=header.stream, seq=header.seq)


def join_frames(frames: Iterable[bytes]) -> bytes:
    """Return frames, each behind its length: the body of a beacon and of its answer.

    >>> join_frames([b"ab", b"c"]).hex()
    '0000000261620000000163'
    """
    return b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)


def split_frames(
    body: bytes, *, most_bytes: int = limits.MAX_BEACON_BYTES, most_frames: int = limits.MAX_BEACON_FRAMES
) -> list[bytes]:
    """Return the frames of a beacon's body, or refuse it.

    >>> split_frames(bytes.fromhex("0000000261620000000163"))
    [b'ab', b'c']
    """
    if len(body) > most_bytes:
        raise FrameRefused(Code.TOO_MANY, "beacon too large")
    frames: list[bytes] = []
    at = 0
    while at < len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        frame = body[at + 4 : at + 4 + length]
        if at + 4 > len(body) or len(frame) != length:
            raise FrameRefused(Code.BAD_FRAME, "a frame is cut short")
        if len(frames) == most_frames:
            raise FrameRefused(Code.TOO_MANY, "frames in one beacon")
        frames.append(frame)
        at += 4 + length
    return frames
