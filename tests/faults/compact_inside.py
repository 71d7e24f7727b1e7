"""Ingest's writer, a worker that kills itself, readers, all processes of their own: ``python -m tests.faults.compact_inside``

Lines of JSON in, lines of JSON out; the layout's settings come by the environment. All is imported once, and every request has
a fork of its own, which ``kill -9`` may end; then the answer is ``{"killed": true}``.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")
STEPS: Final = (
    *("before_intent", "after_intent", "while_folding", "before_put", "mid_put", "after_put", "in_commit", "before_commit"),
    *("after_commit", "before_delete", "after_delete"),
)
LOADED: Final = (  # once, before all forks
    *("replay.index.digest", "replay.index.events", "replay.index.keep", "replay.ingest.admission", "replay.worker.compact"),
    *("replay.worker.sweep", "tests.pages_say", "tests.worker.recorded"),
)
AT_ONCE: Final = timedelta(0)
PACE_S: Final = 0.01  # between two readings: a reader in a hurry takes all of a processor
REAL_CHILD_EVERY: Final = 8  # rounds; a process takes longer to start than all the rest


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# What ingest does


def record(project: str, pages: list[dict[str, Any]], seqs: dict[str, list[int]]) -> dict[str, Any]:
    """Keep chunks of these pages in packs that they share, as ingest does; return how far each stream is kept."""
    from replay.index.digest import digest
    from replay.index.keep import keep_pack
    from replay.index.packs import open_pack
    from replay.ingest.admission import Key, make_source
    from replay.store import open_store, pack
    from replay.store.keys import pack_key
    from replay.wire.frames import HEADER_BYTES
    from replay.wire.log import open_log

    row = _project(project)
    key, upto = Key(row.pk, row.public_id, (), False), {}
    chunks = [(page, seq) for page in map(_page, pages) for seq in seqs[page.stream]]
    for some in (chunks[at : at + 12] for at in range(0, len(chunks), 12)):
        made = [(page, page.chunk(seq, log_of(page, seq), dom=dom_of(page.stream, seq))) for page, seq in some]
        data, offsets = pack.build((row.public_id, chunk.to_frame()) for _, chunk in made)
        now = datetime.now(UTC)
        name = pack_key(now, uuid4())
        pack_id = open_pack(name, len(data), now)
        open_store().put(name, data)
        arrivals = [
            _arrival(
                make_source(key, page.hello(), "", page.now_ms), chunk, digest(open_log(chunk), page.url), at + HEADER_BYTES
            )
            for (page, chunk), at in zip(made, offsets, strict=True)
        ]
        for (page, _), outcome in zip(made, keep_pack(pack_id, arrivals), strict=True):
            assert outcome.code is None, outcome
            upto[page.stream] = outcome.next_seq
    return {"upto": upto}


def _arrival(source: Any, chunk: Any, told: Any, at: int) -> Any:
    from replay.index.arrival import Arrival

    return Arrival(source, chunk.header, told, at, datetime.now(UTC))


def _project(public_id: str) -> Any:
    from replay.accounts.models import Project

    return Project.objects.get(public_id=public_id)


def _page(told: dict[str, Any]) -> Any:
    from tests.pages_say import PageStream

    fields: dict[str, Any] = {**told, "session": UUID(told["session"])}
    return PageStream(**fields)


def log_of(page: Any, seq: int) -> dict[str, Any]:
    """Return a chunk's log event, the same whenever it is asked for."""
    from tests.pages_say import click

    return {**click(at_ms=page.now_ms + seq * 1000), "id": f"{page.stream[:8]}-{seq}"}


def dom_of(stream: str, seq: int) -> list[dict[str, Any]]:
    """Return the dom events of a chunk, each of which says whose and which it is."""
    from tests.worker.recorded import events_of

    return [{**event, "of": f"{stream[:8]}/{seq}/{at}"} for at, event in enumerate(events_of(seq, 2))]


# What a worker does


def compact(session: str, step: str, seed: int, more: dict[str, Any] | None) -> dict[str, Any]:
    """Compact a session, and be killed at a step; before the put, ingest keeps more of it."""
    from replay.index import segments
    from replay.index.models import Session
    from replay.store import open_store
    from replay.worker import compact as module
    from replay.worker.folder import Folder
    from replay.worker.folding import Answer, Folding, Request

    class Inline(Folder):
        """Folds in this process."""

        def __init__(self) -> None:
            super().__init__(0, 0)
            self.folding = Folding()

        def ask(self, request: Request) -> Answer:
            return self.folding.answer(request)

    vars(segments)["CLAIMED_AT_MOST"] = AT_ONCE  # whoever claimed it before us was killed
    store, dice = Watched(open_store()), random.Random(seed)
    folder = Folder(1_024, 60) if seed % REAL_CHILD_EVERY == 0 else Inline()
    plans: dict[str, tuple[Any, str, bool]] = {
        "before_intent": (module, "claim_session", True),
        "after_intent": (module, "claim_session", False),
        "while_folding": (module.Compaction, "_feed", False),
        "before_put": (store, "put", True),
        "after_put": (store, "put", False),
        "in_commit": (segments, "lower_packs", True),
        "before_commit": (segments, "lower_packs", False),
        "after_commit": (module, "keep_segments", False),
    }
    if step in plans:
        _die_at(*plans[step])
    if step == "mid_put":
        _die_at(store, "put", is_before=False)  # at the latest
        store.on_put = lambda: threading.Timer(dice.uniform(0, 0.01), die).start()
    elif more:
        store.on_put = lambda: record(**more)
    done = module.compact_session(store, folder, Session.objects.get(uuid=session).pk, timedelta(hours=25))
    folder.close()
    return {"chunks": done.chunks if done else 0}


