"""A store of somebody else's, over the S3 protocol, that does what a test wants: takes all, has no room, or says nothing."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.processes import free_port

FULL = b"<Error><Code>QuotaExceeded</Code><Message>no room</Message></Error>"


class Bucket(ThreadingHTTPServer):
    """Answers ``HEAD`` and ``PUT``; keeps nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), _Answer)
        self.mood: Literal["well", "full", "silent"] = "well"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """Return what makes Playhead keep its bytes here."""
        url = f"http://127.0.0.1:{self.server_port}"
        return {"STORE": "s3", "S3_ENDPOINT_URL": url, "S3_ACCESS_KEY_ID": "k", "S3_SECRET_ACCESS_KEY": "s"}

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def do_HEAD(self) -> None:
        self._answer(200, b"")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.mood == "silent":
            threading.Event().wait()
        self._answer(*((507, FULL) if self.server.mood == "full" else (200, b"")))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
