"""What a process knows of the streams that speak: which socket, what clock, how wide the window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from replay.ingest import service
from replay.ingest.service import Ingest
from replay.store.memory import MemoryStore
from replay.wire import messages
from replay.wire.errors import Code
from replay.wire.frames import Kind
from tests.ingest.client import PageSocket, open_socket
from tests.ingest.conftest import Get
from tests.ingest.test_consumer import Keeper, Server
from tests.layouts import Layout, MadeProject
from tests.pages_say import PageStream, click

HOUR_MS = 3_600_000


@pytest.mark.both_layouts
async def test_a_socket_is_let_go_when_its_stream_speaks_on_another(layout: Layout, page: PageStream) -> None:
    url = f"ws://127.0.0.1:{layout.webs[0].port}/ingest/v1"  # takeover is within one process
    async with open_socket(url) as old, open_socket(url) as new:
        await old.hello(page)
        await old.say(page.chunk(0))
        await old.wait_upto(page, 1)
        assert (await new.hello(page))["next_seq"] == 1
        said = await old.expect(Kind.GOAWAY)
        assert (said["code"], said["retry"], await old.closed()) == (Code.TAKEN_OVER, True, 1008)
        await new.say(page.chunk(1))
        await new.wait_upto(page, 2)


@pytest.mark.both_layouts
async def test_a_socket_that_speaks_for_others_too_loses_the_one_alone(
    layout: Layout, page: PageStream, shop: MadeProject
) -> None:
    url = f"ws://127.0.0.1:{layout.webs[0].port}/ingest/v1"
    leftover = PageStream(shop.write_key, session=page.session, secret=page.secret)
    async with open_socket(url) as drainer, open_socket(url) as its_own:
        await drainer.hello(page)
        await drainer.hello(leftover)
        await its_own.hello(leftover)
        await drainer.say(page.chunk(0))
        await drainer.wait_upto(page, 1)


async def say_clock(wire: PageSocket, page: PageStream, rtt_ms: float) -> None:
    """Ping as a page does right after its welcome, with a round trip that it measured."""
    await wire.say(messages.to_frame(messages.Ping(page.now_ms, page.stream, rtt_ms)))
    await wire.expect(Kind.PONG)


@pytest.mark.both_layouts
@pytest.mark.parametrize("wrong_h", [6, -6, 24 * 365])
async def test_a_page_whose_clock_is_wrong_stands_where_it_was_in_truth(
    layout: Layout, page: PageStream, get: Get, wrong_h: int
) -> None:
    """The hello was slow, so the offset that it tells is wrong by as much; the ping right after it is not."""
    now_ms = time.time() * 1000
    page.now_ms = now_ms + wrong_h * HOUR_MS
    slow_by_ms = 30_000
    async with open_socket(layout.socket_url) as wire:
        await wire.say(page.hello_frame(client_ms=page.now_ms - slow_by_ms))
        await wire.expect(Kind.WELCOME)
        await say_clock(wire, page, 10)
        await wire.say(page.chunk(0, click(at_ms=page.now_ms)))
        await wire.wait_upto(page, 1)
    manifest = get(f"{page.session}/manifest")
    assert abs(manifest["streams"][0]["start_ms"] - now_ms) < 15_000


async def test_the_clock_of_a_stream_that_has_a_row_stands(layout: Layout, page: PageStream, get: Get) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await say_clock(wire, page, 5)
        await wire.say(page.chunk(0))
        await wire.wait_upto(page, 1)
        before = get(f"{page.session}/manifest")["streams"][0]["start_ms"]
        page.now_ms += 50_000  # a clock that somebody set meanwhile
        await say_clock(wire, page, 1)
        await wire.say(page.chunk(1))
        await wire.wait_upto(page, 2)
    assert get(f"{page.session}/manifest")["streams"][0]["start_ms"] == before


@pytest.fixture
async def ingest(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ingest]:
    monkeypatch.setattr(service, "PRESSURE_EVERY_S", 0.01)
    ingest = Ingest(MemoryStore(), lambda *_: None)
    yield ingest
    await ingest.close()


def windows(server: Server) -> list[int]:
    """Return how many chunks the page was told to have in flight, each time that it was told."""
    told = []
    for message in server.sent:
        frame = message.get("bytes", b" ")
        if frame[0] == Kind.WELCOME:
            told.append(messages.parse_message(frame, messages.Welcome).window_chunks)
        elif frame[0] == Kind.WINDOW:
            told.append(messages.parse_message(frame, messages.Window).window_chunks)
        elif frame[0] == Kind.ACK and (narrowed := messages.parse_message(frame, messages.Ack).window_chunks) is not None:
            told.append(narrowed)
    return told


async def until(condition: object, *, within_s: float = 10) -> None:
    assert callable(condition)
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)


async def test_windows_narrow_while_much_is_held_and_widen_again(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    Keeper(ingest, monkeypatch, valid_s=30, renewal=None)
    server, page = Server(ingest, "playhead.v1"), PageStream("pk_shop_0")
    server.receive(page.hello_frame())
    await until(lambda: windows(server) == [32])
    await ingest.budget.take(int(ingest.budget.size_bytes * 0.7))
    await until(lambda: ingest.pressure == 0.5)
    assert windows(server) == [32]  # a page that sends nothing need not know
    server.receive(page.chunk(0).to_frame())
    await until(lambda: windows(server) == [32, 16])
    late = Server(ingest, "playhead.v1")
    late.receive(PageStream("pk_shop_0").hello_frame())
    await until(lambda: windows(late) == [16])
    await ingest.budget.take(int(ingest.budget.size_bytes * 0.3))
    await until(lambda: windows(server)[-1] == 0 and windows(late)[-1] == 0)  # nothing new from anybody, said at once
    ingest.budget.give(ingest.budget.size_bytes)
    await until(lambda: windows(server)[-1] > 0 and windows(late)[-1] > 0)  # said at once too: they would wait for it
    await until(lambda: ingest.pressure == 0)
    server.receive(page.chunk(1).to_frame())
    await until(lambda: windows(server)[-1] == 32)
    for each in (server, late):
        each.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await each.end()
