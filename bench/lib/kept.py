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
    from replay.index.models import Chunk, Pack
    from replay.store import open_store

    store = open_store()
    chunks = Chunk.objects.filter(stream__stream_id__in=list(journal)).order_by("stream__stream_id", "seq")
    kept: dict[str, list[int]] = {stream: [] for stream in journal}
    for stream, seq in chunks.values_list("stream__stream_id", "seq").iterator():
        kept[stream].append(seq)
    wrong = 0
    for stream, said in journal.items():
        for seq, (chunk_hash, bodies_hash) in said["seen"].items():
            row = Chunk.objects.select_related("pack").get(stream__stream_id=stream, seq=int(seq))
            bodies = store.get(row.pack.key, row.dom_offset, row.dom_length + row.log_length)
            wrong += bytes(row.hash).hex() != chunk_hash or hashlib.sha256(bodies).hexdigest() != bodies_hash
    return {
        "chunks": sum(map(len, kept.values())),
        "missing": sum(len(set(range(said["upto"])) - set(kept[stream])) for stream, said in journal.items()),
        "doubled": sum(len(seqs) - len(set(seqs)) for seqs in kept.values()),
        "wrong": wrong,
        "chunks_ever": Chunk.objects.count(),
        "puts_ever": Pack.objects.count(),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")
    django.setup()
    print(json.dumps(look(json.load(sys.stdin))))
