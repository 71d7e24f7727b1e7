"""An app's origin on loopback: files of its package, a page around them, and the little that its backend must answer."""

from __future__ import annotations

import json
import mimetypes
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

PAGES: Final = Path(__file__).parent / "pages"
RECORDER_PATH: Final = "/recorder.js"
SNIPPET: Final = '<script async src="{path}" data-write-key="{write_key}" data-host="{host}"></script>'
mimetypes.add_type("text/javascript", ".mjs")


@dataclass(frozen=True)
class Asked:
    """What an app asked its backend."""

    method: str
    path: str  # without the query
    query: str
    accept: str
    body: bytes


Answer = Any  # JSON, or text as it stands
Backend = Callable[[Asked], Answer | None]  # None: there is no such thing


@dataclass(frozen=True)
class Site:
    """What an origin serves."""

    page: str = ""  # a file of pages/; "{snippet}" is where the recorder goes
    page_file: str = ""  # or the package's own page, below node_modules; the recorder goes to the top of its head
    page_end: str = ""  # what such a page lacks at the end of its body
    roots: Mapping[str, str] = field(default_factory=dict)  # first folders of a path → folders below node_modules
    backend: Backend = lambda _: None
    is_single_page: bool = False  # a path that nobody knows is the page


@contextmanager
def serve(site: Site, packages: Path, recorder: bytes, host: str, write_key: str) -> Iterator[str]:
    """Serve a site on a free port, recording into a project; yield the origin."""
    snippet = SNIPPET.format(path=RECORDER_PATH, write_key=write_key, host=host)
    if site.page:
        html = (PAGES / site.page).read_text()
    else:
        html = (
            (packages / site.page_file)
            .read_text()
            .replace("<head>", "<head>{snippet}", 1)
            .replace("</body>", site.page_end + "</body>")
        )
    page = html.replace("{snippet}", snippet).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site, packages, recorder, page))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="app", daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, packages: Path, recorder: bytes, page: bytes, *arguments: Any) -> None:
        self.site, self.packages, self.recorder, self.page = site, packages, recorder, page
        super().__init__(*arguments)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        if path == RECORDER_PATH:
            return self._say("text/javascript", self.recorder)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/":
            return self._say("text/html", self.page)
        asked = Asked(self.command, path, url.query, self.headers.get("Accept", ""), body)
        answer = self.site.backend(asked)
        if isinstance(answer, str):
            return self._say("text/html", answer.encode())
        if answer is not None:
            return self._say("application/json", json.dumps(answer).encode())
        if file := self._file(path):
            return self._say(mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes())
        if self.site.is_single_page and "." not in path:
            return self._say("text/html", self.page)
        return self._say("application/json", b'{"message":"not here"}', 404)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815  names that http.server calls

    def _file(self, path: str) -> Path | None:
        for first, folder in self.site.roots.items():
            if path.startswith(first):
                root = (self.packages / folder).resolve()
                file = (root / path.removeprefix(first).lstrip("/")).resolve()
                if file.is_file() and root in file.parents:
                    return file
        return None

    def _say(self, kind: str, body: bytes, status: int = 200) -> None:
        is_text = kind.startswith("text/")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if is_text else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=60")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
