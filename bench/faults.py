"""`make bench NAME=faults`: rounds of random faults on the production layout; nothing acked may be lost, nothing doubled.

Each round: pages talk, one fault of tests/faults/catalogue.py strikes and is healed, pages end, and the checker compares all
that they sent and were promised with rows, packs and the public API. ROUNDS, SEED and FAULTS (names, with commas) choose,
MINUTES ends it early; a round that fails prints its fault and its seed. Web processes are forked from one that has imported
everything, so that they start quickly; each is a real web process, and is killed as such.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.crowd import NotAcked
from tests.faults.rounds import Round, play
from tests.faults.world import World, production_world
from tests.faults.zygote import ForkedWeb

ROUNDS = int(os.environ.get("ROUNDS", "200"))
MINUTES = float(os.environ.get("MINUTES", "inf"))
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
NAMES = [name for name in os.environ.get("FAULTS", "").split(",") if name]
QUICK: dict[str, Any] = {"streams": 4, "chunks": 6, "pace_s": 0.03, "body_bytes": 800}
WHOLE_EVERY = 20  # rounds between two looks through the whole store


@dataclass
class Sum:
    """What all rounds gave."""

    rounds: int = 0
    chunks: int = 0
    acked: int = 0
    stuck: int = 0  # rounds in which pages did not get everything acked
    kinds: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    recovery_s: dict[str, list[float]] = field(default_factory=dict)

    def add(self, played: Round) -> None:
        self.rounds += 1
        self.chunks += played.chunks
        self.acked += played.acked
        self.kinds += played.counts()
        self.faults[played.fault] += 1
        self.recovery_s.setdefault(played.fault, []).append(played.recovery_s)

    def figures(self) -> dict[str, Any]:
        worst = {name: round(max(values), 2) for name, values in sorted(self.recovery_s.items())}
        named = {"lost": "lost", "doubled": "doubled", "changed": "changed", "unnamed_gaps": "unnamed_gap"}
        counted = {key: self.kinds[kind] for key, kind in named.items()}
        rest = {
            "derived_wrong": self.kinds["derived"],
            "other": sum(self.kinds[k] for k in ("next_seq", "left_over", "broken")),
        }
        return {
            "rounds": self.rounds,
            "chunks": self.chunks,
            "acked": self.acked,
            **counted,
            **rest,
            "stuck": self.stuck,
            "worst_recovery_s": max(worst.values(), default=0.0),
            "seed": SEED,
            "faults": dict(sorted(self.faults.items())),
            "recovery_s": worst,
        }


def main() -> int:
    """Play all rounds; the exit code says whether all went well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    dice, total, began = random.Random(SEED), Sum(), time.monotonic()
    choice = [FAULTS[name] for name in NAMES] or [fault for fault in FAULTS.values() if "broad" in fault.worlds]
    print(f"{ROUNDS} rounds of {len(choice)} faults, SEED={SEED}", flush=True)
    with tempfile.TemporaryDirectory(prefix="playhead-faults-") as folder, quick_world(Path(folder)) as world:
        for number in range(1, ROUNDS + 1):
            is_last = number == ROUNDS or time.monotonic() - began > MINUTES * 60
            fault, seed = dice.choice(choice), dice.randrange(2**32)
            _play(world, fault, seed, total, is_quick=number % WHOLE_EVERY != 0 and not is_last)
            if number % 10 == 0 or is_last:
                each = (time.monotonic() - began) / number
                print(f"{number} rounds, {total.acked} acked, {dict(total.kinds)}, {each:.1f} s a round", flush=True)
            if is_last:
                break
    figures = total.figures()
    print(json.dumps(figures), flush=True)
    return 1 if total.kinds or total.stuck else 0


@contextmanager
def quick_world(folder: Path) -> Iterator[World]:
    """Run the production layout with web processes that start quickly."""
    with production_world(folder) as world:
        webs = [ForkedWeb(web) for web in world.layout.webs]
        for web, usual in zip(webs, world.layout.webs, strict=True):
            usual.kill()
            web.start()
        world.layout.webs[:] = webs
        try:
            yield world
        finally:
            for web in webs:
                web.end_zygote()


def _play(world: World, fault: Fault, seed: int, total: Sum, *, is_quick: bool) -> None:
    try:
        played = play(world, fault, seed, is_quick=is_quick, **QUICK)
    except NotAcked as stuck:
        total.rounds += 1
        total.stuck += 1
        print(f"✗ {fault.name} seed={seed}: {stuck}", flush=True)
        return
    total.add(played)
    if os.environ.get("VERBOSE"):
        print(f"{fault.name}: {played.acked} acked, {played.phases}", flush=True)
    for problem in played.problems[:5]:
        print(f"✗ {fault.name} seed={seed}: {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
