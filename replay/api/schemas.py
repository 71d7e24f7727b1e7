"""What is answered. Times are epoch milliseconds on the server's clock unless the field says otherwise."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field


class ErrorBody(Schema):
    code: str
    message: str


class Error(Schema):
    """Every refusal."""

    error: ErrorBody


class ProjectRow(Schema):
    id: str
    name: str


class ProjectList(Schema):
    items: list[ProjectRow]


class PersonRef(Schema):
    """Who stands behind a session."""

    id: str
    name: str | None
    email: str | None
    distinct_id: str | None
    is_identified: bool


class Viewport(Schema):
    width: int
    height: int


class SessionRow(Schema):
    """One visit by one browser."""

    id: str
    project: str
    url: str = Field(description="Where people watch it.")
    person: PersonRef | None
    distinct_id: str
    title: str
    started_at_ms: float
    last_event_at_ms: float
    duration_ms: float
    is_live: bool
    entry_url: str
    exit_url: str
    pages: int
    clicks: int
    rage_clicks: int
    errors: int = Field(description="Uncaught errors and rejections.")
    console_errors: int
    failed_requests: int
    custom_events: int
    size_bytes: int
    activity: list[int] = Field(description="What the person did, counted per 10 s since the start.")
    browser: str
    browser_version: str
    os: str
    device_type: str
    viewport: Viewport
    properties: dict[str, Any]


class SessionList(Schema):
    items: list[SessionRow]
    next_cursor: str | None
    live: int = Field(description="How many sessions of the project run now.")
    today: int = Field(description="How many began today.")


class StreamRef(Schema):
    id: str
    window: str
    entry_url: str
    start_ms: float
    end_ms: float
    is_finished: bool


class SessionDetail(SessionRow):
    user_agent: str
    language: str
    timezone: str
    streams: list[StreamRef]


class Window(Schema):
    """A tab of the session."""

    id: str
    number: int
    streams: list[str]


class ManifestStream(Schema):
    """One document's recording.

    Every seq below `segmented_upto` is in a segment or a gap; the chunks are those that come after.

    A segment is [first_seq, upto_seq, start_ms, end_ms, flags, dom_bytes, log_bytes, keyframe_events, dom_events]: the first
    `keyframe_events` events of its dom build the page as it was; `dom_events` that were recorded follow.

    A chunk is [seq, start_ms, end_ms, flags, dom_bytes, log_bytes, part_index, part_count, dom_events].

    An unlisted range is [first_seq, upto_seq, start_ms, end_ms, flags, dom_bytes, log_bytes]: chunks that are far from `at`.
    """

    id: str
    window: str
    clock_offset_ms: float = Field(description="Server clock minus stream clock.")
    start_ms: float
    end_ms: float
    entry_url: str
    recorder: str = Field(description="The recorder's version; empty where a file was imported.")
    viewport: Viewport
    next_seq: int
    is_finished: bool
    segmented_upto: int
    segments: list[tuple[int, int, float, float, int, int, int, int, int]]
    chunks: list[tuple[int, float, float, int, int, int, int, int, int]]
    unlisted: list[tuple[int, int, float, float, int, int, int]]


class ChunkRows(Schema):
    """Chunks of a stream, row by row."""

    segmented_upto: int
    chunks: list[tuple[int, float, float, int, int, int, int, int, int]]
    next_seq: int = Field(description="Where to go on; `upto` when all was told.")


class GapRow(Schema):
    """A span for which bytes are missing."""

    stream: str
    first_seq: int
    last_seq: int
    start_ms: float
    end_ms: float
    reason: str
    body: str = Field(description="dom, log or both.")


class Activity(Schema):
    bucket_ms: int
    counts: list[int]


class MomentRow(Schema):
    """A searchable point. `id` is unique in its stream; `stream_ms` is what a link's `at` says."""

    id: str
    stream: str
    kind: str
    at_ms: float
    stream_ms: float
    text: str
    url: str
    data: dict[str, Any]


class MissingAsset(Schema):
    """A stylesheet, font or picture that the page showed and the recording does not have."""

    url: str
    kind: str
    reason: str


class ManifestAssets(Schema):
    """What the replay has to do without; all there is, and more of this, under `…/assets`."""

    missing: list[MissingAsset]


class ManifestOut(Schema):
    """What a player loads first."""

    version: int
    session: SessionRow
    server_ms: float
    is_live: bool
    start_ms: float
    end_ms: float
    windows: list[Window]
    streams: list[ManifestStream]
    gaps: list[GapRow]
    activity: Activity
    moments: list[MomentRow] = Field(description="Those nearest to `at`, in order of time.")
    moments_truncated: bool = Field(description="There are more; `…/moments` pages through all.")
    chunks_truncated: bool
    truncated: list[str] = Field(description="Of `streams`, `segments`, `chunks`, `gaps`: those with more than can be told.")
    assets: ManifestAssets


class MomentList(Schema):
    items: list[MomentRow]
    truncated: bool = Field(description="There are more.")
    next_cursor: str | None


class EventRow(MomentRow):
    session: str
    person: PersonRef | None
    distinct_id: str
    link: str = Field(description="Opens the replay five seconds before.")


class EventList(Schema):
    items: list[EventRow]
    next_cursor: str | None


class PersonRow(PersonRef):
    created_at_ms: float
    last_seen_at_ms: float | None
    sessions: int


class PersonList(Schema):
    items: list[PersonRow]
    next_cursor: str | None


class DistinctIdRow(Schema):
    distinct_id: str
    is_anonymous: bool
    created_at_ms: float


class PersonDetail(PersonRow):
    properties: dict[str, Any]
    distinct_ids: list[DistinctIdRow]
    recent_sessions: list[SessionRow]
    sessions_cursor: str | None = Field(description="Goes on with `GET …/sessions?person=<id>&cursor=…`.")
