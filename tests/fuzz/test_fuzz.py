"""A short round of every target, from the inputs that earlier rounds found worth keeping. Long rounds: ``make fuzz``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import corpus, rounds
from tests.fuzz.targets import TARGETS

SHORT = {"conversation": 3_000, "page": 5_000, "log": 10_000}  # slower than the rest, which get:
RUNS = 20_000

pytestmark = pytest.mark.embedded  # there is no database in it: once is enough
needs_atheris = pytest.mark.skipif(not rounds.is_possible(), reason="atheris is not installed here")


@pytest.mark.parametrize("target", TARGETS)
def test_kept_inputs_pass(target: str) -> None:
    kept = corpus.load(target)
    assert kept, "nothing is kept for this target"
    for data in kept:
        TARGETS[target](data)


@needs_atheris
@pytest.mark.parametrize("target", TARGETS)
def test_a_short_round_finds_nothing(target: str, tmp_path: Path) -> None:
    done = rounds.fuzz(target, SHORT.get(target, RUNS), tmp_path)
    assert not done.found, done.found


@needs_atheris
@pytest.mark.parametrize(
    ("target", "word", "timeout_s"),
    [
        ("planted_crash", "IndexError", rounds.TIMEOUT_S),
        ("planted_hang", "libFuzzer: timeout", 1),
        ("planted_swell", "libFuzzer: out-of-memory", 60),  # a busy machine takes its time to make room
    ],
)
def test_what_is_planted_is_found(target: str, word: str, timeout_s: float, tmp_path: Path) -> None:
    done = rounds.fuzz(target, RUNS, tmp_path, timeout_s=timeout_s)
    assert word in done.found, done
