"""What a process of ours holds: memory, handles."""

from __future__ import annotations

from pathlib import Path


def rss_mb(pid: int, name: str = "VmRSS") -> float:
    """Return a process's resident memory in MiB; ``VmHWM`` names the most that it ever was, since it was reset."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def forget_peak(pid: int) -> None:
    """Let ``VmHWM`` begin anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def handles(pid: int) -> int:
    """Return how many file handles a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
