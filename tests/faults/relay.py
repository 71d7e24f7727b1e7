"""A TCP relay of our own between Playhead and a service: up, down, silent, slow or broken at will, and it counts.

Relays run in one background thread; tests call them from theirs. ``Relay`` knows bytes only; the relays that understand a
protocol just enough to fail at a chosen point of it are in ``relay_database.py`` and ``relay_store.py``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tests.processes import free_port

T = TypeVar("T")
READ_BYTES = 64 * 1024
LOST = (OSError, asyncio.IncompleteReadError, EOFError)


class Background:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="relays", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout_s: float = 30) -> T:
        """Run a coroutine there and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout_s)

    def stop(self) -> None:
        """End every task, then the loop and its thread."""
        self.run(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Cut(Exception):
    """A hook wants this connection broken off, now."""


class Link:
    """One relayed connection."""

    def __init__(self, client: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.client = client
        self.server: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.client_port: int = client[1].get_extra_info("peername")[1]
        self.request: Any = None  # what is being asked, for relays that look
        self.owed = 0  # answers that the service owes

    def abort(self) -> None:
        """Break both halves off with a reset, as a machine does that is gone."""
        for pair in (self.client, self.server):
            if pair is None:
                continue
            if (sock := pair[1].get_extra_info("socket")) is not None:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            pair[1].transport.abort()


class Relay:
    """Passes connections on to a port that may change its owner."""

    def __init__(self, background: Background, target: Callable[[], int]) -> None:
        self.background = background
        self.target = target
        self.port = free_port()
        self.delay_s = 0.0  # before anything of the service is passed back
        self.is_silent = False  # connections stand, nothing moves
        self.links: set[Link] = set()
        self.bites = 0  # how often a fault of ours hit something
        self._server: asyncio.Server | None = None
        self._moving = asyncio.Event()
        self._moving.set()

    # What tests say

    def up(self) -> None:
        """Be a plain relay again; what hung is broken off, so that nobody waits for it."""
        self.background.run(self._up())

    def down(self) -> None:
        """Break every connection and refuse new ones."""
        self.background.run(self._down())

    def cut(self) -> None:
        """Break every connection; new ones are welcome."""
        self.background.run(self._cut())

    def silence(self) -> None:
        """Keep connections, and take new ones, but pass nothing on."""
        self.background.run(self._silence())

    # In the loop

    async def _up(self) -> None:
        self.delay_s = 0.0
        self.reset()
        if self.is_silent:
            self.is_silent = False
            await self._cut()
        self._moving.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port, limit=2**22)

    async def _down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        self.bites += len(self.links)
        for link in list(self.links):
            link.abort()

    async def _silence(self) -> None:
        self.is_silent = True
        self._moving.clear()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link((reader, writer))
        self.links.add(link)
        try:
            await self._moving.wait()
            link.server = await asyncio.open_connection("127.0.0.1", self.target(), limit=2**22)
            halves = [asyncio.create_task(half) for half in (self.pass_up(link), self.pass_down(link))]
            try:
                done, _ = await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
                for half in done:
                    half.result()
            finally:
                for half in halves:
                    half.cancel()
                await asyncio.gather(*halves, return_exceptions=True)
            for _, end in (link.client, link.server):
                end.close()
        except (Cut, *LOST):
            link.abort()
        finally:
            self.links.discard(link)
            self.ended(link)

    async def move(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on, when bytes move at all."""
        if not self._moving.is_set():
            self.bites += 1
            await self._moving.wait()
        writer.write(data)
        await writer.drain()

    # What relays that know their protocol do otherwise

    def reset(self) -> None:
        """Forget every fault of one's own."""

    def ended(self, link: Link) -> None:
        """A connection is over."""

    async def pass_up(self, link: Link) -> None:
        """Pass on what the client says, until it ends."""
        assert link.server is not None
        await self._pump(link.client[0], link.server[1], self._at_once)

    async def pass_down(self, link: Link) -> None:
        """Pass back what the service says, until it ends."""
        assert link.server is not None
        await self._pump(link.server[0], link.client[1], self._delayed)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before: Callable[[], Awaitable[None]]
    ) -> None:
        while data := await reader.read(READ_BYTES):
            await before()
            await self.move(data, writer)

    async def _at_once(self) -> None:
        return None

    async def _delayed(self) -> None:
        if self.delay_s:
            self.bites += 1
            await asyncio.sleep(self.delay_s)
