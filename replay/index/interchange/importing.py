"""A file becomes a session: looked through first, so that a refused file leaves nothing, then kept chunk by chunk.

The session's id and its streams' ids follow from what the file holds, and the chunks from its events: importing the same
file again, or after a break, meets what is kept and goes on behind it. An imported chunk counts as heard when it was
recorded, so that times stand as they were. Nobody is identified or merged by a file: its session goes to one distinct_id.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from replay.accounts.models import Project
from replay.index.arrival import Source
from replay.index.digest import Digest, bounded, digest
from replay.index.interchange import limits
from replay.index.interchange.cut import Cutter, Draft, log_body, numbered
from replay.index.interchange.derive import Deriver
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.forms import open_recording
from replay.index.interchange.items import Item, Kind, SessionFacts, StreamFacts
from replay.index.interchange.keeper import Keeper
from replay.index.interchange.spool import Spool, spooled
from replay.index.known import known_stream
from replay.store.base import BlobStore
from replay.wire.log import parse_log
from replay.wire.text import clean

RULES: Final = b"1"  # how a file is cut; other rules make other sessions, never a mixture
NOBODY: Final = "imported"
TELL_EVERY_S: Final = 1.0
MARKS: Final = ("imported", "imported_session")


@dataclass(frozen=True)
class Progress:
    """How far an import is: bytes of two passes over what the file inflates to, and events looked at."""

    done_bytes: int
    total_bytes: int
    events: int


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    session: UUID
    form: str
    events: int
    streams: int
    kept_bytes: int  # of chunks that were new


class Stopped(Exception):
    """Somebody wants this import to end; what is kept stays, and importing again goes on there."""


@dataclass
class _Survey:
    """What a file holds, as far as it was looked through."""

    form: str
    session: SessionFacts = field(default_factory=SessionFacts)
    streams: set[str] = field(default_factory=set)
    has_log: set[str] = field(default_factory=set)  # streams that bring a log, or say that they are ours
    events: int = 0
    first_ms: float = math.inf
    last_ms: float = -math.inf


def import_file(
    store: BlobStore,
    project: Project,
    pieces: Iterable[bytes],
    *,
    most_bytes: int,
    distinct_id: str = "",
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Imported:
    """Import a file that comes in pieces; ``most_bytes`` bounds what it inflates to.

    ``tell`` hears how far it is about every second, and may raise Stopped. Raises ImportRefused; StoreUnavailable,
    IndexUnavailable and PackSwept, after which the same call goes on.
    """
    with spooled(pieces, most_bytes) as spool:
        try:
            return _Import(store, project, spool, distinct_id, tell).run()
        except ImportRefused as refused:
            if refused.offset is not None:
                refused.line = spool.line_at(refused.offset)
            raise


class _Stream:
    """A stream on its way in."""

    def __init__(self, facts: StreamFacts, stream: str, derives: bool) -> None:
        self.facts = facts
        self.id = stream
        self.cutter = Cutter()
        self.deriver = Deriver() if derives else None
        self.source: Source | None = None
        self.next_seq = 0  # of the next chunk
        self.kept_upto = 0  # every seq below is kept already
        self.page_url = ""
        self.origin_ms = 0.0


class _Import:
    def __init__(
        self, store: BlobStore, project: Project, spool: Spool, distinct_id: str, tell: Callable[[Progress], None]
    ) -> None:
        self._project, self._spool, self._tell = project, spool, tell
        self._distinct_id = distinct_id
        self._keeper = Keeper(store)
        self._streams: dict[str, _Stream] = {}
        self._told_at = 0.0
        self.session = UUID(bytes=self._derived("session"), version=5)
        self._survey: _Survey

    def run(self) -> Imported:
        """Look through the file, then keep it."""
        self._survey = survey = self._look()
        facts: dict[str, StreamFacts] = {}
        for number, told in enumerate(open_recording(self._spool.file).told):
            if isinstance(told, StreamFacts):
                facts[told.id] = told
            elif isinstance(told, Item):
                self._take(told, facts)
                self._say(self._spool.size_bytes + told.offset, number)
        for stream in self._streams.values():
            for draft in stream.cutter.finish():
                self._keep(stream, draft)
        self._keeper.flush()
        return Imported(self.session, survey.form, survey.events, len(self._streams), self._keeper.kept_bytes)

    def _look(self) -> _Survey:
        """Check every item of the file, and learn what must be known before the first is kept."""
        recording = open_recording(self._spool.file)
        survey = _Survey(recording.form)
        offsets: dict[str, float] = {}
        for told in recording.told:
            if isinstance(told, SessionFacts):
                survey.session = told
            elif isinstance(told, StreamFacts):
                offsets[told.id] = told.clock_offset_ms
                survey.has_log.add(told.id)
            else:
                try:
                    _count(survey, told, offsets.get(told.stream, 0.0))
                except ImportRefused as refused:
                    refused.event, refused.offset = survey.events, told.offset
                    raise
                self._say(told.offset, survey.events)
        if not survey.events:
            raise ImportRefused(Refusal.EMPTY)
        return survey

    def _take(self, item: Item, facts: dict[str, StreamFacts]) -> None:
        stream = self._streams.get(item.stream)
        if stream is None:
            own = facts.get(item.stream) or StreamFacts(item.stream)
            stream = _Stream(own, self._derived("stream", item.stream).hex(), item.stream not in self._survey.has_log)
            stream.origin_ms = item.ms
            self._streams[item.stream] = stream
            self._recall(stream)
        self._cut(stream, item)
        if stream.deriver and item.event is not None:
            for raw in stream.deriver.see(item.event):
                self._cut(stream, Item(item.stream, Kind.LOG, item.ms, raw, item.offset))

    def _recall(self, stream: _Stream) -> None:
        """Find out how far an earlier import of the same file came."""
        known = known_stream(self._project.pk, self.session, stream.id)
        if known and known.is_erased:
            raise ImportRefused(Refusal.ERASED)
        stream.kept_upto = known.next_seq if known else 0

    def _cut(self, stream: _Stream, item: Item) -> None:
        for draft in stream.cutter.add(item):
            self._keep(stream, draft)

    def _keep(self, stream: _Stream, draft: Draft) -> None:
        """Number a draft and keep it, unless it is kept already."""
        if stream.deriver:
            draft.log += stream.deriver.take_activity(draft.last_ms)
        said = digest(parse_log(log_body(draft)) if draft.log else (), stream.page_url)
        stream.page_url = said.page_url
        said.calls = []  # a file identifies and merges nobody
        source = stream.source = stream.source or self._source(stream)
        seq, stream.next_seq = stream.next_seq, stream.next_seq + draft.parts
        if stream.next_seq <= stream.kept_upto:
            return
        if seq == 0 and stream is next(iter(self._streams.values())):
            said.properties = {**self._properties(), **said.properties}
        heard_at = _heard_at(draft.last_ms + stream.facts.clock_offset_ms)
        for chunk in numbered(draft, self.session, stream.id, seq, stream.origin_ms):
            self._keeper.add(source, chunk, said if chunk.header.part_index == 0 else Digest(stream.page_url), heard_at)

    def _properties(self) -> dict[str, Any]:
        """Return what says of the session that it was imported, and from where."""
        facts = self._survey.session
        kept = {name: value for name, value in bounded(facts.properties).items() if name not in MARKS}
        marks = {"imported": self._survey.form, "imported_session": clean(facts.id, 64)}
        return kept | {name: value for name, value in marks.items() if value}

    def _source(self, stream: _Stream) -> Source:
        facts, session = stream.facts, self._survey.session
        url, (width, height) = "", (int(_pixels(facts.viewport.width)), int(_pixels(facts.viewport.height)))
        if stream.deriver:
            url, (width, height) = stream.deriver.page_url, stream.deriver.viewport
        return Source(
            project_id=self._project.pk,
            project=self._project.public_id,
            session=self.session,
            secret_hash=hashlib.sha256(b"\xff" + self._spool.digest).digest(),  # no page can say what it is the hash of
            stream=stream.id,
            window=self._derived("window", facts.window or facts.id)[:8].hex(),
            distinct_id=clean(self._distinct_id or session.distinct_id, 200) or NOBODY,
            recorder=clean(facts.recorder, 20),
            clock_offset_ms=facts.clock_offset_ms,
            entry_url=clean(facts.entry_url, 2048) or url,
            title=clean(session.title, 300),
            viewport_width=width,
            viewport_height=height,
            language=clean(session.language, 40),
            timezone=clean(session.timezone, 60),
            user_agent=clean(session.user_agent, 512),
        )

    def _derived(self, *words: str) -> bytes:
        """Return 16 bytes that follow from the file's content and these words."""
        told = b"\0".join([b"playhead import", RULES, self._spool.digest, *(word.encode(errors="replace") for word in words)])
        return hashlib.sha256(told).digest()[:16]

    def _say(self, done_bytes: int, events: int) -> None:
        if (now := time.monotonic()) - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._tell(Progress(done_bytes, 2 * self._spool.size_bytes, events))


def _count(survey: _Survey, item: Item, offset_ms: float) -> None:
    """Count an item; raise ImportRefused where a bound is crossed."""
    survey.events += 1
    survey.streams.add(item.stream)
    if item.kind is Kind.LOG:
        survey.has_log.add(item.stream)
    if survey.events > limits.MOST_EVENTS:
        raise ImportRefused(Refusal.TOO_MANY_EVENTS)
    if len(survey.streams) > limits.MOST_STREAMS:
        raise ImportRefused(Refusal.TOO_MANY_STREAMS)
    last_ms = item.gap.last_ms if item.gap else item.ms
    survey.first_ms = min(survey.first_ms, item.ms + offset_ms)
    survey.last_ms = max(survey.last_ms, last_ms + offset_ms)
    if survey.last_ms - survey.first_ms > limits.MOST_SPAN_MS:
        raise ImportRefused(Refusal.TOO_LONG)


def _heard_at(server_ms: float) -> datetime:
    """Return when a chunk counts as heard: when it ended, but not before 1970, and not in the future."""
    return datetime.fromtimestamp(min(max(server_ms / 1000, 0.0), time.time()), UTC)


def _pixels(value: float) -> float:
    return min(max(value, 0), 100_000)
