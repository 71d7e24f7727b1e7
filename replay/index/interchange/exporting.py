"""A session as a file, while it is being read: bytes come out as runs come in, whatever its length.

Two forms. ``playhead``: one object that holds all that was recorded, streams apart, and comes back as it was. ``rrweb``: the
events alone, as any rrweb player takes them, as an array or a line each; what rrweb has no event for (log, gaps, whose clock)
stands between them as custom events of ours, so that this form comes back too. Times are as recorded, on the stream's clock.
Keyframes are ours, and left out; stylesheets that were kept apart stand in their place again.
"""

from __future__ import annotations

import tempfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from replay.accounts.models import Project
from replay.index.events import Run, stream_runs
from replay.index.interchange.inline import Inliner
from replay.index.interchange.opening import CUSTOM, GAP_TAG, LOG_TAG, STREAM_TAG, is_event
from replay.index.interchange.own import FORMAT, VERSION
from replay.index.models import Gap, Session, Stream
from replay.index.search import streams_of
from replay.store.base import BlobStore
from replay.wire import documents

FORMS: Final = ("playhead", "rrweb", "lines")
OUT_BYTES: Final = 64 * 1024  # that are gathered before they go out
HELD_LOG_BYTES: Final = 4 * 1024 * 1024  # of a stream, in memory; then on disk until its events are out
_GZIP: Final = 16 + zlib.MAX_WBITS
_OF_GAP: Final = ("first_ms", "last_ms", "reason", "body")
MISSING: Final = "not_decodable"


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a form, and of which window or stream alone."""

    form: str = "playhead"
    window: str = ""
    stream: str = ""
    gzip: bool = False

    @property
    def suffix(self) -> str:
        """Return how the file's name ends.

        >>> Wanted("lines", gzip=True).suffix, Wanted().suffix
        ('.jsonl.gz', '.playhead.json')
        """
        plain = {"playhead": ".playhead.json", "rrweb": ".rrweb.json", "lines": ".jsonl"}[self.form]
        return plain + (".gz" if self.gzip else "")

    @property
    def media_type(self) -> str:
        """Return the type of the bytes."""
        return "application/gzip" if self.gzip else "application/x-ndjson" if self.form == "lines" else "application/json"


def export_session(store: BlobStore, project: Project, session: Session, wanted: Wanted) -> Iterator[bytes]:
    """Yield the file; raise StoreUnavailable, perhaps in the middle, for a file must not end as if it were whole."""
    streams = [
        stream
        for stream in sorted(streams_of(project, session), key=lambda each: (each.first_ms + each.clock_offset_ms, each.pk))
        if wanted.stream in ("", stream.stream_id) and wanted.window in ("", stream.window_id)
    ]
    inline = Inliner(store, project, session)
    if wanted.form == "playhead":
        pieces = _playhead(store, session, streams, inline)
    else:
        pieces = _rrweb(store, session, streams, inline, is_array=wanted.form == "rrweb")
    yield from _deflated(_gathered(pieces)) if wanted.gzip else _gathered(pieces)


def file_name(session: Session, wanted: Wanted) -> str:
    """Return a name that says which session and when, and nothing of who."""
    return f"session-{session.started_at:%Y-%m-%d-%H%M}-{session.uuid.hex[-8:]}{wanted.suffix}"


# The form of our own


def _playhead(store: BlobStore, session: Session, streams: list[Stream], inline: Inliner) -> Iterator[bytes]:
    head = {"format": FORMAT, "version": VERSION, "session": _session_facts(session)}
    yield documents.write(head)[:-1] + b',"streams":['
    for number, stream in enumerate(streams):
        yield b",\n" if number else b"\n"
        yield documents.write(_stream_facts(stream))[:-1] + b',"events":['
        with tempfile.SpooledTemporaryFile(HELD_LOG_BYTES) as held:
            gaps: list[dict[str, Any]] = []
            yield from _events(store, stream, inline, held, gaps)  # type: ignore[arg-type]  # it is one in all but name
            yield b'\n],"log":['
            held.seek(0)
            while data := held.read(OUT_BYTES):
                yield data
        yield b'\n],"gaps":' + documents.write(gaps) + b"}"
    yield b"\n]}\n"


def _events(store: BlobStore, stream: Stream, inline: Inliner, held: BinaryIO, gaps: list[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the events; hold the log and note the gaps, which come behind them."""
    events = lines = 0
    for run, stated in _with_gaps(store, stream):
        dom, log = _told(run)
        for gap in stated:
            at_event = sum(event["timestamp"] < gap["last_ms"] for event in dom) if gap["is_inside"] else 0
            at_log = sum(event["t"] < gap["last_ms"] for event in log) if gap["is_inside"] else 0
            said = {name: gap[name] for name in _OF_GAP}
            gaps.append(said | {"at_event": events + at_event, "at_log": lines + at_log})
        for event in dom:
            yield b",\n" if events else b"\n"
            yield inline.write(event)
            events += 1
        for event in log:
            held.write(b",\n" if lines else b"\n")
            held.write(documents.write(event))
            lines += 1


