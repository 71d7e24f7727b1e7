"""`make fuzz`: long rounds of tests/fuzz; the last line is one JSON object.

TARGET=log,frame picks targets (default: all), RUNS is the number of inputs of each (default: 1,000,000), SEED the first dice.
KEEP=1 keeps the inputs that reached something new: the fewest that reach all, in tests/fuzz/corpus.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time

from scripts import setup
from scripts.services.all import ROOT

FOLDER = ROOT / "build" / "fuzz"


def main() -> int:
    """Fuzz, say what came of it, return the exit code."""
    setup.prepare(dev=True)
    if sys.executable != str(setup.VENV_PYTHON):
        os.execv(setup.VENV_PYTHON, [str(setup.VENV_PYTHON), "-m", "scripts.fuzz"])
    from tests.fuzz import rounds
    from tests.fuzz.targets import TARGETS

    if not rounds.is_possible():
        print("playhead: atheris is not installed here; it needs Linux on x86-64", file=sys.stderr)
        return 1
    wanted = [name for name in os.environ.get("TARGET", "").split(",") if name] or list(TARGETS)
    runs, seed = int(os.environ.get("RUNS", "1000000")), int(os.environ.get("SEED", secrets.randbelow(2**31)))
    if unknown := set(wanted) - set(TARGETS):
        print(f"usage: make fuzz TARGET=x,y RUNS=n, with targets among {', '.join(TARGETS)}; not {unknown}", file=sys.stderr)
        return 2
    figures: dict[str, object] = {"runs": runs, "seed": seed}
    findings = 0
    for target in wanted:
        began = time.monotonic()
        done = rounds.fuzz(target, runs, FOLDER / target, seed=seed)
        took = time.monotonic() - began
        findings += bool(done.found)
        print(f"{done}, in {took:.0f} s", flush=True)
        if os.environ.get("KEEP") and not done.found:
            print(f"  {rounds.minimize(target, FOLDER / target)} inputs kept", flush=True)
        figures |= {f"{target}_runs": done.runs, f"{target}_slowest_s": done.slowest_s, f"{target}_peak_mb": done.peak_mb}
    print(json.dumps(figures | {"found": findings}))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
