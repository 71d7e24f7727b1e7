"""What is fuzzed, by name: each target takes any bytes, and raises nothing but what it calls wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.fuzz.bodies import inflate, packs
from tests.fuzz.columns import column_documents
from tests.fuzz.conversations import conversation, page
from tests.fuzz.logs import log_events
from tests.fuzz.wire_frames import frame

TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "frame": frame,
    "inflate": inflate,
    "log": log_events,
    "conversation": conversation,
    "page": page,
    "pack": packs,
    "columns": column_documents,
}
