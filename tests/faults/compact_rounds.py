"""One round: a session is recorded, its compaction is killed at a step, another worker goes on, readers read all the while."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.compact_inside import STEPS
from tests.faults.world import Inside
from tests.pages_say import uuid7

SWEEPS = ("before_delete", "after_delete")


@dataclass
class Killed:
    """What became of a round."""

    step: str
    seed: int
    was_killed: bool = False
    chunks: int = 0
    reads: int = 0
    wrong: list[str] = field(default_factory=list)


class Zygote(Inside):
    """Forks what is asked of it."""

    module = "tests.faults.compact_inside"


@dataclass
class Site:
    """A layout's database and store, and the processes that work on them."""

    project: str
    actor: Zygote
    ingest: Zygote
    reader: Zygote
    folder: Path


@contextmanager
def site(env: Mapping[str, str], project: str, folder: Path) -> Iterator[Site]:
    """Let processes with these settings record into a project."""
    with ExitStack() as stack:
        actor, ingest, reader = (Zygote(dict(env)) for _ in range(3))
        for zygote in (actor, ingest, reader):
            stack.callback(zygote.stop)
        yield Site(project, actor, ingest, reader, folder)


def play(on: Site, step: str, seed: int) -> Killed:
    """Play one round of a step; what is wrong afterwards is said."""
    dice, played = random.Random(seed), Killed(step, seed)
    session, streams = str(uuid7()), [secrets.token_hex(16) for _ in range(dice.randint(1, 3))]
    pages = [
        {"session": session, "secret": session * 2, "stream": name, "distinct_id": "d", "now_ms": 1_790_000_000_000.0}
        for name in streams
    ]

    def keep(counts: dict[str, range]) -> dict[str, Any]:
        played.chunks += sum(len(seqs) for seqs in counts.values())
        return {"project": on.project, "pages": pages, "seqs": {name: list(seqs) for name, seqs in counts.items()}}

    first = {name: dice.randint(1, 12) for name in streams}
    more = {name: first[name] + dice.randint(0, 6) for name in streams}
    assert "upto" in on.ingest.ask("record", **keep({name: range(upto) for name, upto in first.items()}))
    if dice.random() < 0.5:  # a session that was compacted before, and goes on
        on.actor.ask("compact", session=session, step="", seed=seed, more=None)
        second = {name: (first[name], first[name] + 3) for name in streams}
        on.ingest.ask("record", **keep({name: range(*span) for name, span in second.items()}))
        first = {name: span[1] for name, span in second.items()}
        more = {name: count + 3 for name, count in more.items()}
    until = on.folder / f"read-{secrets.token_hex(4)}"
    on.reader.begin("watch", streams=first, until=str(until))
    late = keep({name: range(first[name], more[name]) for name in streams})
    is_sweep = step in SWEEPS
    answer = on.actor.ask("compact", session=session, step=step, seed=seed, more=late)
    if "killed" in answer:
        on.ingest.ask("record", **late)  # those that were kept already are duplicates
        answer = {**on.actor.ask("compact", session=session, step="", seed=seed, more=None), "killed": True}
    if is_sweep:
        answer |= on.actor.ask("sweep", step=step)
    on.actor.ask("compact", session=session, step="", seed=seed, more=None)
    played.was_killed = "killed" in answer
    for _ in range(2):  # what is given up now goes with the next
        on.actor.ask("sweep", step="")
    until.touch()
    told = on.reader.end()
    played.reads, played.wrong = told["reads"], told["wrong"]
    until.write_text("")
    last = on.actor.ask("watch", streams=more, until=str(until))
    played.wrong += [*last["wrong"], *on.actor.ask("audit")["wrong"]]
    until.unlink()
    return played


__all__ = ["STEPS", "Killed", "Site", "play", "site"]
