"""The production layout: nginx, two web processes, a worker, PostgreSQL, Redis and S3, started as docker-compose.yml says."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from replay.wire.records import parse_records
from tests.layouts import Layout, MadeProject
from tests.page import RecordedPage
from tests.processes import Process

pytestmark = [pytest.mark.postgres, pytest.mark.s3, pytest.mark.redis]


@pytest.fixture
def shop(production: Layout) -> MadeProject:
    return production.make_project()


@pytest.fixture(autouse=True)
def _all_run_afterwards(production: Layout) -> Iterator[None]:
    """Start again what a test has killed."""
    yield
    for web in production.webs:
        if not web.is_alive:
            web.start()


def fetch(url: str, data: bytes | None = None, **headers: str) -> tuple[int, Message, bytes]:
    """Return status, headers and body; a refusal is an answer too."""
    request = urllib.request.Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def socket_of(web: Process) -> str:
    return f"ws://127.0.0.1:{web.port}/ingest/v1"


def read(at: str, shop: MadeProject, page: RecordedPage, path: str) -> bytes:
    """Return what the API at this address says about the page's session."""
    url = f"{at}/api/v1/projects/{shop.id}/sessions/{page.session}{path}"
    status, _, body = fetch(url, Authorization=f"Bearer {shop.token}")
    assert status == 200, body
    return body


def manifest_of(at: str, shop: MadeProject, page: RecordedPage) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(read(at, shop, page, "/manifest"))
    return manifest


def assert_kept_once(at: str, shop: MadeProject, page: RecordedPage) -> None:
    """Every chunk that the page cut is there, once, with its very bytes."""
    manifest = manifest_of(at, shop, page)
    (stream,) = manifest["streams"]
    seqs = [chunk[0] for chunk in stream["chunks"]]
    assert seqs == list(range(len(page.chunks)))
    assert manifest["gaps"] == []
    for body in ("dom", "log"):
        path = f"/streams/{page.stream}/chunks?body={body}&from=0&upto={len(page.chunks)}"
        records = list(parse_records(read(at, shop, page, path)))
        assert [(record.seq, record.body) for record in records] == [
            (chunk.header.seq, chunk.dom if body == "dom" else chunk.log) for chunk in page.chunks
        ]


def test_every_process_answers_through_the_proxy_and_by_itself(production: Layout) -> None:
    assert len(production.webs) == 2
    for url in (production.base_url, *(web.url for web in production.webs)):
        assert fetch(f"{url}/healthz")[0] == 200


async def test_what_goes_in_through_one_process_comes_out_of_the_other(production: Layout, shop: MadeProject) -> None:
    first, second = production.webs
    page = RecordedPage(shop.write_key)
    async with page.socket(socket_of(first)) as socket:
        await socket.send(page.cut("hello"), page.cut("there"))
        await socket.all_acked()
    assert_kept_once(second.url, shop, page)


async def test_the_socket_goes_through_the_proxy(production: Layout, shop: MadeProject) -> None:
    page = RecordedPage(shop.write_key)
    async with page.socket(production.socket_url) as socket:
        await socket.send(page.cut())
        await socket.all_acked()
    assert_kept_once(production.base_url, shop, page)


async def test_a_player_on_the_other_process_hears_what_was_kept(production: Layout, shop: MadeProject) -> None:
    first, second = production.webs
    page = RecordedPage(shop.write_key)
    async with page.socket(socket_of(first)) as socket:
        await socket.send(page.cut())
        await socket.all_acked()
        live = f"ws://127.0.0.1:{second.port}/api/v1/projects/{shop.id}/sessions/{page.session}/live"
        async with connect(live, origin=Origin(second.url), additional_headers={"Cookie": production.login_cookie()}) as player:
            heard: dict[str, Any] = {}
            while heard.get("upto") != len(page.chunks):  # the player may begin to listen after what it was told first
                await socket.send(page.cut())
                await socket.all_acked()
                with suppress(TimeoutError):
                    heard = json.loads(await asyncio.wait_for(player.recv(), 2))
    assert heard == {"stream": page.stream, "upto": len(page.chunks)}


