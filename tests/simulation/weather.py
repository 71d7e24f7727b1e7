"""What may go wrong in one schedule, and how often. Each schedule has its own weather: most faults off, a few of them hard."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random


@dataclass(slots=True)
class Weather:
    """Chances from 0 to 1 of one thing each time it could happen; times in virtual milliseconds."""

    # the database
    interleaves: float = 0.3  # a transaction stops between its statements, so that others come in between
    statement_ms: float = 3
    commit_unanswered: float = 0.0  # the commit happens or not, and nobody is told
    backend_dies: float = 0.0  # at a statement
    poison_row: float = 0.0  # a chunk whose rows the database refuses
    # the store
    put_ms: float = 20
    put_fails: float = 0.0
    put_unanswered: float = 0.0  # stored, and said to have failed
    put_stalls: float = 0.0  # answers only after the sweeper has given the pack up
    keep_stalls: float = 0.0  # stored in time, and then the process sleeps

    # the network
    latency_ms: float = 40
    breaks: float = 0.0  # at a frame
    half_open: float = 0.0  # of the breaks: neither end is told
    connect_fails: float = 0.0
    post_lost: float = 0.0
    post_unanswered: float = 0.0  # arrives, and the answer is lost
    post_late: float = 0.0  # arrives long after
    corrupts: float = 0.0  # a byte of a chunk on the way
    # the page
    spool_ms: float = 50  # until a numbered chunk lies in the spool
    spool_lost: float = 0.0  # private mode, quota 0, evicted
    encode_ms: float = 30

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        for name in FAULTS:
            setattr(self, name, 0.0)
        self.statement_ms, self.put_ms, self.latency_ms = 3, 20, 40


FAULTS = tuple(field.name for field in fields(Weather) if field.default == 0.0 and field.name.rpartition("_")[2] != "ms")
HARD = {"poison_row": 0.15, "corrupts": 0.1, "breaks": 0.15, "backend_dies": 0.05}  # the most that still lets work be done


def draw_weather(random: Random) -> Weather:
    """Return the weather of one schedule."""
    weather = Weather()
    for name in FAULTS:
        if random.random() < 0.25:
            setattr(weather, name, random.random() * HARD.get(name, 0.5))
    weather.half_open = random.random() * 0.5
    weather.interleaves = random.choice((0.0, 0.3, 1.0))
    weather.statement_ms = random.choice((1, 3, 40, 400))
    weather.put_ms = random.choice((5, 20, 300, 3_000))
    weather.latency_ms = random.choice((1, 40, 300, 2_000))
    weather.spool_ms = random.choice((1, 50, 2_000))
    weather.encode_ms = random.choice((0, 30, 500))
    return weather
