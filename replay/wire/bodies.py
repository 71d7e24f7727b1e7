"""Bodies to events and back, by codec id (SPEC §3, §8): for readers, the worker and interchange.

Bytes in, events out, within a bound, or ``BadBody``. Ingest does not come here: it leaves ``dom`` closed (``codec.py``).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import zstandard

from replay.wire import columns, documents, limits
from replay.wire.frames import Codec

_GZIP: Final = 16 + zlib.MAX_WBITS
_JSON: Final = (Codec.JSON, Codec.JSON_GZIP, Codec.JSON_ZSTD)
_COLUMNS: Final = (Codec.COLUMNS, Codec.COLUMNS_GZIP, Codec.COLUMNS_ZSTD)
_MAX_WINDOW_BYTES: Final = 8 * limits.MIB  # what browsers take of Content-Encoding: zstd


class BadBody(ValueError):
    """A body that does not open, or not within its bound. Says what is wrong, never what it holds."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it is stored."""

    codec: int
    raw_length: int  # bytes of the document
    data: bytes


def decode_dom(codec: int, pieces: Sequence[bytes], *, most_bytes: int = limits.MAX_EVENT_RAW_BYTES) -> list[Any]:
    """Return the events of a ``dom`` body, of which ``pieces`` are the parts in order.

    ``most_bytes`` bounds the document and what it expands to.
    """
    document = _open(codec, pieces, most_bytes)
    if not document:
        return []
    if codec not in _COLUMNS:
        return _events(document)
    try:
        return columns.decode(document, most_bytes=most_bytes)
    except columns.BadColumns as error:
        raise BadBody(str(error)) from error


def encode_dom(events: Sequence[Any], *, level: int = 9) -> Body:
    """Return the events as a stored ``dom`` body. Raises BadBody for what JSON cannot say."""
    try:
        document = columns.encode(events)
    except columns.BadColumns as error:
        raise BadBody(str(error)) from error
    return _stored(Codec.COLUMNS_ZSTD, document, level)


def open_document(codec: int, body: bytes, *, most_bytes: int = limits.MAX_EVENT_RAW_BYTES) -> bytes:
    """Return the document of a body as it is before compression."""
    return _open(codec, [body], most_bytes)


def decode_log(codec: int, body: bytes, *, most_bytes: int = limits.MAX_EVENT_RAW_BYTES) -> list[Any]:
    """Return the events of a ``log`` body."""
    if codec in _COLUMNS:
        raise BadBody(f"a log of codec {codec}")
    document = _open(codec, [body], most_bytes)
    return _events(document) if document else []


def encode_log(events: Sequence[Any], *, level: int = 9) -> Body:
    """Return the events as a stored ``log`` body. Raises BadBody for what JSON cannot say."""
    try:
        document = documents.write(list(events))
    except documents.BadDocument as error:
        raise BadBody(str(error)) from error
    return _stored(Codec.JSON_ZSTD, document, level)


def _stored(codec: Codec, document: bytes, level: int) -> Body:
    return Body(codec, len(document), zstandard.ZstdCompressor(level=level).compress(document))


def _events(document: bytes) -> list[Any]:
    try:
        events = documents.read(document)
    except documents.BadDocument as error:
        raise BadBody(str(error)) from error
    if not isinstance(events, list):
        raise BadBody("no array")
    return events


def _open(codec: int, pieces: Sequence[bytes], most_bytes: int) -> bytes:
    """Return the document that the pieces hold."""
    if codec == Codec.EMPTY:
        return b""
    opened: list[bytes] = []
    room = most_bytes
    for piece in pieces:
        opened.append(_inflate(codec, piece, room))
        room -= len(opened[-1])
        if room < 0:
            raise BadBody("too large")
    return b"".join(opened)


def _inflate(codec: int, piece: bytes, most_bytes: int) -> bytes:
    """Return what a piece holds, or at most one byte more than ``most_bytes`` of it."""
    if codec in (Codec.JSON, Codec.COLUMNS):
        return piece
    if codec in (Codec.JSON_GZIP, Codec.COLUMNS_GZIP):
        return _gunzip(piece, most_bytes)
    if codec in (Codec.JSON_ZSTD, Codec.COLUMNS_ZSTD):
        return _unzstd(piece, most_bytes)
    raise BadBody(f"codec {codec}")


def _gunzip(piece: bytes, most_bytes: int) -> bytes:
    inflater = zlib.decompressobj(_GZIP)
    try:
        raw = inflater.decompress(piece, most_bytes + 1)
    except zlib.error as error:
        raise BadBody("damaged") from error
    if len(raw) <= most_bytes and (not inflater.eof or inflater.unused_data):
        raise BadBody("cut short, or followed by something")
    return raw


def _unzstd(piece: bytes, most_bytes: int) -> bytes:
    try:
        size = zstandard.frame_content_size(piece)
        if size < 0 or size > most_bytes:
            raise BadBody("too large, or of no known size")
        opener = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        return opener.decompress(piece, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadBody("damaged") from error
