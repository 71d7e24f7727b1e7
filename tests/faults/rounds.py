"""One round: a crowd talks, a fault strikes, it is healed, the crowd ends, and everything is checked."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
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
    problems: list[Problem]
    refused: Counter[str]

    def counts(self) -> Counter[str]:
        return Counter(problem.kind for problem in self.problems)


def play(world: World, fault: Fault, seed: int, *, look_for_orphans: bool = True, **manner: Any) -> Round:
    """Play one round of a fault; raises where the crowd does not get everything acked."""
    began, dice = time.monotonic(), random.Random(seed)
    with world.crowd(seed, **manner) as crowd:
        crowd.wait_acked(dice.uniform(0.05, 0.5))
        with fault.make(world, crowd, dice):
            pass
        recovery_s = crowd.wait_moved()
        crowd.finish()
    world.wait_ready()
    found = world.check(crowd.journals, look_for_orphans=look_for_orphans)
    seconds = time.monotonic() - began
    return Round(fault.name, seed, crowd.chunks, crowd.acked, recovery_s, seconds, found, crowd.refused)


def assert_survives(world: World, fault: Fault, seed: int, **manner: Any) -> Round:
    """Play a round and fail with its problems."""
    played = play(world, fault, seed, **manner)
    assert not played.problems, f"{fault.name}, seed {seed}:\n" + "\n".join(map(str, played.problems[:20]))
    assert played.acked == played.chunks
    print(f"{fault.name}: {played.acked} acked, back after {played.recovery_s:.2f} s, {played.seconds:.1f} s, {played.refused}")
    return played