def sweep(step: str) -> dict[str, Any]:
    """Sweep with no patience at all, and be killed beside a delete."""
    from replay.store import open_store
    from replay.worker.sweep import sweep as run

    store = Watched(open_store())
    if step in ("before_delete", "after_delete"):
        _die_at(store, "delete", step == "before_delete")
    return {"gone": run(store, datetime.now(UTC), AT_ONCE)}


class Watched:
    """A store at which something happens."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.on_put: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def put(self, key: str, data: bytes) -> None:
        self.on_put()
        self.store.put(key, data)

    def delete(self, key: str) -> None:
        self.store.delete(key)


def _die_at(owner: Any, name: str, is_before: bool) -> None:
    usual = getattr(owner, name)

    def last(*args: Any, **kwargs: Any) -> Any:
        if not is_before:
            usual(*args, **kwargs)
        die()

    setattr(owner, name, last)


# What readers and an auditor see


def watch(streams: dict[str, int], until: str) -> dict[str, Any]:
    """Read streams again and again: each event once, in order, and at least those of the chunks that were acked before."""
    reads, wrong = 0, []
    while True:
        is_last = Path(until).exists()
        time.sleep(PACE_S)
        for stream, acked in streams.items():
            with suppress(_Gone):
                wrong += _wrong(stream, acked)
                reads += 1
        if is_last or len(wrong) > 3:
            return {"reads": reads, "wrong": wrong}


class _Gone(Exception):
    """There is no such stream yet."""


def _wrong(name: str, acked: int) -> list[str]:
    from replay.index.events import stream_runs
    from replay.index.models import Stream
    from replay.store import open_store

    stream = Stream.objects.filter(stream_id=name).first()
    if stream is None:
        raise _Gone
    runs = list(stream_runs(open_store(), stream))
    upto = max((run.upto_seq for run in runs), default=0)
    dom = [event["of"] for run in runs for event in run.dom or ()]
    logs = sum(len(run.log or ()) for run in runs)
    if upto < acked:
        return [f"{name}: {upto} of {acked} chunks are read"]
    if dom != [event["of"] for seq in range(upto) for event in dom_of(name, seq)]:
        return [f"{name}: other dom events than were recorded up to {upto}: {[(r.first_seq, r.upto_seq) for r in runs]}"]
    return [] if logs == upto else [f"{name}: {logs} log events of {upto}"]


def audit() -> dict[str, Any]:
    """Return what rows and objects say that does not fit."""
    from django.db.models import Count, F

    from replay.index.models import Chunk, Pack, Segment, Volume
    from replay.store import open_store

    stored = set(open_store().keys("packs/")) | set(open_store().keys("r30/"))
    rows = dict(Pack.objects.values_list("key", "state")) | dict(Volume.objects.values_list("key", "state"))
    shares = dict(Chunk.objects.values_list("pack_id").annotate(Count("pk")))
    wrong = [f"no row knows {key}" for key in stored - rows.keys()]
    wrong += [f"{key} is not there" for key, state in rows.items() if state == "kept" and key not in stored]
    wrong += [f"{key} is {state}" for key, state in rows.items() if state != "kept"]
    wrong += [
        f"pack {pack.key} has {pack.chunks} shares" for pack in Pack.objects.all() if shares.get(pack.pk, 0) != pack.chunks
    ]
    wrong += [f"volume {each.key} is empty" for each in Volume.objects.exclude(pk__in=Segment.objects.values("volume"))]
    doubled = Chunk.objects.filter(seq__lt=F("stream__segmented_upto")).count()
    return {"wrong": wrong + ([f"{doubled} chunks live in segments too"] if doubled else [])}


def main() -> None:
    """Fork for each request until stdin ends."""
    django.setup()
    for name in LOADED:
        importlib.import_module(name)
    from replay.index.useragent import read_user_agent
    from replay.store import open_store

    read_user_agent("Mozilla/5.0")
    open_store()
    doers: dict[str, Callable[..., dict[str, Any]]] = {
        "record": record,
        "compact": compact,
        "sweep": sweep,
        "watch": watch,
        "audit": audit,
    }
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        if pid := os.fork():
            if os.WIFSIGNALED(os.waitpid(pid, 0)[1]):
                print(json.dumps({"killed": True}), flush=True)
            continue
        request: dict[str, Any] = json.loads(line)
        try:
            answer = doers[request.pop("do")](**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
