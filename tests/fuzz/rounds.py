"""A round of fuzzing in a process of its own, within bounds of time and memory for every single input."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.services.all import ROOT
from tests.fuzz import corpus
from tests.fuzz.seeds import seeds

MAX_BYTES = 2_048  # of an input; what is found is found small
TIMEOUT_S = 10  # for one input; it takes well under a millisecond, on a machine that has other things to do
MEMORY_MB = 256  # of the whole process, fuzzer and all


@dataclass(frozen=True)
class Round:
    """What came of a round."""

    target: str
    runs: int
    slowest_s: int  # the longest that one input took, in whole seconds
    peak_mb: int
    found: str  # what went wrong, and the input; empty: nothing did

    def __str__(self) -> str:
        return self.found or f"{self.target}: {self.runs} inputs, {self.slowest_s} s at most, {self.peak_mb} MB at most"


def is_possible() -> bool:
    """Say whether the fuzzer is installed here."""
    return importlib.util.find_spec("atheris") is not None


def fuzz(target: str, runs: int, folder: Path, *, seed: int = 0, timeout_s: float = TIMEOUT_S) -> Round:
    """Fuzz a target from its kept inputs on; new ones worth keeping stay in ``folder``."""
    corpus.unpack(corpus.load(target) or seeds(target), folder / "inputs")
    options = [f"-runs={runs}", f"-seed={seed}", f"-max_len={MAX_BYTES}", f"-timeout={timeout_s:.0f}"]
    options += [f"-rss_limit_mb={MEMORY_MB}", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
    said, code = _run(target, [*options, str(folder / "inputs")])
    stats = {name: int(value) for name, value in re.findall(r"stat::(\w+):\s+(\d+)", said)}
    found = "" if code == 0 and stats.get("number_of_executed_units", 0) >= runs else f"{target}: found\n{said[-3_000:]}"
    return Round(
        target,
        stats.get("number_of_executed_units", 0),
        stats.get("slowest_unit_time_sec", 0),
        stats.get("peak_rss_mb", 0),
        found,
    )


def minimize(target: str, folder: Path) -> int:
    """Keep the fewest inputs that reach all that those of ``folder`` reach; return how many."""
    (folder / "fewest").mkdir(exist_ok=True)
    said, code = _run(target, ["-merge=1", str(folder / "fewest"), str(folder / "inputs")])
    assert code == 0, said[-3_000:]
    fewest = corpus.pack(folder / "fewest")
    corpus.save(target, fewest)
    return len(fewest)


def _run(target: str, options: list[str]) -> tuple[str, int]:
    # By a shell: the kernel tells a process's peak of memory with its parent's, and the parent here may be all of pytest.
    argv = ["sh", "-c", '"$@"; exit $?', "fuzz", sys.executable, "-m", "tests.fuzz.run", target, *options]
    done = subprocess.run(
        argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    return done.stdout, done.returncode
