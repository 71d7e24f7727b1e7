"""Stored bytes in the encoding that the asker reads: as they are where they can be, which costs nothing."""

from __future__ import annotations

from django.http import HttpRequest

from replay.wire.bodies import open_document
from replay.wire.codec import deflate
from replay.wire.frames import Codec

_STORED_AS = {
    Codec.JSON_GZIP: "gzip",
    Codec.COLUMNS_GZIP: "gzip",
    Codec.JSON_ZSTD: "zstd",
    Codec.COLUMNS_ZSTD: "zstd",
}
_COLUMNS = (Codec.COLUMNS, Codec.COLUMNS_GZIP, Codec.COLUMNS_ZSTD)
JSON_TYPE = "application/json"
COLUMNS_TYPE = "application/vnd.playhead.columns"


def encoding_for(request: HttpRequest, codec: int) -> str:
    """Return the content coding in which a stored body goes out; empty for none."""
    stored = _STORED_AS.get(Codec(codec), "")
    accepted = _accepted(request.headers.get("Accept-Encoding", ""))
    if stored in accepted:
        return stored
    return "gzip" if stored and "gzip" in accepted else ""


def encoded(codec: int, body: bytes, encoding: str) -> bytes:
    """Return a stored body in a coding that ``encoding_for`` gave; raise BadBody where it does not open."""
    if encoding == _STORED_AS.get(Codec(codec), ""):
        return body or b"[]"
    document = open_document(codec, body)
    return deflate(document) if encoding else document


def media_type(codec: int) -> str:
    """Return what kind of document a stored body is."""
    return COLUMNS_TYPE if codec in _COLUMNS else JSON_TYPE


def _accepted(header: str) -> set[str]:
    """Return the codings that a header names and does not refuse.

    >>> sorted(_accepted("gzip;q=0.8, zstd , br;q=0"))
    ['gzip', 'zstd']
    """
    accepted = set()
    for part in header.lower().split(",")[:20]:
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip())
    return accepted - {""}
