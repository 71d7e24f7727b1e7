"""`make test`: everything that judges this checkout, on both layouts; the last line counts.

Brings what the machine lacks (see machine.py), starts the services while the linters run, and runs every step whatever
fails. ONLY=lint,unit,production,faults,journeys (or --only) picks parts. Needs Python's standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from scripts import machine, setup
from scripts.services.all import ROOT, Services
from scripts.services.daemon import ServiceError
from scripts.steps import Count, Outcome, Step, run, say

PARTS = ("lint", "unit", "production", "faults", "journeys")
FOLDER = ROOT / "build" / "test"
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "CI", "SSL_CERT_FILE", "CHROMIUM", "SERVICES_DIR", "TEST_PORTS_FROM")
VENV = ROOT / ".venv" / "bin"
BROWSER_TESTS = ("tests/canonical", "tests/journeys")
FAULT_TESTS = "tests/faults"
QUIET = tuple(f"--ignore={path}" for path in (*BROWSER_TESTS, FAULT_TESTS))  # no browser, and nothing is broken on purpose
HYPOTHESIS_PROFILE = "ci" if os.environ.get("CI") else "default"


def tool(name: str, *arguments: str) -> list[str]:
    return [str(VENV / name), *arguments]


def node(name: str, *arguments: str) -> list[str]:
    return [str(ROOT / "node_modules" / ".bin" / name), *arguments]


def pytest(report: str, *arguments: str) -> tuple[list[str], Path]:
    """Return the command of a pytest step and the file in which it counts."""
    path = FOLDER / f"{report}.xml"
    return [*tool("python", "-m", "pytest"), f"--junitxml={path}", "--durations=5", *arguments], path


def lint_steps() -> list[Step]:
    """Return what reads the code without running it."""
    return [
        Step("ruff format", tool("ruff", "format", "--check", ".")),
        Step("ruff", tool("ruff", "check", ".")),
        Step("mypy", tool("mypy")),
        Step("import rules", tool("lint-imports")),
        Step("tsc", node("tsc", "--noEmit")),
        Step("eslint", node("eslint", ".", "--max-warnings=0")),
        Step("size budgets", ["node", "scripts/build.mjs", "--check"]),
        Step("migrations", tool("python", "manage.py", "makemigrations", "--check", "--dry-run")),
        Step("compose file", tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")),
    ]


def unit_steps() -> list[Step]:
    """Return the tests that need nothing but this checkout."""
    vitest, embedded = FOLDER / "vitest.xml", pytest("embedded", *QUIET)
    reporters = ("--reporter=default", "--reporter=junit", f"--outputFile.junit={vitest}")
    return [
        Step("vitest", node("vitest", "run", *reporters), report=vitest),
        Step("pytest embedded", embedded[0], report=embedded[1]),
    ]


def production_steps(services: Future[dict[str, str]]) -> list[Step]:
    """Return the same tests on PostgreSQL, Redis and S3, and those of the production layout itself."""
    argv, report = pytest("production", *QUIET)

    def env() -> dict[str, str]:
        """Return the settings of the tests' own process: it runs on the services too."""
        bucket = f"playhead-tests-{secrets.token_hex(4)}"
        return {
            "PLAYHEAD_TEST_LAYOUT": "production",
            "STORE": "s3",
            "S3_BUCKET": bucket,
            **services.result(),
            **reach(services),
        }

    return [Step("pytest production", argv, env, report)]


def fault_steps(services: Future[dict[str, str]]) -> list[Step]:
    """Return the faults: real processes, broken on purpose, and one checker after each."""
    argv, report = pytest("faults", FAULT_TESTS)
    return [Step("faults", argv, lambda: reach(services), report, timeout_s=1800)]  # minutes; longer on a busy machine


def journey_steps(services: Future[dict[str, str]]) -> list[Step]:
    """Return the journeys: a real browser, a real page, a real replay."""
    argv, report = pytest("journeys", *BROWSER_TESTS)
    return [Step("journeys", argv, lambda: reach(services), report, timeout_s=1200)]


def reach(services: Future[dict[str, str]]) -> dict[str, str]:
    """Return by what the layouts of tests/layouts.py find the running services."""
    return {"SERVICES_ENV": json.dumps(services.result())}


def base_env() -> dict[str, str]:
    """Return an environment without the developer's own settings; data goes to the build folder."""
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = f"{VENV}{os.pathsep}{env.get('PATH', '')}"
    own = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_DIR": str(FOLDER / "data"),
        "DJANGO_SETTINGS_MODULE": "replay.settings",
    }
    return env | own | {"PATH": path, "HYPOTHESIS_PROFILE": HYPOTHESIS_PROFILE, "PYTHONUNBUFFERED": "1"}


def run_all(parts: list[str]) -> list[Outcome]:
    """Prepare, run the steps of these parts, and return what became of each."""
    began = time.monotonic()
    machine.bring_packages()
    setup.prepare(dev=True)
    say(f"prepared in {time.monotonic() - began:.1f} s")
    FOLDER.mkdir(parents=True, exist_ok=True)
    services, env = Services(), base_env()
    needs_services = bool({"production", "faults", "journeys"} & set(parts))
    outcomes: list[Outcome] = []

    def run_steps(steps: list[Step], *, at_once: int) -> None:
        with ThreadPoolExecutor(at_once) as pool:
            outcomes.extend(pool.map(lambda step: run(step, FOLDER, env, ROOT), steps))

    with ThreadPoolExecutor(1) as background:
        started = background.submit(machine.start_services, services) if needs_services else Future[dict[str, str]]()
        try:
            if "lint" in parts:
                run_steps(lint_steps(), at_once=2)
            unit = unit_steps() if "unit" in parts else []
            production = production_steps(started) if "production" in parts else []
            run_steps([*unit, *production], at_once=2)  # they share nothing but the machine
            if "faults" in parts:
                run_steps(fault_steps(started), at_once=1)
            if "journeys" in parts:
                run_steps(journey_steps(started), at_once=1)
        finally:
            if needs_services:
                started.exception()  # wait: what is half started cannot be stopped
                machine.stop_services(services)
    return outcomes


def main() -> int:
    """Run, sum up, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help=f"some of {','.join(PARTS)}")
    parts = [part.strip() for part in parser.parse_args().only.split(",") if part.strip()] or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    began, total = time.monotonic(), Count()
    try:
        outcomes = run_all(parts)
    except (machine.MachineError, ServiceError, SystemExit) as problem:
        say(f"playhead: {str(problem).removeprefix('playhead: ')}")
        return conclude(Count(failed=1))
    say("")
    for outcome in outcomes:
        total.add(outcome.count)
        say(f"{'✗' if outcome.count.failed else '✓'} {outcome.name:<18} {outcome.seconds:6.1f} s  {outcome.count}")
        for failure in outcome.failures or ([outcome.problem] if outcome.problem else []):
            say(f"    {failure.splitlines()[0][:200]}")
    say(f"took {time.monotonic() - began:.0f} s; logs are in {FOLDER.relative_to(ROOT)}")
    return conclude(total)


def conclude(total: Count) -> int:
    """Print the count as the last line, leave it where CI finds it, return the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "summary").write_text(f"{total}\n")
    say(str(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
