"""Bytes that no honest recorder sends, said to a real server: each gets its code, nobody else notices, memory stays flat."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from replay.wire.frames import Chunk, Codec, Kind, make_chunk
from tests.faults.journal import Cut, Journal
from tests.faults.memory import forget_peak, rss_mb
from tests.faults.world import World
from tests.ingest.client import PageSocket, open_socket
from tests.pages_say import PageStream, click

MIB = 1024 * 1024
MOST_RSS_MB = 64  # what all the bombs together may cost


def squeezed(size: int) -> bytes:
    """Return a gzip body of so many spaces, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b" " * MIB) for _ in range(size // MIB)]
    return b"".join(parts) + packer.flush()


def with_log(chunk: Chunk, body: bytes, raw_length: int, codec: int = Codec.JSON_GZIP) -> Chunk:
    return make_chunk(structs.replace(chunk.header, log_codec=codec, log_raw_length=raw_length), chunk.dom, body)


def with_dom(chunk: Chunk, body: bytes, raw_length: int, codec: int = Codec.JSON_GZIP) -> Chunk:
    return make_chunk(structs.replace(chunk.header, dom_codec=codec, dom_raw_length=raw_length), body, chunk.log)


def zipped_log(events: Any) -> tuple[bytes, int]:
    raw = events if isinstance(events, bytes) else json.dumps(events).encode()
    return gzip.compress(raw), len(raw)


DEEP = b'[{"id":"e","t":1,"type":"custom","name":"x","properties":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}]"
MANY = [{"id": f"e{n}", "t": 1, "type": "activity", "count": 1} for n in range(5_001)]
ZSTD_BOMB = bytes.fromhex("28b52ffd") + b"\xa4" + (1 << 30).to_bytes(4, "little") + b"\x00" * 64  # says it holds 1 GiB

NACKS: dict[str, tuple[str, Callable[[Chunk], Chunk]]] = {
    "gzip that says it holds 1 GiB": ("inflated_too_large", lambda chunk: with_log(chunk, squeezed(64 * MIB), 1 << 30)),
    "gzip that holds 256 MiB and says one": ("inflated_too_large", lambda chunk: with_log(chunk, squeezed(256 * MIB), MIB)),
    "gzip that holds more than it says": ("inflated_too_large", lambda chunk: with_log(chunk, squeezed(64 * MIB), 1_000)),
    "a dom that says it holds 1 GiB": ("inflated_too_large", lambda chunk: with_dom(chunk, squeezed(64 * MIB), 1 << 30)),
    "a dom squeezed too well": ("inflated_too_large", lambda chunk: with_dom(chunk, b"x" * 100, 8 * MIB)),
    "gzip cut short": ("bad_codec", lambda chunk: with_log(chunk, chunk.log[:-9], chunk.header.log_raw_length)),
    "gzip with something behind it": ("bad_codec", lambda c: with_log(c, c.log + b"tail", c.header.log_raw_length)),
    "gzip that holds less than it says": (
        "bad_codec",
        lambda chunk: with_log(chunk, chunk.log, chunk.header.log_raw_length + 1),
    ),
    "no gzip at all": ("bad_codec", lambda chunk: with_log(chunk, b"x" * 100, 100)),
    "zstd, with a bomb in it": ("bad_codec", lambda chunk: with_log(chunk, ZSTD_BOMB, 1_000, codec=3)),
    "zstd in the dom": ("bad_codec", lambda chunk: with_dom(chunk, ZSTD_BOMB, 1_000, codec=3)),
    "a codec from the future": ("bad_codec", lambda chunk: with_log(chunk, b"x", 1, codec=200)),
    "JSON a hundred thousand deep": ("bad_log", lambda chunk: with_log(chunk, *zipped_log(DEEP))),
    "more events than a chunk may hold": ("bad_log", lambda chunk: with_log(chunk, *zipped_log(MANY))),
    "no JSON at all": ("bad_log", lambda chunk: with_log(chunk, *zipped_log(b"{nothing"))),
    "JSON that is no array": ("bad_log", lambda chunk: with_log(chunk, *zipped_log({"id": "e"}))),
    "an event without a time": ("bad_log", lambda chunk: with_log(chunk, *zipped_log([{"id": "e", "type": "click"}]))),
    "a bit turned on the way": ("bad_hash", lambda chunk: structs.replace(chunk, frame=chunk.frame[:-1] + b"\x7f")),
    "more bytes than a frame may hold": (
        "frame_too_large",
        lambda chunk: with_dom(chunk, b"[" + b" " * 524_288 + b"]", 524_290, 1),
    ),
}


async def refuse(socket: PageSocket, page: PageStream, seq: int, spoil: Callable[[Chunk], Chunk]) -> str:
    """Say a spoilt chunk and return the code that it gets; then say its seq properly, and have it acked."""
    chunk = page.chunk(seq, click(f"seq {seq}", page.now_ms + seq))
    await socket.say(spoil(chunk))
    kind, said = await socket.hear()
    assert kind == Kind.NACK, said
    assert said["seq"] == seq
    await socket.say(chunk)
    await socket.wait_upto(page, seq + 1)
    return str(said["code"])


async def test_each_gets_its_code_and_the_seq_can_still_be_said(small: World) -> None:
    page = PageStream(small.shop.write_key)
    (web,) = small.layout.webs
    async with open_socket(small.layout.socket_url) as socket:
        await socket.hello(page)
        await socket.say(page.chunk(0))
        await socket.wait_upto(page, 1)
        before = rss_mb(web.pid)
        forget_peak(web.pid)
        codes = {name: await refuse(socket, page, seq, spoil) for seq, (name, (_, spoil)) in enumerate(NACKS.items(), start=1)}
    assert codes == {name: code for name, (code, _) in NACKS.items()}
    grown = rss_mb(web.pid, "VmHWM") - before
    print(f"{len(NACKS)} bombs and other spoilt chunks: {grown:.1f} MiB at most")
    assert grown < MOST_RSS_MB


ENDS: dict[str, tuple[str, Callable[[PageStream], bytes]]] = {
    "a frame cut short": ("bad_frame", lambda page: page.chunk(0, click()).to_frame()[:-5]),
    "a header cut short": ("bad_frame", lambda page: page.chunk(0).to_frame()[:90]),
    "a frame of no kind": ("bad_frame", lambda page: b"\x63" + b"x" * 200),
    "an empty frame": ("bad_frame", lambda page: b""),
    "a chunk of another session": ("bad_frame", lambda page: replace(page, session=PageStream().session).chunk(0).to_frame()),
    "a stream that said no hello": ("unknown_stream", lambda page: PageStream().chunk(0).to_frame()),
    "a time that is none": ("bad_frame", lambda page: page.chunk(0, first_ms=float("nan")).to_frame()),
    "a hello that is no JSON": ("bad_hello", lambda page: b"\x01{"),
    "a hello that is too large": ("bad_hello", lambda page: page.hello_frame() + b" " * 20_000),
}


@pytest.mark.parametrize("name", ENDS)
async def test_what_makes_no_sense_ends_the_conversation_and_no_other(small: World, name: str) -> None:
    code, spoil = ENDS[name]
    other, page = PageStream(small.shop.write_key), PageStream(small.shop.write_key)
    async with open_socket(small.layout.socket_url) as bystander, open_socket(small.layout.socket_url) as socket:
        await bystander.hello(other)
        await socket.hello(page)
        await socket.say(spoil(page))
        said = await socket.expect(Kind.GOAWAY)
        assert said["code"] == code
        assert await socket.closed() == 1008
        await bystander.say(other.chunk(0))
        await bystander.wait_upto(other, 1)


async def test_a_message_larger_than_any_frame_closes_with_a_reason(small: World) -> None:
    async with open_socket(small.layout.socket_url) as socket:
        await socket.hello(PageStream(small.shop.write_key))
        try:
            await socket.say(b"\x03" + b"x" * (3 * MIB))
        except OSError:
            pass  # closed while we still spoke
        assert await socket.closed() in (1009, 1006)


async def test_other_bytes_under_a_kept_seq_change_nothing(small: World) -> None:
    page = PageStream(small.shop.write_key)
    first, other = page.chunk(0, click("first", page.now_ms)), page.chunk(0, click("other", page.now_ms))
    async with open_socket(small.layout.socket_url) as socket:
        await socket.hello(page)
        await socket.say(first)
        await socket.wait_upto(page, 1)
        await socket.say(other)
        said = await socket.expect(Kind.NACK)
        assert (said["code"], said["permanent"]) == ("conflict", True)
    journal = Journal(
        page, [Cut(first, [(json.loads(gzip.decompress(first.log))[0]["id"], "click")], Counter(clicks=1))], acked=1
    )
    assert await asyncio.to_thread(small.check, [journal]) == []
