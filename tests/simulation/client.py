"""One transaction of one client: runs a script of operations on the database, and can be cut off between any two."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from replay.index.ops import RowsRefused
from tests.simulation.database import Deadlock, Gone, Statement, Transaction

if TYPE_CHECKING:
    from tests.simulation.world import World

LOCK_TIMEOUT_MS: Final = 5_000  # what ``index.durable`` sets
LATE_COMMIT_MS: Final = 8_000

Script = Generator[Any, Any, Any]
Done = Callable[[Any, Exception | None], None]


@dataclass(frozen=True, slots=True)
class Locked:
    """Any statement of the world's own actors, told as a generator on the transaction."""

    run: Callable[[Transaction], Statement]


class Run:
    """Drives a script from begin to the answer of its commit; ``done`` hears the result or why there is none."""

    def __init__(self, world: World, name: str, script: Script, done: Done) -> None:
        self._world = world
        self._script = script
        self._done = done
        self._statement: Statement | None = None
        self._is_deserted = False  # the client is dead: nobody hears the answer
        self._commits = False
        weather = world.weather
        self._is_fine = world.random.random() < weather.interleaves
        self.tx = world.database.begin(name)
        self.tx.on_lost = self.lose
        if not world.database_is_up:
            self._fail(Gone())
        else:
            world.loop.after(self._delay(), self._go, None, None)

    def desert(self) -> None:
        """The client dies: what it had not sent is never said; a commit on its way happens all the same."""
        self._is_deserted = True
        if not self._commits and self.tx.is_open:
            self._world.loop.after(self._delay(), self._cut)

    def lose(self) -> None:
        """The connection is lost from the database's side."""
        if self.tx.is_open:
            self._fail(Gone())

    def _delay(self) -> float:
        return self._world.random.random() * self._world.weather.statement_ms

    def _cut(self) -> None:
        if self.tx.is_open:
            self._script.close()
            self.tx.abort()

    def _go(self, answer: Any, error: Exception | None) -> None:
        """Hand the answer of the last operation to the script, and run what it asks for next."""
        while self.tx.is_open and not self._is_deserted:
            try:
                operation = self._script.send(answer) if error is None else self._script.throw(error)
            except StopIteration as stop:
                self._commits = True
                self._world.loop.after(self._delay(), self._commit, stop.value)
                return
            except Exception as failure:  # the script gives up: Deadlock, RowsRefused, or its own refusal
                self._fail(failure)
                return
            if self._world.random.random() < self._world.weather.backend_dies:
                self._fail(Gone())
                return
            self._statement = self._world.statements.run(self.tx, operation)
            answer, error, waits = self._advance()
            if waits:
                return
            if self._is_fine and self.tx.is_open:
                self._world.loop.after(self._delay(), self._go, answer, error)
                return

    def _advance(self) -> tuple[Any, Exception | None, bool]:
        """Run the statement until it is done (answer), fails (error) or waits."""
        assert self._statement is not None
        try:
            other = next(self._statement)
        except StopIteration as stop:
            return stop.value, None, False
        except RowsRefused as fault:
            return None, fault, False
        try:
            self.tx.wait_for(other, self._again)
        except Deadlock as deadlock:
            self._world.journal.deadlocked(deadlock)
            self._fail(deadlock)
        self._world.loop.after(LOCK_TIMEOUT_MS, self._wait_no_longer, other)
        return None, None, True

    def _wait_no_longer(self, other: Transaction) -> None:
        if self.tx.is_open and self.tx.waits_for is other:
            self._fail(Gone("waited too long for a lock"))

    def _again(self) -> None:
        self.tx.waits_for = None
        if self.tx.is_open:
            self._world.loop.after(0.0, self._resume)

    def _resume(self) -> None:
        if not self.tx.is_open or self._is_deserted:
            return
        answer, error, waits = self._advance()
        if not waits and self.tx.is_open:
            self._go(answer, error)

    def _commit(self, result: Any) -> None:
        if not self.tx.is_open:
            return
        world = self._world
        is_answered = world.random.random() >= world.weather.commit_unanswered
        if not is_answered and world.random.random() < 0.3:
            self._fail(Gone())
            return
        if not is_answered and world.random.random() < 0.5:
            self._abandon()
            return
        self.tx.commit()
        if world.trace is not None:
            world.say(f"{self.tx.name}: committed{'' if is_answered else ', unanswered'}")
        if not self._is_deserted:
            world.loop.after(self._delay(), self._answer, result if is_answered else None, None if is_answered else Gone())

    def _abandon(self) -> None:
        """The client has waited long enough and counts it as not kept; the database commits all the same, some time later."""
        done, self._done = self._done, lambda result, error: None
        self._world.loop.after(self._delay(), done, None, Gone())
        self._world.loop.after(self._world.random.random() * LATE_COMMIT_MS, self._commit_late)

    def _commit_late(self) -> None:
        if self.tx.is_open:
            self.tx.commit()
            if self._world.trace is not None:
                self._world.say(f"{self.tx.name}: committed late, when nobody waited any more")

    def _answer(self, result: Any, error: Exception | None) -> None:
        if not self._is_deserted:
            self._done(result, error)

    def _fail(self, error: Exception) -> None:
        self._script.close()
        if self.tx.is_open:
            self.tx.abort()
        if self._world.trace is not None:
            self._world.say(f"{self.tx.name}: aborted, {type(error).__name__} {error}")
        if not self._is_deserted:
            self._world.loop.after(self._delay(), self._answer, None, error)
