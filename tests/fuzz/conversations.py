"""Fuzzed: both halves of the conversation, whatever the other says and in whatever order."""

from __future__ import annotations

import json
import math
from typing import Any, Final
from uuid import UUID

from replay.wire import limits, messages
from replay.wire.connection import Admit, Clock, Close, Command, Connection, Keep, Send
from replay.wire.errors import Code
from replay.wire.frames import ChunkHeader, Kind
from replay.wire.page import PageConnection
from tests.fuzz.choices import Choices
from tests.fuzz.wire_frames import SESSION, STREAM, mended, sized

NOW_MS: Final = 1_790_000_000_000.0


def conversation(data: bytes) -> None:
    """The server's half: whatever a page says, in whatever order; window and acks hold."""
    choices = Choices(data)
    server, flying = Connection(), list[ChunkHeader]()
    upto = 0
    while not choices.is_spent:
        act = choices.byte() % 8
        if act == 0:
            commands = server.receive(messages.to_frame(_greeting()), NOW_MS)
        elif act == 1 and flying:
            upto += choices.byte() % 3
            commands = server.kept(flying.pop(choices.byte() % len(flying)), upto)
        elif act == 2 and flying:
            code = choices.one_of((Code.CONFLICT, Code.BAD_LOG, Code.STORE_UNAVAILABLE, Code.ERASED))
            commands = server.chunk_refused(flying.pop(0), code, choices.one_of((None, upto)))
        elif act == 3:
            commands = server.press(choices.byte() / 255)
        else:
            said = choices.take(choices.number(2) % 1024)
            commands = server.receive((said, mended(said), mended(sized(said)), b"\x07" + said)[act % 4], NOW_MS)
        commands = [*commands, *(more for one in commands if isinstance(one, Admit) for more in _admit(server, one, upto))]
        _answered(server, commands)
        flying += [one.chunk.header for one in commands if isinstance(one, Keep)]
        assert len(flying) <= 2 * limits.WINDOW_CHUNKS, "more in flight than the window allows"


def _greeting() -> messages.Hello:
    session = str(UUID(bytes=SESSION))
    return messages.Hello(1, "pk_a_b", session, "s" * 43, STREAM.hex(), "0" * 16, "somebody", "0.1.0", NOW_MS)


def _admit(server: Connection, admit: Admit, upto: int) -> list[Command]:
    return server.admitted(admit.hello, upto, NOW_MS)


def _answered(server: Connection, commands: list[Command]) -> None:
    for place, command in enumerate(commands):
        assert isinstance(command, Admit | Keep | Send | Close | Clock)
        if isinstance(command, Send):
            json.loads(command.frame[1:])
            Kind(command.frame[0])
        if isinstance(command, Close):
            assert place == len(commands) - 1, "said after the end"
            assert server.is_over
        if isinstance(command, Clock):
            assert math.isfinite(command.offset_ms)


def page(data: bytes) -> None:
    """The page's half: whatever a server says; the flight's sums hold, and what is not acked stays held."""
    choices = Choices(data)
    stream, now = STREAM.hex(), 0.0
    client = PageConnection(stream, lambda at: b"\x01{}", lambda one, reason, body: b"\x03" + bytes(127), lambda: 0.5)
    client.start(now)
    client.opened(now)
    kept = 0
    while not choices.is_spent:
        act = choices.byte() % 8
        now += choices.byte() * 100.0
        if act == 0:
            client.keep(kept, b"\x03\x00\x01\x01" + bytes(choices.byte()), 0, now)
            kept += 1
        elif act == 1:
            client.tick(now)
        elif act == 2:
            client.closed(now)
        elif act == 3:
            client.hurry(now)
            client.opened(now)
        else:
            kind = choices.one_of((Kind.WELCOME, Kind.ACK, Kind.NACK, Kind.GOAWAY, Kind.PONG, 9, 77))
            client.received(bytes((kind,)) + _said(choices, stream), now)
        held = client.unacked
        assert client.held_bytes == sum(len(one.frame) for one in held), "the bytes held do not add up"
        assert [one.seq for one in held] == sorted({one.seq for one in held}), "held out of order, or twice"
        assert all(one.seq >= client.next_seq for one in held), "acked, and still held"


def _said(choices: Choices, stream: str) -> bytes:
    if choices.byte() % 4 == 0:
        return choices.take(choices.byte())
    names = ("upto", "seq", "next_seq", "window_bytes", "window_chunks", "server_ms", "client_ms", "heartbeat_s", "after_ms")
    said: dict[str, Any] = {name: choices.one_of((0, 1, 2, 5, 2**20, -1, 2**64, 1e300, 0.5, None)) for name in names}
    code = choices.one_of([*Code, "later"])
    words = {
        "stream": stream,
        "code": code,
        "message": "",
        "permanent": bool(choices.byte() % 2),
        "retry": bool(choices.byte() % 2),
    }
    return json.dumps({"v": 1, **{name: value for name, value in said.items() if value is not None}, **words}).encode()
