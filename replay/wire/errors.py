"""Refusals: one table of codes, and the exceptions that carry them.

WireError               code, detail
├── FrameRefused        the conversation ends: goaway, then close
└── ChunkRefused        one chunk is refused: nack; the socket and its other streams live on
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """Why something was refused."""

    UNKNOWN_WRITE_KEY = "unknown_write_key"
    REVOKED_WRITE_KEY = "revoked_write_key"
    FOREIGN_ORIGIN = "foreign_origin"
    BAD_HELLO = "bad_hello"
    UNSUPPORTED_VERSION = "unsupported_version"
    WRONG_SECRET = "wrong_secret"
    ERASED = "erased"
    BAD_FRAME = "bad_frame"
    UNKNOWN_STREAM = "unknown_stream"
    FRAME_TOO_LARGE = "frame_too_large"
    BAD_HASH = "bad_hash"
    BAD_CODEC = "bad_codec"
    INFLATED_TOO_LARGE = "inflated_too_large"
    BAD_LOG = "bad_log"
    CONFLICT = "conflict"
    TOO_LATE = "too_late"
    OVER_WINDOW = "over_window"
    TOO_MANY = "too_many"
    OVER_QUOTA = "over_quota"
    TAKEN_OVER = "taken_over"
    STORE_UNAVAILABLE = "store_unavailable"
    STORE_FULL = "store_full"
    INDEX_UNAVAILABLE = "index_unavailable"
    SERVER_CLOSING = "server_closing"


@dataclass(frozen=True)
class Refusal:
    """How a code is said, and what it asks of the page."""

    permanent: bool  # drop the bytes; else keep them and try again
    http_status: int  # on the beacon road
    ends: bool  # goaway and close; else nack
    sentence: str  # for people: what is wrong and what mends it


def _ends(permanent: bool, http_status: int, sentence: str) -> Refusal:
    return Refusal(permanent, http_status, True, sentence)


def _nack(permanent: bool, http_status: int, sentence: str) -> Refusal:
    return Refusal(permanent, http_status, False, sentence)


REFUSALS: Final[dict[Code, Refusal]] = {
    Code.UNKNOWN_WRITE_KEY: _ends(True, 403, "No project has this write key. Copy it from the project's settings."),
    Code.REVOKED_WRITE_KEY: _ends(True, 403, "This write key was revoked. Put the project's current key into the snippet."),
    Code.FOREIGN_ORIGIN: _ends(
        True, 403, "This site is not among the project's allowed origins. Add it in the project's settings."
    ),
    Code.BAD_HELLO: _ends(True, 400, "The hello is not readable or lacks a field."),
    Code.UNSUPPORTED_VERSION: _ends(True, 400, "The recorder speaks a version of the protocol that this server does not know."),
    Code.WRONG_SECRET: _ends(True, 403, "The session belongs to another browser."),
    Code.ERASED: _ends(True, 410, "The session was erased."),
    Code.BAD_FRAME: _ends(True, 400, "The frame is not one of the protocol's."),
    Code.UNKNOWN_STREAM: _ends(False, 400, "The stream has not said hello on this connection."),
    Code.FRAME_TOO_LARGE: _nack(True, 413, "The frame is larger than the server takes."),
    Code.BAD_HASH: _nack(False, 400, "The bytes do not match their hash."),
    Code.BAD_CODEC: _nack(True, 400, "A body is not encoded as its header says, or in a way that the server does not know."),
    Code.INFLATED_TOO_LARGE: _nack(True, 413, "A body is larger, once inflated, than the server takes."),
    Code.BAD_LOG: _nack(True, 400, "The log body does not hold events that the server can read."),
    Code.CONFLICT: _nack(True, 409, "Other bytes were kept before under the same number."),
    Code.TOO_LATE: _nack(True, 409, "The span was closed as a gap before its bytes came."),
    Code.OVER_WINDOW: _ends(False, 429, "More was sent unacked than the window allows."),
    Code.TOO_MANY: _ends(False, 429, "Too many at once."),
    Code.OVER_QUOTA: _ends(
        False, 429, "The allowance is used up. What was recorded waits in the page until there is room again."
    ),
    Code.TAKEN_OVER: _ends(False, 409, "The stream said hello on another socket, which goes on with it."),
    Code.STORE_UNAVAILABLE: _nack(False, 503, "The server cannot store bytes right now."),
    Code.STORE_FULL: _nack(False, 507, "The server has no room left. It takes bytes again as soon as it has."),
    Code.INDEX_UNAVAILABLE: _nack(False, 503, "The server cannot reach its database right now."),
    Code.SERVER_CLOSING: _ends(False, 503, "The server is restarting."),
}


GAP_REASONS: Final = frozenset(
    {
        "offline_cap",  # the page held more, or longer, than its spool does
        "queue_full",  # the page had no room to hold it
        "too_large",  # an event beyond 64 MiB or 256 parts
        "throttled",  # the page changed faster than it may be recorded
        "never_arrived",  # made by the server, when a hole ends
        "not_decodable",  # kept, and not readable
        "blocked",  # left out by the site's wish
        "erased",
        "frozen",  # the browser put the page to sleep
    }
) | {code.value for code, refusal in REFUSALS.items() if refusal.permanent or code == Code.BAD_HASH}


class WireError(Exception):
    """Something that was said is refused."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail  # about shape, never recorded content

    @property
    def refusal(self) -> Refusal:
        return REFUSALS[self.code]


class FrameRefused(WireError):
    """What was said ends the conversation."""


class ChunkRefused(WireError):
    """One chunk is refused; what came before and comes after stands."""

    def __init__(self, code: Code, detail: str = "", *, stream: str = "", seq: int = 0) -> None:
        super().__init__(code, detail)
        self.stream = stream
        self.seq = seq
