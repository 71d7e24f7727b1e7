"""Columns: a list of rrweb events as one small document (SPEC §8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from replay.wire import documents, limits

PLAIN: Final = 0  # form: the events as they are


class BadColumns(ValueError):
    """A document that does not decode, or not within its bound."""


def encode(events: Sequence[Any]) -> bytes:
    """Return the events as a columns document. Raises BadColumns for what JSON cannot say."""
    try:
        return documents.write([PLAIN, list(events)])
    except documents.BadDocument as error:
        raise BadColumns(str(error)) from error


def decode(document: bytes, *, most_bytes: int = limits.MAX_EVENT_RAW_BYTES) -> list[Any]:
    """Return the events of a document, or raise BadColumns; what it expands to is bounded by ``most_bytes``."""
    if len(document) > most_bytes:
        raise BadColumns("too large")
    try:
        read = documents.read(document)
    except documents.BadDocument as error:
        raise BadColumns(str(error)) from error
    match read:
        case [0, [*events]]:
            return events
    raise BadColumns("of no known form")
