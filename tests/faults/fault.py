"""What a fault is, and how one enters the catalogue."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.faults.crowd import Crowd
from tests.faults.relay import Relay
from tests.faults.world import World

Make = Callable[[World, Crowd, random.Random], AbstractContextManager[None]]
FAULTS: dict[str, Fault] = {}


@dataclass(frozen=True)
class Fault:
    """A fault by name: what it is, for people; how it is made."""

    name: str
    what: str
    make: Make
    worlds: tuple[str, ...]


def fault(what: str, *worlds: str) -> Callable[[Callable[[World, Crowd, random.Random], Iterator[None]]], Make]:
    """Enter a generator as a fault of these worlds."""

    def enter(generator: Callable[[World, Crowd, random.Random], Iterator[None]]) -> Make:
        make = contextmanager(generator)
        FAULTS[generator.__name__] = Fault(generator.__name__, what, make, worlds or ("broad",))
        return make

    return enter


def bitten(relay: Relay, crowd: Crowd) -> None:
    """Return when a relay's fault hits something."""
    before = relay.bites
    crowd.wait(lambda: relay.bites > before, "the fault to bite")
