"""The front door of everything: which protocol goes where. Only this file and ``api/live.py`` know Channels."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")  # noqa: TID251  # Django asks for it here
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from replay.api import live  # noqa: E402
from replay.ingest import assets, beacon, consumer  # noqa: E402
from replay.ingest.health import health  # noqa: E402
from replay.ingest.metrics import metrics  # noqa: E402
from replay.ingest.service import Ingest  # noqa: E402
from replay.ingest.writer import Kept  # noqa: E402
from replay.player_origin import is_shut  # noqa: E402
from replay.serve.ending import hear_first  # noqa: E402
from replay.store import open_store, prepare_store  # noqa: E402

logger = logging.getLogger(__name__)
MAX_ANNOUNCING = 100  # packs; when the channel layer hangs, players poll; ingest does not notice

_ingest: Ingest | None = None
_desk: assets.AssetDesk | None = None
_announcing: set[asyncio.Task[None]] = set()


def ingest() -> Ingest:
    """Return this process's ingest, made in the event loop that serves."""
    global _ingest
    if _ingest is None:
        _ingest = Ingest(open_store(), announce)
    return _ingest


def desk() -> assets.AssetDesk:
    """Return where this process takes assets."""
    global _desk
    if _desk is None:
        _desk = assets.AssetDesk(ingest(), open_store())
    return _desk


async def close() -> None:
    """Keep what was heard and say goodbye; called when the server goes."""
    if _desk is not None:
        _desk.close()
    if _ingest is not None:
        await _ingest.close()


def announce(kept: list[Kept]) -> None:
    """Tell open players how far streams are kept. Nobody waits for it, and nobody minds when it fails."""
    if len(_announcing) >= MAX_ANNOUNCING:
        return
    task = asyncio.get_running_loop().create_task(live.announce(kept))
    _announcing.add(task)
    task.add_done_callback(_announced)


def _announced(task: asyncio.Task[None]) -> None:
    _announcing.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.debug("a commit was not announced: %s", type(error).__name__)


Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve beacons, assets and health checks without Django, and the rest with it; on the player's origin the player alone."""
    if is_shut(scope):
        await nothing_here(send)
    elif scope["path"] == beacon.PATH:
        await beacon.ingest_beacon(ingest(), scope, receive, send)
    elif scope["path"] == assets.PATH:
        await desk().serve(scope, receive, send)
    elif scope["path"] in ("/healthz", "/readyz"):
        await health(scope["path"], _ingest, send)
    elif scope["path"] == "/metrics":
        await metrics(ingest(), scope, send)
    else:
        await django_application(scope, receive, send)  # type: ignore[arg-type]


async def listen(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one ingest socket."""
    await consumer.ingest_socket(ingest(), scope, receive, send)


async def nothing_here(send: Send) -> None:
    """Answer 404, with nothing in it."""
    headers = [(b"cache-control", b"no-store"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Turn away a socket at an address where nobody listens."""
    await receive()
    await send({"type": "websocket.close"})


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Open and close with the server, where the server says when (uvicorn does; ours calls ``close`` itself)."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        prepare_store()
        ingest()
        hear_first(close)
        await send({"type": "lifespan.startup.complete"})


sockets: list[Any] = [
    path("ingest/v1", listen),  # type: ignore[arg-type]  # Channels routes to ASGI callables, Django's types say views
    *live.websocket_urlpatterns,
    re_path("", refuse),  # type: ignore[arg-type]
]
_sockets: Any = URLRouter(sockets)


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a socket where sockets are served: not on the player's origin."""
    await (refuse if is_shut(scope) else _sockets)(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": websocket,
        "lifespan": lifespan,
    }
)
