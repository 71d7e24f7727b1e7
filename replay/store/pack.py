"""The pack: one object that holds many sessions' fresh chunks, and can be read with nothing else at hand.

"PHPK" · version u8 · 3 zero bytes
chunk frames as they came, one after the other     (so a body is a range: the frame's offset, and its header's lengths)
index: zstd of a JSON array of [project, offset, length]
index length u32 · number of frames u32 · "KPHP"
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

import msgspec
import zstandard

_HEAD: Final = b"PHPK\x01\x00\x00\x00"
_TAIL: Final = struct.Struct(">II4s")
_END: Final = b"KPHP"
_MAX_INDEX_BYTES: Final = 16 * 1024 * 1024


class BadPack(ValueError):
    """These bytes are no pack of a version known here."""


def build(frames: Iterable[tuple[str, bytes]]) -> tuple[bytes, list[int]]:
    """Return the pack of (project's public id, chunk frame), and the offset of each frame.

    >>> data, offsets = build([("shop", b"abc"), ("blog", b"de")])
    >>> offsets, data[offsets[1] : offsets[1] + 2]
    ([8, 11], b'de')
    >>> read(data)
    [('shop', b'abc'), ('blog', b'de')]
    """
    parts = [_HEAD]
    at = len(_HEAD)
    index: list[tuple[str, int, int]] = []
    for project, frame in frames:
        index.append((project, at, len(frame)))
        parts.append(frame)
        at += len(frame)
    packed = zstandard.ZstdCompressor(level=3).compress(msgspec.json.encode(index))
    parts += [packed, _TAIL.pack(len(packed), len(index), _END)]
    return b"".join(parts), [offset for _, offset, _ in index]


def read(data: bytes) -> list[tuple[str, bytes]]:
    """Return every (project, chunk frame) of a pack."""
    if len(data) < len(_HEAD) + _TAIL.size or not data.startswith(_HEAD):
        raise BadPack("no head")
    index_length, count, end = _TAIL.unpack_from(data, len(data) - _TAIL.size)
    index_at = len(data) - _TAIL.size - index_length
    if end != _END or index_at < len(_HEAD):
        raise BadPack("no tail")
    index = _read_index(data[index_at : index_at + index_length])
    if len(index) != count or any(not len(_HEAD) <= at <= at + length <= index_at for _, at, length in index):
        raise BadPack("the index does not fit")
    return [(project, data[at : at + length]) for project, at, length in index]


def _read_index(packed: bytes) -> list[tuple[str, int, int]]:
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:  # never more than it is asked for
            raw = reader.read(_MAX_INDEX_BYTES)
        return msgspec.json.decode(raw, type=list[tuple[str, int, int]])
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise BadPack("no index") from error
