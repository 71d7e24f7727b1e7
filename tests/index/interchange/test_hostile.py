"""Files that want to do harm: whatever the bytes, the answer is a session or a refusal by code."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay.accounts.models import Project
from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.forms import open_recording
from replay.store.memory import MemoryStore
from tests.index.interchange.recordings import START_MS, bring, click, custom, lines, own, page

LOG = [{"type": "click", "id": "e1", "t": START_MS, "element": {"tag": "a"}}]
GAP = {"first_ms": START_MS, "last_ms": START_MS, "reason": "x", "at_event": 1}
EVENTS = [*page(), click(START_MS + 5), custom(START_MS, "playhead.log", LOG[0]), custom(START_MS, "playhead.gap", GAP)]
SEEDS = [
    lines(EVENTS),
    json.dumps([EVENTS[:2], EVENTS[2:]]).encode(),
    json.dumps({"data": {"snapshots": EVENTS}}).encode(),
    json.dumps({"data": {"snapshotsByWindowId": {"w": EVENTS[:3]}}}).encode(),
    lines([["w", event] for event in EVENTS[:3]]),
    own([{"id": "s", "window": "w", "clock_offset_ms": 5, "events": EVENTS[:3], "log": LOG, "gaps": [GAP]}], distinct_id="ada"),
    lines([custom(1, "playhead.stream", {"id": "s", "session": {"properties": {"a": 1}}}), *EVENTS]),
]
SNIPPETS = st.sampled_from(
    [b"", b"[", b"]", b"{", b"}", b'"', b",", b":", b"null", b"-1", b"1e999", b"\\", b"\\ud800", b"\xff", b"[[[[", b"{}", b"0"]
)
EDITS = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 6), SNIPPETS | st.binary(max_size=4)), min_size=1, max_size=4)


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, by in edits:
        at %= len(data) + 1
        data = data[:at] + by + data[at + length :]
    return data


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SEEDS), EDITS)
def test_damaged_files_are_read_or_refused(seed: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    try:
        for _ in open_recording(io.BytesIO(edited(seed, edits))).told:
            pass
    except ImportRefused as refused:
        assert refused.code in Refusal  # noqa: PT017  # whether it refuses is not the question


VALUE: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 2**70, 1e308, "", "x" * 3_000, "\ud800", "a\0b", [], {}, [[]], {"a": {}}, START_MS]
)


def replaced(value: Any, at: list[int], by: Any) -> Any:
    """Return the value with something else at some place in it."""
    if not at or not isinstance(value, list | dict) or not value:
        return by
    keys = list(range(len(value))) if isinstance(value, list) else list(value)
    key = keys[at[0] % len(keys)]
    other = dict(value) if isinstance(value, dict) else list(value)
    other[key] = replaced(value[key], at[1:], by)
    return other


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SEEDS), st.lists(st.integers(0, 9), min_size=1, max_size=7), VALUE)
def test_files_of_odd_values_become_a_session_or_are_refused(project: Project, seed: bytes, at: list[int], by: Any) -> None:
    values = [json.loads(line) for line in seed.splitlines()]
    data = lines(replaced(values, [at[0], *at], by) if len(values) > 1 else [replaced(values[0], at, by)])
    try:
        bring(MemoryStore(), project, data)
    except ImportRefused as refused:
        assert str(refused)  # noqa: PT017


def test_a_bomb_of_brackets_or_zeros_is_refused_in_little_memory() -> None:
    for bomb in (b"[" * 100_000, b'{"a":' * 100_000, b'[{"type":2,"timestamp":1,"data":' + b"[" * 5_000):
        with pytest.raises(ImportRefused) as refused:
            for _ in open_recording(io.BytesIO(bomb)).told:
                pass
        assert refused.value.code is Refusal.TOO_DEEP


@pytest.mark.django_db
def test_a_gzip_bomb_is_refused_at_the_bound(project: Project) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(MemoryStore(), project, gzip.compress(b" " * 60_000_000), most_bytes=1_000_000)
    assert refused.value.code is Refusal.TOO_LARGE
