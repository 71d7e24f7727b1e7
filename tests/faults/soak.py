"""Faults for a long time: does anything leak? Run by ``make soak``.

Two thirds of the time only faults that leave the web processes alive, and after each round what these hold is noted: memory,
file handles, database connections. Then the rest: every fault of the catalogue. One JSON object last.
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
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from typing import Any

from tests.faults.catalogue import FAULTS
from tests.faults.crowd import NotAcked
from tests.faults.memory import handles, rss_mb
from tests.faults.rounds import play
from tests.faults.world import World, production_world

MINUTES = float(os.environ.get("MINUTES", "30"))
ROUNDS = int(os.environ.get("ROUNDS") or 10**9)
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
NAMES = [name for name in os.environ.get("FAULTS", "").split(",") if name] or [
    n for n, f in FAULTS.items() if "broad" in f.worlds
]
ENDS_WEBS = ("kill_web", "kill_all_webs", "kill_before", "kill_after", "restart_web")
MANNER: dict[str, Any] = {"streams": 6, "chunks": 20, "pace_s": 0.02, "body_bytes": 3_000}


@dataclass
class Sample:
    """What the web processes hold, all together."""

    at_s: float
    rss_mb: float
    handles: int
    connections: int


@dataclass
class Soak:
    """What happened."""

    seed: int = SEED
    rounds: int = 0
    chunks: int = 0
    acked: int = 0
    stuck: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        told = {"rounds": self.rounds, "chunks": self.chunks, "acked": self.acked, "stuck": self.stuck, "seed": self.seed}
        named = {"lost": "lost", "doubled": "doubled", "unnamed_gaps": "unnamed_gap"}
        told |= {key: self.kinds.pop(kind, 0) for key, kind in named.items()}
        return told | {"other": sum(self.kinds.values())} | slope(self.samples)


def slope(samples: list[Sample]) -> dict[str, Any]:
    """Return how memory, handles and connections went, once warm (the first third is left out)."""
    warm = samples[len(samples) // 3 :]
    if len(warm) < 4:
        return {}
    rise, _ = linear_regression([sample.at_s for sample in warm], [sample.rss_mb for sample in warm])
    ends = (warm[0], warm[-1])
    return {
        "rss_mb": [round(sample.rss_mb, 1) for sample in ends],
        "rss_percent_per_hour": round(rise * 3600 / warm[0].rss_mb * 100, 2),
        "handles": [sample.handles for sample in ends],
        "database_connections": [sample.connections for sample in ends],
        "database_connections_most": max(sample.connections for sample in samples),
        "minutes_warm": round((ends[1].at_s - ends[0].at_s) / 60, 1),
    }


def look(world: World) -> Sample:
    """Note what the web processes hold."""
    pids = [web.pid for web in world.layout.webs]
    with world.connect() as stranger:
        row = stranger.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'playhead'").fetchone()
    held = sum(rss_mb(pid) for pid in pids), sum(handles(pid) for pid in pids)
    return Sample(time.monotonic(), *held, row[0] if row else 0)


def main() -> int:
    """Soak; the exit code says whether all went well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    dice, total, began = random.Random(SEED), Soak(), time.monotonic()
    mild = [name for name in NAMES if not name.startswith(ENDS_WEBS)] or NAMES
    print(f"{MINUTES:g} minutes, SEED={SEED}", flush=True)
    with tempfile.TemporaryDirectory(prefix="playhead-soak-") as folder, production_world(Path(folder)) as world:
        while (spent := (time.monotonic() - began) / 60 / MINUTES) < 1 and total.rounds < ROUNDS:
            is_mild = spent < 2 / 3 and total.rounds < ROUNDS * 2 / 3
            name, seed = dice.choice(mild if is_mild else NAMES), dice.randrange(2**32)
            _play(world, name, seed, total)
            if is_mild:
                total.samples.append(look(world))
            if total.rounds % 20 == 0:
                print(f"{total.rounds} rounds, {total.acked} acked, {slope(total.samples)}", flush=True)
        ended = [problem for problem in world.check([]) if problem.kind in ("left_over", "lost")]
        total.kinds += Counter(problem.kind for problem in ended)
    is_well = not total.kinds and not total.stuck
    print(json.dumps(total.figures()), flush=True)
    return 0 if is_well else 1


def _play(world: World, name: str, seed: int, total: Soak) -> None:
    total.rounds += 1
    try:
        played = play(world, FAULTS[name], seed, is_quick=total.rounds % 20 != 0, **MANNER)
    except NotAcked as stuck:
        total.stuck += 1
        print(f"✗ {name} seed={seed}: {stuck}", flush=True)
        return
    total.chunks += played.chunks
    total.acked += played.acked
    total.kinds += played.counts()
    for problem in played.problems[:5]:
        print(f"✗ {name} seed={seed}: {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
