"""Events that come in parts: bounded where one socket sees them, kept whatever their neighbours are."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from replay.wire import frames, limits
from replay.wire.connection import Command, Connection, Keep, Send
from replay.wire.frames import Chunk, Codec
from tests.pages_say import PageStream

PAGE = PageStream("pk_shop_0", now_ms=1_790_000_000_000.0)
MOST = 1_000


def part(seq: int, index: int, count: int, raw: int = 100) -> Chunk:
    header = PAGE.chunk(seq, part_index=index, part_count=count, dom_codec=Codec.JSON).header
    return frames.make_chunk(replace(header, dom_raw_length=raw), bytes(raw), b"")


def speaks() -> Connection:
    core = Connection(window_bytes=10**9, window_chunks=10**6)
    core.admitted(PAGE.hello(), 0, 0.0)
    return core


def is_kept(answer: list[Command]) -> bool:
    return isinstance(answer[0], Keep)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9), st.sampled_from((60, 200, 390))), max_size=30))
def test_only_what_passes_the_bound_is_refused(parts: list[tuple[int, int, int]]) -> None:
    core, expected, total = speaks(), -1, 0
    with mock.patch.object(limits, "MAX_EVENT_RAW_BYTES", MOST):
        for seq, index, raw in parts:
            seq += index  # a part does not come before its event
            follows = index == 0 or seq == expected
            if follows:
                total = raw + (total if index else 0)
                expected = seq + 1
            answer = core.receive(part(seq, index, 10, raw).to_frame(), 0.0)
            assert is_kept(answer) == (not follows or total <= MOST)


def test_the_whole_event_may_be_as_large_as_the_bound() -> None:
    core = speaks()
    with mock.patch.object(limits, "MAX_EVENT_RAW_BYTES", 300):
        assert all(is_kept(core.receive(part(seq, seq, 3).to_frame(), 0.0)) for seq in range(3))
        refused = core.receive(part(3, 3, 4, 1).to_frame(), 0.0)
    assert isinstance(refused[0], Send)
    assert refused[0].refused is not None
    assert refused[0].refused.code == "inflated_too_large"


@pytest.mark.parametrize(
    ("fields", "is_sound"),
    [
        ({"part_index": 255, "part_count": 256}, True),
        ({"part_index": 256, "part_count": 257}, False),
        ({"part_index": 2, "part_count": 2}, False),
        ({"part_index": 0, "part_count": 0}, False),
        ({"part_index": 1, "part_count": 1}, False),
    ],
)
def test_parts_that_cannot_be_end_the_conversation(fields: dict[str, Any], is_sound: bool) -> None:
    answer = speaks().receive(PAGE.chunk(1_000, **fields).to_frame(), 0.0)
    assert is_kept(answer) == is_sound


def test_the_last_seq_there_is_can_be_kept_and_acked() -> None:
    core = speaks()
    (command,) = core.receive(PAGE.chunk(limits.MAX_SEQ).to_frame(), 0.0)
    assert isinstance(command, Keep)
    assert core.kept(command.chunk.header, limits.MAX_SEQ + 1)
