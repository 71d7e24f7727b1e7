"""A chunk on its way through ingest: from the socket that heard it to the outcome that answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from replay.index.arrival import Outcome, Source
from replay.index.digest import Digest, digest
from replay.wire.errors import ChunkRefused, Code
from replay.wire.frames import Chunk
from replay.wire.log import open_log


class Listener(Protocol):
    """Whoever brought chunks and waits for what becomes of them."""

    def settled(self, outcomes: list[tuple[Item, Outcome]]) -> None:
        """Hear of some of them; called once per pack."""


class Place:
    """Where a stream's page is, as far as its opened chunks tell."""

    __slots__ = ("url",)

    def __init__(self, url: str) -> None:
        self.url = url


class Item(Struct, gc=False):
    """A chunk that was heard and may speak."""

    source: Source
    chunk: Chunk
    place: Place
    received_at: datetime
    listener: Listener
    frame_bytes: int


def open_item(item: Item) -> Digest | Code:
    """Open the log and say what it means, or why it is refused. Runs in a thread; a stream's chunks come in their order."""
    chunk = item.chunk
    if not chunk.header.log_length and not chunk.header.flags:
        return digest((), item.place.url)
    try:
        opened = digest(open_log(chunk), item.place.url)
    except ChunkRefused as refused:
        return refused.code
    item.place.url = opened.page_url
    return opened
