"""What a pack and a volume have in common: parts one after the other, and an index of them behind.

magic · version u8 · 3 zero bytes
parts
index: zstd of JSON
index length u32 · number of parts u32 · the magic, backwards
"""

from __future__ import annotations

import struct
from typing import Final, Generic, TypeVar

import msgspec
import zstandard

_TAIL: Final = struct.Struct(">II4s")
_MAX_INDEX_BYTES: Final = 16 * 1024 * 1024
T = TypeVar("T")


class BadObject(ValueError):
    """These bytes are no object of a kind and version known here."""


class Layout(Generic[T]):
    """How objects of one kind begin and end.

    >>> layout = Layout(b"DEMO", 1, list[int])
    >>> data = layout.build([b"abc", b"de"], [8, 11])
    >>> layout.read(data), data[8:13]
    (([8, 11], 2, 13), b'abcde')
    """

    def __init__(self, magic: bytes, version: int, index: type[T]) -> None:
        self.head: Final = magic + bytes([version, 0, 0, 0])
        self._end: Final = magic[::-1]
        self._index: Final = index

    def build(self, parts: list[bytes], index: T) -> bytes:
        """Return the object of these parts, the first of which begins at ``len(head)``."""
        packed = zstandard.ZstdCompressor(level=3).compress(msgspec.json.encode(index))
        return b"".join([self.head, *parts, packed, _TAIL.pack(len(packed), len(parts), self._end)])

    def read(self, data: bytes) -> tuple[T, int, int]:
        """Return the index, how many parts there are, and the offset where they end; raise BadObject."""
        if len(data) < len(self.head) + _TAIL.size or not data.startswith(self.head):
            raise BadObject("no head")
        length, count, end = _TAIL.unpack_from(data, len(data) - _TAIL.size)
        index_at = len(data) - _TAIL.size - length
        if end != self._end or index_at < len(self.head):
            raise BadObject("no tail")
        return self._read_index(data[index_at : index_at + length]), count, index_at

    def _read_index(self, packed: bytes) -> T:
        try:
            with zstandard.ZstdDecompressor().stream_reader(packed) as reader:  # never more than it is asked for
                return msgspec.json.decode(reader.read(_MAX_INDEX_BYTES), type=self._index)
        except (zstandard.ZstdError, msgspec.DecodeError) as error:
            raise BadObject("no index") from error
