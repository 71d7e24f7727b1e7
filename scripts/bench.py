"""`make bench NAME=x`: runs bench/x.py or bench/x.mjs with all that it needs; the last line is one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque

from scripts import machine, setup
from scripts.services.all import ROOT, Services
from scripts.services.daemon import ServiceError
from scripts.test import base_env

# what a developer may turn
KNOBS = ("SESSIONS", "LAYOUT", "SECONDS", "MINUTES", "ROUNDS", "SEED", "FAULTS", "ONLY", "CORPUS", "KEPT")


def find(name: str) -> list[str] | None:
    """Return the command of a bench, or None when there is none of that name."""
    for suffix, command in ((".py", [str(setup.VENV_PYTHON), "-m", f"bench.{name}"]), (".mjs", ["node", f"bench/{name}.mjs"])):
        if (ROOT / "bench" / f"{name}{suffix}").exists():
            return command
    return None


def run(name: str, argv: list[str]) -> int:
    """Run the bench, its words passed on as they come; return the exit code."""
    services = Services()
    print(f"bench {name}", flush=True)
    machine.bring_packages()
    setup.prepare(dev=True)
    try:
        given = {knob: os.environ[knob] for knob in KNOBS if knob in os.environ}
        env = {**base_env(), **given, "SERVICES_ENV": json.dumps(machine.start_services(services))}
        last: deque[str] = deque(maxlen=1)
        with subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                print(line, end="", flush=True)
                last.append(line)
    finally:
        machine.stop_services(services)
    if child.returncode:
        return child.returncode
    if not last or not isinstance(_parse(last[0]), dict):
        print(f"playhead: bench/{name} did not end with one line of JSON", file=sys.stderr)
        return 1
    return 0


def _parse(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def main() -> int:
    """Run the bench that NAME (or the first argument) names."""
    name = (sys.argv[1:] or [os.environ.get("NAME", "")])[0]
    argv = find(name) if name.isidentifier() else None
    if argv is None:
        names = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*") if path.suffix in (".py", ".mjs"))
        print(f"usage: make bench NAME=x, with x one of: {', '.join(names) or '(none yet)'}", file=sys.stderr)
        return 2
    try:
        return run(name, argv)
    except (machine.MachineError, ServiceError) as problem:
        print(f"playhead: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
