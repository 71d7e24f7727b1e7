"""The rows that an arrival makes where there are none yet, and the verdict where there is one. Pure."""

from __future__ import annotations

from replay.index.arrival import Arrival, server_time
from replay.index.rows import ChunkRow, SessionBirth, SessionRow, StreamBirth, StreamRow
from replay.index.useragent import read_user_agent
from replay.wire.errors import Code
from replay.wire.frames import Flag

SAME_CLOCK_MS = 2_000.0  # offsets nearer than this differ by how long a hello was on its way; farther: somebody set the clock


def new_session(arrival: Arrival) -> SessionRow:
    """Return the row of a session that begins with this chunk."""
    source = arrival.source
    agent = read_user_agent(source.user_agent)
    begins = server_time(arrival.header.first_ms, source.clock_offset_ms, arrival.received_ms)
    return SessionRow(
        project_id=source.project_id,
        uuid=source.session,
        secret_hash=source.secret_hash,
        distinct_id=source.distinct_id,
        started_at=begins,
        last_event_at=begins,
        last_received_at=arrival.received_at,
        entry_url=source.entry_url,
        exit_url=source.entry_url,
        title=source.title,
        birth=SessionBirth(
            browser=agent.browser,
            browser_version=agent.browser_version,
            os=agent.os,
            device_type=agent.device_type,
            user_agent=source.user_agent,
            viewport_width=source.viewport_width,
            viewport_height=source.viewport_height,
            language=source.language,
            timezone=source.timezone,
        ),
    )


def one_clock(measured_ms: float, first_ms: float) -> float:
    """Return a stream's clock offset, given that of its session's first stream: one browser has one clock.

    Else a page whose hello was slow would seem to end after the next one began.

    >>> one_clock(3.5, 78.5), one_clock(-21_600_000.0, 78.5)
    (78.5, -21600000.0)
    """
    return first_ms if abs(measured_ms - first_ms) < SAME_CLOCK_MS else measured_ms


def new_stream(session_id: int, arrival: Arrival) -> StreamRow:
    """Return the row of a stream that begins with this chunk; its clock offset stays as it is measured now."""
    source = arrival.source
    return StreamRow(
        project_id=source.project_id,
        session_id=session_id,
        stream_id=source.stream,
        clock_offset_ms=source.clock_offset_ms,
        first_ms=arrival.header.first_ms,
        last_ms=arrival.header.last_ms,
        birth=StreamBirth(
            window_id=source.window,
            entry_url=source.entry_url,
            recorder=source.recorder,
            viewport_width=source.viewport_width,
            viewport_height=source.viewport_height,
            created_at=arrival.received_at,
        ),
    )


def new_chunk(pack_id: int, stream: StreamRow, arrival: Arrival) -> ChunkRow:
    """Return the row of an arrival, with the place of its bodies in the pack."""
    header = arrival.header
    return ChunkRow(
        stream.project_id,
        stream.session_id,
        stream.id,
        header.seq,
        pack_id,
        arrival.body_offset,
        header.dom_length,
        header.dom_raw_length,
        int(header.dom_codec),
        arrival.body_offset + header.dom_length,
        header.log_length,
        header.log_raw_length,
        int(header.log_codec),
        int(header.flags),
        header.part_index,
        header.part_count,
        header.dom_events,
        header.first_ms,
        header.last_ms,
        header.wall_ms,
        header.mono_ms,
        header.hash,
        arrival.received_at,
    )


def verdict(arrival: Arrival, stored: tuple[bytes, int] | None, *, is_compacted: bool) -> Code | None:
    """Return why an arrival whose seq is taken is refused; None: it is a duplicate."""
    is_gap = Flag.GAP in arrival.header.flags
    if stored is None:  # its row went into a segment, or its seq was closed by a gap of the server's
        return None if is_compacted or is_gap else Code.TOO_LATE
    digest, flags = stored
    if digest == arrival.header.hash or is_gap:
        return None
    return Code.TOO_LATE if flags & Flag.GAP else Code.CONFLICT
