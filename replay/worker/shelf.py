"""What the folded streams of a session come to: one volume's bytes, and the rows of its segments and gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from replay.index.gaps import NEVER_ARRIVED, NOT_DECODABLE, gaps_named, is_named
from replay.index.models import Gap, Segment
from replay.index.segments import Claim, Line, Lines
from replay.index.units import Stored
from replay.store import volume
from replay.wire.bodies import Body
from replay.worker.cutter import Folded
from replay.worker.folding import Answer, Lost

Span = tuple[int, int, float, float]  # first seq, last seq, first_ms, last_ms


@dataclass
class FoldedStream:
    """What one stream has come to so far."""

    line: Line
    upto_seq: int
    last_ms: float
    failures: int = 0
    folded: list[Folded] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    absent: list[Span] = field(default_factory=list)  # seqs without a chunk

    def take(self, chunks: Sequence[Stored], answer: Answer) -> None:
        """Go on to the end of these chunks, of which the child told."""
        self.folded += answer.segments
        self.lost += answer.lost
        for chunk in chunks:
            if chunk.seq > self.upto_seq:
                self.absent.append((self.upto_seq, chunk.seq - 1, self.last_ms, max(self.last_ms, chunk.first_ms)))
            self.upto_seq, self.last_ms = chunk.seq + 1, chunk.last_ms


def build(claim: Claim, streams: Sequence[FoldedStream]) -> tuple[bytes, dict[int, list[Segment]]]:
    """Return the volume's bytes, and the rows of its segments by stream."""
    rows: dict[int, list[Segment]] = {each.line.pk: [] for each in streams}
    bodies: list[tuple[volume.Range, bytes]] = []
    places: list[tuple[Segment, str]] = []
    for stream in streams:
        for folded in stream.folded:
            row = _row(claim, stream.line, folded)
            rows[stream.line.pk].append(row)
            for told, data in _ranges(stream.line, folded):
                bodies.append((told, data))
                places.append((row, f"{told.body}_offset"))
    data, offsets = volume.build(claim.project, str(claim.session), bodies)
    for (row, name), offset in zip(places, offsets, strict=True):
        setattr(row, name, offset)
    return data, rows


def lines_of(claim: Claim, streams: Sequence[FoldedStream], rows: dict[int, list[Segment]]) -> list[Lines]:
    """Return what the index is to keep of each stream."""
    return [Lines(each.line, each.upto_seq, rows[each.line.pk], list(_gaps(claim, each)), each.failures) for each in streams]


def _row(claim: Claim, line: Line, folded: Folded) -> Segment:
    return Segment(
        project_id=claim.project_id,
        session_id=claim.session_id,
        stream_id=line.pk,
        volume_id=claim.volume_id,
        first_seq=folded.first_seq,
        upto_seq=folded.upto_seq,
        dom_offset=0,
        dom_length=len(folded.dom.data),
        dom_raw_length=folded.dom.raw_length,
        dom_codec=folded.dom.codec,
        dom_hash=hashlib.sha256(folded.dom.data).digest(),
        log_offset=0,
        log_length=len(folded.log.data),
        log_raw_length=folded.log.raw_length,
        log_codec=folded.log.codec,
        log_hash=hashlib.sha256(folded.log.data).digest(),
        keyframe_events=folded.keyframe_events,
        dom_events=folded.dom_events,
        log_events=folded.log_events,
        flags=folded.flags,
        first_ms=folded.first_ms,
        last_ms=folded.last_ms,
    )


def _ranges(line: Line, folded: Folded) -> Iterator[tuple[volume.Range, bytes]]:
    if folded.dom.data:
        yield _range(line, folded, "dom", folded.dom, folded.dom_events, folded.keyframe_events)
    if folded.log.data:
        yield _range(line, folded, "log", folded.log, folded.log_events, 0)


def _range(
    line: Line, folded: Folded, kind: Literal["dom", "log"], body: Body, events: int, keyframe_events: int
) -> tuple[volume.Range, bytes]:
    told = volume.Range(
        stream=line.name,
        first_seq=folded.first_seq,
        upto_seq=folded.upto_seq,
        body=kind,
        codec=body.codec,
        raw_length=body.raw_length,
        length=len(body.data),
        hash=hashlib.sha256(body.data).hexdigest(),
        events=events,
        first_ms=folded.first_ms,
        last_ms=folded.last_ms,
        keyframe_events=keyframe_events,
        flags=folded.flags,
    )
    return told, body.data


def _gaps(claim: Claim, stream: FoldedStream) -> Iterator[Gap]:
    """Yield the gaps that nobody has named yet."""
    named = gaps_named(claim.project_id, claim.session_id, stream.line.pk, stream.line.segmented_upto)
    for lost in stream.lost:
        if not lost.is_told and not is_named(named, lost.first_seq, lost.last_seq, lost.body):
            yield _gap(
                claim, stream.line, (lost.first_seq, lost.last_seq, lost.first_ms, lost.last_ms), NOT_DECODABLE, lost.body
            )
    for span in stream.absent:
        if not is_named(named, span[0], span[1], "both"):
            yield _gap(claim, stream.line, span, NEVER_ARRIVED, "both")


def _gap(claim: Claim, line: Line, span: Span, reason: str, body: str) -> Gap:
    first, last, first_ms, last_ms = span
    return Gap(
        project_id=claim.project_id,
        session_id=claim.session_id,
        stream_id=line.pk,
        first_seq=first,
        last_seq=last,
        first_ms=first_ms,
        last_ms=last_ms,
        reason=reason,
        body=body,
    )
