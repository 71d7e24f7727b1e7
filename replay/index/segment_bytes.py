"""The bytes of a segment, as readers get them: one body, proven by its hash (SPEC §7)."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

from replay.index.errors import MissingBytes, NotFound
from replay.index.models import Segment, Stream
from replay.index.read import Body
from replay.store.base import BlobStore
from replay.store.base import NotFound as BlobNotFound

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Range:
    """Where one body of a segment lies, and what it must be."""

    key: str
    offset: int
    length: int
    codec: int
    hash: bytes  # SHA-256 of the bytes as stored


def find_range(stream: Stream, first_seq: int, body: Body) -> Range:
    """Return where a body of the segment that begins at ``first_seq`` lies; raise NotFound."""
    segments = Segment.objects.filter(
        project_id=stream.project_id, session_id=stream.session_id, stream=stream, first_seq=first_seq
    )
    columns = [f"{body}_{column}" for column in ("offset", "length", "codec", "hash")]
    found = segments.values_list("volume__key", *columns).first()
    if found is None:
        raise NotFound(f"{stream.stream_id} {first_seq}")
    key, offset, length, codec, digest = found
    return Range(key, offset, length, codec, bytes(digest))


def read_range(store: BlobStore, place: Range) -> bytes:
    """Return the bytes of a range as stored; raise MissingBytes where they are gone or wrong, StoreUnavailable."""
    if place.length == 0:
        return b""
    try:
        data = store.get(place.key, place.offset, place.length)
        if not _is_intact(data, place):  # once more: only the way may have damaged them
            data = store.get(place.key, place.offset, place.length)
    except BlobNotFound as error:
        raise MissingBytes(place.key) from error
    if not _is_intact(data, place):
        logger.error("bytes in the store are not those that were put: key=%s offset=%d", place.key, place.offset)
        raise MissingBytes(place.key)
    return data


def _is_intact(data: bytes, place: Range) -> bool:
    return hashlib.sha256(data).digest() == place.hash
