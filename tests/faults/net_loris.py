"""Sockets that take their time: raw TCP that begins something and never ends it, from an address of their own."""

from __future__ import annotations

import base64
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.pages_say import PageStream
from tests.processes import ROOT

ADDRESS = "127.0.0.66"  # what they do is not the honest pages' doing
UPGRADE = (
    "GET /ingest/v1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(b'sixteen bytes...').decode()}\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: playhead.v1\r\n\r\n"
).encode()
BEACON = b"POST /ingest/v1/beacon HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n"


def ws_frame(data: bytes) -> bytes:
    """Return a masked binary WebSocket message."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x82" + size + bytes(4) + data


@dataclass(frozen=True)
class Way:
    """How one kind of socket wastes time."""

    first: bytes = b""
    is_greeting: bool = False  # says hello, once it is a WebSocket
    then: bytes = b""  # after the hello
    drip: bytes = b""  # a byte a second, over and over


KINDS: dict[str, Way] = {
    "silent": Way(),
    "half header": Way(UPGRADE[:60], drip=b"a"),
    "slow body": Way(BEACON, drip=b"a"),
    "no hello": Way(UPGRADE),
    "slow message": Way(UPGRADE, is_greeting=True, then=b"\x82\xfe\xff\xff" + bytes(4), drip=b"a"),
    "no pong": Way(UPGRADE, is_greeting=True),
}


class Loris:
    """Many slow sockets, in a process of their own: what they cost the tests themselves is not to be measured."""

    def __init__(self, port: int, write_key: str, count: int, kinds: tuple[str, ...] = tuple(KINDS)) -> None:
        self._argv = [sys.executable, "-m", __name__, str(port), write_key, str(count), *kinds]
        self.open: Counter[str] = Counter(kinds[number % len(kinds)] for number in range(count))
        self.gone_at: dict[str, float] = {}  # kind → seconds until the last of them was thrown out
        self.began = 0.0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "connected\n"
        self.began = time.monotonic()
        threading.Thread(target=self._hear, name="loris", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # that is how it knows
        self._process.wait(20)
        self._process.stdout.close()

    def wait_gone(self, kind: str, most_s: float) -> None:
        """Return when no socket of a kind is left; fail when one lasts longer than it may."""
        while self.open[kind]:
            assert time.monotonic() < self.began + most_s, f"{self.open[kind]} sockets of the kind {kind!r} are still there"
            time.sleep(0.05)

    def _hear(self) -> None:
        """Note who is thrown out."""
        for line in self._process.stdout or ():
            kind = line.strip()
            self.open[kind] -= 1
            self.gone_at[kind] = time.monotonic() - self.began


class Slow:
    """The sockets themselves."""

    def __init__(self, port: int, write_key: str, wanted: list[str]) -> None:
        self._write_key = write_key
        self._open: dict[socket.socket, str] = {}
        self._selector = selectors.DefaultSelector()
        for kind in wanted:
            slow = socket.create_connection(("127.0.0.1", port), source_address=(ADDRESS, 0))
            slow.sendall(KINDS[kind].first)
            slow.setblocking(False)
            self._open[slow] = kind
            self._selector.register(slow, selectors.EVENT_READ)

    def run(self) -> None:
        """Take time until nobody wants it any more."""
        print("connected", flush=True)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        drip_at = time.monotonic()
        while True:
            for key, _ in self._selector.select(max(0.0, drip_at - time.monotonic())):
                if not isinstance(key.fileobj, socket.socket):
                    return
                self._look(key.fileobj)
            if time.monotonic() >= drip_at:
                drip_at += 1
                for slow in list(self._open):
                    self._drip(slow)

    def _look(self, slow: socket.socket) -> None:
        """Read without answering; notice the end."""
        try:
            if heard := slow.recv(65_536):
                way = KINDS[self._open[slow]]
                if way.is_greeting and heard.startswith(b"HTTP/1.1 101"):
                    slow.send(ws_frame(PageStream(self._write_key).hello_frame()) + way.then)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._forget(slow)

    def _drip(self, slow: socket.socket) -> None:
        try:
            slow.send(KINDS[self._open[slow]].drip)
        except BlockingIOError:
            pass
        except OSError:
            self._forget(slow)

    def _forget(self, slow: socket.socket) -> None:
        self._selector.unregister(slow)
        print(self._open.pop(slow), flush=True)
        slow.close()


if __name__ == "__main__":
    port, write_key, count, *kinds = sys.argv[1:]
    Slow(int(port), write_key, [kinds[number % len(kinds)] for number in range(int(count))]).run()
