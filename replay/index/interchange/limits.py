"""Every bound of an import. A file comes from anywhere; what crosses a bound is refused by code."""

from __future__ import annotations

from typing import Final

from replay.wire.limits import KIB, MAX_EVENT_RAW_BYTES, MAX_LOG_RAW_BYTES, MIB

INFLATED_RATIO: Final = 32  # a file may inflate to so many times what may be uploaded; honest JSON stays below 30
MOST_EVENT_BYTES: Final = MAX_EVENT_RAW_BYTES - 2  # as the wire, which counts the brackets too
MOST_LOG_EVENT_BYTES: Final = MAX_LOG_RAW_BYTES - 2
MOST_HEAD_BYTES: Final = 1 * MIB  # of what describes a session or a stream
MOST_DEPTH: Final = 800  # JSON levels; readers give up at 1,000. A DOM uses two for each of its own
MOST_EVENTS: Final = 5_000_000  # a day at 58 a second
MOST_STREAMS: Final = 1_000
MOST_GAPS: Final = 10_000  # in one stream
MOST_SPAN_MS: Final = 7 * 86_400_000.0  # a session lasts a day; clocks jump, peers differ

CHUNK_MS: Final = 1_000.0  # as the recorder cuts
CHUNK_BYTES: Final = 256 * KIB  # raw; at most 256 parts of it make the largest event
CHUNK_LOG_BYTES: Final = 512 * KIB
CHUNK_LOG_EVENTS: Final = 1_000
PACK_BYTES: Final = 4 * MIB
PACK_CHUNKS: Final = 500  # rows of one transaction
