"""From rows to answers: plain dicts in the shapes of ``schemas``, made without a query."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from replay.index.manifest import ACTIVITY_BUCKET_MS, Hole, Manifest, StreamEntry
from replay.index.models import Moment, Session, Stream
from replay.index.persons import known_as
from replay.index.search import is_live
from replay.index.times import to_ms
from replay.people.models import DistinctId, Person

MANIFEST_VERSION = 2
LEAD_IN_MS = 5_000  # an event's replay opens so long before it: one sees what led there

Row = dict[str, Any]


def person_ref(person: Person | None, distinct_id: str | None) -> Row | None:
    """Return who a person is, by the distinct_id that was looked up with them."""
    if person is None:
        return None
    return {
        "id": str(person.uuid),
        "name": known_as(person, "name"),
        "email": known_as(person, "email"),
        "distinct_id": distinct_id,
        "is_identified": person.is_identified,
    }


def session_row(session: Session, now: datetime) -> Row:
    """Return a session as ``search.sessions_of`` gave it."""
    started_at_ms, last_event_at_ms = to_ms(session.started_at), to_ms(session.last_event_at)
    project = session.project.public_id
    return {
        "id": str(session.uuid),
        "project": project,
        "url": f"{settings.PUBLIC_URL}/s/{project}/{session.uuid}",
        "person": person_ref(session.person, getattr(session, "person_distinct_id", None)),
        "started_at_ms": started_at_ms,
        "last_event_at_ms": last_event_at_ms,
        "duration_ms": max(0.0, last_event_at_ms - started_at_ms),
        "is_live": is_live(session, now),
        "viewport": {"width": session.viewport_width, "height": session.viewport_height},
        **{name: getattr(session, name) for name in PLAIN_SESSION_FIELDS},
    }


PLAIN_SESSION_FIELDS = (
    *("distinct_id", "title", "entry_url", "exit_url", "pages", "clicks", "rage_clicks", "errors", "console_errors"),
    *("failed_requests", "custom_events", "size_bytes", "activity", "browser", "browser_version", "os", "device_type"),
    "properties",
)


def session_detail(session: Session, streams: list[Stream], now: datetime) -> Row:
    """Return a session with what a list has no room for."""
    return {
        **session_row(session, now),
        "user_agent": session.user_agent,
        "language": session.language,
        "timezone": session.timezone,
        "streams": [
            {
                "id": stream.stream_id,
                "window": stream.window_id,
                "entry_url": stream.entry_url,
                "start_ms": stream.first_ms + stream.clock_offset_ms,
                "end_ms": stream.last_ms + stream.clock_offset_ms,
                "is_finished": stream.finished_at is not None,
            }
            for stream in streams
        ],
    }


def moment_row(moment: Moment) -> Row:
    """Return one moment."""
    return {
        "id": moment.event_id,
        "stream": moment.stream.stream_id,
        "kind": moment.kind,
        "at_ms": to_ms(moment.at),
        "stream_ms": moment.at_ms,
        "text": moment.text,
        "url": moment.url,
        "data": moment.data,
    }


def event_row(moment: Moment) -> Row:
    """Return a moment as it stands among those of other sessions, with the link that opens it."""
    session = moment.session
    at = max(0, int(moment.at_ms) - LEAD_IN_MS)
    path = f"/s/{session.project.public_id}/{session.uuid}?at={at}&stream={moment.stream.stream_id}"
    return {
        **moment_row(moment),
        "session": str(session.uuid),
        "person": person_ref(session.person, getattr(moment, "person_distinct_id", None)),
        "distinct_id": session.distinct_id,
        "link": settings.PUBLIC_URL + path,
    }


def person_row(person: Person) -> Row:
    """Return a person as ``persons.find_persons`` gave them."""
    last_seen_at: datetime | None = getattr(person, "last_seen_at", None)
    return {
        **(person_ref(person, getattr(person, "shown_distinct_id", None)) or {}),
        "created_at_ms": to_ms(person.created_at),
        "last_seen_at_ms": to_ms(last_seen_at) if last_seen_at else None,
        "sessions": getattr(person, "session_count", 0),
    }


def distinct_id_row(known: DistinctId) -> Row:
    return {
        "distinct_id": known.distinct_id,
        "is_anonymous": known.is_anonymous,
        "created_at_ms": to_ms(known.created_at),
    }


def manifest_row(manifest: Manifest, now: datetime) -> Row:
    """Return what a player loads first, all but the time now: the same row says the same, whenever it is asked for."""
    session = session_row(manifest.session, now)
    return {
        "version": MANIFEST_VERSION,
        "session": session,
        "is_live": session["is_live"],
        "start_ms": manifest.start_ms,
        "end_ms": manifest.end_ms,
        "windows": [{"id": window.id, "number": window.number, "streams": window.streams} for window in manifest.windows],
        "streams": [_stream_row(entry) for entry in manifest.streams],
        "gaps": [_gap_row(gap) for gap in manifest.gaps],
        "activity": {"bucket_ms": ACTIVITY_BUCKET_MS, "counts": manifest.session.activity},
        "moments": [moment_row(moment) for moment in manifest.moments],
        "moments_truncated": manifest.moments_truncated,
        "chunks_truncated": "chunks" in manifest.truncated,
        "truncated": manifest.truncated,
        "assets": {"missing": [asset._asdict() for asset in manifest.missing_assets]},
    }


def _stream_row(entry: StreamEntry) -> Row:
    stream = entry.row
    return {
        "id": stream.stream_id,
        "window": stream.window_id,
        "clock_offset_ms": stream.clock_offset_ms,
        "start_ms": entry.start_ms,
        "end_ms": entry.end_ms,
        "entry_url": stream.entry_url,
        "recorder": stream.recorder,
        "viewport": {"width": stream.viewport_width, "height": stream.viewport_height},
        "next_seq": stream.next_seq,
        "is_finished": stream.finished_at is not None,
        "segmented_upto": stream.segmented_upto,
        "segments": entry.segments,
        "chunks": entry.chunks,
        "unlisted": entry.unlisted,
    }


def _gap_row(gap: Hole) -> Row:
    return {name: getattr(gap, name) for name in ("stream", "first_seq", "last_seq", "start_ms", "end_ms", "reason", "body")}
