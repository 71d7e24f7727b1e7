"""Looks at a layout from within: its tables and its store, directly, past every server. ``python -m tests.faults.inside``

Lines of JSON in, lines of JSON out; the layout's settings come by the environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")
COUNTERS = ("pages", "clicks", "rage_clicks", "errors", "console_errors", "failed_requests", "custom_events", "size_bytes")


def sweep(older_than_s: float) -> dict[str, Any]:
    """Run the worker's sweep with another idea of what is old."""
    from replay.index.models import Pack
    from replay.store import open_store
    from replay.worker.sweep import sweep as run

    gone = 0
    while some := run(open_store(), datetime.now(UTC), timedelta(seconds=older_than_s)):
        gone += some
    return {"gone": gone, "open": Pack.objects.filter(state=Pack.State.OPEN).count()}


def orphans() -> dict[str, Any]:
    """Return objects that no row knows, and rows of kept packs whose object is not there."""
    from replay.index.models import Pack
    from replay.store import open_store

    stored = set(open_store().keys("packs/"))
    rows = dict(Pack.objects.values_list("key", "state"))
    missing = [key for key, state in rows.items() if state == Pack.State.KEPT and key not in stored]
    return {"orphans": sorted(stored - set(rows)), "missing": sorted(missing)}


def sessions(uuids: list[str]) -> dict[str, Any]:
    """Return what the tables hold of these sessions, with each chunk's frame as the store has it, by its SHA-256."""
    from replay.index.models import Chunk, Gap, Moment, Session, Stream
    from replay.wire.frames import HEADER_BYTES

    told: dict[str, Any] = {"sessions": {}, "streams": {}}
    rows = {row.pk: row for row in Session.objects.filter(uuid__in=uuids)}
    for row in rows.values():
        counters = {name: getattr(row, name) for name in COUNTERS} | {"activity": sum(row.activity)}
        told["sessions"].setdefault(str(row.uuid), []).append(counters)
    chunks = list(Chunk.objects.filter(session_id__in=rows).select_related("pack").order_by("stream_id", "seq"))
    frames = _frames({chunk.pack.key for chunk in chunks})
    streams = {stream.pk: stream for stream in Stream.objects.filter(session_id__in=rows)}
    per_stream: dict[int, dict[str, Any]] = {
        pk: {"next_seq": stream.next_seq, "session": str(rows[stream.session_id].uuid), "chunks": [], "gaps": [], "moments": []}
        for pk, stream in streams.items()
    }
    for chunk in chunks:
        frame = frames[chunk.pack.key].get(chunk.dom_offset - HEADER_BYTES, "")
        per_stream[chunk.stream_id]["chunks"].append([chunk.seq, bytes(chunk.hash).hex(), frame, chunk.pack.state])
    for gap in Gap.objects.filter(session_id__in=rows):
        per_stream[gap.stream_id]["gaps"].append([gap.first_seq, gap.last_seq, gap.reason])
    for moment in Moment.objects.filter(session_id__in=rows):
        per_stream[moment.stream_id]["moments"].append([moment.event_id, moment.kind])
    for pk, found in per_stream.items():
        told["streams"].setdefault(streams[pk].stream_id, []).append(found)
    return told


def _frames(keys: set[str]) -> dict[str, dict[int, str]]:
    """Return the frames that lie in these packs: their SHA-256 by where they begin, as the pack's own index tells."""
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(keys, pool.map(_frames_of, keys), strict=True))


def _frames_of(key: str) -> dict[int, str]:
    from replay.store import open_store, pack
    from replay.store.base import NotFound

    try:
        data = open_store().get(key)
        return {data.find(frame): hashlib.sha256(frame).hexdigest() for _, frame in pack.read(data)}
    except (NotFound, pack.BadPack):
        return {}


def _forget(connection: Any) -> None:
    """Close what is open, the pool too where there is one."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()


def main() -> None:
    """Answer requests until stdin ends."""
    django.setup()
    from django.db import connection

    doers: dict[str, Callable[..., dict[str, Any]]] = {"sweep": sweep, "orphans": orphans, "sessions": sessions}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        _forget(connection)  # the server may have been killed since
        try:
            answer = doers[request.pop("do")](**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
