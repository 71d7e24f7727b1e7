"""The model of the database waits, sees and gives up as PostgreSQL does at READ COMMITTED."""

from __future__ import annotations

from typing import Any

import pytest

from replay.index.ops import RowsRefused
from tests.simulation.database import KEY_SHARE, NO_KEY_UPDATE, UPDATE, Database, Deadlock, Statement, Table

pytestmark = pytest.mark.embedded


def done(statement: Statement) -> Any:
    """Run a statement that waits for nobody; return its answer."""
    with pytest.raises(StopIteration) as stop:
        next(statement)
    return stop.value.value


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def table(database: Database) -> Table:
    table = Table("row")
    tx = database.begin("setup")
    assert done(tx.insert(table, "old", 1))
    tx.commit()
    return table


def test_nobody_sees_what_is_not_committed(database: Database, table: Table) -> None:
    one, two = database.begin("one"), database.begin("two")
    assert done(one.insert(table, "new", 1))
    assert two.get(table, "new") is None
    one.commit()
    assert two.get(table, "new") == 1


@pytest.mark.parametrize("ends", ["commit", "abort"])
def test_the_second_inserter_of_a_key_waits_for_the_first(database: Database, table: Table, ends: str) -> None:
    one, two = database.begin("one"), database.begin("two")
    assert done(one.insert(table, "new", 1))
    insert = two.insert(table, "new", 2)
    assert next(insert) is one
    getattr(one, ends)()
    assert done(insert) is (ends == "abort")


def test_a_lock_answers_with_the_row_as_it_is_then(database: Database, table: Table) -> None:
    one, two = database.begin("one"), database.begin("two")
    done(one.update(table, "old", 7))
    lock = two.lock(table, "old", NO_KEY_UPDATE)
    assert next(lock) is one
    one.commit()
    assert done(lock) == 7


def test_a_foreign_key_meets_only_the_strongest_lock(database: Database, table: Table) -> None:
    one, two, three = (database.begin(name) for name in ("one", "two", "three"))
    done(one.lock(table, "old", NO_KEY_UPDATE))
    done(two.lock(table, "old", KEY_SHARE))
    assert next(three.lock(table, "old", UPDATE)) in (one, two)


def test_who_refers_to_a_row_that_is_gone_is_refused(database: Database, table: Table) -> None:
    tx = database.begin("one")
    with pytest.raises(RowsRefused):
        next(tx.insert(Table("child"), "new", 1, refers=((table, "nobody"),)))


def test_a_circle_has_a_victim(database: Database, table: Table) -> None:
    one, two = database.begin("one"), database.begin("two")
    done(one.insert(table, "a", 1))
    done(two.insert(table, "b", 1))
    one.wait_for(next(one.insert(table, "b", 2)), lambda: None)
    with pytest.raises(Deadlock, match=r"two \(row\), one \(row\)"):
        two.wait_for(next(two.insert(table, "a", 2)), lambda: None)


def test_rolling_back_undoes_rows_and_locks(database: Database, table: Table) -> None:
    one, two = database.begin("one"), database.begin("two")
    done(one.insert(table, "before", 1))
    savepoint = one.savepoint()
    done(one.insert(table, "new", 1))
    done(one.update(table, "old", 9))
    one.roll_back_to(savepoint)
    assert done(two.insert(table, "new", 2))
    assert done(two.lock(table, "old", UPDATE)) == 1
    one.commit()
    assert table.rows == {"old": 1, "before": 1}


def test_an_abort_leaves_nothing(database: Database, table: Table) -> None:
    one, two = database.begin("one"), database.begin("two")
    done(one.insert(table, "new", 1))
    done(one.delete(table, "old"))
    one.abort()
    assert table.rows == {"old": 1}
    assert done(two.lock(table, "old", UPDATE)) == 1
    assert not database.locks.get((table, "new"))
