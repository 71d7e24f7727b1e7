"""A recording on disk: what the page's rrweb said, what went over the wire, what was sent beside it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from replay.wire.frames import Chunk, join_frames, parse_chunk, split_frames

FULL_SNAPSHOT: Final = 2
FIXTURES: Final = sorted((Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "apps").glob("*.jsonl.gz"))


@dataclass(frozen=True)
class Recording:
    """One session of one stream; `folder` holds `<name>.jsonl.gz`, `.frames`, `.assets` and `.json`."""

    folder: Path
    name: str

    @property
    def meta(self) -> dict[str, Any]:
        """Return how it was made: minutes, versions, deeds done and missed."""
        meta: dict[str, Any] = json.loads(self._file(".json").read_text())
        return meta

    def lines(self) -> list[str]:
        """Return the events as rrweb gave them, one JSON each."""
        return read_lines(self._file(".jsonl.gz"))

    def chunks(self) -> list[Chunk]:
        """Return the chunks in order, as they were sent."""
        return [parse_chunk(frame) for frame in _split(self._file(".frames").read_bytes())]

    def assets(self) -> list[bytes]:
        """Return the requests that offered and brought assets, as they were sent."""
        return _split(self._file(".assets").read_bytes())

    def write(self, lines: list[str], frames: list[bytes], assets: list[bytes], meta: dict[str, Any]) -> None:
        """Write all of it; the description last, so that half a recording is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_lines(self._file(".jsonl.gz"), lines)
        self._file(".frames").write_bytes(join_frames(frames))
        self._file(".assets").write_bytes(join_frames(assets))
        self._file(".json").write_text(json.dumps(meta, indent=1))

    def _file(self, suffix: str) -> Path:
        return self.folder / f"{self.name}{suffix}"


def _split(data: bytes) -> list[bytes]:
    return split_frames(data, most_bytes=len(data), most_frames=len(data))


def read_lines(path: Path) -> list[str]:
    """Return the lines of a .jsonl.gz."""
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def write_lines(path: Path, lines: list[str]) -> None:
    """Write lines as .jsonl.gz, the same bytes for the same lines."""
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), 9, mtime=0))
