"""Hundreds of sockets die at once: they come back spread out, everything is acked, and the server does not swell."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.net_pages import CoreCrowd
from tests.faults.world import embedded_world
from tests.processes import Process

pytestmark = pytest.mark.embedded

PAGES = 200
MOST_SHARE = 0.5  # of all pages, in the worst second: without jitter it is nearly all of them
MOST_MIB = 160  # more than the server held with as many quiet sockets


def test_a_reconnect_storm_is_spread_and_survived(tmp_path: Path) -> None:
    with embedded_world(tmp_path, INGEST_HANDSHAKES_PER_S="1000", INGEST_SOCKETS_PER_ADDRESS="2000") as world:
        web = world.layout.webs[0]
        url, key = world.layout.socket_url, world.shop.write_key
        with CoreCrowd(url, key, 7, streams=PAGES, chunks=6, pace_s=1.5, body_bytes=800) as crowd:
            crowd.wait(lambda: all(page.welcomed for page in crowd.cores), "every page to be there", 90)
            crowd.wait(lambda: crowd.acked >= PAGES, "the first acks", 90)
            before = rss_mib(web)
            world.kill(web)
            died = time.monotonic()
            web.start()
            up = time.monotonic()
            crowd.finish(timeout_s=120)
            whole = time.monotonic()
            after = rss_mib(web)
        back = [page.welcomed[1] for page in crowd.cores if len(page.welcomed) > 1]
        peak = max(Counter(int(at - up) for page in crowd.cores for at in page.opened if at > died).values())
        print(
            f"{PAGES} sockets died; server up after {up - died:.1f} s, the last page back {max(back) - up:.1f} s later, "
            f"all acked {whole - up:.1f} s later; worst second {peak} sockets; RSS {before} → {after} MiB"
        )
        assert peak <= PAGES * MOST_SHARE
        assert after - before <= MOST_MIB
        world.assert_kept(crowd)


def rss_mib(process: Process) -> int:
    """Return what a process holds in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024
