"""Compacts one session: what its streams have in chunks becomes segments in one volume.

In: a session's id. Out: its segments, readable from the instant at which its chunks are not. The intent is committed before the
bytes are put, and the bytes are put before the one transaction (``index.segments``): a process may die at any point, and the
sweeper removes what it left. What recorded bytes do to who opens them, they do to a child (``folder``).

A chunk that the child does not survive, or that is not in the store, is looked for, and left out after two failures, so that
the rest goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from replay.index.assets import kept_sheets
from replay.index.events import read_dom
from replay.index.packs import kept_keys
from replay.index.segments import Claim, Line, Overtaken, claim_session, keep_segments, last_segment, note_failure
from replay.index.stored import read_frames, stored_chunks
from replay.index.units import Stored, parts_begun, units_of
from replay.index.volumes import VolumeSwept, forget_unput, give_up
from replay.store.base import BlobStore
from replay.worker.folder import ChildDied, Folder
from replay.worker.folding import Begin, Drop, Feed, Finish
from replay.worker.shelf import FoldedStream, build, lines_of

logger = logging.getLogger(__name__)
MIB: Final = 1024 * 1024
CHUNKS_AT_ONCE: Final = 1_024  # rows; more than one event has parts
FEED_BYTES: Final = 4 * MIB  # frames of one request to the child; one event may be more
FEED_RAW_BYTES: Final = 16 * MIB
MOST_VOLUME_BYTES: Final = 32 * MIB  # what is more comes with the next compaction
MOST_CHUNKS: Final = 10_000  # rows that one transaction deletes
MOST_S: Final = 60.0  # of one compaction, far below the age at which its claim is given up
MOST_DEATHS: Final = 3  # of the child in one compaction: each may have taken its whole time
FAILURES: Final = 2  # then a chunk is left out


class WrongStore(Exception):
    """Neither what is asked for nor any other pack is there: this is not our store, and nothing is called lost."""


class _Stopped(Exception):
    """The worker is to end."""


class _Culprit(Exception):
    """What begins at this seq cannot be folded."""

    def __init__(self, seq: int) -> None:
        super().__init__(seq)
        self.seq = seq


@dataclass
class Compacted:
    """What one compaction came to."""

    chunks: int = 0
    segments: int = 0
    chunk_bytes: int = 0
    stored_bytes: int = 0
    spans_lost: int = 0
    is_more: bool = False  # something waits still, and is worth another compaction at once


def compact_session(
    store: BlobStore, folder: Folder, session_id: int, hole_age: timedelta, is_stopped: Callable[[], bool] = lambda: False
) -> Compacted | None:
    """Compact a session once; None where another worker is at it, or nothing waits. Raises StoreUnavailable, WrongStore."""
    claim = claim_session(session_id, datetime.now(UTC))
    if claim is None:
        return None
    compaction = Compaction(store, folder, claim, hole_age, is_stopped)
    try:
        return compaction.run()
    except (Overtaken, VolumeSwept):
        logger.info("session %s was compacted or erased meanwhile", claim.session)
        return None
    except _Stopped:
        return None
    finally:
        if compaction.was_put:  # does nothing where the segments have their rows
            give_up(claim.volume_id, datetime.now(UTC))
        else:
            forget_unput(claim.volume_id)


class Compaction:
    """One session's, once."""

    def __init__(
        self, store: BlobStore, folder: Folder, claim: Claim, hole_age: timedelta, is_stopped: Callable[[], bool]
    ) -> None:
        self._store, self._folder, self._claim, self._is_stopped = store, folder, claim, is_stopped
        self._parts_before = datetime.now(UTC) - hole_age  # parts that lack others this long will not be whole
        self._deadline_s = time.monotonic() + MOST_S
        self._sheets = kept_sheets(claim.project_id, claim.session_id)
        self._deaths_before = folder.deaths
        self.was_put = False
        self.done = Compacted()

    def run(self) -> Compacted:
        """Fold, put and commit."""
        streams = [stream for line in self._claim.lines if (stream := self._fold(line)) is not None]
        if not streams:
            return self.done
        data, rows = build(self._claim, streams)
        self.was_put = True
        self._store.put(self._claim.key, data)
        lines = lines_of(self._claim, streams, rows)
        keep_segments(self._claim, len(data), lines, datetime.now(UTC))
        self.done.segments = sum(len(each.segments) for each in lines)
        self.done.spans_lost = sum(len(each.gaps) for each in lines)
        self.done.stored_bytes = len(data)
        return self.done

    def _fold(self, line: Line) -> FoldedStream | None:
        """Fold a stream as far as this compaction goes; None where that is nowhere."""
        if self._is_full():
            self.done.is_more = True
            return None
        upto_seq, failures = line.next_seq, 0
        while True:
            try:
                return self._fold_upto(line, upto_seq, failures)
            except _Culprit as culprit:
                if not line.segmented_upto < culprit.seq < upto_seq:
                    note_failure(line, line.failures + 1)
                    logger.warning("stream %s cannot be folded at seq %d", line.name, culprit.seq)
                    return None
                upto_seq, failures, self.done.is_more = culprit.seq, 1, True  # what comes before it is good

    def _fold_upto(self, line: Line, upto_seq: int, failures: int) -> FoldedStream | None:
        stream = FoldedStream(line, line.segmented_upto, line.first_ms, failures)
        self._begin(stream)
        for units in self._units(line, upto_seq):
            for some in feeds(units, one_by_one=line.failures > 0):
                if self._is_full() and stream.upto_seq > line.segmented_upto:
                    self.done.is_more = True
                    return self._finished(stream)
                self._feed(stream, some)
        return self._finished(stream) if stream.upto_seq > line.segmented_upto else None

    def _finished(self, stream: FoldedStream) -> FoldedStream:
        try:
            stream.folded += self._folder.ask(Finish()).segments
        except ChildDied:
            raise _Culprit(stream.line.segmented_upto) from None
        return stream

    def _begin(self, stream: FoldedStream) -> None:
        """Give the child the page as the stream's last segment leaves it."""
        line = stream.line
        request = Begin(line.segmented_upto, sheets=self._sheets)
        if line.segmented_upto:
            segment = last_segment(self._claim, line)
            request = Begin(line.segmented_upto, 0, None, self._sheets)
            if segment is not None:
                stream.last_ms = segment.last_ms
                request = Begin(line.segmented_upto, segment.dom_codec, read_dom(self._store, segment), self._sheets)
        try:
            self._folder.ask(request)
        except ChildDied:
            if not line.failures:
                raise _Culprit(line.segmented_upto) from None
            self._folder.ask(Begin(line.segmented_upto, 0, None, self._sheets))  # unseen until the page's next full snapshot

    def _feed(self, stream: FoldedStream, units: list[list[Stored]]) -> None:
        line = stream.line
        chunks = [chunk for unit in units for chunk in unit]
        frames = read_frames(self._store, chunks)
        if len(frames) < len(chunks) and line.failures < FAILURES:
            self._check_store()
            raise _Culprit(next(unit[0].seq for unit in units if any(chunk.seq not in frames for chunk in unit)))
        drop: Drop = ""
        if line.failures >= FAILURES and stream.upto_seq == line.segmented_upto:
            drop = "dom" if line.failures == FAILURES else "both"
        try:
            answer = self._folder.ask(Feed(units, frames, drop))
        except ChildDied:
            raise _Culprit(units[0][0].seq) from None
        stream.take(chunks, answer)
        self.done.chunks += len(chunks)
        self.done.chunk_bytes += sum(chunk.length for chunk in chunks)
        self.done.stored_bytes += sum(len(each.dom.data) + len(each.log.data) for each in answer.segments)

    def _check_store(self) -> None:
        """Raise WrongStore where no pack is where its row says: a slip of the settings must not cost a byte."""
        if not any(self._store.exists(key) for key in kept_keys(most=5)):
            raise WrongStore

    def _units(self, line: Line, upto_seq: int) -> Iterator[list[list[Stored]]]:
        """Yield what is kept, many chunks at a time; parts whose others may still come are left for later."""
        at = line.segmented_upto
        while at < upto_seq:
            scope = (self._claim.project_id, self._claim.session_id, line.pk)
            chunks = stored_chunks(*scope, from_seq=at, upto_seq=upto_seq, most=CHUNKS_AT_ONCE)
            is_last = len(chunks) < CHUNKS_AT_ONCE
            early = parts_begun(chunks)
            if early and (not is_last or chunks[-1].received_at > self._parts_before):
                chunks = chunks[:-early]
            if chunks:
                yield list(units_of(chunks))
                at = chunks[-1].seq + 1
            if is_last or not chunks:
                return

    def _is_full(self) -> bool:
        """Say whether the rest should wait for the next compaction."""
        if self._is_stopped():
            raise _Stopped
        is_much = self.done.stored_bytes > MOST_VOLUME_BYTES or self.done.chunks > MOST_CHUNKS
        is_hard = self._folder.deaths - self._deaths_before >= MOST_DEATHS
        return is_much or is_hard or time.monotonic() > self._deadline_s


def feeds(units: list[list[Stored]], *, one_by_one: bool) -> Iterator[list[list[Stored]]]:
    """Yield the units in requests that neither side minds holding."""
    some: list[list[Stored]] = []
    size = raw = 0
    for unit in units:
        unit_size, unit_raw = sum(chunk.length for chunk in unit), sum(chunk.dom_raw_length for chunk in unit)
        if some and (one_by_one or size + unit_size > FEED_BYTES or raw + unit_raw > FEED_RAW_BYTES):
            yield some
            some, size, raw = [], 0, 0
        some.append(unit)
        size, raw = size + unit_size, raw + unit_raw
    if some:
        yield some
