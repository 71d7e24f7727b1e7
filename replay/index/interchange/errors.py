"""Why a file is no recording that can be imported: a code for programs, a sentence for people, the place in the file."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    EMPTY = "empty"
    DAMAGED = "damaged"
    NOT_JSON = "not_json"
    CUT_SHORT = "cut_short"
    NOT_A_RECORDING = "not_a_recording"
    UNKNOWN_VERSION = "unknown_version"
    NOT_AN_EVENT = "not_an_event"
    PACKED_EVENT = "packed_event"
    BAD_LOG = "bad_log"
    BAD_GAP = "bad_gap"
    TOO_LARGE = "too_large"
    EVENT_TOO_LARGE = "event_too_large"
    TOO_MANY_EVENTS = "too_many_events"
    TOO_MANY_STREAMS = "too_many_streams"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    ERASED = "erased"
    GAVE_UP = "gave_up"


SENTENCES: dict[Refusal, str] = {
    Refusal.EMPTY: "The file holds no event.",
    Refusal.DAMAGED: "The file is compressed and does not open. It may have been cut short on its way.",
    Refusal.NOT_JSON: "The file is no JSON.",
    Refusal.CUT_SHORT: "The file ends in the middle. It may have been cut short on its way.",
    Refusal.NOT_A_RECORDING: "The file is JSON, and in none of the forms of a recording that are known here.",
    Refusal.UNKNOWN_VERSION: "The file was written by a newer Playhead than this one.",
    Refusal.NOT_AN_EVENT: "Something stands where an rrweb event should: an object with a type and a timestamp.",
    Refusal.PACKED_EVENT: "The events are packed one by one. Export them unpacked.",
    Refusal.BAD_LOG: "A log event is not one that is known here.",
    Refusal.BAD_GAP: "A gap is described in a way that is not known here.",
    Refusal.TOO_LARGE: "The file holds more than this installation imports.",
    Refusal.EVENT_TOO_LARGE: "An event is larger than 64 MiB.",
    Refusal.TOO_MANY_EVENTS: "The file holds more than 5 million events.",
    Refusal.TOO_MANY_STREAMS: "The file holds more than 1,000 page loads or tabs.",
    Refusal.TOO_DEEP: "An event is nested too deep.",
    Refusal.TOO_LONG: "The events span more than 7 days.",
    Refusal.ERASED: "This recording was imported before, and erased. What was erased does not come back.",
    Refusal.GAVE_UP: "The import did not end well three times. The server's log says more.",
}


class ImportRefused(Exception):
    """A file that is not imported. What it holds is never part of the message."""

    def __init__(self, code: Refusal, *, offset: int | None = None, event: int | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.offset = offset  # of the inflated file, in bytes
        self.event = event  # counted from 1
        self.line: int | None = None  # counted from 1; whoever has the file counts

    @property
    def place(self) -> str:
        """Return where it is, as far as that is known.

        >>> refused = ImportRefused(Refusal.NOT_AN_EVENT, offset=120, event=3)
        >>> refused.line = 4
        >>> refused.place
        'event 3, line 4, byte 120'
        """
        said = (("event", self.event), ("line", self.line), ("byte", self.offset))
        return ", ".join(f"{word} {number:,}" for word, number in said if number is not None)

    def __str__(self) -> str:
        return f"{SENTENCES[self.code]} ({self.place})" if self.place else SENTENCES[self.code]
