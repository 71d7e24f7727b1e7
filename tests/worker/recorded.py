"""A recorded page for tests of compaction: chunks with real dom events, kept as ingest would keep them."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from replay.index.events import Run, stream_runs
from replay.index.models import Chunk, Stream
from replay.store.base import BlobStore
from replay.wire.frames import Codec, Flag
from tests.factories import START_MS, make_chunks

ROWS = 40


def snapshot(at_ms: float) -> list[dict[str, Any]]:
    """Return the two events that build a page: a list of rows."""
    rows = [_element(10 + 2 * row, "li", [_text(11 + 2 * row, f"row {row}")]) for row in range(ROWS)]
    body = _element(4, "body", [_element(5, "ul", rows)])
    html = _element(2, "html", [_element(3, "head", []), body])
    node = {"type": 0, "id": 1, "childNodes": [html]}
    return [
        {"type": 4, "timestamp": at_ms, "data": {"href": "https://shop.example/", "width": 1280, "height": 720}},
        {"type": 2, "timestamp": at_ms, "data": {"node": node, "initialOffset": {"left": 0, "top": 0}}},
    ]


def change(number: int, at_ms: float) -> dict[str, Any]:
    """Return a mutation that no other one looks like."""
    texts = [{"id": 11 + 2 * (number % ROWS), "value": f"change {number} {uuid.uuid5(uuid.NAMESPACE_OID, str(number))}"}]
    data = {"source": 0, "texts": texts, "attributes": [], "removes": [], "adds": []}
    return {"type": 3, "timestamp": at_ms, "data": data}


def events_of(seq: int, changes: int = 3) -> list[dict[str, Any]]:
    """Return the dom events of a chunk; the first one brings the page."""
    at_ms = START_MS + seq * 1000
    first = snapshot(at_ms) if seq == 0 else []
    return [*first, *(change(seq * 1000 + number, at_ms + 10 * (number + 1)) for number in range(changes))]


def record(stream: Stream, seqs: Iterable[int], store: BlobStore, changes: int = 3, **fields: Any) -> None:
    """Keep these chunks, a pack each."""
    for seq in seqs:
        record_dom(stream, seq, store, events_of(seq, changes), flags=Flag.SNAPSHOT if seq == 0 else 0, **fields)


def record_dom(stream: Stream, seq: int, store: BlobStore, events: Sequence[Any], **fields: Any) -> None:
    """Keep one chunk of these dom events."""
    raw = json.dumps(list(events)).encode()
    given = {"dom_codec": Codec.JSON_GZIP, "dom_raw_length": len(raw), "dom_events": len(events)} | fields
    make_chunks(stream, [seq], store, dom=gzip.compress(raw, mtime=0), **given)
    kept = set(Chunk.objects.filter(stream=stream).values_list("seq", flat=True))
    stream.refresh_from_db()
    at = stream.segmented_upto
    while at in kept:
        at += 1
    stream.next_seq, stream.end_seq = at, max([at, *(seq + 1 for seq in kept)])
    stream.save(update_fields=["next_seq", "end_seq"])


def told(runs: Iterable[Run]) -> tuple[list[Any], list[Any]]:
    """Return all dom and all log events of runs."""
    found = list(runs)
    return [event for run in found for event in run.dom or ()], [event for run in found for event in run.log or ()]


def everything(store: BlobStore, stream: Stream) -> tuple[list[Any], list[Any]]:
    """Return a stream's events, each seq of it in one run."""
    runs = list(stream_runs(store, stream))
    assert [run.first_seq for run in runs] == [0, *(run.upto_seq for run in runs[:-1])][: len(runs)]
    return told(runs)


def _element(pk: int, tag: str, children: list[Any]) -> dict[str, Any]:
    return {"type": 2, "id": pk, "tagName": tag, "attributes": {}, "childNodes": children}


def _text(pk: int, text: str) -> dict[str, Any]:
    return {"type": 3, "id": pk, "textContent": text}
