"""The road without a socket, spoken to from outside: the same answers."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

import pytest

from replay.wire import frames
from replay.wire.errors import Code
from replay.wire.frames import Kind
from tests.ingest.conftest import Get
from tests.layouts import Layout
from tests.pages_say import PageStream, click

pytestmark = pytest.mark.both_layouts


def post(layout: Layout, body: bytes, method: str = "POST") -> tuple[int, dict[str, str], list[bytes]]:
    """Send a beacon; return status, headers and the frames of the answer."""
    request = urllib.request.Request(f"{layout.base_url}/ingest/v1/beacon", data=body, method=method)
    request.add_header("Content-Type", "text/plain")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), frames.split_frames(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), frames.split_frames(error.read())


async def test_a_beacon_is_acked_like_a_socket(layout: Layout, page: PageStream, get: Get) -> None:
    body = frames.join_frames([page.hello_frame(), page.chunk(0, click()).to_frame(), page.chunk(1).to_frame()])
    status, headers, said = await asyncio.to_thread(post, layout, body)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Access-Control-Allow-Credentials" not in headers
    assert [frame[0] for frame in said] == [Kind.WELCOME, Kind.ACK]  # one for all that a pack held of a stream
    assert json.loads(said[-1][1:]) == {"stream": page.stream, "upto": 2}
    assert get(str(page.session))["clicks"] == 1


async def test_a_beacons_refusal_has_its_status(layout: Layout, page: PageStream) -> None:
    def answer(*said: bytes) -> tuple[int, str]:
        status, _, heard = post(layout, frames.join_frames(said))
        return status, json.loads(heard[-1][1:])["code"]

    assert await asyncio.to_thread(answer, page.hello_frame(write_key="pk_none")) == (403, Code.UNKNOWN_WRITE_KEY)
    assert await asyncio.to_thread(answer, page.chunk(0).to_frame()) == (400, Code.UNKNOWN_STREAM)
    assert await asyncio.to_thread(
        answer, page.hello_frame(), page.chunk(0, {"id": "e1", "t": 1, "type": "click"}).to_frame()
    ) == (400, Code.BAD_LOG)
    assert await asyncio.to_thread(answer, b"\x01" + bytes(1_100_000)) == (413, Code.FRAME_TOO_LARGE)
    assert await asyncio.to_thread(answer) == (400, Code.BAD_FRAME)


async def test_a_preflight_is_answered(layout: Layout) -> None:
    status, headers, _ = await asyncio.to_thread(post, layout, b"", "OPTIONS")
    assert (status, headers["Access-Control-Allow-Methods"]) == (204, "POST")
