"""Rows and real packs for tests: said in one call, with the rest filled in."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from replay.accounts.models import Project
from replay.index.assets import keep_asset
from replay.index.models import Asset, Chunk, Gap, Moment, Pack, Segment, Session, Stream, Volume
from replay.people.models import DistinctId, Person
from replay.store.base import BlobStore
from replay.wire import bodies, frames
from replay.wire.assets import Answer, Offer
from replay.wire.frames import HEADER_BYTES
from replay.wire.media import Kind

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
START_MS = START.timestamp() * 1000
GZIP = 2  # SPEC §3
_numbers = itertools.count(1)


def make_person(project: Project, *distinct_ids: str, **properties: Any) -> Person:
    """Make a person; with properties it is an identified one."""
    person = Person.objects.create(project=project, properties=properties, is_identified=bool(properties))
    for distinct_id in distinct_ids:
        DistinctId.objects.create(project=project, person=person, distinct_id=distinct_id, is_anonymous=not properties)
    return person


def make_session(project: Project, *, started_at: datetime = START, **fields: Any) -> Session:
    """Make a session of one minute that has ended."""
    ended_at = started_at + timedelta(minutes=1)
    given = {
        "uuid": uuid.uuid4(),
        "secret_hash": hashlib.sha256(b"secret").digest(),
        "distinct_id": f"anon-{next(_numbers)}",
        "started_at": started_at,
        "last_event_at": ended_at,
        "last_received_at": ended_at,
        "entry_url": "https://shop.example/",
        "exit_url": "https://shop.example/cart",
        "activity": [3, 1, 4],
        "browser": "Chrome",
        "os": "Linux",
        "viewport_width": 1280,
        "viewport_height": 720,
    }
    return Session.objects.create(project=project, **(given | fields))


def make_stream(session: Session, **fields: Any) -> Stream:
    """Make a stream whose clock is the server's, unless an offset is given."""
    number = next(_numbers)
    given = {
        "stream_id": f"{number:032x}",
        "window_id": f"{1:016x}",
        "first_ms": START_MS,
        "last_ms": START_MS + 60_000,
        "entry_url": "https://shop.example/",
        "viewport_width": 1280,
        "viewport_height": 720,
    }
    return Stream.objects.create(project_id=session.project_id, session=session, **(given | fields))


def make_moment(stream: Stream, *, after_s: float = 0, kind: str = "click", **fields: Any) -> Moment:
    """Make a moment so long after the start."""
    at_ms = START_MS + after_s * 1000
    given = {
        "event_id": f"e{next(_numbers)}",
        "at": START + timedelta(seconds=after_s),
        "at_ms": at_ms - stream.clock_offset_ms,
        "text": "Pay now",
        "url": "https://shop.example/checkout",
    }
    return Moment.objects.create(
        project_id=stream.project_id, session_id=stream.session_id, stream=stream, kind=kind, **(given | fields)
    )


def make_gap(stream: Stream, first_seq: int, last_seq: int, **fields: Any) -> Gap:
    """Make a stated gap."""
    given = {"first_ms": START_MS, "last_ms": START_MS + 1_000, "reason": "too_large", "body": "dom"}
    return Gap.objects.create(
        project_id=stream.project_id,
        session_id=stream.session_id,
        stream=stream,
        first_seq=first_seq,
        last_seq=last_seq,
        **(given | fields),
    )


def make_chunks(
    stream: Stream,
    seqs: Iterable[int],
    store: BlobStore | None = None,
    *,
    dom: bytes | None = None,
    log: bytes | None = None,
    **fields: Any,
) -> list[Chunk]:
    """Make one chunk a second for these seqs, in one pack; with a store its bytes are put there.

    The bodies of seq n are the JSON arrays ``[{"dom": n}]`` and ``[{"log": n}]``, gzipped, where none are given.
    """
    pack = Pack.objects.create(key=f"packs/test/{uuid.uuid4().hex}.pack", state=Pack.State.KEPT)
    data = b"a head of somebody else's bytes"
    rows = []
    for seq in seqs:
        chunk = _chunk(stream, seq, dom, log, **fields)
        frame, header = chunk.to_frame(), chunk.header
        named = {name: getattr(header, name) for name in _COLUMNS}
        dom_offset = len(data) + HEADER_BYTES
        places = {"dom_offset": dom_offset, "log_offset": dom_offset + len(chunk.dom)}
        received = {"received_at": START + timedelta(seconds=seq + 1)}
        data += frame
        rows.append(
            Chunk(
                project_id=stream.project_id,
                session_id=stream.session_id,
                stream=stream,
                seq=seq,
                pack=pack,
                **(named | places | received | fields),
            )
        )
    if store is not None:
        store.put(pack.key, data)
    stream.next_seq = max([stream.next_seq, *(row.seq + 1 for row in rows)])
    stream.save(update_fields=["next_seq"])
    return Chunk.objects.bulk_create(rows)


