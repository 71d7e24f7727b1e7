"""The pack: one object that holds many sessions' fresh chunks, and can be read with nothing else at hand.

"PHPK" · version u8 · 3 zero bytes
chunk frames as they came, one after the other     (so a body is a range: the frame's offset, and its header's lengths)
index: zstd of a JSON array of [project, offset, length]
index length u32 · number of frames u32 · "KPHP"
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from replay.store.indexed import BadObject, Layout

_LAYOUT: Final = Layout(b"PHPK", 1, list[tuple[str, int, int]])


class BadPack(ValueError):
    """These bytes are no pack of a version known here."""


def build(frames: Iterable[tuple[str, bytes]]) -> tuple[bytes, list[int]]:
    """Return the pack of (project's public id, chunk frame), and the offset of each frame.

    >>> data, offsets = build([("shop", b"abc"), ("blog", b"de")])
    >>> offsets, data[offsets[1] : offsets[1] + 2]
    ([8, 11], b'de')
    >>> read(data)
    [('shop', b'abc'), ('blog', b'de')]
    """
    parts: list[bytes] = []
    at = len(_LAYOUT.head)
    index: list[tuple[str, int, int]] = []
    for project, frame in frames:
        index.append((project, at, len(frame)))
        parts.append(frame)
        at += len(frame)
    return _LAYOUT.build(parts, index), [offset for _, offset, _ in index]


def read(data: bytes) -> list[tuple[str, bytes]]:
    """Return every (project, chunk frame) of a pack."""
    try:
        index, count, ends_at = _LAYOUT.read(data)
    except BadObject as error:
        raise BadPack(*error.args) from error
    if len(index) != count or any(not len(_LAYOUT.head) <= at <= at + length <= ends_at for _, at, length in index):
        raise BadPack("the index does not fit")
    return [(project, data[at : at + length]) for project, at, length in index]
