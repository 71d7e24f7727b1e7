"""`make bench NAME=compaction`: workers killed at every step of a compaction; nothing may be lost, doubled or left behind.

Each round, on either layout in turns: ingest keeps a session's chunks, a worker compacts it and is killed at one step while
ingest keeps more, another worker goes on, everything is swept, and readers read all the streams all the while. ROUNDS (500),
LAYOUT, SEED and FAULTS (names of steps, with commas) choose, MINUTES ends it early; a round that fails prints step and seed.
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
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.faults.compact_rounds import STEPS, Killed, play, site
from tests.faults.world import embedded_world, production_world

ROUNDS = int(os.environ.get("ROUNDS", "500"))
MINUTES = float(os.environ.get("MINUTES", "inf"))
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
NAMES = tuple(name for name in os.environ.get("FAULTS", "").split(",") if name) or STEPS
LAYOUTS = {"embedded": embedded_world, "production": production_world}


def main() -> int:
    """Play all rounds, in turns on each layout; the exit code says whether all went well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    dice, played, layouts = (
        random.Random(SEED),
        [],
        [os.environ.get("LAYOUT", "")] if os.environ.get("LAYOUT") else list(LAYOUTS),
    )
    with ExitStack() as stack:
        sites = []
        for name in layouts:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="playhead-compaction-")))
            world = stack.enter_context(LAYOUTS[name](folder, COMPACT_AFTER_S="0"))
            sites.append(stack.enter_context(site(world.inside.env, world.layout.make_project().id, folder)))
        print(f"{ROUNDS} rounds of {len(NAMES)} steps, SEED={SEED}", flush=True)
        began = time.monotonic()
        for number in range(ROUNDS):
            if time.monotonic() - began > MINUTES * 60:
                break
            killed = play(sites[number % len(sites)], NAMES[number % len(NAMES)], dice.randrange(2**32))
            played.append(killed)
            for what in killed.wrong[:5]:
                print(f"✗ {killed.step} seed={killed.seed} {layouts[number % len(sites)]}: {what}", flush=True)
            if number % 20 == 19:
                print(f"{number + 1} rounds, {(time.monotonic() - began) / (number + 1):.1f} s each", flush=True)
    figures = told(played)
    print(json.dumps(figures), flush=True)
    return 1 if figures["wrong"] or figures["killed"] < figures["rounds"] else 0


def told(played: list[Killed]) -> dict[str, Any]:
    return {
        "rounds": len(played),
        "killed": sum(each.was_killed for each in played),
        "chunks": sum(each.chunks for each in played),
        "reads": sum(each.reads for each in played),
        "wrong": sum(bool(each.wrong) for each in played),
        "steps": dict(sorted(Counter(each.step for each in played).items())),
        "seed": SEED,
    }


if __name__ == "__main__":
    sys.exit(main())
