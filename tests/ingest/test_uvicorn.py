"""Any ASGI server will do: the same application on uvicorn."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.client import open_socket
from tests.layouts import embedded_layout
from tests.pages_say import PageStream, click
from tests.processes import Process, free_port

FLAGS = ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "10"]


async def test_uvicorn_serves_ingest(tmp_path: Path) -> None:
    with embedded_layout(tmp_path) as layout:
        page = PageStream(layout.make_project().write_key)
        port = free_port()
        argv = ["python", "-m", "uvicorn", "replay.asgi:application", "--host", "127.0.0.1", "--port", str(port), *FLAGS]
        uvicorn = Process("uvicorn", argv, layout.env, tmp_path / "log" / "uvicorn.log", port)
        layout.stack.callback(uvicorn.stop)
        uvicorn.start()
        async with open_socket(f"ws://127.0.0.1:{port}/ingest/v1") as wire:
            await wire.hello(page)
            await wire.say(page.chunk(0, click()))
            await wire.wait_upto(page, 1)
            uvicorn.stop()
            assert await wire.closed() == 1012
        assert uvicorn.popen is not None
        assert uvicorn.popen.returncode in (0, -15), uvicorn.tail()
        assert "Traceback" not in uvicorn.log.read_text()
