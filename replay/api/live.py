"""Following a running session: what ingest has kept is told to open players at once.

In: ``announce`` from ingest. Out: ``{"stream", "upto"}`` on a socket, no recorded content. Nothing depends on it: where the
channel layer is down a player polls the manifest, and ingest does not notice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.http import Http404
from django.http.request import split_domain_port, validate_host
from django.urls import URLPattern, path

from replay.accounts import gates
from replay.accounts.models import User
from replay.index.errors import NotFound
from replay.index.search import get_session

LAYER_TIMEOUT_S = 2.0  # a layer that takes longer is as good as down
RECHECK_S = 60.0  # so long somebody who was shown out may still hear that chunks arrive
WARN_EVERY_S = 60.0  # one line a minute says that the layer is down
REFUSED, TRY_LATER = 1008, 1013  # WebSocket close codes

log = logging.getLogger(__name__)
_last_warned_at = -WARN_EVERY_S


def group_of(project: str, session: UUID) -> str:
    """Return the name of the group that follows a session.

    >>> group_of("shop", UUID(int=1))
    'live.shop.00000000000000000000000000000001'
    """
    return f"live.{project}.{session.hex}"


async def announce(kept: Iterable[tuple[str, UUID, str, int]]) -> None:
    """Tell those who follow a session that every chunk of its stream below ``upto`` is kept: for each (project, session,
    stream, upto), one after the other, all within the layer's time. Never raises.
    """
    global _last_warned_at
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async with asyncio.timeout(LAYER_TIMEOUT_S):
            for project, session, stream, upto in kept:
                await layer.group_send(group_of(project, session), {"type": "kept", "stream": stream, "upto": upto})
    except Exception as error:  # whatever a layer may raise: players poll then
        if time.monotonic() - _last_warned_at > WARN_EVERY_S:
            _last_warned_at = time.monotonic()
            log.warning("live.layer_down error=%s", type(error).__name__)


def is_own_origin(headers: list[tuple[bytes, bytes]]) -> bool:
    """Say whether a page of this very host opens the socket: browsers let any page open one, with our cookie."""
    found = {name.lower(): value.decode("latin-1") for name, value in headers}
    host = found.get(b"host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    schemes = ("https",) if settings.IS_HTTPS else ("http", "https")
    return found.get(b"origin", "").lower() in {f"{scheme}://{host.lower()}" for scheme in schemes}


class FollowConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """One open player. It only listens; whoever talks to it is shown out."""

    group = ""
    checked_at = 0.0

    async def connect(self) -> None:
        # Refused before the handshake: a stranger, a foreign page and an unknown session look alike.
        if not is_own_origin(self.scope["headers"]) or not await self._may_follow():
            await self.close(REFUSED)
            return
        route = self.scope["url_route"]["kwargs"]
        group = group_of(route["project"], route["session"])
        await self.accept()
        try:
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await self.channel_layer.group_add(group, self.channel_name)
        except Exception:  # whatever a layer may raise: the player polls, and tries again later
            await self.close(TRY_LATER)
            return
        self.group = group

    async def disconnect(self, code: int) -> None:
        if self.group:
            try:
                async with asyncio.timeout(LAYER_TIMEOUT_S):
                    await self.channel_layer.group_discard(self.group, self.channel_name)
            except Exception:  # a layer that is down has forgotten us already
                log.info("live.discard_failed")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        await self.close(REFUSED)

    async def kept(self, message: dict[str, Any]) -> None:
        """Pass an announcement on, unless the viewer lost the right to hear it."""
        if time.monotonic() - self.checked_at > RECHECK_S and not await self._may_follow():
            await self.close(REFUSED)
            return
        await self.send_json({"stream": message["stream"], "upto": message["upto"]})

    async def _may_follow(self) -> bool:
        self.checked_at = time.monotonic()
        route = self.scope["url_route"]["kwargs"]
        allowed: bool = await _may_follow(self.scope, route["project"], route["session"])
        return allowed


@database_sync_to_async  # type: ignore[untyped-decorator]
def _may_follow(scope: dict[str, Any], project: str, session: UUID) -> bool:
    """Say whether the viewer is still signed in, still in the project, and the session still there."""
    login = scope["session"]
    user = User.objects.filter(pk=scope["user"].pk, is_active=True).first()
    if user is None or not login.session_key or not login.exists(login.session_key):
        return False
    try:
        return get_session(gates.get_project(user, project), session).erased_at is None
    except (Http404, NotFound):
        return False


# For asgi.py's URLRouter.
websocket_urlpatterns: list[URLPattern] = [
    path(
        "api/v1/projects/<slug:project>/sessions/<uuid:session>/live",
        AuthMiddlewareStack(FollowConsumer.as_asgi()),
    )
]
