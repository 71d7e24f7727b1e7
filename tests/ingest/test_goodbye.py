"""SIGTERM: pages are sent away, what was heard is kept and acked, sockets close with 1012, and the process is gone in time."""

from __future__ import annotations

import asyncio
import signal
import socket as sockets
import sqlite3
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from replay.wire import messages
from replay.wire.errors import Code
from replay.wire.frames import Kind
from tests.ingest.bucket import Bucket
from tests.ingest.client import PageSocket, open_socket
from tests.layouts import Layout, embedded_layout
from tests.pages_say import PageStream
from tests.processes import Process, free_port

UVICORN = (
    "--ws websockets-sansio --ws-max-size 1048576 --ws-per-message-deflate false --ws-ping-interval 20 --ws-ping-timeout 20 "
    "--timeout-graceful-shutdown 5 --backlog 4096 --no-access-log --no-server-header --no-proxy-headers"
)
SOCKETS = 60
GONE_WITHIN_S = 20


def on_uvicorn(layout: Layout) -> Process:
    """Start the command of docs/operations.md beside the layout's own web process."""
    port = free_port()
    argv = ["python", "-m", "uvicorn", "replay.asgi:application", "--host", "127.0.0.1", "--port", str(port), *UVICORN.split()]
    uvicorn = Process("uvicorn", argv, layout.env, layout.data_dir / "log/uvicorn.log", port)
    layout.stack.callback(uvicorn.stop)
    uvicorn.start()
    return uvicorn


def test_the_documented_command_is_the_tested_one() -> None:
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    written = " ".join(page.replace("\\\n", " ").split())
    assert UVICORN in written


async def last_words(wire: PageSocket) -> tuple[list[str], int]:
    """Return what the server said from now on, and the code it closed with."""
    said: list[str] = []
    while True:
        try:
            kind, body = await wire.hear()
        except ConnectionClosed as error:
            return said, error.rcvd.code if error.rcvd else 1006
        said.append(body["code"] if kind == Kind.GOAWAY else kind.name)


@pytest.mark.embedded
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_pages_are_sent_away_their_chunks_kept_and_acked(tmp_path: Path, server: str) -> None:
    with embedded_layout(tmp_path) as layout:
        shop = layout.make_project()
        process = layout.webs[0] if server == "daphne" else on_uvicorn(layout)
        url = f"ws://127.0.0.1:{process.port}/ingest/v1"
        async with AsyncExitStack() as stack:
            pages = [PageStream(shop.write_key) for _ in range(SOCKETS)]
            wires = [await stack.enter_async_context(open_socket(url)) for _ in pages]
            for wire, page in zip(wires, pages, strict=True):
                await wire.hello(page)
                await wire.say(page.chunk(0))
                await wire.say(messages.to_frame(messages.Ping(1.0)))
            for wire in wires:
                while (await wire.hear())[0] != Kind.PONG:  # the chunk is heard, perhaps not yet kept
                    pass
            slow = sockets.create_connection(("127.0.0.1", process.port or 0))
            slow.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n")
            began = time.monotonic()
            process.ask_to_end()
            heard = await asyncio.gather(*(last_words(wire) for wire in wires))
            await asyncio.to_thread(process.stop)
            assert time.monotonic() - began < GONE_WITHIN_S
            slow.close()
        for (said, code), wire, page in zip(heard, wires, pages, strict=True):
            assert said.count(Code.SERVER_CLOSING) == 1, said
            assert (wire.upto.get(page.stream), code) == (1, 1012), said
        assert process.popen is not None
        assert process.popen.returncode in (0, -signal.SIGTERM), process.tail()
        assert "Traceback" not in process.log.read_text()


@pytest.mark.embedded
@pytest.mark.parametrize("hung", ["store", "database"])
async def test_what_hangs_does_not_keep_the_process(tmp_path: Path, hung: str, bucket: Bucket) -> None:
    with embedded_layout(tmp_path, **bucket.settings) as layout:
        page = PageStream(layout.make_project().write_key)
        web = layout.webs[0]
        async with open_socket(layout.socket_url) as wire:
            await wire.hello(page)
            await wire.say(page.chunk(0))
            await wire.wait_upto(page, 1)
            with closing(sqlite3.connect(tmp_path / "playhead.sqlite3", isolation_level=None)) as locker:
                if hung == "database":
                    locker.execute("BEGIN IMMEDIATE")
                else:
                    bucket.mood = "silent"
                await wire.say(page.chunk(1))
                await wire.say(messages.to_frame(messages.Ping(1.0)))
                while (await wire.hear())[0] != Kind.PONG:
                    pass
                began = time.monotonic()
                web.ask_to_end()
                said, code = await last_words(wire)
                assert (said[0], code) == (Code.SERVER_CLOSING, 1012)
                while web.is_alive:
                    assert time.monotonic() - began < GONE_WITHIN_S
                    await asyncio.sleep(0.05)
                assert wire.upto[page.stream] == 1, "an ack without a commit"
