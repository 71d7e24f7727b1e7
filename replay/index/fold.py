"""What one kept chunk adds to its stream and session. Pure: changes the rows that it is handed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from replay.index.arrival import Arrival, server_time
from replay.index.rows import GapRow, MomentRow, SessionRow, StreamRow
from replay.wire.frames import Flag
from replay.wire.text import clean

BUCKET: Final = timedelta(seconds=10)
MAX_BUCKETS: Final = 9_000  # 24 hours, the longest session, and an hour of grace
MAX_PROPERTIES: Final = 100
HEARD_GRAIN: Final = timedelta(seconds=10)  # last_received_at is indexed: moved seldom, most updates of a session stay cheap


def fold_stream(stream: StreamRow, session: SessionRow, arrival: Arrival) -> None:
    """Move the stream's span, and open or close it."""
    header = arrival.header
    is_latest = header.last_ms >= stream.last_ms or stream.next_seq == 0
    if header.first_ms < stream.first_ms:
        stream.first_ms = header.first_ms
    if header.last_ms > stream.last_ms:
        stream.last_ms = header.last_ms
    if header.flags and Flag.FINAL in header.flags:
        if stream.finished_at is None:
            stream.finished_at = arrival.received_at
            session.open_streams -= 1
    elif stream.finished_at is not None and is_latest:  # the page came back, out of the browser's cache
        stream.finished_at = None
        session.open_streams += 1


def fold_session(session: SessionRow, stream: StreamRow, arrival: Arrival) -> None:
    """Add the chunk's span, counts, activity and words to the session."""
    header, digest, offset_ms, received_ms = arrival.header, arrival.digest, stream.clock_offset_ms, arrival.received_ms
    begins = server_time(header.first_ms, offset_ms, received_ms)
    if begins < session.started_at:
        _begin_earlier(session, begins)
    session.last_event_at = max(session.last_event_at, server_time(header.last_ms, offset_ms, received_ms), begins)
    if arrival.received_at - session.last_received_at >= HEARD_GRAIN:
        session.last_received_at = arrival.received_at
    session.size_bytes += header.dom_length + header.log_length
    session.pages += digest.pages
    session.clicks += digest.clicks
    session.rage_clicks += digest.rage_clicks
    session.errors += digest.errors
    session.console_errors += digest.console_errors
    session.failed_requests += digest.failed_requests
    session.custom_events += digest.custom_events
    if digest.page_url:
        session.entry_url = session.entry_url or digest.page_url
        session.exit_url = digest.page_url
    session.title = digest.title or session.title
    if digest.properties:
        session.properties = dict(list((session.properties | digest.properties).items())[-MAX_PROPERTIES:])
    for stream_ms, count in digest.activity:
        _count(session, (server_time(stream_ms, offset_ms, received_ms) - session.started_at) // BUCKET, count)


def moments_of(stream: StreamRow, arrival: Arrival) -> Iterable[MomentRow]:
    """Return the rows of the chunk's moments."""
    if not arrival.digest.moments:
        return ()
    offset_ms, received_ms = stream.clock_offset_ms, arrival.received_ms
    return [
        MomentRow(
            stream.project_id,
            stream.session_id,
            stream.id,
            draft.event_id,
            draft.kind,
            server_time(draft.at_ms, offset_ms, received_ms),
            draft.at_ms,
            draft.text,
            draft.url,
            draft.data,
        )
        for draft in arrival.digest.moments
    ]


def gaps_of(stream: StreamRow, arrival: Arrival) -> Iterable[GapRow]:
    """Return the rows of the gaps for which a chunk stands."""
    header = arrival.header
    if not header.flags or Flag.GAP not in header.flags:
        return ()
    return [
        GapRow(
            project_id=stream.project_id,
            session_id=stream.session_id,
            stream_id=stream.id,
            first_seq=header.seq,
            last_seq=header.seq,
            first_ms=header.first_ms,
            last_ms=header.last_ms,
            reason=clean(gap.reason, 40),
            body=gap.body,
            created_at=arrival.received_at,
        )
        for gap in arrival.digest.gaps
    ]


def _begin_earlier(session: SessionRow, begins: datetime) -> None:
    """Move the session's beginning back, and its buckets with it: a chunk is older than all before."""
    shift = -((begins - session.started_at) // BUCKET)
    if len(session.activity) + shift > MAX_BUCKETS:
        return
    session.activity = [0] * shift + session.activity if session.activity else []
    session.started_at -= shift * BUCKET


def _count(session: SessionRow, bucket: int, count: int) -> None:
    bucket = max(bucket, 0)
    if bucket >= MAX_BUCKETS:
        return
    session.activity += [0] * (bucket + 1 - len(session.activity))
    session.activity[bucket] += count
