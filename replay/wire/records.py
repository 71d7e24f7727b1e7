"""What readers get: bodies of chunks, one record after the other (SPEC §7)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from replay.wire.errors import Code, FrameRefused
from replay.wire.frames import Codec

MEDIA_TYPE: Final = "application/vnd.playhead.chunks"
_RECORD: Final = struct.Struct(">IBBHHHII")
RECORD_HEADER_BYTES: Final = _RECORD.size
assert RECORD_HEADER_BYTES == 20


@dataclass(frozen=True, slots=True)
class Record:
    """One body of one chunk; ``codec`` 255 and an empty body where the bytes are missing, 254 where a segment has them."""

    seq: int
    codec: int
    flags: int
    part_index: int
    part_count: int
    raw_length: int
    body: bytes

    def to_bytes(self) -> bytes:
        fields = (self.seq, self.codec, self.flags, self.part_index, self.part_count, 0, self.raw_length, len(self.body))
        return _RECORD.pack(*fields) + self.body


def missing(seq: int, flags: int = 0) -> Record:
    """Return the record that says: these bytes are not there.

    >>> missing(7).to_bytes().hex()
    '00000007ff000000000100000000000000000000'
    """
    return Record(seq, Codec.MISSING, flags, 0, 1, 0, b"")


def segmented(seq: int) -> Record:
    """Return the record that says: from here on, ask by segment; the manifest names them.

    >>> segmented(7).to_bytes().hex()
    '00000007fe000000000100000000000000000000'
    """
    return Record(seq, Codec.SEGMENTED, 0, 0, 1, 0, b"")


def parse_records(data: bytes) -> Iterator[Record]:
    """Yield the records of an answer."""
    at = 0
    while at < len(data):
        if at + RECORD_HEADER_BYTES > len(data):
            raise FrameRefused(Code.BAD_FRAME, "a record is cut short")
        seq, codec, flags, part_index, part_count, _, raw_length, length = _RECORD.unpack_from(data, at)
        at += RECORD_HEADER_BYTES
        body = data[at : at + length]
        if len(body) != length:
            raise FrameRefused(Code.BAD_FRAME, "a record is cut short")
        yield Record(seq, codec, flags, part_index, part_count, raw_length, body)
        at += length
