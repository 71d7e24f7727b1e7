"""The ingest socket, served as it is in production and spoken to from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import websockets

from replay.wire import frames, messages
from replay.wire.errors import REFUSALS, Code
from replay.wire.frames import Kind
from tests.ingest.client import PageSocket, open_socket
from tests.ingest.conftest import Get
from tests.layouts import Layout, MadeProject
from tests.pages_say import PageStream, click, event

pytestmark = pytest.mark.both_layouts
PadFrame = Callable[[PageStream], bytes]


async def test_an_acked_chunk_is_in_the_manifest(layout: Layout, page: PageStream, get: Get) -> None:
    async with open_socket(layout.socket_url) as wire:
        assert (await wire.hello(page))["next_seq"] == 0
        for seq in range(3):
            await wire.say(page.chunk(seq, click(at_ms=page.now_ms)))
        await wire.wait_upto(page, 3)
    stream = get(f"{page.session}/manifest")["streams"][0]
    assert (stream["id"], stream["next_seq"], len(stream["chunks"])) == (page.stream, 3, 3)
    assert get(str(page.session))["clicks"] == 3


async def test_welcome_says_where_to_go_on(layout: Layout, page: PageStream) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(0))
        await wire.wait_upto(page, 1)
    async with open_socket(layout.socket_url) as wire:
        assert (await wire.hello(page))["next_seq"] == 1
        await wire.say(page.chunk(0))  # again, after a lost ack
        assert await wire.expect(Kind.ACK) == {"stream": page.stream, "upto": 1}


async def test_a_click_after_coming_back_is_on_the_page_it_was_made_on(layout: Layout, page: PageStream, get: Get) -> None:
    """The hello of a stream tells where its document began; pages that navigate without a load are elsewhere by then."""
    cart = "https://shop.example/cart"
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(0, event("navigation", page.now_ms, url=cart, title="Cart", how="push")))
        await wire.wait_upto(page, 1)
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(1, click(at_ms=page.now_ms + 1_000)))
        await wire.wait_upto(page, 2)
    moments = get(f"{page.session}/moments")["items"]
    assert [(moment["kind"], moment["url"]) for moment in moments] == [("navigation", cart), ("click", cart)]
    assert get(str(page.session))["exit_url"] == cart


async def test_one_socket_feeds_several_streams(layout: Layout, page: PageStream, shop: MadeProject) -> None:
    leftover = PageStream(shop.write_key, session=page.session, secret=page.secret)
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.hello(leftover)
        await wire.say(page.chunk(0))
        await wire.say(leftover.chunk(0))
        await wire.wait_upto(page, 1)
        await wire.wait_upto(leftover, 1)


async def test_a_ping_is_answered(layout: Layout) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.say(messages.to_frame(messages.Ping(5.0)))
        pong = await wire.expect(Kind.PONG)
        assert pong["client_ms"] == 5
        assert pong["server_ms"] > 1.7e12


async def test_compression_is_declined(layout: Layout) -> None:
    async with open_socket(layout.socket_url, compression="deflate") as wire:
        assert wire.socket.protocol.extensions == []


@pytest.mark.parametrize("subprotocols", [None, ["playhead.v9"]])
async def test_another_subprotocol_is_turned_away(layout: Layout, subprotocols: list[str] | None) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus):
        async with open_socket(layout.socket_url, subprotocols=subprotocols):
            pass


async def test_nobody_listens_elsewhere(layout: Layout) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus):
        async with open_socket(layout.socket_url + "/none"):
            pass


async def refused(wire: PageSocket, code: Code, *, close: int = 1008) -> None:
    """The server says goaway with this code and its sentence, and closes."""
    said = await wire.expect(Kind.GOAWAY)
    assert (said["code"], said["message"], said["retry"]) == (code, REFUSALS[code].sentence, not REFUSALS[code].permanent)
    assert await wire.closed() == close


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"write_key": "pk_nobody_000"}, Code.UNKNOWN_WRITE_KEY),
        ({"write_key": "pk_\x00"}, Code.UNKNOWN_WRITE_KEY),
        ({"v": 2}, Code.UNSUPPORTED_VERSION),
        ({"secret": "short"}, Code.BAD_HELLO),
        ({"session": "01993f2e-7a10-4c3b-9b1d-2f5f6a7b8c9d"}, Code.BAD_HELLO),
        ({"distinct_id": ""}, Code.BAD_HELLO),
        ({"client_ms": 1e300}, Code.BAD_HELLO),
    ],
)
async def test_a_bad_hello_is_sent_away(layout: Layout, page: PageStream, fields: dict[str, Any], code: Code) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.say(page.hello_frame(**fields))
        await refused(wire, code)


async def test_a_foreign_origin_is_sent_away(layout: Layout) -> None:
    closed = layout.make_project("Closed shop")
    layout.manage("shell", "-v0", "-c", _SET_ORIGINS.format(id=closed.id))
    page = PageStream(closed.write_key)
    for origin in ("https://evil.example", "https://shop.example.evil.example", "http://shop.example", None):
        async with open_socket(layout.socket_url, origin=origin) as wire:
            await wire.say(page.hello_frame())
            await refused(wire, Code.FOREIGN_ORIGIN)
    async with open_socket(layout.socket_url, origin="https://shop.example") as wire:
        await wire.hello(page)


_SET_ORIGINS = (
    "from replay.accounts.models import Project;"
    "Project.objects.filter(public_id='{id}').update(allowed_origins=['https://shop.example'])"
)


async def test_a_revoked_key_is_sent_away(layout: Layout) -> None:
    shop = layout.make_project("Revoked shop")
    layout.manage("shell", "-v0", "-c", _REVOKE.format(key=shop.write_key))
    async with open_socket(layout.socket_url) as wire:
        await wire.say(PageStream(shop.write_key).hello_frame())
        await refused(wire, Code.REVOKED_WRITE_KEY)


_REVOKE = (
    "from django.utils import timezone; from replay.accounts.models import WriteKey;"
    "WriteKey.objects.filter(key='{key}').update(revoked_at=timezone.now())"
)


async def test_another_secret_is_sent_away(layout: Layout, page: PageStream, shop: MadeProject) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(0))
        await wire.wait_upto(page, 1)
        thief = PageStream(shop.write_key, session=page.session)
        await wire.say(thief.hello_frame())
        await refused(wire, Code.WRONG_SECRET)


async def test_a_chunk_without_hello_is_sent_away(layout: Layout, page: PageStream) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.say(page.chunk(0))
        await refused(wire, Code.UNKNOWN_STREAM)


@pytest.mark.parametrize("frame", [b"", b"\x63", b"\x03abc", b"\x02{}", b"\x07nonsense", b"\x01" + b" " * 20_000])
async def test_a_frame_that_is_none_is_sent_away(layout: Layout, page: PageStream, frame: bytes) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(frame)
        assert (await wire.expect(Kind.GOAWAY))["code"] in (Code.BAD_FRAME, Code.BAD_HELLO)
        assert await wire.closed() == 1008


async def test_text_is_sent_away(layout: Layout) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.socket.send("hello?")
        await refused(wire, Code.BAD_FRAME)


def _spoiled(page: PageStream) -> bytes:
    frame = page.chunk(0).to_frame()
    return frame[:-1] + bytes((frame[-1] ^ 1,))


def _too_large(page: PageStream) -> bytes:
    return frames.make_chunk(page.chunk(0).header, bytes(600_000), b"").to_frame()


def _bomb(page: PageStream) -> bytes:
    return page.chunk(0, click(), log_raw_length=1024 * 1024).to_frame()


def _bad_log(page: PageStream) -> bytes:
    return page.chunk(0, {"id": "e1", "t": 1, "type": "click"}).to_frame()


def _bad_codec(page: PageStream) -> bytes:
    return page.chunk(0, dom_codec=77).to_frame()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_spoiled, Code.BAD_HASH),
        (_too_large, Code.FRAME_TOO_LARGE),
        (_bomb, Code.BAD_CODEC),
        (_bad_log, Code.BAD_LOG),
        (_bad_codec, Code.BAD_CODEC),
    ],
)
async def test_a_bad_chunk_is_refused_and_the_socket_lives(
    layout: Layout, page: PageStream, spoil: PadFrame, code: Code
) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(spoil(page))
        said = await wire.expect(Kind.NACK)
        assert (said["code"], said["seq"], said["permanent"]) == (code, 0, REFUSALS[code].permanent)
        await wire.say(page.gap(0, code))
        await wire.wait_upto(page, 1)


async def test_a_conflict_is_told_and_the_ack_advances(layout: Layout, page: PageStream) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(0, click("first")))
        await wire.wait_upto(page, 1)
        await wire.say(page.chunk(0, click("second")))
        assert (await wire.expect(Kind.NACK))["code"] == Code.CONFLICT
        assert (await wire.expect(Kind.ACK))["upto"] == 1


async def test_a_message_beyond_reason_closes_with_1009(layout: Layout) -> None:
    async with open_socket(layout.socket_url) as wire:
        await wire.say(bytes(3_000_000))
        assert await wire.closed() == 1009
