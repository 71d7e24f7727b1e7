"""Inserts that say which of their rows are new: the ground of all that is done once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
BATCH: Final = 200  # rows a statement; 200 × 25 columns stays below SQLite's 32,766 variables


def insert_missing(rows: Sequence[M]) -> list[M]:
    """Insert the rows, pass over those whose key is taken, and return those that were inserted, with their primary keys.

    ``INSERT … ON CONFLICT DO NOTHING RETURNING``, which SQLite (3.35) and PostgreSQL both speak and Django's
    ``bulk_create`` does not. Rows are told apart by the model's first unique constraint, which every caller's model has.
    """
    inserted: list[M] = []
    for start in range(0, len(rows), BATCH):
        inserted += _insert(rows[start : start + BATCH])
    return inserted


def _insert(rows: Sequence[M]) -> list[M]:
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    unique = next(rule for rule in meta.constraints if isinstance(rule, models.UniqueConstraint))
    by_name = {field.name: field for field in fields}
    keys = [by_name[name] for name in unique.fields]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    returned = ", ".join(quote(str(field.column)) for field in [meta.auto_field or meta.pk, *keys])
    one = f"({', '.join(['%s'] * len(fields))})"
    sql = (  # names come from the models alone
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {', '.join([one] * len(rows))}"  # noqa: S608
        f" ON CONFLICT DO NOTHING RETURNING {returned}"
    )
    values: list[Any] = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = {tuple(key): pk for pk, *key in cursor.fetchall()}
    inserted: list[M] = []
    for row in rows:
        key = tuple(field.get_db_prep_save(getattr(row, str(field.attname)), connection) for field in keys)
        if (pk := found.pop(key, None)) is not None:
            row.pk = pk
            inserted.append(row)
    return inserted
