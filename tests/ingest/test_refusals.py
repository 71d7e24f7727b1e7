"""What is refused is counted, and said in the log without drowning it."""

from __future__ import annotations

import pytest

from replay.ingest.refusals import QUIET_S, Refusals
from replay.wire.connection import Refused
from replay.wire.errors import Code

STREAM = "0123456789abcdef0123456789abcdef"


def test_every_refusal_is_counted_by_its_code() -> None:
    refusals = Refusals()
    for seq in range(5):
        refusals.count(Refused(Code.CONFLICT, STREAM, seq))
    refusals.count(Refused(Code.UNKNOWN_WRITE_KEY))
    assert refusals.counts == {Code.CONFLICT: 5, Code.UNKNOWN_WRITE_KEY: 1}


def test_a_line_names_code_stream_and_seq(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    refusals.count(Refused(Code.CONFLICT, STREAM, 7))
    refusals.count(Refused(Code.BAD_FRAME))
    assert caplog.messages == [
        f"refused code=conflict stream={STREAM} seq=7 unlogged=0",
        "refused code=bad_frame stream=- seq=- unlogged=0",
    ]


def test_a_code_is_logged_once_in_a_while_and_says_what_was_left_out(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    for seq in range(100):
        refusals.count(Refused(Code.CONFLICT, STREAM, seq), now=1_000 + seq * QUIET_S / 100)
    refusals.count(Refused(Code.CONFLICT, STREAM, 100), now=1_000 + QUIET_S)
    assert caplog.messages == [
        f"refused code=conflict stream={STREAM} seq=0 unlogged=0",
        f"refused code=conflict stream={STREAM} seq=100 unlogged=99",
    ]
