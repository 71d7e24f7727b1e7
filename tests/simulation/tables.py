"""The tables of the world, and the rows that only the world's own actors write."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any, Final, NamedTuple

from replay.index.rows import SessionRow
from tests.simulation.database import Key, Table


class PackRow(NamedTuple):
    """A pack as its row says it."""

    id: int
    key: str
    state: str
    chunks: int
    created_at: datetime
    swept_at: datetime | None = None


class SegmentRow(NamedTuple):
    """A run of one stream's chunks in an object of its own: seq → (offset, length) there, and the hash of what was sent."""

    session_id: int
    stream_id: int
    first_seq: int
    upto: int
    key: str
    places: dict[int, tuple[int, int, bytes]]


class Tables:
    """What is stored. Sessions and streams are found by key, and by the id that others refer to them with."""

    def __init__(self) -> None:
        self.sessions = Table("session")
        self.streams = Table("stream")
        self.packs = Table("pack")
        self.chunks = Table("chunk")
        self.moments = Table("moment")
        self.gaps = Table("gap")
        self.segments = Table("segment")
        self.names = Table("distinct_id")  # (project's id, name) → person's id
        self.persons = Table("person")  # id → whether identify has named them
        self.calls = Table("call")  # every identify and alias that was carried out, so that twice is seen
        self.keys: Final[dict[tuple[str, int], Key]] = {}  # ("session" | "stream", id) → key

    def session_spot(self, session_id: int) -> tuple[Table, Key]:
        return self.sessions, self.keys["session", session_id]

    def stream_spot(self, stream_id: int) -> tuple[Table, Key]:
        return self.streams, self.keys["stream", stream_id]


def copied(row: Any) -> Any:
    """Return a row that may be changed without anybody else seeing it."""
    fresh = copy.copy(row)
    if isinstance(fresh, SessionRow):
        fresh.activity = list(fresh.activity)
        fresh.properties = dict(fresh.properties)
    return fresh
