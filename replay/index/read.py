"""The bytes of chunks, as readers get them: by stream and range, never by object key (SPEC §7).

Bodies that lie near each other in a pack are fetched as one range, several ranges at a time, each with its frame, whose hash
proves it. A body that is gone, cut short or not what was sent becomes a "missing" record, so that the rest plays; a store that
is down raises ``StoreUnavailable``: nothing is called lost.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from replay.accounts.models import Project
from replay.index.errors import NotFound
from replay.index.intact import is_frame_intact, is_log_intact, reads_whole_frame
from replay.index.manifest import missing_ranges
from replay.index.models import Chunk, Gap, Session, Stream
from replay.index.view import consistent_view
from replay.store.base import BlobStore
from replay.store.base import NotFound as BlobNotFound
from replay.wire.frames import HEADER_BYTES, Codec
from replay.wire.records import Record, segmented

logger = logging.getLogger(__name__)
Body = Literal["dom", "log"]

MAX_ANSWER_BYTES = 4 * 1024 * 1024  # SPEC §7
MAX_ANSWER_CHUNKS = 4_096  # over an hour of a quiet page, whose chunks are small
MERGE_SLACK_BYTES = 64 * 1024  # reading over so many foreign bytes is quicker than asking the store again
MAX_SPAN_BYTES = 8 * 1024 * 1024  # of one request to the store
PARALLEL_GETS = 8  # an S3 get waits about 20 ms; a process need not wait for them in turn

_getters = ThreadPoolExecutor(PARALLEL_GETS, thread_name_prefix="read")


@dataclass(frozen=True)
class Place:
    """Where one body lies, and what its record says."""

    seq: int
    flags: int
    codec: int
    part_index: int
    part_count: int
    raw_length: int
    key: str
    offset: int
    length: int
    hash: bytes  # of the whole chunk
    frame: tuple[int, int] | None = None  # where its frame begins and ends, when that is read to prove it

    @property
    def start(self) -> int:
        """Return where to begin reading."""
        return self.frame[0] if self.frame else self.offset

    @property
    def end(self) -> int:
        """Return where reading ends."""
        return self.frame[1] if self.frame else self.offset + self.length


@dataclass
class Span:
    """One range of one object, and the bodies inside it."""

    key: str
    start: int
    end: int
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What one answer will hold. Answers of one ``etag`` that are final are the same bytes."""

    stream: Stream
    from_seq: int
    next_seq: int
    places: list[Place]
    etag: str
    is_segmented: bool  # these chunks have become a segment


@dataclass(frozen=True)
class Reading:
    """Records in order of seq. ``is_final`` says that asking again can never give other bytes."""

    data: bytes
    next_seq: int
    is_final: bool


def find_stream(project: Project, session: Session, stream_id: str) -> Stream:
    """Return a stream of a session; raise NotFound."""
    stream = Stream.objects.filter(project=project, session=session, stream_id=stream_id).first()
    if stream is None:
        raise NotFound(stream_id)
    return stream


def read_chunks(store: BlobStore, stream: Stream, body: Body, from_seq: int, upto_seq: int) -> Reading:
    """Return the records of ``from_seq ≤ seq < upto_seq``, at most 4 MiB; raise StoreUnavailable."""
    return read_plan(store, plan_chunks(stream, body, from_seq, upto_seq))


def plan_chunks(stream: Stream, body: Body, from_seq: int, upto_seq: int) -> Plan:
    """Return which records one answer will hold, from rows alone. Below the stream's segments it is one that says so."""
    with consistent_view():
        segmented_upto = Stream.objects.filter(pk=stream.pk).values_list("segmented_upto", flat=True).first() or 0
        is_segmented = from_seq < segmented_upto
        places, next_seq = ([], min(segmented_upto, upto_seq)) if is_segmented else _plan(stream, body, from_seq, upto_seq)
    told = hashlib.sha256(f"1 {stream.stream_id} {body} {from_seq} {next_seq} ".encode())  # 1: the form of records
    for place in places:
        told.update(place.hash)
    etag = "" if is_segmented else f'"{told.hexdigest()[:32]}"'
    return Plan(stream, from_seq, next_seq, places, etag, is_segmented)


def read_plan(store: BlobStore, plan: Plan) -> Reading:
    """Return the records of a plan; raise StoreUnavailable."""
    if plan.is_segmented:
        return Reading(segmented(plan.from_seq).to_bytes(), plan.next_seq, is_final=False)
    bodies = fetch(store, coalesce(place for place in plan.places if place.length))
    records = [_record(place, bodies.get(place.seq)) for place in plan.places]
    is_whole = plan.next_seq > plan.from_seq and _all_accounted(plan.stream, plan.places, plan.from_seq, plan.next_seq)
    return Reading(
        data=b"".join(record.to_bytes() for record in records),
        next_seq=plan.next_seq,
        is_final=is_whole and not any(record.codec == Codec.MISSING for record in records),
    )


