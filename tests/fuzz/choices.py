"""Bytes read as choices, so that a fuzzer's bytes become things of a wanted shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

AWKWARD_TEXT = (
    "",
    "a",
    "\x00",
    "\ud83d",
    "\ude00\ud83d",
    "é",
    "😀",
    "x" * 41,
    "y" * 301,
    "/" * 2049,
    "http://[",
    "\u2028",
    "\\",
    '"',
)
AWKWARD_NUMBERS = (0, -0.0, 1, -1, 0.5, 2**31, 2**53 + 1, 2**64, -(2**63), 10**300, 1e308, 5e-324, 8.64e15, 8.65e15, 1_000_001)
DEEPEST = 4


class Choices:
    """Reads choices off bytes; when they run out, each further choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_spent(self) -> bool:
        return self._at >= len(self._data)

    def byte(self) -> int:
        self._at += 1
        return 0 if self._at > len(self._data) else self._data[self._at - 1]

    def number(self, size: int = 4) -> int:
        """Return a number of so many bytes."""
        return int.from_bytes(bytes(self.byte() for _ in range(size)), "big")

    def take(self, length: int) -> bytes:
        """Return the next bytes, as many as there are."""
        taken = self._data[self._at : self._at + length]
        self._at += length
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._data))

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.byte() % len(options)]

    def text(self) -> str:
        """Return text, among it what databases refuse."""
        if self.byte() % 2:
            return self.one_of(AWKWARD_TEXT)
        units = self.take(2 * (self.byte() % 24))
        return units[: len(units) // 2 * 2].decode("utf-16-le", "surrogatepass")

    def value(self, depth: int = 0) -> Any:
        """Return any JSON value."""
        kinds: list[Callable[[], Any]] = [
            self.text,
            lambda: self.one_of(AWKWARD_NUMBERS),
            lambda: self.number() / (self.byte() + 1),
            lambda: self.one_of((None, True, False)),
            lambda: [self.value(depth + 1) for _ in range(self.byte() % 4)],
            lambda: {self.text(): self.value(depth + 1) for _ in range(self.byte() % 4)},
        ]
        return self.one_of(kinds if depth < DEEPEST else kinds[:4])()
