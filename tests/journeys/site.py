"""A customer's site of one page, on an origin of its own, with the snippet in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PAGES = Path(__file__).parent / "pages"
SNIPPET = '<script async src="{host}/recorder.js" data-write-key="{write_key}"{more}></script>'


@contextmanager
def site(host: str, write_key: str) -> Iterator[str]:
    """Serve the pages of `pages/` with the snippet of a project; yield the origin. `?road=` names another host to send to."""
    handler = partial(_Handler, host, write_key)
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
    def __init__(self, host: str, write_key: str, *arguments: object) -> None:
        self.host, self.write_key = host, write_key
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        page = PAGES / (url.path.strip("/") or "steps.html")
        if page.parent != PAGES or not page.is_file():
            self.send_error(404)
            return
        road = parse_qs(url.query).get("road")
        more = f' data-host="{road[0]}"' if road else ""
        snippet = SNIPPET.format(host=self.host, write_key=self.write_key, more=more)
        body = page.read_text().replace("{{ snippet }}", snippet).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
