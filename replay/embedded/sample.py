"""One recorded visit to the demo shop, so that no page is empty on a first start.

In: demo/sample, the very frames that a real page once sent. They go to the running server by the beacon's road, as any
page's do, under a new session id. The visit is moved to a few minutes ago by the hello alone: it says what the page's clock
shows now, so a page whose clock is behind ended that long ago.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from msgspec.structs import replace

from replay.embedded.bootstrap import Demo
from replay.index.search import sessions_of
from replay.wire.frames import Kind, join_frames, make_chunk, parse_chunk, split_frames
from replay.wire.limits import MAX_BEACON_BYTES

ENDED_AGO_MS = 6 * 60_000
FRAMES_AT_ONCE = 32


@dataclass(frozen=True)
class Visit:
    """The new identity under which the sample is kept."""

    session: UUID
    secret: str
    ended_ms: float  # on the page's clock


def keep_sample(demo: Demo, port: int, origin: str) -> str:
    """Send the sample when the project has no session yet; return why it could not be, or an empty string."""
    folder = Path(settings.BASE_DIR) / "demo" / "sample"
    if sessions_of(demo.project).exists() or not (folder / "visit.json").exists():
        return ""
    try:
        send(folder, demo.write_key, f"http://127.0.0.1:{port}/ingest/v1/beacon", origin)
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def send(folder: Path, write_key: str, beacon_url: str, origin: str) -> None:
    """Post all streams of the visit; raise ValueError when the server does not keep every chunk."""
    described = json.loads((folder / "visit.json").read_text())
    visit = Visit(new_session_id(time.time()), new_secret(), described["ended_ms"])
    headers = {"Origin": origin, "User-Agent": described["user_agent"], "Content-Type": "text/plain"}
    for stream in described["streams"]:
        name = secrets.token_hex(16)
        hello = hello_frame(stream["hello"], visit, name, write_key)
        frames = [readdressed(frame, visit, name) for frame in split_frames((folder / stream["frames"]).read_bytes())]
        for some in _batches(frames, MAX_BEACON_BYTES - len(hello) - 1024):
            request = urllib.request.Request(beacon_url, join_frames([hello, *some]), headers)  # noqa: S310  our own
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                _refuse_nack(split_frames(answer.read()))


def hello_frame(recorded: dict[str, Any], visit: Visit, stream: str, write_key: str) -> bytes:
    """Return the recorded hello with today's identity and a clock that makes the visit end a few minutes ago."""
    hello = recorded | {
        "write_key": write_key,
        "session": str(visit.session),
        "secret": visit.secret,
        "stream": stream,
        "client_ms": visit.ended_ms + ENDED_AGO_MS,
    }
    return bytes([Kind.HELLO]) + json.dumps(hello).encode()


def readdressed(frame: bytes, visit: Visit, stream: str) -> bytes:
    """Return the chunk frame under another session and stream; its bodies stay byte for byte."""
    chunk = parse_chunk(frame)
    return make_chunk(replace(chunk.header, session=visit.session, stream=stream), chunk.dom, chunk.log).to_frame()


def new_session_id(now_s: float) -> UUID:
    """Return a UUIDv7 for the instant.

    >>> new_session_id(1_790_000_000).version
    7
    """
    stamp = int(now_s * 1000) << 80
    return UUID(int=stamp | 7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))


def new_secret() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _batches(frames: list[bytes], most_bytes: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for frame in frames:
        if batch and (size + len(frame) + 4 > most_bytes or len(batch) == FRAMES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(frame)
        size += len(frame) + 4
    if batch:
        yield batch


def _refuse_nack(answers: list[bytes]) -> None:
    for frame in answers:
        if frame[0] in (Kind.NACK, Kind.GOAWAY):
            raise ValueError(f"the server answered {frame[1:].decode(errors='replace')}")
