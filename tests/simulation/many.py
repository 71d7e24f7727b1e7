"""Plays many schedules, on one core or on several, and sums them up."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

from tests.simulation.schedule import run_seed

BATCH: Final = 500
BROKEN_MOST: Final = 20  # then it is known that something is wrong

Progress = Callable[["Totals"], None]


@dataclass(slots=True)
class Totals:
    """What was played, and which seeds broke the promise."""

    schedules: int = 0
    steps: int = 0
    chunks: int = 0
    acks: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    broken: dict[int, str] = field(default_factory=dict)

    def add(self, other: Totals) -> None:
        self.schedules += other.schedules
        self.steps += other.steps
        self.chunks += other.chunks
        self.acks += other.acks
        self.cpu_s += other.cpu_s
        self.broken |= other.broken


def play(first: int, count: int, jobs: int = 1, progress: Progress | None = None) -> Totals:
    """Play ``count`` seeds from ``first`` on; stops early where too many are broken."""
    began, totals = time.monotonic(), Totals()
    for batch in _batches(first, count, jobs):
        totals.add(batch)
        totals.wall_s = time.monotonic() - began
        if progress is not None:
            progress(totals)
        if len(totals.broken) >= BROKEN_MOST:
            break
    return totals


def _batches(first: int, count: int, jobs: int) -> Iterator[Totals]:
    starts = range(first, first + count, BATCH)
    sizes = [min(BATCH, first + count - start) for start in starts]
    if jobs == 1:
        yield from map(play_batch, starts, sizes)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        yield from pool.map(play_batch, starts, sizes)
        pool.shutdown(cancel_futures=True)


def play_batch(first: int, count: int) -> Totals:
    """Play some seeds in this process."""
    totals, began = Totals(), time.process_time()
    gc.collect()
    gc.disable()  # a world is one heap of cycles; it is cheaper to clean up between worlds
    try:
        for at, seed in enumerate(range(first, first + count)):
            result = run_seed(seed)
            totals.schedules += 1
            totals.steps += result.steps
            totals.chunks += result.chunks
            totals.acks += result.acks
            if result.problem is not None:
                totals.broken[seed] = result.problem
            if at % 25 == 24:
                gc.collect(0)
    finally:
        gc.enable()
    totals.cpu_s = time.process_time() - began
    return totals


def say_progress(totals: Totals) -> None:
    """Tell on stderr, now and then, how far it is."""
    if totals.schedules % (10 * BATCH) == 0:
        print(
            f"{totals.schedules:,} schedules, {len(totals.broken)} broken, {totals.wall_s:.0f} s", file=sys.stderr, flush=True
        )


def told(totals: Totals, plant: str | None = None) -> str:
    """Return the sum as lines for people: first what is broken, and how to see it again."""
    option = f" --plant {plant}" if plant else ""
    lines = [
        f"BROKEN  {problem}\n        python -m tests.simulation{option} --seed {seed}"
        for seed, problem in totals.broken.items()
    ]
    rate = totals.schedules / totals.cpu_s if totals.cpu_s else 0
    lines.append(
        f"{totals.schedules:,} schedules, {totals.steps:,} steps, {totals.chunks:,} chunks, {totals.acks:,} acks, "
        f"{len(totals.broken)} broken; {totals.wall_s:.0f} s, {rate:.0f} schedules per CPU second"
    )
    return "\n".join(lines)
