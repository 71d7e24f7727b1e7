"""What a plain page needs to show the same moment: all events in one JSON file and rrweb's own replayer, nothing else."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPLAY = Path(__file__).resolve().parents[2] / "node_modules/@rrweb/replay/dist/replay.umd.min.cjs"
PAGE = """<!DOCTYPE html><body><script src="/replay.js"></script><script type="module">
const events = await (await fetch("/events.json")).json();
const replayer = new rrwebReplay.Replayer(events, { useVirtualDom: false, mouseTail: false, showWarning: false });
replayer.on("fullsnapshot-rebuilded", () => requestAnimationFrame(() => { window.shownAt = performance.now(); }));
replayer.pause(AT - events[0].timestamp);
</script></body>"""


class RawReplay:
    """Serves the plain page for as long as the block lasts; `at_ms` is the moment to show."""

    def __init__(self, events: list[dict[str, Any]], at_ms: float) -> None:
        files = {
            "/": ("text/html", PAGE.replace("AT -", f"{at_ms} -").encode()),
            "/events.json": ("application/json", json.dumps(events).encode()),
            "/replay.js": ("text/javascript", REPLAY.read_bytes()),
        }
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, files))

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://localhost:{self.server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, files: dict[str, tuple[str, bytes]], *arguments: Any) -> None:
        self.files = files
        super().__init__(*arguments)

    def do_GET(self) -> None:
        kind, body = self.files.get(self.path, ("text/plain", b""))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
