"""A customer's site of one page, on an origin of its own, with the snippet in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGES = Path(__file__).parent / "pages"
SNIPPET = '<script async src="{host}/recorder.js" data-write-key="{write_key}"></script>'


@contextmanager
def site(host: str, write_key: str) -> Iterator[str]:
    """Serve the pages of `pages/` with the snippet of a project; yield the origin."""
    handler = partial(_Handler, SNIPPET.format(host=host, write_key=write_key))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, name="site", daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, snippet: str, *arguments: object) -> None:
        self.snippet = snippet
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        page = PAGES / (self.path.partition("?")[0].strip("/") or "steps.html")
        if page.parent != PAGES or not page.is_file():
            self.send_error(404)
            return
        body = page.read_text().replace("{{ snippet }}", self.snippet).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
