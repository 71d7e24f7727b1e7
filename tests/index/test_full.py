"""A database without room is known by what it says."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from replay.index.full import is_full
from replay.index.keep import IndexUnavailable


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_sqlite_without_room_is_full_and_lives_on() -> None:
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            with pytest.raises(OperationalError) as refused, transaction.atomic():
                cursor.execute("CREATE TABLE filler AS SELECT hex(randomblob(4000000)) AS text")
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
        assert is_full(refused.value)
        cursor.execute("SELECT 1")
    unavailable = IndexUnavailable("OperationalError")
    unavailable.__cause__ = refused.value
    assert is_full(unavailable)


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize(("code", "full"), [("53100", True), ("53200", False), ("57P01", False)])
def test_postgresql_without_room_is_full(code: str, full: bool) -> None:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")
    assert is_full(refused.value) == full
