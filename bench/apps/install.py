"""Brings the apps (``package.json`` beside this file, about 80 MB unpacked) into build/: too heavy for every checkout."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).parent
PLACE: Final = ROOT / "build" / "bench" / "apps"
MANIFESTS: Final = ("package.json", "package-lock.json")


def install() -> Path:
    """Return the folder of packages, brought anew where the lock has changed."""
    packages = PLACE / "node_modules"
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = PLACE / "installed"
    if stamp.is_file() and stamp.read_bytes() == lock:
        return packages
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in MANIFESTS:
        shutil.copyfile(HERE / name, PLACE / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=PLACE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm could not bring the apps:\n{done.stdout}{done.stderr}"
    stamp.write_bytes(lock)
    return packages


def bundle_recorder() -> bytes:
    """Return our recorder as one script that also shows each event of rrweb to `window.playheadTap`."""
    command = ["node", str(HERE / "recorder.mjs")]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=True, capture_output=True).stdout
