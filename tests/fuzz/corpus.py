"""The kept inputs: one file a target, one input a line in base64, smallest first."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def load(target: str) -> list[bytes]:
    """Return the kept inputs of a target; none where it has no file yet."""
    path = FOLDER / f"{target}.txt"
    return [base64.b64decode(line) for line in path.read_text().splitlines()] if path.exists() else []


def save(target: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs instead."""
    ordered = sorted(set(inputs), key=lambda data: (len(data), data))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{target}.txt").write_text("".join(base64.b64encode(data).decode() + "\n" for data in ordered))


def unpack(inputs: Iterable[bytes], folder: Path) -> None:
    """Write inputs as files of a folder, as fuzzers want them."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in inputs:
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def pack(folder: Path) -> list[bytes]:
    """Return the inputs that lie in a folder."""
    return [path.read_bytes() for path in folder.iterdir() if path.is_file()]
