"""Who takes forever is not waited for: headers, bodies, handshakes, hellos. The real server, with deadlines of a second."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing

import pytest

from replay.serve import patience
from tests.ingest.client import open_socket
from tests.ingest.test_flood import rss_mb
from tests.layouts import Layout, embedded_layout
from tests.pages_say import PageStream
from tests.processes import Process, free_port

pytestmark = pytest.mark.embedded
IMPATIENT = """
import sys
import django
django.setup()
from replay.ingest import consumer
consumer.HELLO_S = 1
from replay.serve import patience
patience.HEADERS_WITHIN_S = patience.BODY_WITHIN_S = 1
patience.TIGHT_MESSAGE_S = 1
from replay.serve.server import run
sys.exit(run("127.0.0.1", int(sys.argv[1])) or 0)
"""
SLOW = 50


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Layout, Process]]:
    with embedded_layout(tmp_path_factory.mktemp("impatient")) as layout:
        port = free_port()
        env = dict(layout.env) | {
            "DJANGO_SETTINGS_MODULE": "replay.settings",
            "INGEST_ACCEPTS_PER_S": "20",
            "INGEST_HELD_MIB": "8",
        }
        web = Process("impatient", ["python", "-c", IMPATIENT, str(port)], env, layout.data_dir / "log/impatient.log", port)
        layout.stack.callback(web.stop)
        web.start()
        yield layout, web


def test_in_earnest_deadlines_are_short_and_honest_pages_meet_them() -> None:
    assert patience.HEADERS_WITHIN_S <= 10
    assert 1024 * 1024 / patience.BODY_WITHIN_S < 12_000  # bytes a second that a beacon of a MiB needs
    assert patience.HANDSHAKE_WITHIN_S <= 5


def ends_within(connection: socket.socket, seconds: float) -> bytes:
    """Return what the server says before it closes; fail where it does not."""
    connection.settimeout(seconds)
    heard = b""
    try:
        while data := connection.recv(65_536):
            heard += data
    except ConnectionResetError:
        pass
    return heard


@pytest.mark.parametrize(
    "begins",
    [
        b"",
        b"GET / HTT",
        b"GET /ingest/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
        b"POST /ingest/v1/beacon HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf",
        b"POST /ingest/v1/beacon HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
async def test_a_slow_request_is_not_waited_for(impatient: tuple[Layout, Process], begins: bytes) -> None:
    """A byte now and then does not move the deadline, and others are served meanwhile."""
    layout, web = impatient
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", web.port or 0)))) for _ in range(SLOW)]
        for each in slow:
            each.sendall(begins)
        page = PageStream(layout.make_project().write_key)
        async with open_socket(f"ws://127.0.0.1:{web.port}/ingest/v1") as wire:
            await wire.hello(page)
            await wire.say(page.chunk(0))
            await wire.wait_upto(page, 1)
        for each in slow:
            assert b" 101 " not in ends_within(each, 15)


async def test_a_socket_that_says_no_hello_is_closed(impatient: tuple[Layout, Process]) -> None:
    _, web = impatient
    async with open_socket(f"ws://127.0.0.1:{web.port}/ingest/v1") as wire:
        assert await wire.closed() == 1000


async def test_half_messages_hold_no_room_for_long(impatient: tuple[Layout, Process]) -> None:
    """Twelve sockets begin a message of a MiB each, and stop: eight are room for all of this process."""
    layout, web = impatient
    url, shop = f"ws://127.0.0.1:{web.port}/ingest/v1", layout.make_project()
    half = bytes([0x82, 0xFF]) + (1_000_000).to_bytes(8, "big") + bytes(4) + bytes(900_000)
    async with AsyncExitStack() as stack:
        halves = [await stack.enter_async_context(open_socket(url)) for _ in range(12)]
        for each in halves:
            await each.hello(PageStream(shop.write_key))
            each.socket.transport.write(half)
        page = PageStream(shop.write_key)
        async with open_socket(url) as wire:  # who says little is heard all the same
            await wire.hello(page)
            await wire.say(page.chunk(0))
            await wire.wait_upto(page, 1)
        waiting = {asyncio.create_task(each.closed()) for each in halves}
        while len(waiting) > 8:  # until there is room
            ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert {task.result() for task in ended} == {1006}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for each in halves:
            each.socket.transport.abort()
        assert rss_mb(web) < 250


def test_a_storm_is_let_in_little_by_little_and_nobody_is_refused(impatient: tuple[Layout, Process]) -> None:
    _, web = impatient
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    began = time.monotonic()
    with ExitStack() as stack:
        storm = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", web.port or 0)))) for _ in range(80)]
        for each in storm:
            each.sendall(asked)
        assert all(b" 200 OK" in ends_within(each, 30) for each in storm)
    assert time.monotonic() - began >= 1  # 20 at once, then 20 a second, as far as one accept takes several
