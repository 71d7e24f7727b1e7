"""Gaps that the server names: a span is never missing without a row that says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from replay.index.models import Gap

NOT_DECODABLE: Final = "not_decodable"
NEVER_ARRIVED: Final = "never_arrived"

Named = tuple[int, int, str]  # first seq, last seq, body


def is_named(named: Iterable[Named], first: int, last: int, body: str) -> bool:
    """Say whether each seq of a span lies in a gap of this body.

    >>> is_named([(3, 4, "both"), (5, 6, "both")], 3, 6, "both"), is_named([(3, 4, "log")], 3, 4, "dom")
    (True, False)
    """
    at = first
    for start, end, kind in sorted(named):
        if start <= at <= end and kind in (body, "both"):
            at = end + 1
    return at > last


def gaps_named(project_id: int, session_id: int, stream_id: int, from_seq: int = 0) -> list[Named]:
    """Return the stated gaps of a stream that end at or after a seq."""
    rows = Gap.objects.filter(project_id=project_id, session_id=session_id, stream_id=stream_id, last_seq__gte=from_seq)
    return list(rows.values_list("first_seq", "last_seq", "body"))


def name_gap(gap: Gap) -> None:
    """Keep a gap; one of the same body that begins at the same seq grows to its end instead. In the caller's transaction."""
    same = Gap.objects.filter(
        project_id=gap.project_id,
        session_id=gap.session_id,
        stream_id=gap.stream_id,
        first_seq=gap.first_seq,
        body=gap.body,
    ).first()
    if same is None:
        gap.save(force_insert=True)
    elif same.last_seq < gap.last_seq:
        same.last_seq, same.last_ms = gap.last_seq, max(same.last_ms, gap.last_ms)
        same.save(update_fields=["last_seq", "last_ms"])
