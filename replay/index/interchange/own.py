"""Our own form: a session as one JSON object, whose streams tell events, log and gaps apart.

Events and log are read side by side, so that they meet in the chunks in order of time; a gap says how many of each come before
it, so that it stands where it stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, TypeVar

import msgspec

from replay.index.interchange import limits
from replay.index.interchange.cursor import Cursor
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.items import Item, SessionFacts, StreamFacts
from replay.index.interchange.opening import open_event, open_gap, open_log_event

FORMAT: Final = "playhead.session"
VERSION: Final = 1
MOST_MEMBERS: Final = 1_000
T = TypeVar("T")


def members_of(file: BinaryIO, offset: int) -> dict[str, int]:
    """Return where each member's value of the object that begins here begins; the last of one name counts."""
    cursor = Cursor(file, offset)
    found: dict[str, int] = {}
    for name in cursor.members():
        if len(found) >= MOST_MEMBERS:
            raise ImportRefused(Refusal.NOT_A_RECORDING, offset=cursor.offset)
        found[name] = cursor.offset
        cursor.skip()
    return found


def read_own(file: BinaryIO, members: dict[str, int]) -> Iterator[Item | StreamFacts | SessionFacts]:
    """Yield what a file of ours holds; raise ImportRefused."""
    if _value(file, members, "format", Any) != FORMAT:
        raise ImportRefused(Refusal.NOT_A_RECORDING, offset=members["format"])
    if _value(file, members, "version", Any) != VERSION:
        raise ImportRefused(Refusal.UNKNOWN_VERSION, offset=members.get("version"))
    yield _value(file, members, "session", SessionFacts) or SessionFacts()
    if "streams" not in members:
        raise ImportRefused(Refusal.NOT_A_RECORDING)
    cursor = Cursor(file, members["streams"])
    for _ in cursor.elements():
        offset = cursor.offset
        yield from _stream(file, members_of(file, offset), offset)
        cursor.skip()


def _stream(file: BinaryIO, members: dict[str, int], offset: int) -> Iterator[Item | StreamFacts]:
    told = {name: _value(file, members, name, Any) for name in StreamFacts.__struct_fields__ if name in members}
    try:
        facts = msgspec.convert(told, StreamFacts)
    except msgspec.ValidationError as error:
        raise ImportRefused(Refusal.NOT_A_RECORDING, offset=offset) from error
    yield facts
    events = _each(file, members.get("events"))
    logs = _each(file, members.get("log"))
    gaps = [open_gap(raw, facts.id, at) for raw, at in _each(file, members.get("gaps"), limits.MOST_GAPS)]
    dom = (open_event(raw, facts.id, at) for raw, at in events)
    log = (open_log_event(raw, facts.id, at) for raw, at in logs)
    yield from merged(dom, log, gaps)


def merged(dom: Iterator[Item], log: Iterator[Item], gaps: list[Item]) -> Iterator[Item]:
    """Yield all in one order: each kind as it stands, by time where they meet, gaps where they say."""
    event, line = next(dom, None), next(log, None)
    events = lines = 0
    for gap in gaps:
        assert gap.gap
        while (event and events < gap.gap.at_event) or (line and lines < gap.gap.at_log):
            takes_event = event and events < gap.gap.at_event
            takes_line = line and lines < gap.gap.at_log
            if event and takes_event and not (takes_line and line and line.ms < event.ms):
                yield event
                event, events = next(dom, None), events + 1
            elif line:
                yield line
                line, lines = next(log, None), lines + 1
        yield gap
    while event or line:
        if event and not (line and line.ms < event.ms):
            yield event
            event = next(dom, None)
        elif line:
            yield line
            line = next(log, None)


def _each(file: BinaryIO, offset: int | None, most: int | None = None) -> Iterator[tuple[bytes, int]]:
    """Yield each element of an array, and where it begins."""
    if offset is None:
        return
    cursor = Cursor(file, offset)
    for number in cursor.elements():
        if most is not None and number >= most:
            raise ImportRefused(Refusal.BAD_GAP, offset=cursor.offset)
        at = cursor.offset
        yield cursor.take(), at


def _value(file: BinaryIO, members: dict[str, int], name: str, kind: type[T] | Any) -> Any:
    """Return a small member's value, or None where there is none."""
    if name not in members:
        return None
    raw = Cursor(file, members[name]).take(limits.MOST_HEAD_BYTES)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefused(Refusal.NOT_A_RECORDING, offset=members[name]) from error
