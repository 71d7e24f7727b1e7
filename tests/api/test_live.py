"""Following a running session by socket."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from replay.accounts.models import Membership
from replay.api import live
from tests.api.conftest import Recorded

pytestmark = pytest.mark.django_db(transaction=True)
application = URLRouter(live.websocket_urlpatterns)
Connect = Callable[..., Awaitable[tuple[WebsocketCommunicator, bool]]]


@pytest.fixture
async def connect(recorded: Recorded) -> AsyncIterator[Connect]:
    opened: list[WebsocketCommunicator] = []

    async def connect(client: Client, origin: str = "http://localhost:8000", **changed: str) -> tuple[Any, bool]:
        login = client.cookies.get(settings.SESSION_COOKIE_NAME)
        headers = [(b"host", b"localhost:8000"), (b"origin", origin.encode())]
        if login:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={login.value}".encode()))
        address = changed.get("address", f"{recorded.address}/live")
        socket = WebsocketCommunicator(application, address, headers=headers)
        accepted, _ = await socket.connect(timeout=5)
        opened.append(socket)
        return socket, accepted

    yield connect
    for socket in opened:
        await socket.disconnect()


async def say(recorded: Recorded, upto: int) -> None:
    await live.announce([(recorded.project.public_id, recorded.session.uuid, recorded.stream.stream_id, upto)])


async def test_a_kept_chunk_is_told_to_those_who_follow(connect: Connect, alice_client: Client, recorded: Recorded) -> None:
    socket, accepted = await connect(alice_client)
    assert accepted
    await say(recorded, 5)
    assert await socket.receive_json_from() == {"stream": recorded.stream.stream_id, "upto": 5}


async def test_a_stranger_hears_nothing(connect: Connect, charlie_client: Client) -> None:
    assert (await connect(charlie_client))[1] is False


async def test_nobody_hears_anything_without_signing_in(connect: Connect) -> None:
    assert (await connect(Client()))[1] is False


async def test_an_unknown_session_cannot_be_followed(connect: Connect, alice_client: Client, recorded: Recorded) -> None:
    address = f"{recorded.base}/sessions/{uuid.uuid4()}/live"
    assert (await connect(alice_client, address=address))[1] is False


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1:8000",
        "http://localhost:8001",
        "http://localhost:8000.evil.example",
        "null",
        "",
    ],
)
async def test_a_foreign_page_cannot_follow_with_our_cookie(connect: Connect, alice_client: Client, origin: str) -> None:
    assert (await connect(alice_client, origin=origin))[1] is False


async def test_who_is_shown_out_hears_no_more(
    connect: Connect, bob_client: Client, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, accepted = await connect(bob_client)
    assert accepted
    monkeypatch.setattr(live, "RECHECK_S", -1.0)
    await sync_to_async(Membership.objects.filter(user__email="bob@example.org").delete)()
    await say(recorded, 6)
    assert (await socket.receive_output())["code"] == live.REFUSED


async def test_who_talks_is_shown_out(connect: Connect, alice_client: Client) -> None:
    socket, _ = await connect(alice_client)
    await socket.send_to(text_data="hello?")
    assert (await socket.receive_output())["code"] == live.REFUSED


class BrokenLayer(InMemoryChannelLayer):  # type: ignore[misc]  # Channels has no types
    async def group_add(self, group: str, channel: str) -> None:
        raise ConnectionError

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise ConnectionError


async def test_with_the_layer_down_the_player_is_sent_to_poll(
    connect: Connect, alice_client: Client, recorded: Recorded, settings: Any
) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.api.test_live.BrokenLayer"}}
    socket, accepted = await connect(alice_client)
    assert accepted
    assert (await socket.receive_output())["code"] == live.TRY_LATER
    await say(recorded, 7)  # ingest does not notice
