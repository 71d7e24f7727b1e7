"""Clients without manners: they send as fast as the kernel takes it, heed no window, and read nothing."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Final

from bench.lib.chunks import message, message_head
from bench.lib.pages import handshake
from replay.wire import limits
from replay.wire.frames import ChunkHeader, Codec, make_chunk
from tests.pages_say import PageStream

CLIENTS: Final = 5
Way = Callable[[PageStream], Iterator[bytes]]


def megabytes(page: PageStream) -> Iterator[bytes]:
    """Say hello, then messages of 1 MiB: the largest that the server lets in, too large for a frame."""
    yield message(page.hello_frame())
    blob = message(b"\x03" + os.urandom(1024 * 1024 - 1))
    while True:
        yield blob


def largest(page: PageStream) -> Iterator[bytes]:
    """Say hello, then honest chunks of the largest size, far beyond the window."""
    yield message(page.hello_frame())
    dom = os.urandom(limits.MAX_FRAME_BYTES - 128)
    seq = 0
    while True:
        header = ChunkHeader(page.session, page.stream, seq, dom_codec=Codec.JSON_GZIP, dom_raw_length=2 * len(dom))
        yield message(make_chunk(header, dom, b"").to_frame())
        seq += 1


def garbage(page: PageStream) -> Iterator[bytes]:
    """Say no hello; whole messages of 1 MiB that are no frames."""
    blob = message(bytes(1024 * 1024))
    while True:
        yield blob


def unfinished(page: PageStream) -> Iterator[bytes]:
    """Say hello, then begin a message of 1 MiB that never ends: all of it but a byte, then nothing."""
    yield message(page.hello_frame())
    yield message_head(1024 * 1024) + bytes(1024 * 1024 - 1)


def pings(page: PageStream) -> Iterator[bytes]:
    """Ask for the time as often as can be, and never listen."""
    many = message(b'\x07{"client_ms":1}') * 2_000
    while True:
        yield many


def control(page: PageStream) -> Iterator[bytes]:
    """WebSocket's own pings, which the server must answer, and never listen."""
    many = message(bytes(125), 9) * 2_000
    while True:
        yield many


WAYS: Final[dict[str, Way]] = {
    "megabytes": megabytes,
    "largest": largest,
    "garbage": garbage,
    "unfinished": unfinished,
    "pings": pings,
    "control": control,
}


class _Flooder:
    def __init__(self, port: int, write_key: str, way: Way) -> None:
        self._port, self._write_key, self._way = port, write_key, way
        self.connect()

    def connect(self) -> None:
        """Begin anew, as somebody else."""
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.settimeout(0.5)
        self.socket.sendall(handshake("/ingest/v1"))
        self.rest = memoryview(b"")
        self.parts = self._way(PageStream(self._write_key))
        try:
            self.socket.recv(1)  # the handshake was answered; nothing more is read
        except OSError:
            pass
        self.socket.setblocking(False)

    def push(self) -> int:
        """Send what the kernel takes; return how many bytes that was."""
        sent = 0
        while sent < 4 * 1024 * 1024:
            if not self.rest:
                self.rest = memoryview(next(self.parts, b""))
            if not self.rest:
                break
            try:
                count = self.socket.send(self.rest)
            except BlockingIOError:
                break
            self.rest = self.rest[count:]
            sent += count
        return sent


def run(port: int, write_key: str, way: Way, seconds: float) -> float:
    """Flood for some seconds; a client that is thrown out comes back at once. Return how many megabytes went out."""
    flooders = [_Flooder(port, write_key, way) for _ in range(CLIENTS)]
    sent, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        _, ready, _ = select.select([], [one.socket for one in flooders], [], 0.1)
        for one in flooders:
            if one.socket not in ready:
                continue
            try:
                sent += one.push()
            except OSError:
                one.socket.close()
                one.connect()
    for one in flooders:
        one.socket.close()
    return sent / 1e6
