"""A check run counts honestly: what did not run did not pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts.steps import Count, Outcome, Step, judge, run

CASES = {
    "passed": '<testcase classname="a" name="b"/>',
    "failed": '<testcase classname="a" name="c"><failure message="no"/></testcase>',
    "errored": '<testcase classname="a" name="d"><error message="no"/></testcase>',
    "skipped": '<testcase classname="a" name="e"><skipped/></testcase>',
}


def report(folder: Path, *names: str) -> Path:
    path = folder / "report.xml"
    path.write_text(f"<testsuites><testsuite>{''.join(CASES[name] for name in names)}</testsuite></testsuites>")
    return path


def test_it_counts_a_report(tmp_path: Path) -> None:
    step = Step("tests", [], report=report(tmp_path, "passed", "passed", "failed", "errored", "skipped"))
    outcome = judge(step, "exit code 1", 0.0)
    assert outcome.count == Count(passed=2, failed=2, skipped=1)
    assert outcome.failures == ["a: c", "a: d"]


def test_a_run_without_a_test_has_failed(tmp_path: Path) -> None:
    assert judge(Step("tests", [], report=report(tmp_path)), "", 0.0).count == Count(failed=1)
    assert judge(Step("tests", [], report=tmp_path / "none.xml"), "", 0.0).count == Count(failed=1)


def test_a_crash_after_the_last_test_is_a_failure(tmp_path: Path) -> None:
    assert judge(Step("tests", [], report=report(tmp_path, "passed")), "exit code 139", 0.0).count == Count(passed=1, failed=1)


@pytest.mark.parametrize(("code", "count"), [(0, Count(passed=1)), (3, Count(failed=1))])
def test_a_command_without_a_report_is_one_check(tmp_path: Path, code: int, count: Count) -> None:
    outcome: Outcome = run(Step("tool", [sys.executable, "-c", f"raise SystemExit({code})"]), tmp_path, {}, tmp_path)
    assert outcome.count == count


def test_a_command_that_is_not_there_fails_its_step_alone(tmp_path: Path) -> None:
    outcome = run(Step("tool", ["/no/such/tool"]), tmp_path, {}, tmp_path)
    assert outcome.count == Count(failed=1)
    assert "no/such/tool" in outcome.problem
