"""Every bound of the protocol, once (SPEC §6)."""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
SUBPROTOCOL: Final = "playhead.v1"

KIB: Final = 1024
MIB: Final = 1024 * KIB

MAX_FRAME_BYTES: Final = 512 * KIB  # what Daphne and proxies pass without a thought
MAX_HELLO_BYTES: Final = 16 * KIB  # a long URL and title, twice over
MAX_DOM_RAW_BYTES: Final = 8 * MIB  # one chunk of a large snapshot
MAX_LOG_RAW_BYTES: Final = 1 * MIB  # opened in our own process, so small
MAX_LOG_EVENTS: Final = 5_000
MAX_LOG_DEPTH: Final = 32
MAX_RATIO: Final = 200  # honest JSON compresses 5 to 60 fold
RATIO_FREE_BYTES: Final = 1 * MIB  # below this a ratio says nothing
MAX_BEACON_BYTES: Final = 1 * MIB
MAX_BEACON_FRAMES: Final = 64
WINDOW_BYTES: Final = 1 * MIB  # unacked on one socket
WINDOW_CHUNKS: Final = 32
MAX_STREAMS: Final = 64  # on one socket
MAX_PARTS: Final = 256
MAX_EVENT_RAW_BYTES: Final = 64 * MIB  # all parts of one event
MAX_SEQ: Final = 2**32 - 1  # a chunk a second for 136 years
MAX_RTT_MS: Final = 60_000  # a longer round trip says nothing about clocks
MAX_TIME_MS: Final = 8.64e15  # the last instant of a JavaScript Date
HEARTBEAT_S: Final = 20
MAX_ASSETS_BYTES: Final = 5 * MIB  # of one request; the largest stylesheet, and what is said of it
MAX_OFFERS: Final = 64  # in one request
MAX_ASSET_URL: Final = 2_048
MAX_STYLESHEET_BYTES: Final = 4 * MIB
MAX_FONT_BYTES: Final = 1 * MIB
MAX_IMAGE_BYTES: Final = 2 * MIB
MAX_SESSION_ASSETS: Final = 512  # places (asset and URL) of one session
MAX_SESSION_ASSET_BYTES: Final = 64 * MIB
