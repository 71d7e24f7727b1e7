"""Bodies to events and back, by codec id."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import zstandard

from replay.wire import bodies, columns
from replay.wire.bodies import BadBody
from replay.wire.frames import Codec

EVENTS: list[Any] = [
    {"type": 4, "data": {"href": "https://shop.example/", "width": 1280, "height": 720}, "timestamp": 1790000000000},
    {"type": 99, "strange": {"": None, "__proto__": [1, 2.5, -0.0, 2**70, "\ud83d", "ë"]}},
    "no event at all",
]
JSON = json.dumps(EVENTS).encode()
SHAPES: dict[int, bytes] = {
    Codec.JSON: JSON,
    Codec.JSON_GZIP: gzip.compress(JSON),
    Codec.JSON_ZSTD: zstandard.compress(JSON),
    Codec.COLUMNS: columns.encode(EVENTS),
    Codec.COLUMNS_GZIP: gzip.compress(columns.encode(EVENTS)),
    Codec.COLUMNS_ZSTD: zstandard.compress(columns.encode(EVENTS)),
}


@pytest.mark.parametrize("codec", SHAPES)
def test_events_come_out_of_every_codec(codec: int) -> None:
    assert bodies.decode_dom(codec, [SHAPES[codec]]) == EVENTS


def test_slices_of_an_event_are_joined() -> None:
    document = columns.encode(EVENTS)
    slices = [gzip.compress(document[:7]), gzip.compress(document[7:])]
    assert bodies.decode_dom(Codec.COLUMNS_GZIP, slices) == EVENTS


def test_what_is_stored_comes_back() -> None:
    dom, log = bodies.encode_dom(EVENTS), bodies.encode_log(EVENTS)
    assert (dom.codec, log.codec) == (Codec.COLUMNS_ZSTD, Codec.JSON_ZSTD)
    assert bodies.decode_dom(dom.codec, [dom.data]) == EVENTS == bodies.decode_log(log.codec, log.data)
    assert dom.raw_length == len(columns.encode(EVENTS))


def test_an_empty_body_has_no_events() -> None:
    assert bodies.decode_dom(Codec.EMPTY, [b""]) == [] == bodies.decode_log(Codec.EMPTY, b"")


@pytest.mark.parametrize("codec", SHAPES)
@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b"\xff" + data[1:]])
def test_a_spoilt_body_is_bad(codec: int, spoil: Any) -> None:
    with pytest.raises(BadBody):
        bodies.decode_dom(codec, [spoil(SHAPES[codec])])


@pytest.mark.parametrize("codec", SHAPES)
def test_a_body_beyond_its_bound_is_bad(codec: int) -> None:
    with pytest.raises(BadBody):
        bodies.decode_dom(codec, [SHAPES[codec]], most_bytes=60)


@pytest.mark.parametrize("codec", [3, 19, Codec.SEGMENTED, Codec.MISSING])
def test_an_unknown_codec_is_bad(codec: int) -> None:
    with pytest.raises(BadBody):
        bodies.decode_dom(codec, [JSON])


def test_a_log_is_never_columns() -> None:
    with pytest.raises(BadBody):
        bodies.decode_log(Codec.COLUMNS, columns.encode(EVENTS))


@pytest.mark.parametrize("text", [b"{}", b"7", b"[1e400]", b"[NaN]", b'["\\ud800",NaN]', b"[" * 100_000 + b"]" * 100_000])
def test_what_is_no_array_of_values_is_bad(text: bytes) -> None:
    with pytest.raises(BadBody):
        bodies.decode_dom(Codec.JSON, [text])


def test_what_json_cannot_say_is_bad() -> None:
    for write in (bodies.encode_dom, bodies.encode_log):
        with pytest.raises(BadBody):
            write([object()])
