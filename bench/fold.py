"""Is a keyframe the page? At random moments of all recordings, three roads to the same frame are compared in a browser.

From the start; from a keyframe of that moment; from a keyframe of an earlier moment and the events since. Recordings: the five
apps of ``bench/apps`` and the pages of ``tests/fold``, with one full snapshot each, and, where CORPUS names their folder, two
that are not part of the project. ROUNDS is the number of moments in all (200). Prints progress, and one JSON line last.

equal              moments at which all three stages are equal: in the canonical form, and node by node
fold_cpu_ms_per_minute, keyframe_cpu_ms   the fold's own cost, the worst of the apps
keyframe_events_max                       how many events a keyframe took at most
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.apps.record import recordings
from bench.apps.recording import read_lines
from tests import fold
from tests.fold.record import PAGES, record
from tests.journeys.browser import chromium

ROUNDS: Final = int(os.environ.get("ROUNDS", "200"))
MINUTES: Final = float(os.environ.get("MINUTES", "5"))
CORPUS: Final = os.environ.get("CORPUS", "")
SEED: Final = int(os.environ.get("SEED", "4"))
IS_ANY: Final = bool(os.environ.get("KEPT"))  # take the recordings that are there, whatever they were made from


def main() -> None:
    """Compare; print what was found."""
    equal = asked = 0
    costs = []
    with chromium() as browser, fold.open_stage(browser, is_clean=True) as stage:
        all_events = dict(apps()) | {name: record(browser, name) for name in PAGES}
        for number, (name, events) in enumerate(all_events.items()):
            stage.hold(events)
            if name not in PAGES:
                costs.append(cost(events))
            share = ROUNDS * (number + 1) // len(all_events) - ROUNDS * number // len(all_events)
            for begins, ends in fold.cuts(events, share, SEED + number):
                found = fold.wrong(stage, begins, ends)
                asked, equal = asked + 1, equal + (not found)
                print(f"{name} {begins} {ends} {found or 'equal'}", flush=True)
    worst = [max(each) for each in zip(*costs, strict=True)]
    keys = ("fold_cpu_ms_per_minute", "keyframe_cpu_ms", "keyframe_events_max")
    figures = dict(zip(keys, (round(each, 1) for each in worst), strict=True)) if worst else {}
    print(json.dumps({"equal": equal, "asked": asked, "recordings": len(all_events), **figures}))


def apps() -> Iterator[tuple[str, fold.Events]]:
    """Yield the long recordings, in order of time."""
    for recording in recordings(MINUTES, is_any=IS_ANY):
        yield recording.name, in_order(recording.lines())
    for path in sorted(Path(CORPUS).glob("*.jsonl.gz")) if CORPUS else []:
        yield path.name.removesuffix(".jsonl.gz"), in_order(read_lines(path))


def in_order(lines: list[str]) -> fold.Events:
    return sorted(map(json.loads, lines), key=lambda event: float(event["timestamp"]))


def cost(events: fold.Events) -> tuple[float, float, float]:
    """Return milliseconds of processor for a recorded minute, for the keyframe at the end, and that keyframe's events."""
    minutes = (events[-1]["timestamp"] - events[0]["timestamp"]) / 60_000
    began = time.process_time()
    page = fold.folded(events, len(events))
    folded = time.process_time()
    keyframe = page.keyframe(events[-1]["timestamp"])
    return (folded - began) * 1000 / minutes, (time.process_time() - folded) * 1000, len(keyframe)


if __name__ == "__main__":
    main()
