"""What an audit finds, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Model, QuerySet

ROWS_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Finding:
    """Something that does not fit. ``mend`` is None where only a person can tell what is right."""

    kind: str
    what: str  # keys and ids, nothing recorded
    would: str
    mend: Callable[[], None] | None


@dataclass
class Progress:
    """Which part an audit is at, and how many things it has looked at."""

    part: str = ""
    looked_at: dict[str, int] = field(default_factory=dict)
    tell: Callable[[Progress], None] = lambda progress: None

    def begin(self, part: str) -> None:
        self.part = part
        self.looked_at[part] = 0

    def add(self, count: int = 1) -> None:
        self.looked_at[self.part] += count
        self.tell(self)


def batches(rows: QuerySet[Any], size: int = ROWS_AT_ONCE) -> Iterator[list[Any]]:
    """Yield all rows in order of id, some at a time, each time as they are then."""
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield some
        row: Model = some[-1]
        last = row.pk
