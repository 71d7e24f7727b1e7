"""Stylesheets, fonts and images, offered and sent from outside: what is wanted, what is told, what is refused."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from replay.wire import frames
from replay.wire.errors import Code
from tests.ingest.client import open_socket
from tests.layouts import Layout, MadeProject
from tests.pages_say import PageStream

pytestmark = pytest.mark.both_layouts

CSS = b"body { color: rebeccapurple }\n" * 60
FONT = b"wOF2" + bytes(range(256)) * 8
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


def offer(data: bytes, kind: str = "stylesheet", url: str = "", codec: int = 0) -> list[Any]:
    return [hashlib.sha256(data).hexdigest(), kind, url, len(data), codec]


def ask(layout: Layout, page: PageStream, offers: list[Any], *bodies: bytes, **hello: Any) -> tuple[int, Any]:
    """Send a request; return status and what was answered."""
    body = frames.join_frames([page.hello_frame(**hello), json.dumps(offers).encode(), *bodies])
    return post(layout, body)


def post(layout: Layout, body: bytes) -> tuple[int, Any]:
    request = urllib.request.Request(f"{layout.base_url}/ingest/v1/assets", data=body, method="POST")
    request.add_header("Content-Type", "text/plain")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            return answer.status, json.loads(answer.read())["answers"]
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["code"]


def send(layout: Layout, page: PageStream, data: bytes, kind: str, url: str = "") -> Any:
    return ask(layout, page, [offer(data, kind, url, codec=2)], gzip.compress(data))[1][0]


async def begin(layout: Layout, page: PageStream) -> None:
    """Keep a first chunk, so that there is a session."""
    async with open_socket(layout.socket_url) as wire:
        await wire.hello(page)
        await wire.say(page.chunk(0))
        await wire.wait_upto(page, 1)


async def test_a_stylesheet_is_sent_once_for_all_sessions(layout: Layout, shop: MadeProject) -> None:
    pages = [PageStream(shop.write_key) for _ in range(2)]
    css = CSS + pages[0].stream.encode()
    for page in pages:
        await begin(layout, page)
    assert await asyncio.to_thread(ask, layout, pages[0], [offer(css, url="https://shop.example/a.css")]) == (200, ["wanted"])
    assert await asyncio.to_thread(send, layout, pages[0], css, "stylesheet") == "known"
    assert await asyncio.to_thread(ask, layout, pages[1], [offer(css)]) == (200, ["known"])


async def test_an_image_is_known_only_to_who_sent_it(layout: Layout, shop: MadeProject) -> None:
    pages = [PageStream(shop.write_key) for _ in range(2)]
    png = PNG + pages[0].stream.encode()
    for page in pages:
        await begin(layout, page)
    assert await asyncio.to_thread(send, layout, pages[0], png, "image", "https://shop.example/a.png") == "known"
    assert await asyncio.to_thread(ask, layout, pages[0], [offer(png, "image")]) == (200, ["known"])
    for kind in ("image", "stylesheet", "font", "image"):  # nor may another word for it help
        assert await asyncio.to_thread(ask, layout, pages[1], [offer(png, kind)]) == (200, ["wanted"])


async def test_before_the_first_chunk_nothing_is_noted(layout: Layout, page: PageStream) -> None:
    assert await asyncio.to_thread(ask, layout, page, [offer(CSS)]) == (200, ["later"])


@pytest.mark.parametrize(
    ("kind", "data"),
    [("font", b"<html><script>"), ("image", b"<!doctype html><svg>"), ("image", CSS), ("stylesheet", b"\xff\xfe\x00a")],
)
async def test_bytes_of_another_type_are_refused(layout: Layout, page: PageStream, kind: str, data: bytes) -> None:
    await begin(layout, page)
    assert await asyncio.to_thread(send, layout, page, data, kind) == "bad_type"


async def test_bytes_that_are_not_what_was_offered_are_refused(layout: Layout, page: PageStream) -> None:
    await begin(layout, page)
    lie = [hashlib.sha256(b"another").hexdigest(), "stylesheet", "", len(CSS), 1]
    bomb = [hashlib.sha256(CSS).hexdigest(), "stylesheet", "", len(CSS), 2]
    answers = await asyncio.to_thread(ask, layout, page, [lie, bomb], CSS, gzip.compress(CSS + bytes(5_000_000)))
    assert answers == (200, ["bad_bytes", "bad_bytes"])


async def test_the_gates_are_those_of_a_beacon(layout: Layout, page: PageStream) -> None:
    await begin(layout, page)
    assert await asyncio.to_thread(lambda: ask(layout, page, [offer(CSS)], write_key="pk_none")) == (
        403,
        Code.UNKNOWN_WRITE_KEY,
    )
    assert await asyncio.to_thread(lambda: ask(layout, page, [offer(CSS)], secret="x" * 43)) == (403, Code.WRONG_SECRET)
    assert await asyncio.to_thread(ask, layout, page, [offer(CSS)] * 65) == (400, Code.BAD_FRAME)
    assert await asyncio.to_thread(ask, layout, page, [["../../etc/passwd", "stylesheet"]]) == (400, Code.BAD_FRAME)
    assert await asyncio.to_thread(ask, layout, page, [offer(CSS, codec=2)]) == (400, Code.BAD_FRAME)
    assert await asyncio.to_thread(post, layout, b"") == (400, Code.BAD_FRAME)