def make_segment(
    stream: Stream,
    first_seq: int,
    upto_seq: int,
    store: BlobStore | None = None,
    *,
    keyframe: Sequence[Any] = (),
    dom: Sequence[Any] | None = None,
    log: Sequence[Any] | None = None,
    **fields: Any,
) -> Segment:
    """Make a segment of these seqs, in a volume of its own, as the worker would; their chunks go.

    Unless told, its bodies hold what those of ``make_chunks`` hold.
    """
    dom = [{"dom": seq} for seq in range(first_seq, upto_seq)] if dom is None else dom
    log = [{"log": seq} for seq in range(first_seq, upto_seq)] if log is None else log
    kept = {"dom": bodies.encode_dom([*keyframe, *dom]), "log": bodies.encode_log(log)}
    volume = Volume.objects.create(
        project_id=stream.project_id,
        session_id=stream.session_id,
        key=f"test/{uuid.uuid4().hex}.volume",
        state=Pack.State.KEPT,
        segments=1,
    )
    data = b"a head of somebody else's bytes"
    places: dict[str, Any] = {}
    for name, body in kept.items():
        places |= {
            f"{name}_offset": len(data),
            f"{name}_length": len(body.data),
            f"{name}_raw_length": body.raw_length,
            f"{name}_codec": body.codec,
            f"{name}_hash": hashlib.sha256(body.data).digest(),
        }
        data += body.data
    if store is not None:
        store.put(volume.key, data)
    given = {
        "keyframe_events": len(keyframe),
        "dom_events": len(dom),
        "log_events": len(log),
        "flags": 2 if first_seq == 0 else 0,
        "first_ms": START_MS + first_seq * 1000,
        "last_ms": START_MS + (upto_seq - 1) * 1000 + 900,
    }
    Chunk.objects.filter(stream=stream, seq__gte=first_seq, seq__lt=upto_seq).delete()
    stream.segmented_upto = max(stream.segmented_upto, upto_seq)
    stream.next_seq = max(stream.next_seq, upto_seq)
    stream.save(update_fields=["segmented_upto", "next_seq"])
    return Segment.objects.create(
        project_id=stream.project_id,
        session_id=stream.session_id,
        stream=stream,
        first_seq=first_seq,
        upto_seq=upto_seq,
        volume=volume,
        **(places | given | fields),
    )


_COLUMNS = (
    *("flags", "dom_codec", "log_codec", "part_index", "part_count", "dom_length", "dom_raw_length", "log_length"),
    *("log_raw_length", "dom_events", "first_ms", "last_ms", "wall_ms", "mono_ms", "hash"),
)


def _chunk(stream: Stream, seq: int, dom: bytes | None, log: bytes | None, **fields: Any) -> frames.Chunk:
    """Return the chunk that a row of ``make_chunks`` stands for."""
    dom = body_of("dom", seq) if dom is None else dom
    log = body_of("log", seq) if log is None else log
    given: dict[str, Any] = {
        "dom_raw_length": len(gzip.decompress(body_of("dom", seq))),
        "dom_codec": GZIP,
        "log_raw_length": len(gzip.decompress(body_of("log", seq))),
        "log_codec": GZIP,
        "flags": 2 if seq == 0 else 0,
        "dom_events": 1,
        "first_ms": START_MS + seq * 1000,
        "last_ms": START_MS + seq * 1000 + 900,
        "wall_ms": START_MS + seq * 1000 + 900,
        "mono_ms": seq * 1000 + 900,
    }
    given |= {name: value for name, value in fields.items() if name in frames.ChunkHeader.__struct_fields__}
    header = frames.ChunkHeader(stream.session.uuid, stream.stream_id, seq, **given)
    return frames.make_chunk(header, dom if header.dom_codec else b"", log if header.log_codec else b"")


def make_asset(session: Session, data: bytes, store: BlobStore, *, kind: Kind = "stylesheet", url: str = "") -> Asset:
    """Make an asset that a session shows, kept by the real road."""
    offer = Offer(hashlib.sha256(data).hexdigest(), kind, url, len(data), 1)
    answer = keep_asset(store, session.project_id, session.project.public_id, session.uuid, offer, data, START)
    assert answer == Answer.KNOWN, answer
    return Asset.objects.get(project_id=session.project_id, hash=offer.digest)


def body_of(kind: str, seq: int) -> bytes:
    """Return what ``make_chunks`` keeps as the body of a seq."""
    return gzip.compress(json.dumps([{kind: seq}]).encode(), mtime=0)
