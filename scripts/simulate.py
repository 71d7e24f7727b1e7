"""`make simulate`: plays the promise on virtual time, a schedule per seed; the last line sums up.

SCHEDULES is how many (default: 100,000), FIRST the first seed, JOBS how many processes play (default: one per core).
SEED=n shows one schedule instead, as it happened.
"""

from __future__ import annotations

import os

from scripts import setup

ROOM = "tests.simulation"


def main() -> None:
    """Prepare, and become the simulation."""
    setup.prepare(dev=True)
    given = os.environ.get
    many = ["--schedules", given("SCHEDULES", "100000"), "--first", given("FIRST", "0")]
    jobs = ["--jobs", given("JOBS", str(os.cpu_count() or 1))]
    arguments = ["--seed", os.environ["SEED"]] if given("SEED") else [*many, *jobs]
    os.execv(setup.VENV_PYTHON, [str(setup.VENV_PYTHON), "-m", ROOM, *arguments])


if __name__ == "__main__":
    main()
