"""One round: a crowd talks, a fault strikes, it is healed, the crowd ends, and everything is checked."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.faults.catalogue import Fault
from tests.faults.check import Problem
from tests.faults.world import World


@dataclass(frozen=True)
class Round:
    """What became of a round."""

    fault: str
    seed: int
    chunks: int
    acked: int
    recovery_s: float  # from the end of the fault to the next ack
    seconds: float
    phases: tuple[float, ...]  # seconds until the fault, of the fault, until all was acked, of the check
    problems: list[Problem]
    refused: Counter[str]

    def counts(self) -> Counter[str]:
        return Counter(problem.kind for problem in self.problems)


def play(world: World, fault: Fault, seed: int, *, is_quick: bool = False, **manner: Any) -> Round:
    """Play one round of a fault; raises where the crowd does not get everything acked.

    A quick round leaves to a later one what takes time: packs too young to be swept, and a look through the whole store.
    """
    began, dice = time.monotonic(), random.Random(seed)
    times = [began]
    with world.crowd(seed, **manner) as crowd:
        crowd.wait_acked(dice.uniform(0.05, 0.5))
        times.append(time.monotonic())
        with fault.make(world, crowd, dice):
            pass
        times.append(time.monotonic())
        recovery_s = crowd.wait_moved()
        crowd.finish()
        times.append(time.monotonic())
    if not is_quick:
        world.wait_ready()
    found = world.check(crowd.journals, is_quick=is_quick)
    times.append(time.monotonic())
    phases = tuple(round(after - before, 2) for before, after in pairwise(times))
    return Round(fault.name, seed, crowd.chunks, crowd.acked, recovery_s, times[-1] - began, phases, found, crowd.refused)


def assert_survives(world: World, fault: Fault, seed: int, **manner: Any) -> Round:
    """Play a round and fail with its problems."""
    played = play(world, fault, seed, **manner)
    assert not played.problems, f"{fault.name}, seed {seed}:\n" + "\n".join(map(str, played.problems[:20]))
    assert played.acked == played.chunks
    print(f"{fault.name}: {played.acked} acked, back after {played.recovery_s:.2f} s, {played.phases} s, {played.refused}")
    return played
