"""A reconnect storm, made and measured: the web process is killed under hundreds of pages and starts again."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.net_pages import CoreCrowd
from tests.faults.world import World
from tests.processes import Process

DOWN_S = 3.0  # kept the same, or a server that is back in a second would meet pages whose waits have not grown yet
SETTINGS = {"INGEST_HANDSHAKES_PER_S": "1000", "INGEST_SOCKETS_PER_ADDRESS": "5000"}  # all pages have one address here


@dataclass(frozen=True)
class Storm:
    """How it went."""

    pages: int
    starting_s: float  # from the kill to the server's being there again
    back_s: float  # until the last page was welcomed, from then on
    whole_s: float  # until everything was acked
    worst_second: int  # pages that knocked in it, by socket or POST, once the server was there
    rss_before_mib: int
    rss_after_mib: int


def storm(world: World, pages: int) -> tuple[Storm, CoreCrowd]:
    """Let pages come, kill the server under them, start it DOWN_S later, and wait until everything is acked."""
    web = world.layout.webs[0]
    url, key = world.layout.socket_url, world.shop.write_key
    with CoreCrowd(url, key, 7, streams=pages, chunks=6, pace_s=1.5, body_bytes=800) as crowd:
        crowd.wait(lambda: all(page.journal.acked for page in crowd.cores), "every page to be there", 60 + pages * 0.4)
        before = rss_mib(web)
        died = time.monotonic()
        world.kill(web)
        time.sleep(DOWN_S)
        web.start()
        up = time.monotonic()
        crowd.finish(timeout_s=180)
        whole = time.monotonic()
        after = rss_mib(web)
    back = max((at for page in crowd.cores for at in page.welcomed), default=up)
    knocks = Counter(second for page in crowd.cores for second in {int(at - up) for at in page.knocks if at >= up})
    worst = max(knocks.values(), default=0)
    return Storm(pages, round(up - died, 1), round(back - up, 1), round(whole - up, 1), worst, before, after), crowd


def rss_mib(process: Process) -> int:
    """Return what a process holds in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024
