"""A small disk of its own, and a way to fill it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoMount(Exception):
    """This machine does not let us mount a disk; the message says why."""


class Disk:
    """A mounted file system of a few MiB."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self, leave_bytes: int) -> None:
        """Take all room but so many bytes."""
        block = b"x" * 4096
        with self._filler.open("ab", buffering=0) as file:
            try:
                while self.free_bytes > leave_bytes:
                    file.write(block * max(1, min(64, (self.free_bytes - leave_bytes) // 4096)))
            except OSError:
                pass  # not one block is left: that is what was wanted

    def clear(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize


@contextmanager
def small_disk(path: Path, size_mib: int) -> Iterator[Disk]:
    """Mount a disk of so many MiB for as long as the block lasts; raise NoMount where that is not allowed."""
    path.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "none", str(path)], capture_output=True, text=True
    )
    if done.returncode:
        raise NoMount(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
