"""Many pages in one cheap process: plain sockets, one epoll, frames made ahead; only acks are read.

A page says hello, keeps to the window that it is given, and remembers when what it sent was due and when that was acked.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from bench.lib.chunks import CHUNK_BYTES, chunk_parts, message
from replay.wire.frames import Kind
from replay.wire.limits import SUBPROTOCOL
from tests.pages_say import PageStream

READ_BYTES: Final = 256 * 1024
MOST_PARTS: Final = 128  # of one sendmsg
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


def handshake(path: str) -> bytes:
    """Return what opens a socket."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nOrigin: https://shop.example\r\nUser-Agent: {AGENT}\r\n\r\n"
    ).encode()


class Lost(Exception):
    """The server let go of a page, or said no: a bench measures kept promises only."""


class Page:
    """One socket and its stream."""

    def __init__(self, port: int, path: str, stream: PageStream, phase: int, *, says_hello: bool) -> None:
        self.stream = stream
        self.phase = phase  # where in the recorded visit it begins
        self.says_hello = says_hello
        self.seq = 0  # the next to send
        self.upto = 0  # below: acked
        self.window = 32
        self.sent_at: deque[float] = deque()  # of what is not acked
        self.waiting: deque[float] = deque()  # due times of chunks that the window holds back
        self.out: deque[bytes | memoryview] = deque()
        self.unread = b""
        self.is_upgraded = False
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.out.append(handshake(path))

    @property
    def in_flight(self) -> int:
        return self.seq - self.upto

    def narrow(self, said: dict[str, int]) -> None:
        """Keep to the window that a frame tells, if it tells one."""
        most = said.get("window_chunks", self.window)
        room = said.get("window_bytes", CHUNK_BYTES * most) // CHUNK_BYTES
        self.window = min(most, max(room, 1 if said.get("window_bytes", 1) else 0))

    def flush(self) -> bool:
        """Send what the kernel takes; return whether something is left."""
        while self.out:
            parts = [self.out[place] for place in range(min(len(self.out), MOST_PARTS))]
            try:
                sent = self.socket.sendmsg(parts)
            except BlockingIOError:
                return True
            while sent:
                first = self.out.popleft()
                if len(first) > sent:
                    self.out.appendleft(memoryview(first)[sent:])
                    break
                sent -= len(first)
        return False


class Pages:
    """Sockets that are driven together."""

    def __init__(self) -> None:
        self.all: list[Page] = []
        self.ready = 0  # welcomed
        self.acked = 0
        self.ack_ms: list[float] | None = None  # gathers where it is a list
        self.on_room: Callable[[Page], None] = lambda page: None  # a page may send more
        self._epoll = select.epoll()
        self._pages: dict[int, Page] = {}
        self._writing: set[int] = set()

    def add(self, page: Page) -> None:
        """Take a page in; its handshake goes out."""
        self.all.append(page)
        self._pages[page.socket.fileno()] = page
        self._epoll.register(page.socket.fileno(), select.EPOLLIN)
        self.flush(page)

    def send(self, page: Page, due: float) -> None:
        """Send a page's next chunk, or hold it until the window opens."""
        if page.waiting or page.in_flight >= page.window:
            page.waiting.append(due)
            return
        self._send_next(page, due)
        self.flush(page)

    def _send_next(self, page: Page, due: float) -> None:
        page.out.extend(chunk_parts(page.stream, page.seq, page.phase))
        page.seq += 1
        page.sent_at.append(due)

    def flush(self, page: Page) -> None:
        fd = page.socket.fileno()
        if page.flush() != (fd in self._writing):
            self._writing ^= {fd}
            self._epoll.modify(fd, select.EPOLLIN | (select.EPOLLOUT if fd in self._writing else 0))

    def turn(self, timeout_s: float) -> None:
        """Handle what the kernel has for us."""
        for fd, events in self._epoll.poll(max(timeout_s, 0), 512):
            page = self._pages[fd]
            if events & ~select.EPOLLOUT:
                self._read(page)
            if fd in self._writing:
                self.flush(page)

    def turn_until(self, is_done: Callable[[], bool], timeout_s: float, what: str) -> None:
        until = time.monotonic() + timeout_s
        while not is_done():
            self.turn(0.05)
            if time.monotonic() > until:
                raise Lost(f"{what}: not within {timeout_s:.0f} s")

    def close(self) -> None:
        """Hang up."""
        for page in self.all:
            page.socket.close()
        self._epoll.close()

    def _read(self, page: Page) -> None:
        try:
            data = page.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            raise Lost(f"the server closed {page.stream.stream}")
        data = page.unread + data if page.unread else data
        at = 0 if page.is_upgraded else self._upgrade(page, data)
        while (end := _end_of_message(data, at)) is not None:
            start = at + 2 if data[at + 1] < 126 else at + 4 if data[at + 1] == 126 else at + 10
            self._hear(page, data[at] & 0x0F, data[start:end])
            at = end
        page.unread = data[at:]
        self.flush(page)

    def _upgrade(self, page: Page, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return len(data) + 1  # no message is complete there
        if not data.startswith(b"HTTP/1.1 101 "):
            raise Lost(data[:end].decode(errors="replace"))
        page.is_upgraded = True
        if page.says_hello:
            page.out.append(message(page.stream.hello_frame()))
        else:
            self.ready += 1
            self.on_room(page)
        return end + 4

    def _hear(self, page: Page, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            page.out.append(message(payload, 10))
            return
        if opcode == 8:
            raise Lost(f"closed with {int.from_bytes(payload[:2], 'big')}")
        if not page.says_hello:
            self._settle(page, page.upto + 1)
        elif payload[0] == Kind.ACK:
            said = json.loads(payload[1:])
            page.narrow(said)
            self._settle(page, said["upto"])
        elif payload[0] == Kind.WELCOME:
            page.narrow(json.loads(payload[1:]))
            self.ready += 1
        elif payload[0] in (Kind.NACK, Kind.GOAWAY):
            raise Lost(payload[1:].decode())
        else:
            page.narrow(json.loads(payload[1:]))
        while page.waiting and page.in_flight < page.window:
            self._send_next(page, page.waiting.popleft())
        self.on_room(page)

    def _settle(self, page: Page, upto: int) -> None:
        new = upto - page.upto
        if new <= 0:
            return
        page.upto = upto
        self.acked += new
        now = time.monotonic()
        for _ in range(new):
            sent_at = page.sent_at.popleft()
            if self.ack_ms is not None:
                self.ack_ms.append((now - sent_at) * 1_000)


def _end_of_message(data: bytes, at: int) -> int | None:
    """Return where the message at a place ends; None while it is not all there."""
    if len(data) < at + 2:
        return None
    length, start = data[at + 1], at + 2
    if length >= 126:
        size = 2 if length == 126 else 8
        if len(data) < start + size:
            return None
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    return start + length if len(data) >= start + length else None