def coalesce(places: Iterable[Place]) -> list[Span]:
    """Return the fewest ranges that hold all the places without reading far over anything else."""
    spans: list[Span] = []
    for place in sorted(places, key=lambda place: (place.key, place.start)):
        last = spans[-1] if spans else None
        near = last is not None and last.key == place.key and place.start - last.end <= MERGE_SLACK_BYTES
        if last is None or not near or place.end - last.start > MAX_SPAN_BYTES:
            spans.append(Span(place.key, place.start, place.end, [place]))
        else:
            last.end = max(last.end, place.end)
            last.places.append(place)
    return spans


def _plan(stream: Stream, body: Body, from_seq: int, upto_seq: int) -> tuple[list[Place], int]:
    """Return which bodies fit into one answer, and the seq at which the next answer begins."""
    chunks = Chunk.objects.filter(
        project_id=stream.project_id, session_id=stream.session_id, stream=stream, seq__gte=from_seq, seq__lt=upto_seq
    )
    columns = [f"{body}_{column}" for column in ("codec", "raw_length", "offset", "length")]
    columns += ["dom_offset", "dom_length", "log_length"]
    rows = chunks.order_by("seq").values_list("hash", "seq", "flags", "part_index", "part_count", "pack__key", *columns)
    places: list[Place] = []
    size = 0
    for digest, seq, flags, part_index, part_count, key, codec, raw_length, offset, length, *beside in rows[
        : MAX_ANSWER_CHUNKS + 1
    ]:
        if places and (size + length > MAX_ANSWER_BYTES or len(places) == MAX_ANSWER_CHUNKS):
            return places, places[-1].seq + 1
        dom_offset, dom_length, log_length = beside
        frame = (dom_offset - HEADER_BYTES, dom_offset + dom_length + log_length)
        proof = frame if reads_whole_frame(body, codec, dom_length) else None
        places.append(Place(seq, flags, codec, part_index, part_count, raw_length, key, offset, length, bytes(digest), proof))
        size += length
    # Whoever asks beyond the end goes on where the stream will: later chunks must not be skipped.
    known = max(stream.next_seq, places[-1].seq + 1 if places else 0)
    return places, max(from_seq, min(upto_seq, known))


def fetch(store: BlobStore, spans: list[Span]) -> dict[int, bytes]:
    """Return the bodies by seq; those that the store does not have are left out."""
    bodies: dict[int, bytes] = {}
    if len(spans) <= 1:
        found = [_get(store, span) for span in spans]
    else:
        found = list(_getters.map(lambda span: _get(store, span), spans))
    for some in found:
        bodies.update(some)
    return bodies


def _get(store: BlobStore, span: Span) -> dict[int, bytes]:
    """Return the bodies in a span. Where the whole is not there, its parts are asked for: one lost tail is not all lost."""
    try:
        data = store.get(span.key, span.start, span.end - span.start)
    except BlobNotFound:
        if len(span.places) == 1:
            return {}
        return _get_alone(store, span)
    bodies = {
        place.seq: data[place.offset - span.start :][: place.length] for place in span.places if _is_intact(place, span, data)
    }
    if len(bodies) < len(span.places) > 1:
        return bodies | _get_alone(store, Span(span.key, 0, 0, [place for place in span.places if place.seq not in bodies]))
    return bodies


def _get_alone(store: BlobStore, span: Span) -> dict[int, bytes]:
    """Return the bodies of a span, each asked for by itself."""
    alone = (Span(span.key, place.start, place.end, [place]) for place in span.places)
    return {seq: body for part in alone for seq, body in _get(store, part).items()}


def _is_intact(place: Place, span: Span, data: bytes) -> bool:
    """Say whether what was read at a place is what was sent; what is not is asked for once more where it came with others."""
    found = data[place.start - span.start : place.end - span.start]
    is_intact = is_frame_intact(found, place.hash) if place.frame else is_log_intact(place.codec, found, place.raw_length)
    if not is_intact:
        logger.error("bytes in the store are not those that were sent: key=%s seq=%d", place.key, place.seq)
    return is_intact


def _record(place: Place, body: bytes | None) -> Record:
    """Return what a reader gets for a place whose bytes may be missing."""
    if place.length == 0:
        body = b""
    codec = place.codec if body is not None else int(Codec.MISSING)
    return Record(place.seq, codec, place.flags, place.part_index, place.part_count, place.raw_length, body or b"")


def _all_accounted(stream: Stream, places: list[Place], from_seq: int, next_seq: int) -> bool:
    """Say whether each seq of the range is a kept chunk or a stated gap, so that nothing can still arrive in it."""
    if len(places) == next_seq - from_seq:
        return True
    gaps = Gap.objects.filter(
        project_id=stream.project_id,
        session_id=stream.session_id,
        stream=stream,
        last_seq__gte=from_seq,
        first_seq__lt=next_seq,
    )
    known = [(place.seq, place.seq) for place in places] + list(gaps.values_list("first_seq", "last_seq")[:MAX_ANSWER_CHUNKS])
    return not any(missing_ranges([*known, (next_seq, next_seq)], from_seq))
