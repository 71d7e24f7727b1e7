"""Who asks too much is told when to come again, and nobody else notices. Real processes; addresses as a proxy tells them."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from replay.wire import frames, messages
from replay.wire.errors import Code
from replay.wire.frames import Kind
from tests.ingest.client import PageSocket, open_socket
from tests.layouts import Layout, MadeProject, embedded_layout
from tests.pages_say import PageStream

pytestmark = pytest.mark.embedded  # what is counted here is counted in the process, whatever the database
PING = messages.to_frame(messages.Ping(1.0))
TIGHT = {
    "TRUST_PROXY": "true",
    "INGEST_SOCKETS_PER_ADDRESS": "3",
    "INGEST_HANDSHAKES_PER_S": "1",
    "INGEST_HELLOS_PER_MIN": "20",
    "INGEST_CHUNKS_PER_S": "2",
    "INGEST_PROJECT_MIB_PER_S": "1",
    "INGEST_PROJECT_GIB_PER_DAY": "1",
}


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    with embedded_layout(tmp_path_factory.mktemp("tight"), **TIGHT) as layout:
        yield layout


@pytest.fixture
def own(tight: Layout) -> MadeProject:
    """A project of this test alone: what one uses up, the next one has."""
    return tight.make_project()


_addresses = iter(f"203.0.113.{number}" for number in range(1, 250))


@pytest.fixture
def address() -> str:
    return next(_addresses)


def socket(layout: Layout, address: str) -> Any:
    return open_socket(layout.socket_url, additional_headers={"X-Forwarded-For": address})


async def sent_away(wire: PageSocket, code: Code) -> int:
    """Expect a goaway that can be retried; return after how many milliseconds."""
    said = await wire.expect(Kind.GOAWAY)
    assert (said["code"], said["retry"], await wire.closed()) == (code, True, 1008)
    after_ms: int = said["after_ms"]
    return after_ms


async def keeps_one(wire: PageSocket, shop: MadeProject) -> None:
    page = PageStream(shop.write_key)
    await wire.hello(page)
    await wire.say(page.chunk(0))
    await wire.wait_upto(page, 1)


async def test_an_address_has_so_many_sockets_and_its_neighbour_as_many(tight: Layout, own: MadeProject, address: str) -> None:
    async with AsyncExitStack() as stack:
        first, *_ = [await stack.enter_async_context(socket(tight, address)) for _ in range(3)]
        async with socket(tight, address) as fourth:
            assert await sent_away(fourth, Code.TOO_MANY) >= 5_000
        async with socket(tight, next(_addresses)) as neighbour:
            await keeps_one(neighbour, own)
        await keeps_one(first, own)
    async with socket(tight, address) as wire:  # there is room again
        await keeps_one(wire, own)


async def test_an_address_that_knocks_too_fast_waits(tight: Layout, own: MadeProject, address: str) -> None:
    async def knock() -> dict[str, Any]:
        async with socket(tight, address) as wire:
            with suppress(ConnectionClosed):  # who is sent away at once may still be heard
                await wire.say(PING)
            said: dict[str, Any] = (await wire.hear())[1]
            return said

    answers = [said for _ in range(7) for said in await asyncio.gather(*(knock() for _ in range(3)))]
    refused = [said for said in answers if "code" in said]
    assert 1 <= len(refused) <= 11
    assert all(said["code"] == Code.TOO_MANY and 0 < said["after_ms"] < 3_000 for said in refused)
    async with socket(tight, next(_addresses)) as neighbour:
        await keeps_one(neighbour, own)


def beacon(layout: Layout, address: str, *said: bytes) -> tuple[int, str | None, dict[str, Any]]:
    """Return a beacon's status, its Retry-After, and the last frame of its answer."""
    headers = {"X-Forwarded-For": address, "Content-Type": "text/plain"}
    request = urllib.request.Request(f"{layout.base_url}/ingest/v1/beacon", frames.join_frames(said), headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers["Retry-After"], json.loads(frames.split_frames(answer.read())[-1][1:])
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Retry-After"], json.loads(frames.split_frames(error.read())[-1][1:])


async def test_a_beacon_is_told_the_same_in_http_s_words(tight: Layout, own: MadeProject, address: str) -> None:
    page = PageStream(own.write_key)
    said = (page.hello_frame(), page.chunk(0).to_frame())
    answers = await asyncio.gather(*(asyncio.to_thread(beacon, tight, address, *said) for _ in range(20)))
    assert {(status, retry) for status, retry, _ in answers if status == 200} == {(200, None)}
    refused = [answer for answer in answers if answer[0] != 200]
    assert 1 <= len(refused) <= 10
    for status, retry_after, goaway in refused:
        assert (status, goaway["code"]) == (429, Code.TOO_MANY)
        assert 1 <= int(retry_after or 0) <= 3
        assert int(retry_after or 0) * 1000 >= goaway["after_ms"]


async def test_a_project_says_so_many_hellos_and_another_as_many(tight: Layout, own: MadeProject) -> None:
    async def hello(shop: MadeProject) -> dict[str, Any]:
        async with socket(tight, next(_addresses)) as wire:
            await wire.say(PageStream(shop.write_key).hello_frame())
            said: dict[str, Any] = (await wire.hear())[1]
            return said

    answers = await asyncio.gather(*(hello(own) for _ in range(30)))
    refused = [said for said in answers if said.get("code")]
    assert 1 <= len(refused) <= 10
    assert all(said["code"] == Code.TOO_MANY and said["after_ms"] > 0 for said in refused)
    assert "next_seq" in await hello(tight.make_project())


async def test_a_project_that_brings_too_much_is_sent_away_and_another_is_served(tight: Layout, own: MadeProject) -> None:
    other = tight.make_project()
    body = bytes(400_000)

    async def pour(wire: PageSocket) -> int:
        page = PageStream(own.write_key)
        await wire.hello(page)
        for seq in range(1_000):
            header = page.chunk(seq, dom_codec=1, dom_raw_length=len(body)).header
            await wire.say(frames.make_chunk(header, body, b""))
            while True:
                kind, said = await wire.hear()
                if kind == Kind.GOAWAY:
                    assert (said["code"], said["retry"]) == (Code.OVER_QUOTA, True)
                    after_ms: int = said["after_ms"]
                    return after_ms
                if kind == Kind.ACK and said["upto"] > seq:
                    break
        raise AssertionError("never sent away")

    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(socket(tight, next(_addresses))) for _ in range(6)]
        neighbour, page = await stack.enter_async_context(socket(tight, next(_addresses))), PageStream(other.write_key)
        await neighbour.hello(page)
        pouring = [asyncio.create_task(pour(wire)) for wire in wires]
        for seq in range(15):
            await neighbour.say(page.chunk(seq))
            async with asyncio.timeout(2):  # what one project pays, the other does not
                await neighbour.wait_upto(page, seq + 1)
            done, _ = await asyncio.wait(pouring, timeout=1, return_when=asyncio.FIRST_COMPLETED)
            if done:
                break
        for task in pouring:
            task.cancel()
        ended = await asyncio.gather(*pouring, return_exceptions=True)
        assert min(after_ms for after_ms in ended if isinstance(after_ms, int)) >= 2_000