async def test_a_reconnect_to_the_other_process_loses_and_doubles_nothing(production: Layout, shop: MadeProject) -> None:
    first, second = production.webs
    page = RecordedPage(shop.write_key)
    async with page.socket(socket_of(first)) as socket:
        await socket.send(*(page.cut() for _ in range(5)))
        await socket.all_acked()
        await socket.send(*(page.cut() for _ in range(5)))  # some of these are kept, some are not: nobody knows
        first.kill()
    async with page.socket(socket_of(second)) as socket:
        assert socket.welcome is not None
        assert socket.welcome.next_seq >= 5
        await socket.send(page.cut())
        await socket.all_acked()
    assert_kept_once(second.url, shop, page)


async def test_two_sockets_on_two_processes_may_feed_one_stream(production: Layout, shop: MadeProject) -> None:
    page = RecordedPage(shop.write_key)
    async with page.socket(socket_of(production.webs[0])) as one, page.socket(socket_of(production.webs[1])) as other:
        chunks = [page.cut() for _ in range(12)]
        await one.send(*chunks)
        await other.send(*chunks)
        await one.all_acked()
    assert_kept_once(production.base_url, shop, page)


async def test_the_proxy_goes_on_with_the_process_that_is_left(production: Layout, shop: MadeProject) -> None:
    production.webs[0].kill()
    assert [fetch(f"{production.base_url}/healthz")[0] for _ in range(6)] == [200] * 6
    page = RecordedPage(shop.write_key)
    async with page.socket(production.socket_url) as socket:
        await socket.send(page.cut())
        await socket.all_acked()


async def test_a_process_that_is_asked_to_end_takes_what_it_holds_along(production: Layout, shop: MadeProject) -> None:
    first, second = production.webs
    page = RecordedPage(shop.write_key)
    async with page.socket(socket_of(first)) as socket:
        await socket.send(page.cut(), page.cut())
        await socket.all_acked()
        first.stop()
        assert first.popen is not None
        assert first.popen.returncode == 0
    assert_kept_once(second.url, shop, page)


def test_a_beacon_goes_through_the_proxy(production: Layout, shop: MadeProject) -> None:
    page = RecordedPage(shop.write_key)
    page.cut("goodbye")
    url = f"{production.base_url}/ingest/v1/beacon"
    status, _, answer = fetch(url, page.beacon(), Content_Type="text/plain", Origin="https://shop.example")
    assert status == 200, answer
    assert_kept_once(production.base_url, shop, page)


def test_strangers_learn_nothing_through_the_proxy(production: Layout, shop: MadeProject) -> None:
    assert fetch(f"{production.base_url}/api/v1/projects/{shop.id}/sessions")[0] == 401
    stranger = production.make_project("Elsewhere", "charlie@example.org")
    status, _, _ = fetch(f"{production.base_url}/api/v1/projects/{shop.id}/sessions", Authorization=f"Bearer {stranger.token}")
    assert status == 404


def test_static_files_come_through_the_proxy(production: Layout) -> None:
    status, headers, body = fetch(f"{production.base_url}/static/css/tokens.css", Accept_Encoding="gzip")
    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
    assert body[:2] == b"\x1f\x8b"  # gzip
    status, headers, body = fetch(f"{production.base_url}/recorder.js")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert len(body) > 10_000


def test_the_worker_runs(production: Layout) -> None:
    assert production.worker.is_alive
    assert "Traceback" not in production.worker.tail(1000)


def test_no_process_said_anything_that_it_should_not(production: Layout, shop: MadeProject) -> None:
    for process in production.webs:
        said = process.tail(10_000)
        assert "Traceback" not in said
        assert shop.write_key not in said


def test_django_finds_nothing_to_worry_about_behind_tls(production: Layout) -> None:
    https = {"PUBLIC_URL": "https://replay.example", "PLAYER_ORIGIN": "https://player.example"}
    checked = Layout(**{**vars(production), "env": {**production.env, **https}})
    said = checked.manage("check", "--deploy", "--fail-level", "ERROR")
    assert "ERROR" not in said
