"""Objects put for a thousand chunks, by the real policies on a clock that is an argument.

Ingest: the real packer hears 5,000 sessions that each send a chunk every 5 s; every pack is a PUT. The worker: its PUTs are
one for each compaction of a session, whatever the others do, so a few sessions stand for all: the real ledger keeps their
chunks, the real rule says each virtual minute which of them to compact, and the real worker does it. No session ends: it is
the steady state.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import uuid4

from bench.lib.house import HOLE_AGE, House
from replay.ingest.packer import Packer
from tests.pages_say import PageStream

CHUNK_EVERY_S: Final = 5
CHUNK_BYTES: Final = 8 * 1024
PACK_CHUNKS: Final = 250
EACH_S: Final = 60  # virtual, between two looks of the worker


def ingest_puts(sessions: int, every_s: float, seconds: float) -> float:
    """Return the PUTs of one web process for a thousand chunks."""
    random = Random(5)
    phases = [random.uniform(0, every_s) for _ in range(sessions)]
    arrivals = sorted(phase + beat * every_s for phase in phases for beat in range(int(seconds / every_s)))
    packer: Packer[int] = Packer()
    packs = 0
    for number, now in enumerate(arrivals):
        if packer.due_at <= now:
            packer.take()
            packs += 1
        packs += bool(packer.add(number, CHUNK_BYTES, now))
    return 1_000 * packs / len(arrivals)


def worker_puts(home: House, sessions: int, minutes: int, after_s: int) -> float:
    """Return the PUTs of the worker for a thousand chunks that it has compacted."""
    from replay.index.waiting import sessions_waiting
    from replay.worker.compact import compact_session

    random = Random(5)
    now = datetime.now(UTC) - timedelta(minutes=minutes)
    pages = [PageStream(now_ms=now.timestamp() * 1_000) for _ in range(sessions)]
    begins_s = [random.uniform(0, after_s) for _ in pages]
    ours = set[Any]()
    puts = chunks = 0
    for second in range(0, minutes * 60, EACH_S):
        now += timedelta(seconds=EACH_S)
        talking = [page for page, begin_s in zip(pages, begins_s, strict=True) if begin_s <= second]
        ours |= _keep(home, talking, now)
        for pk in [pk for pk in sessions_waiting(now, timedelta(seconds=after_s), 1_000) if pk in ours]:
            done = compact_session(home.store, home.folder, pk, HOLE_AGE)
            if done is not None and done.segments:
                puts += 1
                chunks += done.chunks
    assert chunks, "nothing was compacted: is the time too short?"
    return 1_000 * puts / chunks


_next_seq: dict[str, int] = {}


def _keep(home: House, pages: list[PageStream], now: datetime) -> set[int]:
    """Keep a virtual minute of chunks of all pages; return the sessions."""
    from replay.index.arrival import Arrival
    from replay.index.digest import digest
    from replay.index.keep import keep_pack
    from replay.index.models import Session
    from replay.index.packs import open_pack
    from replay.ingest.admission import Key, make_source
    from replay.store import pack
    from replay.store.keys import pack_key
    from replay.wire.frames import HEADER_BYTES

    key = Key(home.project.pk, home.project.public_id, (), False)
    said = []
    for beat in range(EACH_S // CHUNK_EVERY_S):
        for page in pages:
            seq = _next_seq[page.stream] = _next_seq.get(page.stream, -1) + 1
            at_ms = page.now_ms + seq * CHUNK_EVERY_S * 1_000
            received_at = now - timedelta(seconds=EACH_S - (beat + 1) * CHUNK_EVERY_S)
            said.append(
                (
                    page,
                    page.chunk(
                        seq, dom=[{"type": 3, "data": {"source": 0}, "timestamp": at_ms}], first_ms=at_ms, last_ms=at_ms
                    ),
                    received_at,
                )
            )
    for start in range(0, len(said), PACK_CHUNKS):
        some = said[start : start + PACK_CHUNKS]
        data, offsets = pack.build((home.project.public_id, chunk.frame) for _, chunk, _ in some)
        name = pack_key(now, uuid4())
        pack_id = open_pack(name, len(data), now)
        home.store.put(name, data)
        arrivals = [
            Arrival(
                make_source(key, page.hello(), "", page.now_ms),
                chunk.header,
                digest((), page.url),
                offset + HEADER_BYTES,
                received_at,
            )
            for (page, chunk, received_at), offset in zip(some, offsets, strict=True)
        ]
        assert all(outcome.code is None for outcome in keep_pack(pack_id, arrivals))
    return set(Session.objects.filter(uuid__in=[page.session for page in pages]).values_list("pk", flat=True))
