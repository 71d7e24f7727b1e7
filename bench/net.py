"""`make bench NAME=net`: bad lines, dead ends, slow sockets and a reconnect storm on the embedded layout, in figures.

SESSIONS says how many pages the storm has (1,000) and how many sockets are slow. Needs root for the line; without it those
figures are missing, and a sentence says so.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults import net_slow, net_storm
from tests.faults.net_half_open import half_open
from tests.faults.net_lines import LINES
from tests.faults.net_link import NoLink
from tests.faults.net_world import far_world
from tests.faults.world import embedded_world

PAGES = int(os.environ.get("SESSIONS", "1000"))


def lines(folder: Path) -> dict[str, Any]:
    """Return what the line's tests measure."""
    told: dict[str, Any] = {}
    with far_world(folder / "far") as far:
        for name, (line, body_bytes) in LINES.items():
            far.link.line = line
            began = time.monotonic()
            with far.crowd(seed=3, streams=8, chunks=30, pace_s=0.1, body_bytes=body_bytes) as crowd:
                crowd.finish(timeout_s=300)
            told[f"line_{name}_s"] = round(time.monotonic() - began, 1)
            far.mend()
            far.world.assert_kept(crowd)
        noticed = half_open(far, folder)
    return told | {f"half_open_{name.replace(' ', '_')}_s": seconds for name, seconds in noticed.items()}


def measure(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    try:
        figures |= lines(folder)
    except NoLink as problem:
        print(f"  no line: {problem}", flush=True)
    with embedded_world(folder / "slow", **net_slow.SETTINGS) as world:
        slow = net_slow.among_slow(world, PAGES)
        figures |= {f"slow_{key}": value for key, value in asdict(slow).items()} | {"slow_times": slow.times}
    with embedded_world(folder / "storm", **net_storm.SETTINGS) as world:
        storm, crowd = net_storm.storm(world, PAGES)
        figures |= {f"storm_{key}": value for key, value in asdict(storm).items()}
        world.assert_kept(crowd)
    return figures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="playhead-net-") as folder:
        print(json.dumps(measure(Path(folder))))
    sys.exit(0)
