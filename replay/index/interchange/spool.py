"""A file of unknown hands, inflated into a temporary one within a bound, and named by the hash of what it holds."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from replay.index.interchange.errors import ImportRefused, Refusal

_GZIP: Final = 16 + zlib.MAX_WBITS
_MAGIC: Final = b"\x1f\x8b"
_STEP_BYTES: Final = 1024 * 1024
_COUNT_BYTES: Final = 1024 * 1024
_IN_MEMORY_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class Spool:
    """An inflated file: its bytes, how many, and their SHA-256."""

    file: BinaryIO
    size_bytes: int
    digest: bytes

    def line_at(self, offset: int) -> int:
        """Return the line in which a byte stands, counted from 1."""
        self.file.seek(0)
        line = 1
        while offset > 0 and (data := self.file.read(min(offset, _COUNT_BYTES))):
            line += data.count(b"\n")
            offset -= len(data)
        return line


@contextmanager
def spooled(pieces: Iterable[bytes], most_bytes: int) -> Iterator[Spool]:
    """Inflate a file that comes in pieces, if it is gzip; the temporary file goes with the context.

    Raises ImportRefused: ``too_large`` beyond ``most_bytes``, ``damaged``, ``empty``.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
        hasher = hashlib.sha256()
        size = 0
        for data in _inflated(pieces):
            size += len(data)
            if size > most_bytes:
                raise ImportRefused(Refusal.TOO_LARGE)
            hasher.update(data)
            file.write(data)
        if not size:
            raise ImportRefused(Refusal.EMPTY)
        yield Spool(file, size, hasher.digest())  # type: ignore[arg-type]  # it is one in all but name


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes as they are, or inflated, a bounded step at a time; gzip may have several members."""
    head = b""
    rest = iter(pieces)
    for piece in rest:
        head += piece
        if len(head) >= len(_MAGIC):
            break
    if not head.startswith(_MAGIC):
        yield head
        yield from rest
        return
    inflater = zlib.decompressobj(_GZIP)
    for piece in _chain(head, rest):
        data = piece
        while data:
            if inflater.eof:
                if not data.strip(b"\0"):
                    break  # padding, as tar and tapes leave it
                inflater = zlib.decompressobj(_GZIP)
            try:
                yield inflater.decompress(data, _STEP_BYTES)
            except zlib.error as error:
                raise ImportRefused(Refusal.DAMAGED) from error
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    while not inflater.eof:
        more = inflater.decompress(b"", _STEP_BYTES)
        if not more:
            raise ImportRefused(Refusal.DAMAGED)
        yield more


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest
