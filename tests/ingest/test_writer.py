"""Bytes, then row, then ack: and no ack where one of them failed."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError

from replay.index.arrival import Arrival, Outcome
from replay.index.keep import IndexUnavailable
from replay.index.ops import PackSwept
from replay.ingest import indexer
from replay.ingest import writer as module
from replay.ingest.admission import Key, make_source
from replay.ingest.budget import Budget
from replay.ingest.item import Item, Listener, Place
from replay.ingest.packer import MAX_BYTES, MAX_CHUNKS, MOST_LINGER_S, Packer
from replay.ingest.writer import MOST_UNDER_WAY, Writer
from replay.store import pack
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from replay.wire.errors import Code
from replay.wire.frames import Chunk, ChunkHeader, Codec, make_chunk
from tests.pages_say import PageStream, click, event


class Steps:
    """Stands for the index, and writes down the order of what is done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.arrivals: list[Arrival] = []

    def do(self, step: str) -> None:
        if error := self.fails.get(step):
            raise error
        self.done.append(step)

    def open_pack(self, key: str, size_bytes: int, now: datetime) -> int:
        self.do("intent")
        return 1

    def keep_pack(self, pack_id: int, arrivals: Sequence[Arrival]) -> list[Outcome]:
        self.do("rows")
        self.arrivals += arrivals
        return [Outcome(None, arrival.header.seq + 1) for arrival in arrivals]


class Store(MemoryStore):
    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.steps = steps

    def put(self, key: str, data: bytes) -> None:
        self.steps.do("bytes")
        super().put(key, data)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps()
    monkeypatch.setattr(module, "open_pack", steps.open_pack)
    monkeypatch.setattr(module, "keep_pack", steps.keep_pack)
    return steps


@pytest.fixture
def store(steps: Steps) -> Store:
    return Store(steps)


@pytest.fixture
def heard() -> list[Any]:
    return []


@pytest.fixture
async def writer(store: Store, heard: list[Any]) -> AsyncIterator[Writer]:
    writer = Writer(store, heard.extend)
    yield writer
    await writer.close()


class Socket:
    """Stands for whoever brings chunks: keeps what it hears of them."""

    def __init__(self) -> None:
        self.told: list[list[Outcome]] = []
        self.answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def settled(self, outcomes: list[tuple[Item, Outcome]]) -> None:
        self.told.append([outcome for _, outcome in outcomes])
        if not self.answer.done():
            self.answer.set_result(outcomes[-1][1])


def item(page: PageStream, seq: int = 0, listener: Listener | None = None, chunk: Chunk | None = None) -> Item:
    source = make_source(Key(1, "shop", (), False), page.hello(), "", page.now_ms)
    chunk = chunk or page.chunk(seq)
    return Item(source, chunk, Place(page.url), datetime.now(UTC), listener or Socket(), len(chunk.to_frame()))


def keep(writer: Writer, item: Item) -> asyncio.Future[Outcome]:
    """Keep a chunk of a socket of its own; return the promise of what becomes of it."""
    assert isinstance(item.listener, Socket)
    writer.keep(item)
    return item.listener.answer


async def test_the_order_is_intent_bytes_rows_ack(writer: Writer, steps: Steps, heard: list[Any]) -> None:
    page = PageStream()
    assert await keep(writer, item(page)) == Outcome(None, 1)
    assert steps.done == ["intent", "bytes", "rows"]
    assert heard == [("shop", page.session, page.stream, 1)]


async def test_chunks_that_come_together_share_a_pack(writer: Writer, store: Store, steps: Steps) -> None:
    pages = [PageStream() for _ in range(20)]
    await asyncio.gather(*(keep(writer, item(page)) for page in pages))
    (key,) = store.keys("packs/")
    assert [frame for _, frame in pack.read(store.get(key))] == [item(page).chunk.to_frame() for page in pages]


@pytest.mark.parametrize(
    ("step", "error", "code"),
    [
        ("bytes", StoreUnavailable("packs/x"), Code.STORE_UNAVAILABLE),
        ("intent", OperationalError(), Code.INDEX_UNAVAILABLE),
        ("rows", IndexUnavailable(), Code.INDEX_UNAVAILABLE),
        ("rows", PackSwept(), Code.INDEX_UNAVAILABLE),
        ("rows", RuntimeError("a bug"), Code.INDEX_UNAVAILABLE),
    ],
)
async def test_a_step_that_fails_acks_nothing_and_mends(
    writer: Writer, steps: Steps, heard: list[Any], step: str, error: Exception, code: Code
) -> None:
    steps.fails[step] = error
    assert await keep(writer, item(PageStream())) == Outcome(code)
    assert not heard
    assert "rows" not in steps.done
    steps.fails.clear()
    assert (await keep(writer, item(PageStream()))).code is None


async def test_a_listener_that_fails_harms_no_ack(store: Store) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the channel layer is down")

    writer = Writer(store, broken)
    assert (await keep(writer, item(PageStream()))).code is None
    await writer.close()


async def test_closing_keeps_what_waits(writer: Writer, steps: Steps) -> None:
    promise = keep(writer, item(PageStream()))
    await writer.close()
    assert promise.result().code is None


