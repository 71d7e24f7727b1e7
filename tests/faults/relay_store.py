"""A relay in front of an S3 store that sees PUTs, and can spoil them: refuse, break, damage, lose the answer, or strike.

HTTP/1.1 as boto3 speaks it: heads with a Content-Length, sometimes "Expect: 100-continue". Answers are passed back as they
come; only their beginning is looked at, to know when a request is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.relay import READ_BYTES, Cut, Link, Relay

Strike = Callable[[Link], None]
SLOW_DOWN = b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
    len(body := b"<Error><Code>SlowDown</Code><Message>busy</Message></Error>"),
    body,
)


@dataclass
class Faults:
    """What happens to PUTs (and, where it says so, to GETs); ``times`` of them, then no more."""

    times: float = 0
    refuse: bool = False  # 503
    break_body: bool = False  # reset in the middle of the body
    flip_body: bool = False  # one bit of the body is not what was sent
    lose_answer: bool = False  # kept, and the answer never comes
    when_begun: Strike | None = None
    when_kept: Strike | None = None
    flip_get: bool = False  # one bit of what is read is not what was kept


@dataclass
class Request:
    """What is being asked on a link right now."""

    method: bytes
    fault: Faults = field(default_factory=Faults)


class StoreRelay(Relay):
    """``in_flight`` PUTs are those whose answer the store still owes."""

    faults = Faults()
    puts = 0

    @property
    def in_flight(self) -> int:
        return sum(link.owed for link in self.links)

    def reset(self) -> None:
        self.faults = Faults()

    def spoil(self, faults: Faults) -> None:
        """Let these faults happen from now on."""
        self.faults = faults

    def _fault_of(self, method: bytes) -> Faults:
        """Return the fault for a request of this method, used up by one."""
        faults = self.faults
        if faults.times <= 0 or method != (b"GET" if faults.flip_get else b"PUT"):
            return Faults()
        faults.times -= 1
        self.bites += 1
        return faults

    async def pass_up(self, link: Link) -> None:
        assert link.server is not None
        reader, writer = link.client[0], link.server[1]
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as error:
                if error.partial:
                    raise
                await self._answered(link)
                return
            method, length = head.split(b" ", 1)[0], _content_length(head)
            request = Request(method, self._fault_of(method))
            link.request = request
            if self.delay_s and method == b"PUT":
                self.bites += 1
                await asyncio.sleep(self.delay_s)
            if request.fault.refuse:
                await reader.readexactly(length if b"100-continue" not in head.lower() else 0)
                await self.move(SLOW_DOWN, link.client[1])
                await link.client[1].drain()
                return
            if request.fault.when_begun:
                request.fault.when_begun(link)
            is_put = method == b"PUT"
            await self.move(head, writer)
            await self._pass_body(link, request, length)
            if is_put:
                self.puts += 1
                link.owed += 1

    async def _answered(self, link: Link) -> None:
        """Whoever asked is gone; the store may still do what it was asked, and counts until it has."""
        until = asyncio.get_running_loop().time() + 10
        while link.owed and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.01)

    async def _pass_body(self, link: Link, request: Request, length: int) -> None:
        assert link.server is not None
        left = length
        while left:
            data = await link.client[0].read(min(READ_BYTES, left))
            if not data:
                raise Cut
            if request.fault.flip_body and left == length:
                data = _flipped(data, len(data) // 2)
            if request.fault.break_body and left - len(data) <= length // 2:
                await self.move(data[: len(data) // 2], link.server[1])
                raise Cut
            left -= len(data)
            await self.move(data, link.server[1])

    async def pass_down(self, link: Link) -> None:
        assert link.server is not None
        reader, writer = link.server[0], link.client[1]
        while data := await reader.read(READ_BYTES):
            request: Request | None = link.request
            answer = data.partition(b"\r\n\r\n")[2] if data.startswith(b"HTTP/1.1 100") else data  # both may come at once
            is_final = answer.startswith(b"HTTP/1.1 ")
            if is_final and request is not None and request.method == b"PUT":
                link.owed -= 1
                if request.fault.when_kept:
                    request.fault.when_kept(link)
                if request.fault.lose_answer:
                    raise Cut
            if request is not None and request.fault.flip_get:
                body_at = data.find(b"\r\n\r\n") + 4 if is_final else 0
                if body_at < len(data):  # the body may come with the next bytes
                    data = _flipped(data, (body_at + len(data)) // 2)
                    request.fault = Faults()
            await self.move(data, writer)

    async def idle(self) -> None:
        """Return when the store owes no answer to a PUT."""
        async with asyncio.timeout(20):
            while self.in_flight > 0:
                await asyncio.sleep(0.01)

    def wait_idle(self) -> None:
        self.background.run(self.idle())


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _flipped(data: bytes, at: int) -> bytes:
    """Return the bytes with one bit changed."""
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
