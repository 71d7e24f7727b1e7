"""One schedule: a seed makes weather and events, all faults stop, everything must heal, and the books must agree."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.checker import check_all
from tests.simulation.journal import Broken
from tests.simulation.weather import draw_weather
from tests.simulation.world import World

EVENTS_MOST: Final = (6, 6, 12, 30)  # many short schedules find more than few long ones, and some things take long
EVENT_MS: Final = 1_500  # between two events, in the middle
HEAL_MS: Final = 180_000  # backing off is 30 s at most; a few rounds of it
CHATTER: Final = 40  # frames a held chunk may cost once all is well

ALWAYS: Final = {"cut": 12, "burst": 2, "hide": 3, "read": 2}
SOMETIMES: Final = {
    "duplicate": 2,
    "reload": 3,
    "into_cache": 3,
    "kill_tab": 2,
    "go_offline": 2,
    "give_up": 4,
    "break_socket": 4,
    "kill_process": 5,
    "roll": 2,
    "database_down": 2,
    "store_down": 2,
    "press": 2,
    "sweep": 4,
    "oversleep": 3,
    "close_holes": 2,
    "compact": 5,
    "erase": 1,
    "intrude": 1,
}


def hush() -> None:
    """Log nothing in this process: refusals are what a simulation is here for."""
    logging.getLogger("replay").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class Result:
    """What became of a schedule; ``problem`` is None when the promise held."""

    seed: int
    problem: str | None = None
    trace: list[str] = field(default_factory=list)
    steps: int = 0
    chunks: int = 0
    acks: int = 0


def run_seed(seed: int, *, trace: bool = False) -> Result:
    """Play the schedule of a seed."""
    random = Random(seed)
    world = World(
        random, draw_weather(random), processes=random.choice((1, 2, 2, 3)), browsers=random.choice((1, 1, 2)), trace=trace
    )
    result = Result(seed)
    try:
        play(world)
        settle(world)
        check_all(world)
    except AssertionError as broken:
        result.problem = str(broken) or "an assertion of ours"
    except Exception as error:  # a crash of a core is a finding too
        result.problem = f"{type(error).__name__}: {error}"
        if trace:
            raise
    result.trace = world.trace or []
    result.steps = world.loop.steps
    result.chunks = sum(len(stream.hashes) for stream in world.journal.streams.values())
    result.acks = world.journal.acks
    return result


def play(world: World) -> None:
    """Let the events of a schedule happen at random times."""
    random = world.random
    weights = {**ALWAYS, **{name: weight for name, weight in SOMETIMES.items() if random.random() < 0.4}}
    names, loads = list(weights), list(weights.values())
    for browser in world.browsers:
        browser.open_tab().cut()
    start = world.loop.now
    count = random.randint(1, random.choice(EVENTS_MOST))
    span_ms = count * EVENT_MS
    times = sorted(random.random() * span_ms for _ in range(count))
    for at, name in zip(times, random.choices(names, loads, k=count), strict=True):
        world.loop.run_until(start + at)
        if world.trace is not None:
            world.say(f"── {name}")
        getattr(world, name)()
    world.loop.run_until(start + span_ms)


def settle(world: World) -> None:
    """Let all faults stop; then everything unacked must be acked within bounded time, without endless chatter."""
    if world.trace is not None:
        world.say("── all faults stop")
    world.weather.calm()
    world.database_back()
    world.store_back()
    for at in range(len(world.processes)):
        world.restart(at)
        world.processes[at].press(0.0)
    for browser in world.browsers:
        browser.set_online(True)
    before, held = world.frames_up, held_chunks(world)
    start = world.loop.now
    while not is_quiet(world):
        if world.loop.now > start + HEAL_MS:
            raise Broken(f"not healed in {HEAL_MS / 1000:.0f} s: {unhealed(world)}")
        world.loop.run_until(world.loop.now + 1_000)
        for browser in world.browsers:
            browser.look_after_leftovers()
    chatter = world.frames_up - before
    if chatter > 200 + CHATTER * held:
        raise Broken(f"{chatter} frames were sent to have {held} chunks acked")


def held_chunks(world: World) -> int:
    return sum(len(road.core.unacked) for browser in world.browsers for road in browser.roads())


def is_quiet(world: World) -> bool:
    """Say whether every page that lives has all its chunks acked, and no spool holds a dead tab's."""
    for browser in world.browsers:
        for tab in browser.tabs:
            if not tab.is_asleep and (tab.drafts or tab.ending or tab.road.core.unacked):
                return False
        if browser.leftovers():
            return False
    return True


def unhealed(world: World) -> str:
    """Name what is still held."""
    held = [
        f"{road.identity.stream[-2:]}/{one.seq} ({road.core.state})"
        for browser in world.browsers
        for road in browser.roads()
        for one in road.core.unacked
    ]
    if not held and any(browser.leftovers() for browser in world.browsers):
        return "a spool is not drained"
    return ", ".join(held) or "a page waits for a stream of its own that is over"
