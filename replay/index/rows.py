"""Rows as the ledger holds them: plain values, one field per column. Times are aware UTC, ``*_ms`` are the stream's clock.

A field that may change after the insert lives on the row; what a session or a stream is born with and keeps is its ``birth``.
They are msgspec's structs: made and written as JSON at the speed of C, a thousand times a second.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

SessionKey = tuple[int, UUID]  # (project's id, the session's UUID)
StreamKey = tuple[int, int, str]  # (project's id, session's id, the stream's name)
ChunkKey = tuple[int, int]  # (stream's id, seq)


class SessionBirth(Struct):
    """What the first chunk's hello told of the browser."""

    browser: str = ""
    browser_version: str = ""
    os: str = ""
    device_type: str = ""
    user_agent: str = ""
    viewport_width: int = 0
    viewport_height: int = 0
    language: str = ""
    timezone: str = ""


class SessionRow(Struct):
    project_id: int
    uuid: UUID
    secret_hash: bytes
    distinct_id: str
    started_at: datetime
    last_event_at: datetime
    last_received_at: datetime
    person_id: int | None = None
    erased_at: datetime | None = None
    open_streams: int = 0
    entry_url: str = ""
    exit_url: str = ""
    title: str = ""
    pages: int = 0
    clicks: int = 0
    rage_clicks: int = 0
    errors: int = 0
    console_errors: int = 0
    failed_requests: int = 0
    custom_events: int = 0
    size_bytes: int = 0
    activity: list[int] = []
    properties: dict[str, Any] = {}
    id: int = 0  # 0: not inserted yet
    birth: SessionBirth | None = None  # None: was inserted before

    @property
    def key(self) -> SessionKey:
        return self.project_id, self.uuid


class StreamBirth(Struct):
    """What a stream's hello told of it."""

    window_id: str
    entry_url: str
    recorder: str
    viewport_width: int
    viewport_height: int
    created_at: datetime


class StreamRow(Struct):
    project_id: int
    session_id: int
    stream_id: str  # its name: 32 hex digits
    clock_offset_ms: float  # server clock − stream clock
    first_ms: float
    last_ms: float
    next_seq: int = 0  # every seq below is kept
    end_seq: int = 0  # one past the highest seq kept: above next_seq while one between is missing
    segmented_upto: int = 0  # every seq below lives in segments
    finished_at: datetime | None = None
    id: int = 0  # 0: not inserted yet
    birth: StreamBirth | None = None  # None: was inserted before

    @property
    def key(self) -> StreamKey:
        return self.project_id, self.session_id, self.stream_id


class ChunkRow(Struct):
    project_id: int
    session_id: int
    stream_id: int
    seq: int
    pack_id: int
    dom_offset: int  # in the pack
    dom_length: int
    dom_raw_length: int
    dom_codec: int
    log_offset: int
    log_length: int
    log_raw_length: int
    log_codec: int
    flags: int
    part_index: int
    part_count: int
    dom_events: int
    first_ms: float
    last_ms: float
    wall_ms: float
    mono_ms: float
    hash: bytes
    received_at: datetime

    @property
    def key(self) -> ChunkKey:
        return self.stream_id, self.seq


class MomentRow(Struct):
    project_id: int
    session_id: int
    stream_id: int
    event_id: str
    kind: str
    at: datetime
    at_ms: float
    text: str
    url: str
    data: dict[str, Any]


class GapRow(Struct):
    project_id: int
    session_id: int
    stream_id: int
    first_seq: int
    last_seq: int
    first_ms: float
    last_ms: float
    reason: str
    body: str
    created_at: datetime
