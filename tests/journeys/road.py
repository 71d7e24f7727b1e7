"""The road between a page and its server, which can be torn up and mended: a TCP relay on a port of its own."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

RESET = struct.pack("ii", 1, 0)  # close() sends RST: the other end knows at once


class Road:
    """Passes bytes on to a server until it is torn up; then nothing gets through, and new connections are refused."""

    def __init__(self, base_url: str) -> None:
        self._to = ("127.0.0.1", urlsplit(base_url).port or 80)
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self._port}"

    def tear_up(self) -> None:
        """End every connection at once, and let none through until it is mended."""
        with self._lock:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            self._listener.close()
            for end in self._ends:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)  # wakes recv(), whose thread closes it
            self._ends.clear()

    def mend(self) -> None:
        self._listener = self._listen(self._port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), name="road", daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._to)
            except OSError:
                if listener.fileno() < 0:
                    return
                continue
            with self._lock:
                if listener.fileno() < 0:
                    near.close()
                    far.close()
                    return
                self._ends |= {near, far}
                self.connections += 1
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=pair, name="road", daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        with self._lock:
            self._ends.discard(source)
        source.close()


@contextmanager
def open_road(base_url: str) -> Iterator[Road]:
    """Open a road to a server for as long as the block lasts."""
    road = Road(base_url)
    try:
        yield road
    finally:
        road.tear_up()
