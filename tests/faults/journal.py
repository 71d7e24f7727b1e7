"""What one stream said and was told, and how its page behaves: what the checker holds against what is kept."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from replay.wire.frames import Chunk
from tests.pages_say import PageStream


@dataclass
class Cut:
    """What was said under one seq."""

    chunk: Chunk
    moments: list[tuple[str, str]]  # (event id, kind)
    counts: Counter[str]  # of the session's counters
    reason: str = ""  # of a gap


@dataclass
class Journal:
    """All that one stream said, and what it was told."""

    stream: PageStream
    cuts: list[Cut] = field(default_factory=list)
    acked: int = 0  # every seq below is the server's promise
    acks: list[tuple[float, int]] = field(default_factory=list)  # (monotonic s, upto)
    refused: Counter[str] = field(default_factory=Counter)  # by code
    permanent: dict[int, str] = field(default_factory=dict)  # seq → code
    broken: list[str] = field(default_factory=list)  # promises of the protocol that the server did not keep
    sockets: int = 0
    posts: int = 0

    def hear_ack(self, upto: int) -> None:
        if upto > len(self.cuts):
            self.broken.append(f"ack {upto} of {len(self.cuts)} cut chunks")
        if upto > self.acked:
            self.acked = upto
            self.acks.append((time.monotonic(), upto))

    def hear_welcome(self, next_seq: int) -> None:
        if next_seq < self.acked:
            self.broken.append(f"welcome {next_seq} after ack {self.acked}")
        self.hear_ack(next_seq)


@dataclass(frozen=True)
class Manner:
    """How a page behaves."""

    chunks: int = 20  # at least; a page goes on until it is told that it is enough
    pace_s: float = 0.03  # between two cuts
    body_bytes: int = 1_500  # of incompressible dom
    road: str = "socket"  # socket, post, both
    twice: float = 0.05  # chance that something is said again
    swap: float = 0.05  # chance that two chunks change places
    drop: float = 0.01  # chance that the socket breaks after a chunk
    identifies: bool = False
