"""What the kernel tells of processes: children, and who owns which connection."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    """Return the processes whose parent this is."""
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def inodes_from(port: int) -> set[str]:
    """Return the kernel's names of the sockets that are bound to this loopback port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if int(row[1].rpartition(":")[2], 16) == port}


def sockets_of(pid: int) -> set[str]:
    """Return the names of the sockets that a process has open."""
    found = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            link = os.readlink(handle)
        except OSError:
            continue
        if link.startswith("socket:["):
            found.add(link[8:-1])
    return found
