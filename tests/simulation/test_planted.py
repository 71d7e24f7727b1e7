"""The simulation finds what it is there to find: each of these bugs, planted into the real cores, within so many schedules."""

from __future__ import annotations

import pytest

from tests.simulation import planted
from tests.simulation.schedule import run_seed

MOST = {  # schedules until it must be found; about three times what it took when this was written
    "gap_loops_on_a_conflict": 6_000,
    "sweeper_deletes_a_slow_commits_pack": 6_000,
}
USUAL = 1_000

ASKED = (
    "ack_before_commit",
    "missing_unique_key",
    "moments_for_a_duplicate",
    "ack_beyond_a_hole",
    "resume_off_by_one",
    "seq_reused_after_hide",
    "group_commit_fails_whole",
    "sweeper_deletes_a_slow_commits_pack",
    "stored_again_after_compaction",
    "tombstone_read_too_early",
    "gap_loops_on_a_conflict",
)

pytestmark = pytest.mark.embedded  # it has no layout


def find(name: str) -> tuple[int, str] | None:
    """Return after how many schedules a planted bug is found, and as what; None: it is not."""
    with planted.bug(name):
        for seed in range(MOST.get(name, USUAL)):
            if problem := run_seed(seed).problem:
                return seed + 1, problem
    return None


def test_all_that_were_asked_for_are_there() -> None:
    assert set(ASKED) <= planted.BUGS.keys()


@pytest.mark.parametrize("name", planted.BUGS)
def test_a_planted_bug_is_found(name: str) -> None:
    found = find(name)
    assert found is not None, f"{name} was not found in {MOST.get(name, USUAL)} schedules"
    print(f"{name}: found in {found[0]} schedules: {found[1]}")


def test_a_bug_is_taken_out_again() -> None:
    with planted.bug("resume_off_by_one"):
        assert run_seed(0).problem is not None
    assert run_seed(0).problem is None


def test_a_place_that_is_no_more_is_an_error() -> None:
    from replay.wire.flight import Flight

    with pytest.raises(LookupError), planted.Change(Flight, "add", ("what nobody ever wrote", "")).planted():
        pass
