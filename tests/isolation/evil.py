"""The evil host: it answers everything, and remembers who called."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "html": "text/html"}
SCRIPT = b"(window.top || parent).postMessage('ran: fetched script', '*')"


class EvilHost(ThreadingHTTPServer):
    """Counts TCP connections and remembers request paths."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connections = 0
        self.paths: list[str] = []

    @property
    def origin(self) -> str:
        return f"http://evil.example:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()

    def forget(self) -> None:
        self.connections, self.paths = 0, []


class _Handler(BaseHTTPRequestHandler):
    server: EvilHost

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        name = self.path.partition("?")[0]
        body = SCRIPT if name.endswith(".js") else b""
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(name.rpartition(".")[2], "image/png"))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET
    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def evil_host() -> Iterator[EvilHost]:
    """Listen for as long as the block lasts."""
    host = EvilHost()
    thread = threading.Thread(target=host.serve_forever, name="evil", daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.shutdown()
        host.server_close()
        thread.join()
