"""Figures from samples."""

from __future__ import annotations

import math


def p95(samples: list[float]) -> float:
    """Return the smallest sample that at least 95 % do not exceed.

    >>> p95([float(n) for n in range(1, 21)])
    19.0
    """
    return sorted(samples)[math.ceil(0.95 * len(samples)) - 1]
