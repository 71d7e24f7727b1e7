"""How long this server waits for whom, in seconds."""

from __future__ import annotations

from typing import Final

HANDSHAKE_WITHIN_S: Final = 5  # of a WebSocket
HEADERS_WITHIN_S: Final = 10  # from the first byte, or from the connection, to the last header
BODY_WITHIN_S: Final = 90  # a beacon of 1 MiB over 100 kbit/s
IDLE_S: Final = 75  # between two requests: longer than a proxy keeps its own end open
ABORT_AFTER_S: Final = 5  # who does not take our last word
TIGHT_MESSAGE_S: Final = 10  # for the rest of a message, while memory is tight: nobody holds room with half a frame
PING_EVERY_S: Final = 20
PONG_WITHIN_S: Final = 20
REQUEST_WITHIN_S: Final = 3  # that pages and API calls get to finish, when the server goes
CLOSE_WITHIN_S: Final = 17  # the polite end; after 19 s comes the other one
