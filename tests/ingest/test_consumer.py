"""The socket's shell, spoken to as an ASGI server would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from replay.index.arrival import Outcome
from replay.ingest import consumer
from replay.ingest.admission import Admitted, Key, make_source
from replay.ingest.beacon import hear_beacon
from replay.ingest.consumer import ingest_socket
from replay.ingest.item import Item
from replay.ingest.service import Ingest
from replay.store.memory import MemoryStore
from replay.wire import messages
from replay.wire.errors import REFUSALS, Code, FrameRefused
from replay.wire.frames import Kind
from replay.wire.messages import Hello
from tests.pages_say import PageStream


class Server:
    """Stands for the ASGI server of one socket."""

    def __init__(self, ingest: Ingest, *subprotocols: str) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.inbox.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "subprotocols": subprotocols, "headers": []}
        self.task = asyncio.create_task(ingest_socket(ingest, scope, self.inbox.get, self.send))

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def receive(self, frame: bytes) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "bytes": frame})

    async def end(self) -> None:
        async with asyncio.timeout(10):
            await self.task


@pytest.fixture
async def ingest() -> AsyncIterator[Ingest]:
    ingest = Ingest(MemoryStore(), lambda *_: None)
    yield ingest
    await ingest.close()


async def test_a_silent_socket_is_closed(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "IDLE_S", 0.05)
    server = Server(ingest, "playhead.v1")
    await server.end()
    assert [message["type"] for message in server.sent] == ["websocket.accept", "websocket.close"]
    assert server.sent[-1]["code"] == 1000
    assert not ingest.sockets


async def test_a_dead_socket_is_gone_within_50_s() -> None:
    assert consumer.IDLE_S <= 50
    assert 2 * messages.Welcome("", 0, 0.0).heartbeat_s < consumer.IDLE_S


async def test_a_page_that_leaves_ends_its_socket(ingest: Ingest) -> None:
    server = Server(ingest, "playhead.v1")
    server.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await server.end()
    assert not ingest.sockets


async def test_a_closing_process_takes_no_socket(ingest: Ingest) -> None:
    await ingest.close()
    server = Server(ingest, "playhead.v1")
    await server.end()
    assert server.sent == [{"type": "websocket.close"}]


async def test_closing_says_goodbye_to_every_socket(ingest: Ingest) -> None:
    servers = [Server(ingest, "playhead.v1") for _ in range(5)]
    while len(ingest.sockets) < 5:
        await asyncio.sleep(0)
    await ingest.close()
    for server in servers:
        await server.end()
        _, goaway, close = server.sent
        assert goaway["bytes"][0] == Kind.GOAWAY
        said = messages.parse_message(goaway["bytes"], messages.Goaway)
        assert (said.code, said.retry, close["code"]) == (Code.SERVER_CLOSING, True, 1012)


@pytest.mark.parametrize("code", [Code.INDEX_UNAVAILABLE, Code.ERASED])
async def test_a_hello_that_cannot_be_admitted_is_sent_away(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, code: Code
) -> None:
    async def refuse(*_: Any) -> None:
        raise FrameRefused(code)

    monkeypatch.setattr(ingest, "admit", refuse)
    server = Server(ingest, "playhead.v1")
    server.receive(PageStream("pk_shop_0").hello_frame())
    await server.end()
    said = messages.parse_message(server.sent[1]["bytes"], messages.Goaway)
    assert (said.code, said.retry) == (code, not REFUSALS[code].permanent)


class Keeper:
    """Stands for admission and the index: admits for so long, renews as told, and keeps everything."""

    def __init__(self, ingest: Ingest, monkeypatch: pytest.MonkeyPatch, *, valid_s: float, renewal: Code | None) -> None:
        self.valid_s, self.renewal = valid_s, renewal
        self.renewals = 0
        self.kept: list[int] = []
        self.outcome: Code | None = None
        for name in ("admit", "renew", "keep"):
            monkeypatch.setattr(ingest, name, getattr(self, name))

    async def admit(self, hello: Hello, origin: str, user_agent: str, received_ms: float) -> Admitted:
        source = make_source(Key(1, "shop", (), False), hello, user_agent, 0)
        return Admitted(source, 0, source.entry_url, time.monotonic() + self.valid_s)

    async def renew(self, write_key: str, origin: str) -> float:
        self.renewals += 1
        if self.renewal:
            raise FrameRefused(self.renewal)
        return time.monotonic() + 30

    def keep(self, item: Item) -> None:
        self.kept.append(item.chunk.header.seq)
        outcome = Outcome(self.outcome, item.chunk.header.seq + 1)
        asyncio.get_running_loop().call_soon(item.listener.settled, [(item, outcome)])


async def say_two_chunks(ingest: Ingest) -> Server:
    """Let a page say hello and two chunks, and leave."""
    server, page = Server(ingest, "playhead.v1"), PageStream("pk_shop_0")
    for frame in (page.hello_frame(), page.chunk(0).to_frame(), page.chunk(1).to_frame()):
        server.receive(frame)
    server.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await server.end()
    return server


@pytest.mark.parametrize("code", [Code.REVOKED_WRITE_KEY, Code.UNKNOWN_WRITE_KEY, Code.FOREIGN_ORIGIN])
async def test_a_key_that_was_revoked_meanwhile_ends_the_socket(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, code: Code
) -> None:
    keeper = Keeper(ingest, monkeypatch, valid_s=0, renewal=code)
    server = Server(ingest, "playhead.v1")
    page = PageStream("pk_shop_0")
    server.receive(page.hello_frame())
    server.receive(page.chunk(0).to_frame())
    await server.end()
    goaway, close = server.sent[-2:]
    said = messages.parse_message(goaway["bytes"], messages.Goaway)
    assert (said.code, said.retry, close["code"]) == (code, False, 1008)
    assert not keeper.kept


async def test_a_stream_is_asked_for_again_only_when_its_admission_is_old(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Keeper(ingest, monkeypatch, valid_s=30, renewal=None)
    await say_two_chunks(ingest)
    assert (fresh.renewals, fresh.kept) == (0, [0, 1])
    old = Keeper(ingest, monkeypatch, valid_s=0, renewal=None)
    await say_two_chunks(ingest)
    assert (old.renewals, old.kept) == (1, [0, 1])


async def test_a_stream_goes_on_where_nobody_can_tell(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer says what the database's absence means for each chunk; the socket stays."""
    keeper = Keeper(ingest, monkeypatch, valid_s=0, renewal=Code.INDEX_UNAVAILABLE)
    await say_two_chunks(ingest)
    assert (keeper.renewals, keeper.kept) == (1, [0, 1])


async def test_a_refused_chunk_is_counted(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper(ingest, monkeypatch, valid_s=30, renewal=None)
    keeper.outcome = Code.CONFLICT
    await say_two_chunks(ingest)
    assert ingest.refusals.counts == {Code.CONFLICT: 2}


async def test_a_page_that_is_sent_away_is_counted(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    Keeper(ingest, monkeypatch, valid_s=30, renewal=None)
    server, page = Server(ingest, "playhead.v1"), PageStream("pk_shop_0")
    server.receive(page.chunk(3).to_frame())
    await server.end()
    assert ingest.refusals.counts == {Code.UNKNOWN_STREAM: 1}
    await ingest.close()
    assert ingest.refusals.counts == {Code.UNKNOWN_STREAM: 1}  # it had gone: nobody was there to be told


async def test_a_refused_beacon_is_counted(ingest: Ingest) -> None:
    status, _ = await hear_beacon(ingest, b"", "", "")
    assert status == REFUSALS[Code.BAD_FRAME].http_status
    assert ingest.refusals.counts == {Code.BAD_FRAME: 1}