# Plain rrweb


def _rrweb(store: BlobStore, session: Session, streams: list[Stream], inline: Inliner, *, is_array: bool) -> Iterator[bytes]:
    separator = b",\n" if is_array else b"\n"
    if is_array:
        yield b"[\n"
    is_first = True
    for stream in streams:
        for event in _stream_as_rrweb(store, session, stream):
            if not is_first:
                yield separator
            is_first = False
            yield inline.write(event)
    yield b"\n]\n" if is_array else b"\n"


def _stream_as_rrweb(store: BlobStore, session: Session, stream: Stream) -> Iterator[dict[str, Any]]:
    """Yield a stream's events, with ours between them in order of time."""
    yield _custom(STREAM_TAG, stream.first_ms, _stream_facts(stream) | {"session": _session_facts(session)})
    for run, stated in _with_gaps(store, stream):
        dom, log = _told(run)
        ours = [(event["t"], _custom(LOG_TAG, event["t"], event)) for event in log]
        ours += [
            (gap["first_ms"], _custom(GAP_TAG, gap["first_ms"], {name: gap[name] for name in _OF_GAP}))
            for gap in stated
            if gap["is_inside"]
        ]
        yield from (
            _custom(GAP_TAG, gap["first_ms"], {name: gap[name] for name in _OF_GAP}) for gap in stated if not gap["is_inside"]
        )
        waiting = deque(event for _, event in sorted(ours, key=lambda each: each[0]))
        for event in dom:
            while waiting and waiting[0]["timestamp"] < event["timestamp"]:
                yield waiting.popleft()
            yield event
        yield from waiting


def _custom(tag: str, ms: float, payload: dict[str, Any]) -> dict[str, Any]:
    return {"type": CUSTOM, "data": {"tag": tag, "payload": payload}, "timestamp": ms}


# Of both


def _session_facts(session: Session) -> dict[str, Any]:
    return {
        "id": str(session.uuid),
        "distinct_id": session.distinct_id,
        "title": session.title,
        "user_agent": session.user_agent,
        "language": session.language,
        "timezone": session.timezone,
        "properties": session.properties,
    }


def _stream_facts(stream: Stream) -> dict[str, Any]:
    return {
        "id": stream.stream_id,
        "window": stream.window_id,
        "clock_offset_ms": stream.clock_offset_ms,
        "recorder": stream.recorder,
        "entry_url": stream.entry_url,
        "viewport": {"width": stream.viewport_width, "height": stream.viewport_height},
    }


def _with_gaps(store: BlobStore, stream: Stream) -> Iterator[tuple[Run, list[dict[str, Any]]]]:
    """Yield each run with the gaps that it meets: those that lie inside of it, and those that it comes after or is."""
    scope = {"project_id": stream.project_id, "session_id": stream.session_id, "stream": stream}
    rows = deque(Gap.objects.filter(**scope).order_by("first_seq", "body").values("first_seq", "last_seq", *_OF_GAP))
    for run in stream_runs(store, stream):
        met: list[dict[str, Any]] = []
        while rows and rows[0]["first_seq"] < run.upto_seq:
            row = rows.popleft()
            met.append({**row, "is_inside": row["first_seq"] > run.first_seq})
        if (run.dom is None or run.log is None) and not met:
            body = "both" if run.dom is None and run.log is None else "dom" if run.dom is None else "log"
            span = {"first_ms": run.first_ms, "last_ms": max(run.first_ms, run.last_ms)}
            met.append({**span, "reason": MISSING, "body": body, "is_inside": False})
        yield run, met


def _told(run: Run) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what a run holds of events and of log; what no player would take for an event was none."""
    dom = [event for event in run.dom or () if is_event(event)]
    log = [event for event in run.log or () if isinstance(event, dict) and _has_time(event) and event.get("type") != "gap"]
    return dom, log


def _has_time(event: dict[str, Any]) -> bool:
    return isinstance(event.get("t"), int | float)


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in fewer pieces."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= OUT_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _deflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes as gzip; the same bytes for the same input."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        if data := deflater.compress(piece):
            yield data
    yield deflater.flush()
