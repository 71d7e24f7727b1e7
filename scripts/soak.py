"""`make soak`: faults on the production layout for half an hour, and what the web processes hold meanwhile.

MINUTES or ROUNDS say how long, SEED and FAULTS (names, with commas) which faults; the last line is one JSON object.
"""

from __future__ import annotations

import sys

from scripts import bench, machine, setup
from scripts.services.daemon import ServiceError


def main() -> int:
    """Soak, and return the exit code."""
    try:
        return bench.run("soak", [str(setup.VENV_PYTHON), "-m", "tests.faults.soak"])
    except (machine.MachineError, ServiceError) as problem:
        print(f"playhead: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
