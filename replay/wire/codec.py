"""Bodies: opened within bounds, whatever they claim (SPEC §3, §6)."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from replay.wire.errors import ChunkRefused, Code
from replay.wire.frames import Codec

_GZIP: Final = 16 + zlib.MAX_WBITS


def inflate(codec: int, body: bytes, raw_length: int) -> bytes:
    """Return the raw bytes of a body that says it holds ``raw_length`` of them.

    At most one byte more than that is ever made. Refused: ``bad_codec`` for what is damaged, cut short, or followed by
    more; ``inflated_too_large`` for what holds more than it says.
    """
    if codec == Codec.EMPTY:
        return b""
    if codec in (Codec.JSON, Codec.COLUMNS):
        return body
    if codec not in (Codec.JSON_GZIP, Codec.COLUMNS_GZIP):
        raise ChunkRefused(Code.BAD_CODEC, f"codec {codec}")
    inflater = zlib.decompressobj(_GZIP)
    try:
        raw = inflater.decompress(body, raw_length + 1)
    except zlib.error as error:
        raise ChunkRefused(Code.BAD_CODEC, "damaged") from error
    if len(raw) > raw_length:
        raise ChunkRefused(Code.INFLATED_TOO_LARGE, "holds more than it says")
    if not inflater.eof:
        raise ChunkRefused(Code.BAD_CODEC, "cut short")
    if inflater.unused_data:
        raise ChunkRefused(Code.BAD_CODEC, "something follows the body")
    if len(raw) != raw_length:
        raise ChunkRefused(Code.BAD_CODEC, "holds less than it says")
    return raw


def deflate(raw: bytes) -> bytes:
    """Return the bytes as a gzip body; always the same bytes for the same input."""
    return gzip.compress(raw, compresslevel=6, mtime=0)
