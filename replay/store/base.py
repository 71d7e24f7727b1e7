"""What every blob store promises.

StoreError
├── NotFound            the object, or that range of it, is not there
└── StoreUnavailable    the store cannot be asked right now
    └── StoreFull       it answers, and has no room
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class StoreError(Exception):
    """A store did not do what it was asked."""

    def __init__(self, key: str, problem: str = "") -> None:
        super().__init__(f"{key}: {problem}" if problem else key)
        self.key = key


class NotFound(StoreError):
    """The object, or that range of it, is not there."""


class StoreUnavailable(StoreError):
    """The store cannot be asked right now; later it may."""


class StoreFull(StoreUnavailable):
    """The store answers and has no room; once somebody makes some, it takes bytes again by itself."""


class BlobStore(Protocol):
    """Immutable objects by key. Calls block, and may come from any thread."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes for good: when this returns, a power cut does not undo it.

        Bytes that were damaged on the way are refused, never kept. Raises ``StoreUnavailable``, ``StoreFull``.
        """

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Return the bytes from ``start``: all, or exactly ``length`` of them; else ``NotFound``."""

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""

    def exists(self, key: str) -> bool:
        """Return whether the object is there."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with ``prefix``, in order."""

    def check(self) -> None:
        """Raise ``StoreUnavailable`` or ``StoreFull`` where a put would surely fail."""
