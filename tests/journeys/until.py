"""Waiting for a condition that no event of the browser tells, without sleeping past it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
EVERY_S = 0.03


def until(check: Callable[[], T | None], what: str, timeout_s: float = 40) -> T:
    """Return the first truthy answer of `check`; fail with `what` and the last answer after a time.

    Playwright hands out a page's events only during a call of its own: a check that looks at what an event left behind must
    make one (`page.evaluate("1")`), or it waits in vain; `page.expect_event` is the better way.
    """
    end = time.monotonic() + timeout_s
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {timeout_s:.0f} s in vain: {what}; last: {answer!r}"
        time.sleep(EVERY_S)
