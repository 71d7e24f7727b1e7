"""Bugs, planted one at a time into the real cores, to see that the simulation finds them.

A bug is a change of source text inside one function: the function is compiled anew with it, put in place of the real one, and
taken out again. A text that is not found, since the core has moved on, is an error, never a bug that is quietly not planted.
"""

from __future__ import annotations
import __future__

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from replay.index import ledger
from replay.index.arrival import Outcome
from replay.wire.connection import Connection
from replay.wire.flight import Flight
from replay.wire.losses import Losses
from tests.simulation import actors, browser, process, statements, tables


class Change:
    """In the function ``name`` of a class or module, each old text becomes the new one."""

    def __init__(self, owner: Any, name: str, *edits: tuple[str, str]) -> None:
        self._owner = owner
        self._name = name
        self._edits = edits

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Have it so inside."""
        real: Callable[..., Any] = getattr(self._owner, self._name)
        source = textwrap.dedent(inspect.getsource(real))
        for old, new in self._edits:
            if source.count(old) != 1:
                raise LookupError(f"{self._name} has no such place any more: {old!r}")
            source = source.replace(old, new)
        code = compile(source, f"<planted in {self._name}>", "exec", flags=__future__.annotations.compiler_flag)
        made: dict[str, Any] = {}
        exec(code, sys.modules[real.__module__].__dict__, made)
        setattr(self._owner, self._name, made[self._name])
        try:
            yield
        finally:
            setattr(self._owner, self._name, real)


def told_early(batch: list[process.Waiting], committed: dict[Any, Any]) -> list[Outcome]:
    """Return the outcomes of a pack that is put, as they would be if its transaction could not fail."""
    outcomes = []
    for item in batch:
        rows = [row for row in committed.values() if row.stream_id == item.chunk.header.stream]
        upto = rows[0].next_seq if rows else 0
        outcomes.append(Outcome(None, max(upto, item.chunk.header.seq + 1 if item.chunk.header.seq == upto else 0)))
    return outcomes


BATCH: Final = ledger._Batch
NOT_REFUSED: Final = (
    "[a for at, a in enumerate(self._arrivals) if at not in self._refused and self._line_of(a).refused is None]"
)

BUGS: Final[dict[str, tuple[Change, ...]]] = {
    "ack_before_commit": (
        Change(
            process.Process,
            "_put",
            (
                "world = self.world",
                "world = self.world\n"
                "    from tests.simulation.planted import told_early\n"
                "    self._tell(batch, told_early(batch, self.world.tables.streams.rows))\n"
                "    self._writing += 1\n"
                "    batch = []",
            ),
        ),
        Change(process.Process, "_tell", ("strict=True", "strict=False")),
    ),
    "missing_unique_key": (Change(tables.Tables, "__init__", ('Table("chunk")', 'Table("chunk", is_unique=False)')),),
    "moments_for_a_duplicate": (
        Change(BATCH, "keep", ("yield from self._derive(fresh)", f"yield from self._derive({NOT_REFUSED})")),
    ),
    "ack_beyond_a_hole": (
        Change(BATCH, "_advance", ("self._moved[pk].next_seq = seq", "self._moved[pk].next_seq = self._moved[pk].end_seq")),
    ),
    "resume_off_by_one": (
        Change(Connection, "admitted", ("hello.stream, next_seq, now_ms", "hello.stream, next_seq + 1, now_ms")),
    ),
    "seq_reused_after_hide": (
        Change(
            browser.Tab,
            "encoded",
            (
                "if self.is_dead or",
                "if draft.is_numbered and not self.is_dead and identity is self.identity:\n"
                '        self.hold(draft.seq, draft, b"[1, 2]")\n'
                "    if self.is_dead or",
            ),
        ),
        Change(
            Flight,
            "add",
            (
                "self.held[at].seq == seq:\n        return",
                "self.held[at].seq == seq:\n        self.replace(self.held[at], frame, flags)\n        return",
            ),
        ),
    ),
    "group_commit_fails_whole": (
        Change(
            ledger,
            "_keep_or_bisect",
            ("if len(arrivals) == 1:", "if arrivals:"),
            ("return [Outcome(Code.BAD_LOG)], 0", "return [Outcome(Code.INDEX_UNAVAILABLE)] * len(arrivals), 0"),
        ),
    ),
    "sweeper_deletes_a_slow_commits_pack": (
        Change(ledger, "keep", ('(yield ops.LockPack(pack_id)) != "open"', '(yield ops.LockPack(pack_id)) == "kept"')),
    ),
    "stored_again_after_compaction": (
        Change(BATCH, "_insert_chunks", ("seq < stream.next_seq or seq < stream.segmented_upto or ", "")),
    ),
    "tombstone_read_too_early": (
        Change(
            statements.Statements,
            "_lock_rows",
            (
                "row = yield from tx.lock(table, key, NO_KEY_UPDATE)",
                'row = tx.get(table, key) if table.name == "session" else (yield from tx.lock(table, key, NO_KEY_UPDATE))',
            ),
        ),
    ),
    "gap_loops_on_a_conflict": (
        Change(ledger, "verdict", ("digest == arrival.header.hash or is_gap", "digest == arrival.header.hash")),
        Change(
            Losses,
            "refused",
            (
                "case Remedy.NEW_STREAM:",
                "case Remedy.NEW_STREAM if _is_gap(one):\n"
                '            self._flight.replace(one, self._make_gap(one, code, "both"), one.flags)\n'
                "            return [], False\n"
                "        case Remedy.NEW_STREAM:",
            ),
        ),
    ),
    # more than were asked for
    "secret_not_checked": (
        Change(BATCH, "_lock_sessions", ("session.secret_hash != line.first.source.secret_hash", "False")),
        Change(process.Process, "_verdict", ("session.secret_hash != source.secret_hash", "False")),
    ),
    "ack_of_a_refused_chunk": (
        Change(
            Connection,
            "settled",
            (
                "self._settle(header)\n",
                "self._settle(header)\n"
                "        if code and REFUSALS[code].permanent and next_seq is None:\n"
                "            next_seq = header.seq + 1\n",
            ),
        ),
    ),
    "swept_bytes_go_at_once": (Change(actors, "is_dead", ("world.loop.now - world.sweep_after_ms", "world.loop.now")),),
    "lost_with_the_socket": (Change(Flight, "land", ("self.recall(one)", "pass")),),
    "bytes_deleted_when_a_commit_is_unknown": (
        Change(
            process.Process,
            "_keep",
            ("elif error is not None:\n", "elif error is not None:\n            self.world.store.delete(key)\n"),
        ),
    ),
}


@contextmanager
def bug(name: str | None) -> Iterator[None]:
    """Play with this bug in; None: with none."""
    with ExitStack() as stack:
        for change in BUGS[name] if name else ():
            stack.enter_context(change.planted())
        yield
