"""Steps of a check run: each a command with a log, a time and a count; all run, whatever fails."""

from __future__ import annotations

import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEARTBEAT_S = 20  # a long step says that it lives
TAIL_LINES = 120
_printing = threading.Lock()


@dataclass
class Count:
    """How many checks passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Count) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


@dataclass(frozen=True)
class Step:
    """One command. With ``report`` its tests are counted from that JUnit file, else the command itself is one check."""

    name: str
    argv: Sequence[str]
    env: Callable[[], Mapping[str, str]] = dict
    report: Path | None = None
    timeout_s: float = 900


@dataclass
class Outcome:
    """What became of a step."""

    name: str
    count: Count
    seconds: float
    problem: str = ""
    failures: list[str] = field(default_factory=list)


def say(text: str) -> None:
    """Print a line at once; steps run side by side."""
    with _printing:
        print(text, flush=True)


def read_report(report: Path) -> tuple[Count, list[str]]:
    """Return the count and the names of failures in a JUnit file.

    An error in a fixture counts as a failure; a test that fails and whose teardown fails as well counts twice.
    """
    count = Count()
    failures: list[str] = []
    for case in ElementTree.parse(report).iter("testcase"):
        bad = [child for child in case if child.tag in ("failure", "error")]
        if bad:
            count.failed += len(bad)
            failures.append(f"{case.get('classname', '')}: {case.get('name', '')}")
        elif case.find("skipped") is not None:
            count.skipped += 1
        else:
            count.passed += 1
    return count, failures


def judge(step: Step, problem: str, seconds: float) -> Outcome:
    """Return what became of a step that ended, well or with a problem. A step in which no test ran has failed."""
    if step.report is None:
        return Outcome(step.name, Count(failed=1) if problem else Count(passed=1), seconds, problem)
    count, failures = read_report(step.report) if step.report.exists() else (Count(), [])
    is_empty = count == Count()
    if (problem or is_empty) and not count.failed:
        count.failed = 1
    return Outcome(step.name, count, seconds, problem or ("no test ran" if is_empty else ""), failures)


def run(step: Step, folder: Path, base_env: Mapping[str, str], cwd: Path) -> Outcome:
    """Run one step, its output in a log; print what happens and return what became of it."""
    log = folder / f"{step.name.replace(' ', '-')}.log"
    if step.report:
        step.report.unlink(missing_ok=True)
    began = time.monotonic()
    say(f"  … {step.name}")
    code: int | None = None
    try:
        env = {**base_env, **step.env()}
        with log.open("wb") as output:
            child = subprocess.Popen(
                step.argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            code = _wait(child, step, log, began)
        problem = "" if code == 0 else f"exit code {code}" if code is not None else f"stopped after {step.timeout_s:.0f} s"
    except Exception as error:  # a service that does not start must not stop the other steps
        problem = f"{type(error).__name__}: {error}"
    outcome = judge(step, problem, time.monotonic() - began)
    count = outcome.count
    sign = "✗" if count.failed else "✓"
    with _printing:
        print(f"  {sign} {step.name}: {count} ({outcome.seconds:.1f} s)")
        if count.failed:
            tail = log.read_text(errors="replace").splitlines()[-TAIL_LINES:] if log.exists() else []
            print("\n".join(f"    │ {line}" for line in [*tail, problem]), flush=True)
    return outcome


def _wait(child: subprocess.Popen[bytes], step: Step, log: Path, began: float) -> int | None:
    """Wait for the child, saying now and then where it is; return its exit code, None when it took too long."""
    while True:
        try:
            return child.wait(HEARTBEAT_S)
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - began
            lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
            say(f"  … {step.name} {seconds:.0f} s  {lines[-1].strip()[:100] if lines else ''}")
            if seconds > step.timeout_s:
                child.terminate()
                try:
                    child.wait(30)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                return None
        except BaseException:  # Ctrl-C ends the step too
            child.terminate()
            child.wait()
            raise
