"""Blobs as files below one directory; what was put survives a power cut."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from replay.store.base import NotFound, StoreFull, StoreUnavailable
from replay.store.keys import checked

RESERVE_BYTES: Final = 256 * 1024 * 1024  # left free: the database on the same disk must go on, and somebody must notice
_TEMPORARY: Final = ".tmp-"  # keys cannot begin with a dot
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalStore:
    def __init__(self, root: Path, reserve_bytes: int = RESERVE_BYTES, also: Iterable[Path] = ()) -> None:
        """Keep files below ``root``, while its disk and those of ``also`` have so many bytes left."""
        self._root = root
        self._reserve_bytes = reserve_bytes
        self._also = tuple(also)

    def put(self, key: str, data: bytes) -> None:
        path = self._root / checked(key)
        temporary = path.parent / f"{_TEMPORARY}{uuid4().hex}"
        try:
            self._make_directory(path.parent)
            self._find_room(key, path.parent, len(data))
            try:
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            _sync_directory(path.parent)
        except OSError as error:
            raise _refusal(key, error, "cannot write") from error

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        try:
            with (self._root / checked(key)).open("rb") as file:
                file.seek(start)
                data = file.read() if length is None else file.read(length)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound(key) from error
        except OSError as error:
            raise StoreUnavailable(key, error.strerror or "cannot read") from error
        if length is not None and len(data) != length:
            raise NotFound(key, "that range")
        return data

    def delete(self, key: str) -> None:
        path = self._root / checked(key)
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise StoreUnavailable(key, error.strerror or "cannot delete") from error

    def exists(self, key: str) -> bool:
        return (self._root / checked(key)).is_file()

    def keys(self, prefix: str) -> Iterator[str]:
        files = (path for path in self._root.rglob("*") if path.is_file() and not path.name.startswith(_TEMPORARY))
        yield from sorted(key for path in files if (key := path.relative_to(self._root).as_posix()).startswith(prefix))

    def check(self) -> None:
        try:
            self._make_directory(self._root)
        except OSError as error:
            raise _refusal(str(self._root), error, "cannot write") from error
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise StoreUnavailable(str(self._root), "cannot write")
        self._find_room(str(self._root), self._root, 0)

    def _find_room(self, key: str, directory: Path, size_bytes: int) -> None:
        """Raise ``StoreFull`` where so many bytes would eat into the reserve."""
        for place in (directory, *self._also):
            disk = os.statvfs(place)
            if disk.f_bavail * disk.f_frsize < size_bytes + self._reserve_bytes:
                raise StoreFull(key, "the disk is full")

    def _make_directory(self, directory: Path) -> None:
        """Make the directory and its parents, each of them on disk before the next."""
        if directory.is_dir():
            return
        self._make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        _sync_directory(directory.parent)


def _refusal(key: str, error: OSError, otherwise: str) -> StoreUnavailable:
    return (StoreFull if error.errno in _FULL else StoreUnavailable)(key, error.strerror or otherwise)


def _sync_directory(directory: Path) -> None:
    """Make names in a directory last: fsync of a file does not promise its name."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
