"""``python -m tests.simulation --seed N`` replays a schedule with its trace; ``--schedules N --jobs 2`` plays many."""

from __future__ import annotations

import argparse
import os
import sys

from tests.simulation import many, planted
from tests.simulation.schedule import hush, run_seed


def main() -> int:
    """Return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this schedule, and show what happened")
    parser.add_argument("--schedules", type=int, default=1_000, help="how many to play")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes play")
    parser.add_argument("--plant", choices=sorted(planted.BUGS), help="play with this bug in")
    arguments = parser.parse_args()
    hush()
    with planted.bug(arguments.plant):
        if arguments.seed is not None:
            result = run_seed(arguments.seed, trace=True)
            print(*result.trace, sep="\n")
            print(result.problem or "the promise held")
            return result.problem is not None
        totals = many.play(arguments.first, arguments.schedules, arguments.jobs, many.say_progress)
    print(many.told(totals, arguments.plant))
    return bool(totals.broken)


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of text have one order only so
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    sys.exit(main())
