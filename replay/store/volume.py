"""The volume: one object that holds segments of one session, and can be read with nothing else at hand.

"PHVL" · version u8 · 3 zero bytes
ranges, one after the other: all dom bodies, then all log bodies     (so who asks for one kind reads no byte of the other)
index: zstd of a JSON object {"project", "session", "ranges": [Range, …]}, each with its offset
index length u32 · number of ranges u32 · "LVHP"
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from replay.store.indexed import BadObject, Layout


class BadVolume(ValueError):
    """These bytes are no volume of a version known here."""


class Range(msgspec.Struct, frozen=True, omit_defaults=True):
    """One body of one segment: whose it is, what its bytes are, and where they lie."""

    stream: str
    first_seq: int
    upto_seq: int  # one past the last
    body: Literal["dom", "log"]
    codec: int
    raw_length: int
    length: int
    hash: str  # SHA-256 of the bytes as stored, in hex
    events: int  # those that the page sent
    first_ms: float
    last_ms: float
    keyframe_events: int = 0  # that precede them
    flags: int = 0
    offset: int = 0


class Index(msgspec.Struct, frozen=True):
    project: str  # public id
    session: str  # UUID, with dashes
    ranges: list[Range]


_LAYOUT: Final = Layout(b"PHVL", 1, Index)


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that was read: what its index says, and its bytes."""

    index: Index
    data: bytes

    def body(self, found: Range) -> bytes:
        """Return the bytes of a range; raise ``BadVolume`` where they are not what the index says."""
        body = self.data[found.offset : found.offset + found.length]
        if hashlib.sha256(body).hexdigest() != found.hash:
            raise BadVolume("a range is damaged")
        return body


def build(project: str, session: str, bodies: Sequence[tuple[Range, bytes]]) -> tuple[bytes, list[int]]:
    """Return the volume of these bodies, and the offset of each in the order in which they were given.

    >>> told = dict(codec=4, raw_length=9, length=3, hash=hashlib.sha256(b"abc").hexdigest(), events=1, first_ms=0, last_ms=1)
    >>> log, dom = (Range("5e", 0, 2, body, **told) for body in ("log", "dom"))
    >>> data, offsets = build("shop", "018f", [(log, b"abc"), (dom, b"abc")])
    >>> offsets
    [11, 8]
    >>> found = read(data)
    >>> found.index.session, [(each.body, found.body(each)) for each in found.index.ranges]
    ('018f', [('dom', b'abc'), ('log', b'abc')])
    """
    parts, ranges, offsets = [], [], [0] * len(bodies)
    at = len(_LAYOUT.head)
    for place in sorted(range(len(bodies)), key=lambda place: bodies[place][0].body):  # stable: "dom" < "log"
        told, data = bodies[place]
        assert told.length == len(data)
        ranges.append(msgspec.structs.replace(told, offset=at))
        parts.append(data)
        offsets[place] = at
        at += len(data)
    return _LAYOUT.build(parts, Index(project, session, ranges)), offsets


def read(data: bytes) -> Volume:
    """Return what a volume holds."""
    try:
        index, count, ends_at = _LAYOUT.read(data)
    except BadObject as error:
        raise BadVolume(*error.args) from error
    fits = all(len(_LAYOUT.head) <= each.offset and 0 <= each.length <= ends_at - each.offset for each in index.ranges)
    if len(index.ranges) != count or not fits:
        raise BadVolume("the index does not fit")
    return Volume(index, data)
