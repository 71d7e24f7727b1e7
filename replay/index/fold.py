"""What one kept chunk adds to its stream and session. Pure: changes the rows that it is handed, saves nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from replay.index.arrival import Arrival, server_time
from replay.index.models import Gap, Moment, Session, Stream
from replay.wire.frames import Flag
from replay.wire.text import clean

BUCKET: Final = timedelta(seconds=10)
MAX_BUCKETS: Final = 9_000  # 24 hours, the longest session, and an hour of grace
COUNTERS: Final = ("pages", "clicks", "rage_clicks", "errors", "console_errors", "failed_requests", "custom_events")
MAX_PROPERTIES: Final = 100


def fold_stream(stream: Stream, session: Session, arrival: Arrival) -> None:
    """Move the stream's span, and open or close it."""
    header = arrival.header
    is_latest = header.last_ms >= stream.last_ms or stream.next_seq == 0
    stream.first_ms = min(stream.first_ms, header.first_ms)
    stream.last_ms = max(stream.last_ms, header.last_ms)
    if Flag.FINAL in header.flags:
        if stream.finished_at is None:
            stream.finished_at = arrival.received_at
            session.open_streams -= 1
    elif stream.finished_at is not None and is_latest:  # the page came back, out of the browser's cache
        stream.finished_at = None
        session.open_streams += 1


def fold_session(session: Session, stream: Stream, arrival: Arrival) -> None:
    """Add the chunk's span, counts, activity and words to the session."""
    header, digest = arrival.header, arrival.digest
    begins = server_time(header.first_ms, stream.clock_offset_ms, arrival.received_at)
    ends = server_time(header.last_ms, stream.clock_offset_ms, arrival.received_at)
    _begin_earlier(session, arrival, stream)
    session.last_event_at = max(session.last_event_at, ends, begins)
    session.last_received_at = max(session.last_received_at, arrival.received_at)
    session.size_bytes += header.dom_length + header.log_length
    for name in COUNTERS:
        setattr(session, name, getattr(session, name) + getattr(digest, name))
    if digest.page_url:
        session.entry_url = session.entry_url or digest.page_url
        session.exit_url = digest.page_url
    session.title = digest.title or session.title
    if digest.properties:
        session.properties = dict(list((session.properties | digest.properties).items())[-MAX_PROPERTIES:])
    for stream_ms, count in digest.activity:
        at = server_time(stream_ms, stream.clock_offset_ms, arrival.received_at)
        _count(session, (at - session.started_at) // BUCKET, count)


def moments_of(session: Session, stream: Stream, arrival: Arrival) -> list[Moment]:
    """Return the rows of the chunk's moments."""
    return [
        Moment(
            project_id=session.project_id,
            session=session,
            stream=stream,
            event_id=draft.event_id,
            kind=draft.kind,
            at=server_time(draft.at_ms, stream.clock_offset_ms, arrival.received_at),
            at_ms=draft.at_ms,
            text=draft.text,
            url=draft.url,
            data=draft.data,
        )
        for draft in arrival.digest.moments
    ]


def gaps_of(session: Session, stream: Stream, arrival: Arrival) -> list[Gap]:
    """Return the rows of the gaps for which a chunk stands."""
    header = arrival.header
    if Flag.GAP not in header.flags:
        return []
    return [
        Gap(
            project_id=session.project_id,
            session=session,
            stream=stream,
            first_seq=header.seq,
            last_seq=header.seq,
            first_ms=header.first_ms,
            last_ms=header.last_ms,
            reason=clean(gap.reason, 40),
            body=gap.body,
        )
        for gap in arrival.digest.gaps
    ]


def _begin_earlier(session: Session, arrival: Arrival, stream: Stream) -> None:
    """Move the session's beginning back, and its buckets with it, where a chunk is older than all before."""
    begins = server_time(arrival.header.first_ms, stream.clock_offset_ms, arrival.received_at)
    if begins >= session.started_at:
        return
    shift = -((begins - session.started_at) // BUCKET)
    if len(session.activity) + shift > MAX_BUCKETS:
        return
    session.activity = [0] * shift + session.activity if session.activity else []
    session.started_at -= shift * BUCKET


def _count(session: Session, bucket: int, count: int) -> None:
    bucket = max(bucket, 0)
    if bucket >= MAX_BUCKETS:
        return
    session.activity += [0] * (bucket + 1 - len(session.activity))
    session.activity[bucket] += count
