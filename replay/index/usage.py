"""What projects bring in a day, counted by all processes together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.db import connection

from replay.index.models import Usage

KEPT_FOR: Final = timedelta(days=400)


def add_usage(day: date, size_bytes: Mapping[int, int]) -> dict[int, int]:
    """Add each project's bytes to the day; return the sums of all processes. A project that is gone is passed over."""
    table = connection.ops.quote_name(Usage._meta.db_table)
    sums: dict[int, int] = {}
    with connection.cursor() as cursor:
        for project_id, size in sorted(size_bytes.items()):  # each a transaction of its own: no two processes wait in a ring
            cursor.execute(
                f"INSERT INTO {table} (project_id, day, size_bytes) "  # noqa: S608  # our own name only
                "SELECT id, %s, %s FROM accounts_project WHERE id = %s "
                f"ON CONFLICT (project_id, day) DO UPDATE SET size_bytes = {table}.size_bytes + excluded.size_bytes "
                "RETURNING size_bytes",
                [day, size, project_id],
            )
            if row := cursor.fetchone():
                sums[project_id] = int(row[0])
    return sums


def forget_usage(today: date) -> int:
    """Remove counts that nobody looks at any more; return how many."""
    return Usage.objects.filter(day__lt=today - KEPT_FOR).delete()[0]
