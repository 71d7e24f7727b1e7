"""The road without a socket: frames by POST, with the same answers. Cookies are neither sent nor read."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Final

from django.conf import settings

from replay.ingest.address import address_of
from replay.ingest.allowances import spread_ms
from replay.ingest.consumer import Message, Receive, Sender, header
from replay.ingest.conversation import Conversation
from replay.ingest.service import Ingest
from replay.wire import limits, messages
from replay.wire.connection import Close, Connection, Refused, Send
from replay.wire.errors import REFUSALS, Code, WireError
from replay.wire.frames import Kind, join_frames, split_frames

PATH: Final = "/ingest/v1/beacon"
COME_AGAIN: Final = frozenset({429, 503, 507})
DEFAULT_RETRY_S: Final = 5
ROOM_WAIT_S: Final = 10  # while as many beacons as memory has room for are being kept
CORS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
PREFLIGHT: Final = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
]


async def ingest_beacon(ingest: Ingest, scope: Message, receive: Receive, send: Sender) -> None:
    """Answer one request."""
    if scope["method"] == "OPTIONS":
        await answer(send, 204, b"", PREFLIGHT)
        return
    if scope["method"] != "POST":
        await answer(send, 405, b"", [(b"allow", b"POST, OPTIONS")])
        return
    ingest.meter.beacons += 1
    address = address_of(scope, trust_proxy=settings.TRUST_PROXY)
    wait_s = ingest.allowances.knock(address, time.monotonic())
    try:
        async with asyncio.timeout(ROOM_WAIT_S):
            await ingest.beacon_room.acquire()  # its bytes stay with the server until then, which counts them
    except TimeoutError:
        status, said = _refusal(ingest, Code.TOO_MANY, spread_ms(ROOM_WAIT_S))
        await answer(send, status, join_frames(said), _retry_after(status, said))
        return
    try:
        status, said = await _read_and_hear(ingest, scope, receive, wait_s)
    finally:
        ingest.beacon_room.release()
    await answer(send, status, join_frames(said), _retry_after(status, said))


async def _read_and_hear(ingest: Ingest, scope: Message, receive: Receive, wait_s: float) -> tuple[int, list[bytes]]:
    body = await read_body(scope, receive, limits.MAX_BEACON_BYTES)
    if body is None:
        return _refusal(ingest, Code.FRAME_TOO_LARGE)
    if ingest.is_closing:
        return _refusal(ingest, Code.SERVER_CLOSING, spread_ms(0))
    if wait_s:
        return _refusal(ingest, Code.TOO_MANY, spread_ms(wait_s))
    return await hear_beacon(ingest, body, header(scope, b"origin"), header(scope, b"user-agent"))


async def hear_beacon(ingest: Ingest, body: bytes, origin: str, user_agent: str) -> tuple[int, list[bytes]]:
    """Return the HTTP status and the frames that answer a beacon's body."""
    said: list[bytes] = []

    def emit(command: Send | Close) -> None:
        if isinstance(command, Send):
            said.append(command.frame)

    connection = Connection(limits.MAX_BEACON_BYTES, limits.MAX_BEACON_FRAMES)
    conversation = Conversation(ingest, connection, origin, user_agent, emit)
    try:
        frames = split_frames(body)
    except WireError as refused:
        return _refusal(ingest, refused.code)
    if not frames:
        return _refusal(ingest, Code.BAD_FRAME)
    for frame in frames:
        await conversation.hear(frame)
        if conversation.is_over:
            break
    await conversation.settle()
    return _status(said), said


def _status(said: list[bytes]) -> int:
    """Return the status of the last refusal among the answers; 200 where there is none."""
    status = 200
    for frame in said:
        if frame[0] == Kind.GOAWAY:
            status = REFUSALS[Code(messages.parse_message(frame, messages.Goaway).code)].http_status
        elif frame[0] == Kind.NACK and status == 200:
            status = REFUSALS[Code(messages.parse_message(frame, messages.Nack).code)].http_status
    return status


def _retry_after(status: int, said: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the header that tells a client when to come again, in whole seconds; scripts may read it."""
    if status not in COME_AGAIN:
        return []
    goaways = [messages.parse_message(frame, messages.Goaway) for frame in said if frame[0] == Kind.GOAWAY]
    after_ms = max((goaway.after_ms for goaway in goaways), default=0)
    seconds = math.ceil(after_ms / 1000) or DEFAULT_RETRY_S
    return [(b"retry-after", str(seconds).encode()), (b"access-control-expose-headers", b"retry-after")]


def _refusal(ingest: Ingest, code: Code, after_ms: int = 0) -> tuple[int, list[bytes]]:
    ingest.refusals.count(Refused(code))
    return REFUSALS[code].http_status, [messages.to_frame(messages.goaway(code, after_ms))]


async def read_body(scope: Message, receive: Receive, most_bytes: int) -> bytes | None:
    """Return the body; None when it is larger than it may be."""
    length = header(scope, b"content-length")
    if length.isdigit() and int(length) > most_bytes:
        return None
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most_bytes:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def answer(send: Sender, status: int, body: bytes, extra: list[tuple[bytes, bytes]]) -> None:
    """Answer a request of a page, whichever page it is."""
    kind = [(b"content-type", b"application/octet-stream"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*CORS, *extra, *kind]})
    await send({"type": "http.response.body", "body": body})
