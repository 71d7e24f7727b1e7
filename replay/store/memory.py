"""Blobs in this process's memory, for tests and trials."""

from __future__ import annotations

from collections.abc import Iterator

from replay.store.base import NotFound
from replay.store.keys import checked


class MemoryStore:
    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, key: str, data: bytes) -> None:
        self._blobs[checked(key)] = bytes(data)

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        blob = self._blobs.get(checked(key))
        if blob is None:
            raise NotFound(key)
        data = blob[start:] if length is None else blob[start : start + length]
        if length is not None and len(data) != length:
            raise NotFound(key, "that range")
        return data

    def delete(self, key: str) -> None:
        self._blobs.pop(checked(key), None)

    def exists(self, key: str) -> bool:
        return checked(key) in self._blobs

    def keys(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self._blobs if key.startswith(prefix))

    def check(self) -> None:
        return None
