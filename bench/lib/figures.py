"""Figures from samples."""

from __future__ import annotations

import math


def p95(samples: list[float]) -> float:
    """Return the smallest sample that at least 95 % do not exceed.

    >>> p95([float(n) for n in range(1, 21)])
    19.0
    """
    return percentile(samples, 95)


def percentile(samples: list[float], percent: float) -> float:
    """Return the smallest sample that at least so many percent do not exceed."""
    return sorted(samples)[math.ceil(percent / 100 * len(samples)) - 1]