async def test_a_socket_that_sends_too_fast_is_read_more_slowly(tight: Layout, own: MadeProject, address: str) -> None:
    page = PageStream(own.write_key)
    loop = asyncio.get_running_loop()
    async with socket(tight, address) as wire:
        await wire.hello(page)
        began = loop.time()
        for seq in range(24):  # twenty at once, then two a second
            await wire.say(page.chunk(seq))
        await wire.wait_upto(page, 24)
        assert loop.time() - began >= 1.5


async def test_a_project_that_has_used_its_day_up_holds_back_until_tomorrow(tight: Layout, own: MadeProject) -> None:
    tight.manage("shell", "-v0", "-c", _USE_UP.format(id=own.id))
    async with socket(tight, next(_addresses)) as wire:
        page = PageStream(own.write_key)
        await wire.hello(page)  # nobody knows yet
        for seq in range(1_000):
            await wire.say(page.chunk(seq))
            while (heard := await wire.hear())[0] == Kind.ACK and heard[1]["upto"] <= seq:
                pass
            if heard[0] == Kind.GOAWAY:
                break
        assert (heard[1]["code"], heard[1]["retry"]) == (Code.OVER_QUOTA, True)
        assert heard[1]["after_ms"] > 1_000
    hello = PageStream(own.write_key).hello_frame()
    status, retry_after, goaway = await asyncio.to_thread(beacon, tight, next(_addresses), hello)
    assert (status, goaway["code"]) == (429, Code.OVER_QUOTA)
    assert int(retry_after or 0) >= 1
    async with socket(tight, next(_addresses)) as wire:
        await keeps_one(wire, tight.make_project())


_USE_UP = (
    "from datetime import UTC, datetime; from replay.accounts.models import Project; from replay.index.usage import add_usage;"
    "add_usage(datetime.now(UTC).date(), {{Project.objects.get(public_id='{id}').pk: 2**30}})"
)
