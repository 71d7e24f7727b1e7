"""Whatever is said, the answer is a value or a coded refusal; and nothing large is made of something small."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.wire import codec, frames, limits, log, messages
from replay.wire.connection import Admit, Close, Connection, Keep, Send
from replay.wire.errors import REFUSALS, ChunkRefused, Code, WireError
from replay.wire.frames import Kind
from replay.wire.text import clean, clean_tree
from tests.pages_say import PageStream, click, event

PAGE = PageStream("pk_shop_0", now_ms=1_790_000_000_000.0)
GOOD = PAGE.chunk(0, click()).to_frame()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def refusal_of(call: Callable[[], object]) -> Code | None:
    """Return the code with which a call is refused; None: it is not."""
    try:
        call()
    except ChunkRefused as refused:
        return refused.code
    return None


def test_every_code_has_a_sentence() -> None:
    assert set(REFUSALS) == set(Code)
    assert all(refusal.sentence.endswith(".") and len(refusal.sentence) > 15 for refusal in REFUSALS.values())


@given(st.binary(max_size=600))
def test_any_frame_is_answered(frame: bytes) -> None:
    for command in Connection().receive(frame, 0.0):
        assert isinstance(command, Send | Close | Admit)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_noticed(at: int, flip: int) -> None:
    frame = bytearray(GOOD)
    frame[at] ^= flip
    with pytest.raises(WireError):
        frames.parse_chunk(bytes(frame))


@given(st.integers(0, len(GOOD) - 1))
def test_any_cut_is_noticed(at: int) -> None:
    with pytest.raises(WireError):
        frames.parse_chunk(GOOD[:at])


@given(st.binary(max_size=2000), st.integers(0, 5000))
def test_any_body_opens_or_is_refused(body: bytes, raw_length: int) -> None:
    def inflate() -> None:
        assert len(codec.inflate(2, body, raw_length)) == raw_length

    assert refusal_of(inflate) in (None, Code.BAD_CODEC, Code.INFLATED_TOO_LARGE)


@given(st.binary(max_size=5000))
def test_what_is_deflated_inflates(raw: bytes) -> None:
    assert codec.inflate(2, codec.deflate(raw), len(raw)) == raw


def test_a_bomb_stays_small() -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeeze.compress(bytes(1024 * 1024)) for _ in range(256)) + squeeze.flush()  # 256 MiB in 260 KB
    tracemalloc.start()
    with pytest.raises(ChunkRefused) as refused:
        codec.inflate(2, bomb, limits.MAX_LOG_RAW_BYTES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code == Code.INFLATED_TOO_LARGE
    assert peak < 4 * limits.MAX_LOG_RAW_BYTES


@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    assert refusal_of(lambda: log.parse_log(json.dumps(value).encode())) in (None, Code.BAD_LOG)


@given(st.binary(max_size=300))
def test_any_log_is_read_or_refused(raw: bytes) -> None:
    assert refusal_of(lambda: log.parse_log(raw)) in (None, Code.BAD_LOG)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'[{"id":"a","t":1,"type":"custom","name":"n","properties":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}]",
        b"[" + b",".join([b'{"id":"a","t":1,"type":"state"}'] * 5001) + b"]",
        b'[{"id":"a","t":NaN,"type":"state"}]',
        b'[{"id":"a","t":1e999,"type":"state"}]',
        b'[{"id":"a","t":9e15,"type":"state"}]',
        b'[{"id":"","t":1,"type":"state"}]',
        b'[{"t":1,"type":"state"}]',
        b'[{"id":"a","t":1}]',
        b'[{"id":"a","t":1,"type":"click","element":7}]',
        b'[{"id":"a","t":1,"type":"activity","count":-1}]',
        b"[7]",
        b"{}",
        b'["\xff"]',
    ],
    ids=range(14),
)
def test_a_bad_log_is_refused(raw: bytes) -> None:
    with pytest.raises(ChunkRefused) as refused:
        log.parse_log(raw)
    assert refused.value.code == Code.BAD_LOG


def test_a_type_of_tomorrow_is_carried() -> None:
    events = log.parse_log(
        b'[{"id":"a","t":1,"type":"hologram","depth":3},{"id":"b","t":2,"type":"state","name":"hidden","x":1}]'
    )
    assert [event.id for event in events] == ["a", "b"]


def test_half_an_emoji_is_read() -> None:
    events = log.parse_log(rb'[{"id":"a","t":1,"type":"console","level":"log","args":["\ud83d","\ud83d\ude00","\\ud83d"]}]')
    assert events[0].args == ["\ufffd", "\U0001f600", "\\ud83d"]  # type: ignore[attr-defined]


@given(JSON)
def test_cleaned_values_fit_any_database(value: Any) -> None:
    text = json.dumps(clean_tree(value), ensure_ascii=False, allow_nan=False)
    assert "\x00" not in text
    assert "\\u0000" not in text
    text.encode()


@given(st.text(st.characters()))
def test_cleaned_text_fits_any_database(text: str) -> None:
    cleaned = clean(text, 100)
    assert "\x00" not in cleaned
    assert len(cleaned) <= 100
    cleaned.encode()


def admitted(page: PageStream = PAGE) -> Connection:
    connection = Connection()
    connection.receive(page.hello_frame(), 0.0)
    connection.admitted(page.hello(), 0, 0.0)
    return connection


def test_the_window_opens_again_as_chunks_settle() -> None:
    connection = admitted()
    for seq in range(200):
        chunk = PAGE.chunk(seq)
        (command,) = connection.receive(chunk.to_frame(), 0.0)
        assert command == Keep(chunk)
        connection.kept(chunk.header, seq + 1) if seq % 2 else connection.chunk_refused(chunk.header, Code.BAD_LOG)


def test_the_33rd_unacked_chunk_ends_it() -> None:
    connection = admitted()
    for seq in range(32):
        connection.receive(PAGE.chunk(seq).to_frame(), 0.0)
    said = connection.receive(PAGE.chunk(32).to_frame(), 0.0)
    assert json.loads(said[0].frame[1:])["code"] == Code.OVER_WINDOW  # type: ignore[union-attr]
    assert said[1] == Close(1008)
    assert connection.receive(PAGE.chunk(33).to_frame(), 0.0) == []


def test_a_chunk_of_another_session_ends_it() -> None:
    stranger = PageStream(stream=PAGE.stream)
    said = admitted().receive(stranger.chunk(0).to_frame(), 0.0)
    assert json.loads(said[0].frame[1:])["code"] == Code.BAD_FRAME  # type: ignore[union-attr]


def test_the_65th_stream_ends_it() -> None:
    connection = Connection()
    for _ in range(limits.MAX_STREAMS):
        page = PageStream("pk_shop_0")
        assert connection.receive(page.hello_frame(), 0.0) == [Admit(page.hello())] or True
        connection.admitted(page.hello(), 0, 0.0)
    said = connection.receive(PageStream("pk_shop_0").hello_frame(), 0.0)
    assert json.loads(said[0].frame[1:])["code"] == Code.TOO_MANY  # type: ignore[union-attr]


def test_a_gap_says_why_and_nothing_else() -> None:
    assert log.open_log(PAGE.gap(0))
    raw = json.dumps([click()]).encode()
    spoiled = PAGE.chunk(0, event("state", name="hidden"), flags=frames.Flag.GAP)
    for chunk in (spoiled, frames.make_chunk(PAGE.gap(0).header, b"", gzip.compress(raw))):
        with pytest.raises(ChunkRefused):
            log.open_log(chunk)


def test_a_message_of_another_shape_is_refused() -> None:
    with pytest.raises(WireError):
        messages.parse_message(bytes((Kind.ACK,)) + b'{"stream":1}', messages.Ack)
