"""Who does not hear is heard no further: what we would have to say to them has a bound."""

from __future__ import annotations

import select
import socket
from pathlib import Path

import pytest

from bench.lib.chunks import message
from bench.lib.pages import handshake
from tests.layouts import embedded_layout
from tests.pages_say import PageStream

MOST_BYTES = 48 * 1024 * 1024  # the kernel's buffers on both sides, and then some
QUIET_S = 2


@pytest.mark.embedded
@pytest.mark.parametrize(
    "question", [message(bytes(125), 9), message(b'\x07{"client_ms":1}')], ids=["ping frames", "our pings"]
)
def test_who_asks_and_never_listens_is_not_heard_for_long(tmp_path: Path, question: bytes) -> None:
    with embedded_layout(tmp_path) as layout, socket.socket() as deaf:
        page = PageStream(layout.make_project().write_key)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.connect(("127.0.0.1", layout.webs[0].port))
        deaf.sendall(handshake("/ingest/v1"))
        assert deaf.recv(12) == b"HTTP/1.1 101"
        deaf.sendall(message(page.hello_frame()))
        deaf.setblocking(False)
        sent, rest = 0, memoryview(question * 1_000)
        while select.select([], [deaf], [], QUIET_S)[1]:
            count = deaf.send(rest)
            sent += count
            rest = rest[count:] or memoryview(question * 1_000)
            assert sent < MOST_BYTES, "the server goes on reading from a page that reads nothing"
        assert layout.webs[0].is_alive
