"""The server under the bench: Playhead's application with two more sockets in Channels' router, to compare with.

``/bench/echo`` sends every message back as it came. ``/bench/answer`` answers each with what an ack looks like. Both are plain
callables beside ingest's own, in the same process, on the same server.
``python -m bench.lib.echo PORT`` serves it as ``manage.py serve`` does; uvicorn takes ``bench.lib.echo:application``.
"""

from __future__ import annotations

import sys

from django.urls import path

from replay import asgi
from replay.wire import messages
from replay.wire.limits import SUBPROTOCOL

_ACK = messages.to_frame(messages.Ack("0" * 32, 1_000))


async def echo(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
    """Send back whatever comes."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "bytes": message["bytes"]})


async def answer(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
    """Answer whatever comes with a few bytes."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    while (await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "bytes": _ACK})


asgi.sockets[:0] = [
    path("bench/echo", echo),  # type: ignore[arg-type]  # Channels routes to ASGI callables, Django's types say views
    path("bench/answer", answer),  # type: ignore[arg-type]
]
application = asgi.application

if __name__ == "__main__":
    from replay.serve import serve
    from replay.store import prepare_store

    prepare_store()
    sys.exit(serve("127.0.0.1", int(sys.argv[1])) or 0)
