"""What a page does about each refusal (SPEC §5). Twin of recorder_js/src/wire/errors.ts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from replay.wire.errors import Code


class Remedy(StrEnum):
    STOP = "stop"  # for this page; said once in the console
    NEW_SESSION = "new_session"
    NEW_STREAM = "new_stream"  # with a full snapshot
    RECONNECT = "reconnect"
    RESEND = "resend"  # the same bytes, backing off
    RESEND_ONCE = "resend_once"  # then a gap
    GAP = "gap"  # under the same seq, and a new full snapshot
    DROP = "drop"  # the server has something there: forget the bytes


REMEDIES: Final[dict[str, Remedy]] = {
    Code.UNKNOWN_WRITE_KEY: Remedy.STOP,
    Code.REVOKED_WRITE_KEY: Remedy.STOP,
    Code.FOREIGN_ORIGIN: Remedy.STOP,
    Code.BAD_HELLO: Remedy.STOP,
    Code.UNSUPPORTED_VERSION: Remedy.STOP,
    Code.WRONG_SECRET: Remedy.NEW_SESSION,
    Code.ERASED: Remedy.NEW_SESSION,
    Code.BAD_FRAME: Remedy.RECONNECT,
    Code.UNKNOWN_STREAM: Remedy.RECONNECT,
    Code.FRAME_TOO_LARGE: Remedy.GAP,
    Code.BAD_HASH: Remedy.RESEND_ONCE,
    Code.BAD_CODEC: Remedy.GAP,
    Code.INFLATED_TOO_LARGE: Remedy.GAP,
    Code.BAD_LOG: Remedy.GAP,
    Code.CONFLICT: Remedy.NEW_STREAM,
    Code.TOO_LATE: Remedy.DROP,
    Code.OVER_WINDOW: Remedy.RECONNECT,
    Code.TOO_MANY: Remedy.RECONNECT,
    Code.OVER_QUOTA: Remedy.RECONNECT,
    Code.TAKEN_OVER: Remedy.RECONNECT,
    Code.STORE_UNAVAILABLE: Remedy.RESEND,
    Code.INDEX_UNAVAILABLE: Remedy.RESEND,
    Code.STORE_FULL: Remedy.RESEND,
    Code.SERVER_CLOSING: Remedy.RECONNECT,
}


def remedy_for(code: str, kind: Literal["nack", "goaway"], is_permanent: bool) -> Remedy:
    """Return what to do; codes that a later server may add follow their own word on whether trying again helps."""
    known = REMEDIES.get(code)
    if known:
        return known
    if kind == "goaway":
        return Remedy.STOP if is_permanent else Remedy.RECONNECT
    return Remedy.GAP if is_permanent else Remedy.RESEND
