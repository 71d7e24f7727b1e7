"""Scripts and styles: straight from the source tree at home, from the collected folder in production."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ASK = """
import asyncio
from replay.asgi import application

async def status(path):
    said = []
    heard = asyncio.Queue()
    heard.put_nowait({"type": "http.request", "body": b""})
    async def send(message):
        said.append(message)
    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    await application(scope, heard.get, send)
    return said[0]["status"]

print(asyncio.run(status("/static/css/tokens.css")), asyncio.run(status("/static/collected.css")))
"""


def run(folder: Path, *arguments: str, **given: str) -> str:
    """Run Python as a server of its own would, with warnings as errors, and return what it printed."""
    env = {name: value for name, value in os.environ.items() if name not in ("STATIC_ROOT", "PUBLIC_URL", "PLAYER_ORIGIN")}
    env |= {"DATA_DIR": str(folder / "data"), "SECRET_KEY": "s" * 40, **given}
    argv = [sys.executable, "-W", "error::UserWarning", *arguments]
    done = subprocess.run(argv, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_at_home_they_come_from_the_source_tree_without_a_warning(tmp_path: Path) -> None:
    assert run(tmp_path, "-c", ASK) == "200 404"


def test_a_given_folder_is_what_is_served(tmp_path: Path) -> None:
    collected = tmp_path / "collected"
    run(tmp_path, "manage.py", "collectstatic", "--noinput", "-v0", STATIC_ROOT=str(collected))
    assert (collected / "css" / "tokens.css").is_file()
    (collected / "collected.css").write_text("")
    assert run(tmp_path, "-c", ASK, STATIC_ROOT=str(collected)) == "200 200"
    (collected / "css" / "tokens.css").unlink()
    assert run(tmp_path, "-c", ASK, STATIC_ROOT=str(collected)) == "404 200"
