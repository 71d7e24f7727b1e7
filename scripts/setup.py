"""Bring a checkout to where Playhead runs: tools, Python packages, JavaScript packages, builds.

Needs Python's standard library only. Each step is skipped while its inputs are the same as last time (stamps in .stamps/).
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / ".stamps"
VENV_PYTHON = ROOT / ".venv" / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
LEAST_PYTHON = (3, 11)
LEAST_NODE = 20
BUILD_INPUTS = (
    "recorder_js/src",
    "player_js/src",
    "scripts/build.mjs",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "CHANGELOG.md",
)
BUILD_OUTPUTS = ("recorder.js", "player.js", "player.css", "stage.js", "htmx.js")


def stop(problem: str) -> NoReturn:
    """End with one sentence for a person."""
    raise SystemExit(f"playhead: {problem}")


def check_tools() -> None:
    """Stop, naming what is missing and how to get it, unless Python and Node will do."""
    if sys.version_info < LEAST_PYTHON:
        stop(f"this is Python {sys.version.split()[0]}; 3.11 or newer is needed. Try: make run PYTHON=python3.12")
    try:
        import ensurepip  # noqa: F401  Debian keeps it in a package of its own
    except ImportError:
        stop("Python cannot make virtual environments here. On Debian and Ubuntu: apt install python3-venv")
    if not shutil.which("node") or not shutil.which("npm"):
        stop(f"Node.js {LEAST_NODE} or newer with npm is needed, and not on the PATH. Get it from https://nodejs.org")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", said)
    if not version or int(version[1]) < LEAST_NODE:
        stop(f"this is Node.js {said.strip() or '?'}; {LEAST_NODE} or newer is needed. Get it from https://nodejs.org")


def digest_of(paths: Iterable[Path], *words: str) -> str:
    """Return a hash over the words and the names and bytes of all files at the paths."""
    sha = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                sha.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
                sha.update(file.read_bytes())
    return sha.hexdigest()


def is_done(name: str, digest: str) -> bool:
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == digest


def step(name: str, title: str, digest: str, *commands: list[str]) -> None:
    """Run the commands with a line of progress; keep their words for when they fail; stamp the digest."""
    started = time.monotonic()
    print(f"  {title} … ", end="", flush=True)
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            print("failed", flush=True)
            print(done.stdout, file=sys.stderr)
            stop(f"`{' '.join(command)}` failed; its own words are above. Set right what it names, then run make again.")
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(digest)
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def python_packages(*, dev: bool) -> None:
    """Make .venv and install the locked packages; a development set-up holds all that a run needs."""
    files = [ROOT / "requirements.txt"]
    development = digest_of([*files, ROOT / "requirements-dev.txt"], sys.version)
    plain = digest_of(files, sys.version)
    wanted = development if dev else plain
    if VENV_PYTHON.exists() and (is_done("python", wanted) or is_done("python", development)):
        return
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
    make = [] if VENV_PYTHON.exists() else [[sys.executable, "-m", "venv", str(ROOT / ".venv")]]
    step("python", "Python packages", wanted, *make, [*pip, "requirements-dev.txt" if dev else "requirements.txt"])


def node_packages(*, dev: bool) -> None:
    """Install the locked npm packages; those of development stay when they are there."""
    files = [ROOT / "package.json", ROOT / "package-lock.json"]
    dev = dev or (NODE_MODULES / "vitest").is_dir()
    wanted = digest_of(files, "dev" if dev else "run")
    if NODE_MODULES.is_dir() and (is_done("node", wanted) or is_done("node", digest_of(files, "dev"))):
        return
    # Not `npm ci`: it refuses a lock that was made where other systems' optional builds could not be seen.
    install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    step("node", "JavaScript packages", wanted, install if dev else [*install, "--omit=dev"])


def build() -> None:
    """Bundle the recorder, the player and the stage into static/dist."""
    wanted = digest_of(ROOT / name for name in BUILD_INPUTS)
    if is_done("build", wanted) and all((ROOT / "static" / "dist" / name).is_file() for name in BUILD_OUTPUTS):
        return
    step("build", "Recorder and player", wanted, ["node", "scripts/build.mjs"])


def prepare(*, dev: bool = False) -> None:
    """Do every step that is not done yet."""
    check_tools()
    python_packages(dev=dev)
    node_packages(dev=dev)
    build()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools of the tests")
    prepare(dev=parser.parse_args().dev)
