"""What fuzzing begins with where nothing is kept yet: what pages really say, and the golden frames."""

from __future__ import annotations

import json

from replay.wire import codec, columns, frames
from scripts.columns_vectors import visit
from tests.pages_say import PageStream, click, event

PAGE = PageStream("pk_shop_0", now_ms=1_790_000_000_000.0)


def seeds(target: str) -> list[bytes]:
    """Return inputs of the form that a target reads."""
    chunk = PAGE.chunk(0, click(), event("network", url="https://shop.example/api", status=500, failed=True)).to_frame()
    hello = PAGE.hello_frame()
    logs = json.dumps([click(), event("console", level="error", args=["\ud83d", "\0"]), event("custom", name="buy")]).encode()
    found = {
        "frame": [
            bytes((mode,)) + body for mode in range(6) for body in (chunk, hello[1:], frames.join_frames([hello, chunk]))
        ],
        "inflate": [
            bytes((way, 2)) + len(logs).to_bytes(2, "big") + body for way in range(5) for body in (logs, codec.deflate(logs))
        ],
        "log": [b"\x01" + logs, *(b"\x00" + bytes((kind,)) * 40 for kind in range(15))],
        "conversation": [b"\x00" + b"\x06" + len(chunk).to_bytes(2, "big") + chunk + b"\x01", b"\x00" + bytes((6, 1, 0)) * 40],
        "page": [bytes((4, 0, 0, 1)) * 12 + bytes((0, 1)) * 8],
        "columns": [b"\x00" + document for document in (columns.encode(visit()), columns.encode([{"a": [1, None]}, "b"]))]
        + [bytes((1, 3, 2, 0, 9, 1, 4, 7, 2, 2, 0, 0, 1, 1, 5, 6, 2, 3, 9)), bytes((2, 5, 2, 1, 0, 4, 3, 3, 1, 2, 5, 1, 1))],
        "pack": [bytes((1, 9)) + b"abcdefghi" + bytes((3,)) + b"xyz" + bytes(4)],
    }
    return found.get(target, [bytes(8)])