async def test_a_socket_hears_once_of_all_its_chunks_in_a_pack(writer: Writer) -> None:
    page, socket = PageStream(), Socket()
    for seq in range(5):
        writer.keep(item(page, seq, socket))
    await socket.answer
    assert socket.told == [[Outcome(None, seq + 1) for seq in range(5)]]


async def test_a_log_that_cannot_be_read_is_refused_alone(writer: Writer, store: Store) -> None:
    page, socket = PageStream(), Socket()
    bad = make_chunk(ChunkHeader(page.session, page.stream, 1, log_codec=Codec.JSON, log_raw_length=2), b"", b"{]")
    for each in (item(page, 0, socket), item(page, 1, socket, bad), item(page, 2, socket)):
        writer.keep(each)
    await socket.answer
    assert socket.told == [[Outcome(None, 1), Outcome(Code.BAD_LOG), Outcome(None, 3)]]
    (key,) = store.keys("packs/")
    assert len(pack.read(store.get(key))) == 2


async def test_a_page_is_where_its_last_opened_chunk_left_it(writer: Writer, steps: Steps) -> None:
    page, socket = PageStream(), Socket()
    there = event("navigation", page.now_ms, url="https://shop.example/cart", how="push")
    first, second = item(page, 0, socket, page.chunk(0, there)), item(page, 1, socket, page.chunk(1, click()))
    second.place = first.place
    writer.keep(first)
    writer.keep(second)
    await socket.answer
    assert [draft.url for draft in steps.arrivals[1].digest.moments] == ["https://shop.example/cart"]


async def test_a_store_that_hangs_costs_a_bounded_wait(
    writer: Writer, store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.STORE_PUT_TIMEOUT_S = 0.05
    release = threading.Event()
    monkeypatch.setattr(store, "put", lambda *_: release.wait(10))
    try:
        assert await keep(writer, item(PageStream())) == Outcome(Code.STORE_UNAVAILABLE)
        assert "rows" not in steps.done
    finally:
        release.set()


async def test_a_database_that_hangs_costs_a_bounded_wait(
    writer: Writer, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "ANSWER_S", 0.05)
    release = threading.Event()
    monkeypatch.setattr(module, "keep_pack", lambda *_: release.wait(10))
    try:
        assert await keep(writer, item(PageStream())) == Outcome(Code.INDEX_UNAVAILABLE)
    finally:
        release.set()


async def test_few_packs_are_under_way_and_the_rest_gathers(
    writer: Writer, store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def put(key: str, data: bytes) -> None:
        steps.do("bytes")
        release.wait(10)

    monkeypatch.setattr(store, "put", put)
    promises = []
    for under_way in range(1, MOST_UNDER_WAY + 1):
        promises.append(keep(writer, item(PageStream())))
        while steps.done.count("bytes") < under_way:
            await asyncio.sleep(0.001)
    promises += [keep(writer, item(PageStream())) for _ in range(3)]
    await asyncio.sleep(2 * MOST_LINGER_S)  # they are due by now, were there room
    assert steps.done.count("intent") == MOST_UNDER_WAY
    release.set()
    await asyncio.gather(*promises)
    assert steps.done.count("intent") == MOST_UNDER_WAY + 1


class TestPacker:
    def test_a_lone_chunk_hardly_waits(self) -> None:
        packer: Packer[int] = Packer()
        assert packer.add(1, 100, now=10.0) == []
        assert packer.due_at == pytest.approx(10.005, abs=0.002)
        assert packer.take() == [1]
        assert packer.due_at == math.inf

    def test_the_wait_counts_from_the_first(self) -> None:
        packer: Packer[int] = Packer()
        packer.add(1, 100, now=10.0)
        due = packer.due_at
        packer.add(2, 100, now=10.01)
        assert packer.due_at == due

    def test_a_busy_process_waits_longer_and_not_too_long(self) -> None:
        packer: Packer[int] = Packer()
        for number in range(2500):
            packer.add(number, 1, now=10 + number / 500)
        packer.take()
        packer.add(1, 1, now=15.0)
        assert packer.due_at == pytest.approx(15 + MOST_LINGER_S)
        packer.take()
        packer.add(1, 1, now=60.0)
        assert packer.due_at < 60.02

    def test_size_and_count_end_the_wait(self) -> None:
        packer: Packer[int] = Packer()
        assert packer.add(1, MAX_BYTES - 1, now=1.0) == []
        assert packer.add(2, 1, now=1.0) == [1, 2]
        batches = [packer.add(number, 1, now=1.0) for number in range(MAX_CHUNKS)]
        assert len(batches[-1]) == MAX_CHUNKS
        assert not any(batches[:-1])


class TestBudget:
    async def test_who_finds_no_room_waits_their_turn(self) -> None:
        budget = Budget(10)
        await budget.take(8)
        order: list[str] = []

        async def take(name: str, size: int) -> None:
            await budget.take(size)
            order.append(name)

        waiting = [asyncio.create_task(take("large", 9)), asyncio.create_task(take("small", 1))]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert order == []  # the small one does not pass the large one
        budget.give(8)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert order == ["large", "small"]
        await asyncio.gather(*waiting)

    async def test_who_gives_up_takes_nothing(self) -> None:
        budget = Budget(10)
        await budget.take(10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await budget.take(5)
        budget.give(10)
        async with asyncio.timeout(1):
            await budget.take(10)
