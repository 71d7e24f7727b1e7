"""Who sends faster than the server keeps is read no further: memory stays flat, and the others are served."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from replay.wire import frames
from replay.wire.errors import Code
from replay.wire.frames import Kind
from tests.ingest.client import open_socket
from tests.ingest.test_goodbye import on_uvicorn
from tests.layouts import Layout, MadeProject, embedded_layout
from tests.pages_say import PageStream
from tests.processes import Process

FLOODERS = 5
FLOOD_S = 2
MOST_GROWTH_MB = 64


def rss_mb(*processes: Process) -> float:
    """Return how much memory processes hold."""
    return sum(int(Path(f"/proc/{each.pid}/statm").read_text().split()[1]) for each in processes) * 4096 / 1e6


async def flood(url: str, shop: MadeProject, how: str) -> None:
    """Send for a while, whatever is answered."""
    page = PageStream(shop.write_key)
    hello = page.hello_frame()
    padded = hello + b" " * (16_000 - len(hello))
    body = bytes(500_000)
    header = page.chunk(0, dom_codec=1, dom_raw_length=len(body)).header
    large = frames.make_chunk(header, body, b"").to_frame()
    async with open_socket(url) as wire:
        try:
            async with asyncio.timeout(FLOOD_S):
                await wire.say(hello)
                while True:
                    await wire.say(padded if how == "hellos" else large)
        except TimeoutError:
            wire.socket.transport.abort()
        except (ConnectionClosed, AttributeError):  # the client library trips over a connection that is cut while it sends
            pass


async def keeps_one(url: str, shop: MadeProject) -> None:
    page = PageStream(shop.write_key)
    async with open_socket(url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(0))
        await wire.wait_upto(page, 1)


@pytest.mark.both_layouts
@pytest.mark.parametrize("how", ["hellos", "chunks"])
async def test_a_flood_fills_no_memory(layout: Layout, shop: MadeProject, how: str) -> None:
    """Hellos cost a database read each; chunks beyond the window end their socket."""
    await keeps_one(layout.socket_url, shop)
    before = rss_mb(*layout.webs)
    floods = [asyncio.create_task(flood(layout.socket_url, shop, how)) for _ in range(FLOODERS)]
    await keeps_one(layout.socket_url, shop)
    await asyncio.gather(*floods)
    assert rss_mb(*layout.webs) - before < MOST_GROWTH_MB


@pytest.mark.embedded
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_a_flood_while_the_database_hangs_fills_no_memory(tmp_path: Path, server: str) -> None:
    with embedded_layout(tmp_path) as layout:
        shop = layout.make_project()
        process = layout.webs[0] if server == "daphne" else on_uvicorn(layout)
        url = f"ws://127.0.0.1:{process.port}/ingest/v1"
        await keeps_one(url, shop)
        before = rss_mb(process)
        with closing(sqlite3.connect(tmp_path / "playhead.sqlite3", isolation_level=None)) as locker:
            locker.execute("BEGIN IMMEDIATE")
            await asyncio.gather(*(flood(url, shop, how) for how in ["hellos", "chunks"] * FLOODERS))
            during = rss_mb(process)
            locker.execute("ROLLBACK")
        assert during - before < MOST_GROWTH_MB
        await keeps_one(url, shop)  # by itself again


@pytest.mark.both_layouts
async def test_more_than_the_window_is_sent_away(layout: Layout, page: PageStream) -> None:
    body = bytes(480_000)
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        for seq in range(8):
            header = page.chunk(seq, dom_codec=1, dom_raw_length=len(body)).header
            await wire.say(frames.make_chunk(header, body, b""))
        while (heard := await wire.hear())[0] == Kind.ACK:
            pass
        assert heard[1]["code"] == Code.OVER_WINDOW
