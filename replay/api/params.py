"""What may be asked: every query parameter with its bound."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from ninja import Schema
from pydantic import AfterValidator, Field

from replay.index.cursor import MAX_CURSOR_CHARS
from replay.index.models import Moment
from replay.index.moments import MAX_MOMENTS
from replay.wire.limits import MAX_TIME_MS

MAX_TEXT_CHARS = 200  # longer than any name or path that one would type
MAX_SEQ = 2**32  # seq is a u32


def _printable(text: str) -> str:
    """Refuse NUL, which PostgreSQL cannot compare."""
    if "\0" in text:
        raise ValueError("it contains a NUL character")
    return text.strip()


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("it is not a time zone such as Europe/Paris")
    return name


Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS), AfterValidator(_printable)]
StreamId = Annotated[str, Field(max_length=32)]
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, Field(max_length=MAX_CURSOR_CHARS)]
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_time_zone)]
Kind = Literal["navigation", "click", "rage_click", "submit", "error", "console_error", "request_failed", "custom", "identify"]
assert set(Kind.__args__) == set(Moment.Kind.values)  # type: ignore[attr-defined]


class ListParams(Schema):
    """How far a list goes."""

    cursor: Cursor = Field("", description="`next_cursor` of the answer before; empty: begin with the newest.")
    limit: Limit = Field(50, description="How many rows at most.")


class SessionParams(ListParams):
    """Which sessions."""

    person: Text = Field("", description="Part of the person's name, e-mail, distinct_id or id.")
    page: Text = Field("", description="Part of the address of a page that was visited.")
    errors: bool = Field(False, description="Only sessions with an error, a console error or a failed request.")
    live: bool = Field(False, description="Only sessions that run now.")
    timezone: TimeZone = Field("UTC", description="Whose day `today` is, as an IANA name.")

    def day_start(self, now: datetime) -> datetime:
        """Return when the asker's day began."""
        midnight = now.astimezone(ZoneInfo(self.timezone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return midnight.astimezone(UTC)


class EventParams(ListParams):
    """Which moments, across sessions."""

    kind: Kind | None = Field(None, description="Only moments of this kind.")
    person: Text = Field("", description="Part of the person's name, e-mail, distinct_id or id.")
    q: Text = Field("", description="Part of the moment's text or address.")


class MomentParams(Schema):
    """Which moments of one session."""

    cursor: Cursor = Field("", description="`next_cursor` of the answer before; empty: begin with the first.")
    limit: int = Field(MAX_MOMENTS, ge=1, le=MAX_MOMENTS, description="How many rows at most.")
    kind: Kind | None = Field(None, description="Only moments of this kind.")


class PersonParams(ListParams):
    """Which persons."""

    q: Text = Field("", description="Part of the name, e-mail, distinct_id or id.")


class ManifestParams(Schema):
    """Near which moment a long session is told in most detail."""

    at: Annotated[float, Field(ge=-MAX_TIME_MS, le=MAX_TIME_MS)] | None = Field(
        None, description="Epoch milliseconds: the server's clock, or that of `stream`. Without it: the start."
    )
    stream: StreamId = Field("", description="Whose clock `at` is.")


class SegmentParams(Schema):
    """Which body of a segment."""

    body: Literal["dom", "log"] = Field(description="rrweb events, or everything else.")


class RowParams(Schema):
    """Which chunks of a stream: `from ≤ seq < upto`."""

    from_seq: int = Field(0, alias="from", ge=0, le=MAX_SEQ, description="The first seq.")
    upto: int = Field(MAX_SEQ, ge=1, le=MAX_SEQ, description="The seq after the last.")


class ChunkParams(Schema):
    """Which bytes of a stream: `from ≤ seq < upto`."""

    body: Literal["dom", "log"] = Field(description="rrweb events, or everything else.")
    from_seq: int = Field(0, alias="from", ge=0, le=MAX_SEQ, description="The first seq.")
    upto: int = Field(ge=1, le=MAX_SEQ, description="The seq after the last.")
