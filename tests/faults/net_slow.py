"""Honest pages among slow sockets, measured."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles

from tests.faults.net_loris import KINDS, Loris
from tests.faults.net_pages import CoreCrowd
from tests.faults.net_world import sockets_of
from tests.faults.world import World

SETTINGS = {"INGEST_HANDSHAKES_PER_S": "1000", "INGEST_SOCKETS_PER_ADDRESS": "5000"}  # it is slowness that is on trial
QUICK = {"silent": 15, "half header": 15, "no hello": 21}  # seconds until the last one is out


@dataclass(frozen=True)
class Slow:
    """How it went."""

    slow: int
    alone_p99_s: float  # from cut to ack; the worse of before and after
    among_p99_s: float
    gone_s: dict[str, float]  # kind → seconds until the last of them was out
    left: int  # sockets that the server still has then

    @property
    def times(self) -> float:
        return round(self.among_p99_s / self.alone_p99_s, 2)


def among_slow(world: World, count: int) -> Slow:
    """Let honest pages talk alone, among slow sockets, and alone again."""
    port = world.layout.webs[0].port or 0
    before = _honest_p99(world, 1)
    with Loris(port, world.shop.write_key, count) as loris:
        among = _honest_p99(world, 2)
        for kind, most_s in QUICK.items():
            loris.wait_gone(kind, most_s)
        left = len(sockets_of(port))
        gone = {kind: round(loris.gone_at[kind], 1) for kind in QUICK}
    after = _honest_p99(world, 3)  # other work on this machine comes and goes
    return Slow(count, round(max(before, after), 3), round(among, 3), gone, left)


def most_left(count: int) -> int:
    """Return how many of the slow sockets are of kinds that get more time, honest ones included."""
    return count * (len(KINDS) - len(QUICK)) // len(KINDS) + 16


def _honest_p99(world: World, seed: int) -> float:
    url, key = world.layout.socket_url, world.shop.write_key
    with CoreCrowd(url, key, seed, streams=8, chunks=40, pace_s=0.08) as crowd:
        crowd.finish()
    world.assert_kept(crowd)
    return quantiles([wait for page in crowd.cores for wait in page.waits_s], n=100)[98]
