"""A database in memory that makes its callers wait as PostgreSQL does at READ COMMITTED.

Row locks in three strengths, unique keys whose second inserter waits for the first, foreign keys that share a lock,
savepoints, deadlocks with a victim. A statement is a generator: it yields the transaction that it waits for, and is asked
again when that one has ended. Nobody sees what is not committed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterator
from typing import Any, Final

from replay.index.ops import RowsRefused

KEY_SHARE: Final = 0  # what a foreign key takes on the row it names
NO_KEY_UPDATE: Final = 1
UPDATE: Final = 2  # two strengths that add up to this or more exclude each other

Key = Hashable
Spot = tuple["Table", Key]
Statement = Generator["Transaction", None, Any]


class Deadlock(Exception):
    """This transaction is the victim; it may be tried again."""

    def __init__(self, circle: list[Transaction]) -> None:
        super().__init__(", ".join(f"{tx.name} ({tx.waits_in})" for tx in circle))
        self.circle = circle


class Gone(Exception):
    """The connection is lost; whether a commit that was under way happened is not known."""


class Table:
    """Rows by their unique key."""

    def __init__(self, name: str, is_unique: bool = True) -> None:
        self.name = name
        self.is_unique = is_unique
        self.rows: dict[Key, Any] = {}  # committed
        self.doubles: list[tuple[Key, Any]] = []  # committed under a key that was taken: only without the unique key
        self.pending: dict[Key, Transaction] = {}  # inserted, not committed
        self.serial = 0

    def next_id(self) -> int:
        """Return the next number of the sequence; as in PostgreSQL, an abort gives none back."""
        self.serial += 1
        return self.serial


class Database:
    """Tables, and who holds what of them."""

    def __init__(self) -> None:
        self.locks: dict[Spot, dict[Transaction, int]] = {}
        self.open: dict[Transaction, None] = {}

    def begin(self, name: str) -> Transaction:
        tx = Transaction(self, name)
        self.open[tx] = None
        return tx


class Transaction:
    """What one connection has written and locked since it began."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name
        self.is_open = True
        self.waits_for: Transaction | None = None
        self.waits_in = ""  # the table in which the row is that it waits for, or waited for last
        self._writes: dict[Spot, Any] = {}  # None: deleted
        self._locks: dict[Spot, int] = {}
        self._doubles: list[tuple[Table, Key, Any]] = []
        self._journal: list[Callable[[], object]] = []  # what undoes each step
        self.savepoints: dict[int, int] = {}  # by depth: how long the journal was
        self.on_lost: Callable[[], None] | None = None
        self._waiters: list[Callable[[], None]] = []

    # Reading

    def get(self, table: Table, key: Key) -> Any:
        """Return the row as this statement sees it: own writes, else what is committed; None where there is none."""
        spot = (table, key)
        return self._writes[spot] if spot in self._writes else table.rows.get(key)

    def scan(self, table: Table) -> Iterator[tuple[Key, Any]]:
        """Yield every visible (key, row) of a table; small tables only."""
        own = {key: row for (where, key), row in self._writes.items() if where is table}
        for key, row in table.rows.items():
            if key not in own:
                yield key, row
        for key, row in own.items():
            if row is not None:
                yield key, row

    # Locking and writing

    def lock(self, table: Table, key: Key, strength: int) -> Statement:
        """Lock a row; return it as it is once the lock is held, None where it is gone meanwhile."""
        spot = (table, key)
        held = self._locks.get(spot, -1)
        if held >= strength:
            return self.get(table, key)
        holders = self.database.locks.setdefault(spot, {})
        while other := next((tx for tx, theirs in holders.items() if tx is not self and theirs + strength >= UPDATE), None):
            self.waits_in = table.name
            yield other
            holders = self.database.locks.setdefault(spot, {})
        holders[self] = self._locks[spot] = strength
        self._journal.append(lambda: self._unlock(spot, held))
        return self.get(table, key)

    def holds(self, name: str) -> bool:
        """Say whether a row of the table of this name is locked."""
        return any(table.name == name for table, _ in self._locks)

    def insert(self, table: Table, key: Key, row: Any, *, refers: tuple[Spot, ...] = ()) -> Statement:
        """Insert unless the key is taken; return whether the row is ours. Waits for whoever inserts or deletes the same key."""
        while True:
            other = table.pending.get(key)
            if table.is_unique and other is not None and other is not self:
                self.waits_in = table.name
                yield other
                continue
            if self.get(table, key) is None:
                break
            if not table.is_unique:
                for spot in refers:
                    yield from self._refer(spot)
                self._doubles.append((table, key, row))
                self._journal.append(self._doubles.pop)
                return True
            deleter = next((tx for tx, how in self.database.locks.get((table, key), {}).items() if how == UPDATE), None)
            if deleter is None or deleter is self:
                return False
            self.waits_in = table.name
            yield deleter
        table.pending[key] = self
        self._journal.append(lambda: table.pending.pop(key, None))
        self._write((table, key), row)
        for spot in refers:
            yield from self._refer(spot)
        return True

    def update(self, table: Table, key: Key, row: Any) -> Statement:
        """Write a row anew, under a lock."""
        if table.pending.get(key) is not self:
            yield from self.lock(table, key, NO_KEY_UPDATE)
        if self.get(table, key) is not None:
            self._write((table, key), row)

    def delete(self, table: Table, key: Key) -> Statement:
        """Remove a row, under the strongest lock."""
        if table.pending.get(key) is not self:
            yield from self.lock(table, key, UPDATE)
        if self.get(table, key) is not None:
            self._write((table, key), None)

    def _refer(self, spot: Spot) -> Statement:
        if spot[0].pending.get(spot[1]) is not self:
            yield from self.lock(*spot, KEY_SHARE)
        if self.get(*spot) is None:
            raise RowsRefused(f"{spot[0].name} {spot[1]} is referred to, and gone")

    def _write(self, spot: Spot, row: Any) -> None:
        writes = self._writes
        if spot in writes:
            before = writes[spot]
            self._journal.append(lambda: writes.__setitem__(spot, before))
        else:
            self._journal.append(lambda: writes.pop(spot, None))
        writes[spot] = row

    # Savepoints, and the end

    def savepoint(self) -> int:
        return len(self._journal)

    def roll_back_to(self, savepoint: int) -> None:
        """Undo what came after the savepoint, its locks too."""
        while len(self._journal) > savepoint:
            self._journal.pop()()
        self._wake()

    def commit(self) -> None:
        for (table, key), row in self._writes.items():
            if row is None:
                table.rows.pop(key, None)
            else:
                table.rows[key] = row
            table.pending.pop(key, None)
        for table, key, row in self._doubles:
            table.doubles.append((key, row))
        self._end()

    def abort(self) -> None:
        for table, key in self._writes:
            if table.pending.get(key) is self:
                del table.pending[key]
        self._end()

    def lose(self) -> None:
        """The server drops the connection."""
        if self.on_lost is not None:
            self.on_lost()

    def wait_for(self, other: Transaction, again: Callable[[], None]) -> None:
        """Call ``again`` when the other ends; raises Deadlock where that would be never."""
        at: Transaction | None = other
        circle = [self]
        while at is not None:
            if at is self:
                raise Deadlock(circle)
            circle.append(at)
            at = at.waits_for
        self.waits_for = other
        other._waiters.append(again)

    def _unlock(self, spot: Spot, before: int) -> None:
        if before >= 0:
            self._locks[spot] = self.database.locks[spot][self] = before
            return
        del self._locks[spot]
        self.database.locks.get(spot, {}).pop(self, None)

    def _end(self) -> None:
        self.is_open = False
        self.waits_for = None
        self.database.open.pop(self, None)
        for spot in self._locks:
            holders = self.database.locks[spot]
            holders.pop(self, None)
            if not holders:
                del self.database.locks[spot]
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for again in waiters:
            again()
