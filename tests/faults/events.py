"""Log events of a made-up visit, with what must follow from each: told here in the tests' own words."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from tests.pages_say import click, event

Made = tuple[list[dict[str, Any]], list[tuple[str, str]], Counter[str]]


def make_events(dice: random.Random, at_ms: float, distinct_id: str = "") -> Made:
    """Return a few events, the (event id, kind) of the moments they make, and what they add to the session's counters."""
    events: list[dict[str, Any]] = []
    moments: list[tuple[str, str]] = []
    counts: Counter[str] = Counter()
    for _ in range(dice.randint(1, 3)):
        made, kind, counter = dice.choice(_MAKERS)(dice, at_ms)
        events.append(made)
        if kind:
            moments.append((made["id"], kind))
        if counter:
            counts[counter] += 1
    if distinct_id and dice.random() < 0.3:
        made = event(
            "identify", at_ms, distinct_id=f"known-{distinct_id}", anonymous_id=distinct_id, properties={"plan": "pro"}
        )
        events.append(made)
        moments.append((made["id"], "identify"))
    acts = dice.randint(0, 4)
    events.append(event("activity", at_ms, count=acts))
    counts["activity"] += acts
    return events, moments, counts


def _click(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return click(f"Row {dice.randint(1, 99)}", at_ms), "click", "clicks"


def _rage_click(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return {**click("Pay", at_ms), "type": "rage_click", "count": dice.randint(3, 9)}, "rage_click", "rage_clicks"


def _navigation(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    url = f"https://shop.example/{dice.randint(1, 9)}"
    return event("navigation", at_ms, url=url, title="Shop", how="push"), "navigation", "pages"


def _replace(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return event("navigation", at_ms, url="https://shop.example/?q=1", title="Shop", how="replace"), "navigation", ""


def _error(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return event("error", at_ms, name="TypeError", message="x is null", how="exception"), "error", "errors"


def _console(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return event("console", at_ms, level="error", args=["no"]), "console_error", "console_errors"


def _console_log(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return event("console", at_ms, level="log", args=["yes"]), "", ""


def _network(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    failed = event(
        "network",
        at_ms,
        initiator="fetch",
        method="GET",
        url="https://shop.example/api",
        status=500,
        duration_ms=3,
        failed=True,
    )
    return failed, "request_failed", "failed_requests"


def _custom(dice: random.Random, at_ms: float) -> tuple[dict[str, Any], str, str]:
    return event("custom", at_ms, name="step", properties={"n": dice.randint(1, 9)}), "custom", "custom_events"


_MAKERS = (_click, _click, _rage_click, _navigation, _replace, _error, _console, _console_log, _network, _custom)
