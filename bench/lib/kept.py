"""Whether what was acked is kept: asked of the tables and of the store, in a process that has neither's caches.

In: one JSON object on stdin, {stream: {"upto", "seen": {seq: [hash, SHA-256 of both bodies]}}}. Out: one JSON line. Run as
``python -m bench.lib.kept`` with the web process' environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import Any

import django


def look(journal: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Return how many chunks there are, how many of the acked are missing, and how many stand there twice or otherwise."""
    from django.db.models import Count, Max, Min

    from replay.index.models import Chunk, Pack
    from replay.store import open_store

    store = open_store()
    rows = Chunk.objects.filter(stream__stream_id__in=journal)
    missing = doubled = wrong = 0
    counted = {
        row["stream__stream_id"]: row
        for row in rows.values("stream__stream_id").annotate(
            rows=Count("pk"), seqs=Count("seq", distinct=True), first=Min("seq"), last=Max("seq")
        )
    }
    for stream, said in journal.items():
        row = counted.get(stream, {"rows": 0, "seqs": 0, "first": 0, "last": -1})
        missing += max(said["upto"] - rows.filter(stream__stream_id=stream, seq__lt=said["upto"]).count(), 0)
        doubled += row["rows"] - row["seqs"]
        for seq, digest in said["seen"].items():
            chunk = rows.select_related("pack").get(stream__stream_id=stream, seq=int(seq))
            length = chunk.dom_length + chunk.log_length
            bodies = store.get(chunk.pack.key, chunk.dom_offset, length)
            wrong += bytes(chunk.hash).hex() != digest[0] or hashlib.sha256(bodies).hexdigest() != digest[1]
    return {
        "chunks": sum(row["rows"] for row in counted.values()),
        "missing": missing,
        "doubled": doubled,
        "wrong": wrong,
        "chunks_ever": Chunk.objects.count(),
        "packs_ever": Pack.objects.count(),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")
    django.setup()
    print(json.dumps(look(json.load(sys.stdin))))
