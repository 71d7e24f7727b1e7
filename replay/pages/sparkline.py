"""A session's activity as a few bars. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BARS = 24  # as many as a narrow column can tell apart


def bars(counts: Sequence[object], most: int = BARS) -> list[int]:
    """Return heights from 0 (nothing) to 14, at most so many; neighbours are added up when there are more.

    The square root keeps one frantic moment from flattening the rest.

    >>> bars([0, 1, 4, 16])
    [0, 4, 7, 14]
    """
    clean = [max(0, int(count)) for count in counts if isinstance(count, int | float)]
    if not clean:
        return []
    per_bar = -(-len(clean) // most)
    sums = [sum(clean[i : i + per_bar]) for i in range(0, len(clean), per_bar)]
    top = max(sums)
    return [max(2, round(14 * (each / top) ** 0.5)) if each else 0 for each in sums]
