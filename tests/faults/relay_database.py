"""A relay in front of PostgreSQL that sees where a transaction commits, and can strike right there.

PostgreSQL's protocol, as far as needed: a client begins with untyped messages (length, code), of which an SSL request is
answered by one bare byte; from then on both sides say typed messages: one byte, a length that counts itself, content.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable

from tests.faults.relay import Cut, Link, Relay

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
QUERY, PARSE, COMMAND_COMPLETE, READY = b"Q", b"P", b"C", b"Z"

Strike = Callable[[Link], None]  # raises Cut, or kills somebody


def cut(_: Link) -> None:
    """Break the connection off."""
    raise Cut


class DatabaseRelay(Relay):
    """``before_commit``: the server never hears the COMMIT; ``after_commit``: it committed, and the client never learns."""

    before_commit: Strike | None = None
    after_commit: Strike | None = None
    commits = 0

    def reset(self) -> None:
        self.before_commit = self.after_commit = None

    async def pass_up(self, link: Link) -> None:
        assert link.server is not None
        reader, writer = link.client[0], link.server[1]
        while True:  # the untyped beginning
            head = await reader.readexactly(8)
            length, code = struct.unpack(">II", head)
            await self.move(head + await reader.readexactly(length - 8), writer)
            if code not in (SSL_REQUEST, GSS_REQUEST):
                break
        async for message in _messages(reader):
            if self.before_commit and _is_commit(message):
                self.bites += 1
                self.before_commit(link)
            await self.move(message, writer)

    async def pass_down(self, link: Link) -> None:
        assert link.server is not None
        reader, writer = link.server[0], link.client[1]
        first = await reader.readexactly(1)
        while first == b"N":  # no SSL here; a message of that type is never the first
            await self.move(first, writer)
            first = await reader.readexactly(1)
        async for message in _messages(reader, first):
            if message[:1] == COMMAND_COMPLETE and message[5:] == b"COMMIT\0":
                self.commits += 1
                if self.after_commit:
                    self.bites += 1
                    self.after_commit(link)
            if self.delay_s and message[:1] == READY:  # the end of an answer
                self.bites += 1
                await asyncio.sleep(self.delay_s)
            await self.move(message, writer)


def _is_commit(message: bytes) -> bool:
    if message[:1] == QUERY:
        return message[5:11].upper() == b"COMMIT"
    return message[:1] == PARSE and b"\0COMMIT\0" in message[5:40].upper()


async def _messages(reader: asyncio.StreamReader, first: bytes = b"") -> AsyncIterator[bytes]:
    """Yield typed messages until the connection ends."""
    while True:
        try:
            head = first + await reader.readexactly(5 - len(first))
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return
        first = b""
        yield head + await reader.readexactly(struct.unpack(">I", head[1:])[0] - 4)
