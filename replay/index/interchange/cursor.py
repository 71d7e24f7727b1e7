"""A walk over the JSON of a file that never holds more than one value of it.

Whoever walks asks for what should come: the members of an object, the elements of an array, a whole value. Of what is
skipped only brackets and strings are looked at; what is taken is checked by whoever opens it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from replay.index.interchange import limits
from replay.index.interchange.errors import ImportRefused, Refusal

READ_BYTES: Final = 256 * 1024
MOST_KEY_BYTES: Final = 1024
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR: Final = re.compile(rb"[^\s,\]}\[{\":]++")
_FLAT: Final = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)  # up to the next bracket
_OPEN: Final = b"[{"
_QUOTE: Final = 0x22
_BOM: Final = b"\xef\xbb\xbf"


class Cursor:
    """Where one is in a file; several may walk the same file, each reads for itself."""

    def __init__(self, file: BinaryIO, offset: int = 0) -> None:
        self._file = file
        self._base = offset  # where the buffer begins
        self._buffer = b""
        self._at = 0
        self._is_at_end = False
        if offset == 0:
            self._more()
            if self._buffer.startswith(_BOM):
                self._at = len(_BOM)

    @property
    def offset(self) -> int:
        """Return the place in the file."""
        return self._base + self._at

    def peek(self) -> bytes:
        """Return the next byte that is no space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._more():
                return b""

    def elements(self) -> Iterator[int]:
        """Yield the number of each element of the array that begins here; whoever asks takes the element."""
        self._expect(b"[")
        if self._passes(b"]"):
            return
        number = 0
        while True:
            self.peek()
            yield number
            number += 1
            if self._passes(b"]"):
                return
            self._expect(b",")

    def members(self) -> Iterator[str]:
        """Yield the name of each member of the object that begins here; whoever asks takes the value."""
        self._expect(b"{")
        if self._passes(b"}"):
            return
        while True:
            if self.peek() != b'"':
                raise self._refused(Refusal.NOT_JSON)
            name = self.take(MOST_KEY_BYTES)
            self._expect(b":")
            self.peek()
            try:
                yield msgspec.json.decode(name, type=str)
            except (msgspec.DecodeError, UnicodeDecodeError):
                yield ""  # no name that anybody looks for
            if self._passes(b"}"):
                return
            self._expect(b",")

    def take(self, most: int = limits.MOST_EVENT_BYTES) -> bytes:
        """Return the bytes of the value that begins here, at most so many."""
        self.peek()
        end = self._end_of_value(most)
        value = self._buffer[self._at : end]
        self._at = end
        return value

    def skip(self) -> None:
        """Pass over the value that begins here, however large."""
        self.peek()
        self._at = self._end_of_value(None)

    def _end_of_value(self, most: int | None) -> int:
        first = self.peek()
        if not first:
            raise self._refused(Refusal.CUT_SHORT)
        if first in (b"[", b"{"):
            return self._end_of_container(most)
        pattern = _STRING if first == b'"' else _SCALAR
        while True:
            found = pattern.match(self._buffer, self._at)
            if found and (first == b'"' or found.end() < len(self._buffer) or self._is_at_end):
                self._check_size(found.end(), most)
                return found.end()
            if not found and first != b'"':
                raise self._refused(Refusal.NOT_JSON)
            self._check_size(len(self._buffer), most)
            if not self._more() and first == b'"':
                raise self._refused(Refusal.CUT_SHORT)

    def _end_of_container(self, most: int | None) -> int:
        at, depth = self._at, 0
        while True:
            at = _FLAT.match(self._buffer, at).end()  # type: ignore[union-attr]  # it matches nothing too
            if at == len(self._buffer) or self._buffer[at] == _QUOTE:  # a string that is not closed yet
                if most is None:
                    self._at = at  # what is skipped need not be held
                self._check_size(len(self._buffer), most)
                kept = at - self._at
                if not self._more():
                    raise self._refused(Refusal.CUT_SHORT)
                at = self._at + kept
                continue
            if self._buffer[at] in _OPEN:
                depth += 1
                if depth > limits.MOST_DEPTH:
                    raise self._refused(Refusal.TOO_DEEP)
            else:
                depth -= 1
            at += 1
            if depth == 0:
                self._check_size(at, most)
                return at

    def _check_size(self, end: int, most: int | None) -> None:
        """Refuse a value that is larger than asked for; a string that is skipped may not fill the memory either."""
        if end - self._at > (limits.MOST_EVENT_BYTES if most is None else most):
            raise self._refused(Refusal.EVENT_TOO_LARGE)

    def _expect(self, byte: bytes) -> None:
        if not self._passes(byte):
            raise self._refused(Refusal.NOT_JSON if self._buffer[self._at :] else Refusal.CUT_SHORT)

    def _passes(self, byte: bytes) -> bool:
        if self.peek() != byte:
            return False
        self._at += 1
        return True

    def _more(self) -> bool:
        """Read on, forgetting what was taken; twice as much each time while one value needs it. False at the end."""
        held = self._buffer[self._at :]
        self._file.seek(self._base + len(self._buffer))
        more = self._file.read(max(READ_BYTES, len(held)))
        self._is_at_end = not more
        self._base += self._at
        self._at = 0
        self._buffer = held + more
        return bool(more)

    def _refused(self, code: Refusal) -> ImportRefused:
        return ImportRefused(code, offset=self.offset)
