from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.index.interchange import limits
from replay.index.interchange.cursor import Cursor
from replay.index.interchange.errors import ImportRefused, Refusal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


class Slow(io.BytesIO):
    """A file that gives little at a time, whatever it is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7)


def cursor(text: str | bytes) -> Cursor:
    return Cursor(Slow(text.encode() if isinstance(text, str) else text))


def refusal(text: str | bytes, walk: Any = lambda one: one.take()) -> Refusal:
    with pytest.raises(ImportRefused) as refused:
        walk(cursor(text))
    return refused.value.code


@given(st.lists(VALUES), st.sampled_from([None, 2]), st.booleans())
def test_it_takes_every_element_of_an_array_whole(values: list[Any], indent: int | None, ascii_only: bool) -> None:
    walked = cursor(json.dumps(values, indent=indent, ensure_ascii=ascii_only))
    assert [json.loads(walked.take()) for _ in walked.elements()] == values
    assert walked.peek() == b""


@given(st.dictionaries(st.text(max_size=50), VALUES))
def test_it_takes_or_skips_every_member_of_an_object(values: dict[str, Any]) -> None:
    text = json.dumps(values)
    walked = cursor(text)
    assert {name: json.loads(walked.take()) for name in walked.members()} == values
    skipped = cursor(text)
    for _ in skipped.members():
        skipped.skip()
    assert skipped.offset == len(text.encode())


def test_it_goes_on_where_another_stood() -> None:
    walked = cursor('{"a": [1, 2], "b": "x"}')
    places = {}
    for name in walked.members():
        places[name] = walked.offset
        walked.skip()
    assert Cursor(Slow(b'{"a": [1, 2], "b": "x"}'), places["b"]).take() == b'"x"'


def test_a_mark_of_the_byte_order_is_no_content() -> None:
    assert cursor(b"\xef\xbb\xbf[1]").take() == b"[1]"


@pytest.mark.parametrize("text", ['[{"a": "never', "[[1, 2]", '{"a": {', '"open', '"a\\'])
def test_what_ends_in_the_middle_is_cut_short(text: str) -> None:
    assert refusal(text) is Refusal.CUT_SHORT
    assert refusal(text, lambda one: one.skip()) is Refusal.CUT_SHORT


def test_what_is_no_json_is_refused_where_it_stands() -> None:
    walked = cursor("[1  2]")
    elements = walked.elements()
    next(elements)
    walked.take()
    with pytest.raises(ImportRefused) as refused:
        next(elements)
    assert (refused.value.code, refused.value.offset) == (Refusal.NOT_JSON, 4)
    assert refusal("]") is Refusal.NOT_JSON


def test_what_nests_too_deep_is_refused_before_it_is_opened() -> None:
    assert refusal("[" * 801 + "]" * 801) is Refusal.TOO_DEEP
    assert refusal("[" * 801 + "]" * 801, lambda one: one.skip()) is Refusal.TOO_DEEP


def test_a_value_larger_than_asked_for_is_refused() -> None:
    assert refusal(json.dumps(["x" * 100]), lambda one: one.take(50)) is Refusal.EVENT_TOO_LARGE
    assert refusal('"' + "x" * 100, lambda one: one.take(50)) is Refusal.EVENT_TOO_LARGE


def test_a_string_without_end_is_not_held_while_it_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_EVENT_BYTES", 1_000)
    assert refusal('["' + "x" * 5_000, lambda one: one.skip()) is Refusal.EVENT_TOO_LARGE
    walked = cursor(json.dumps([["y" * 100] * 100, 1]))  # large in sum, small in each part
    walked.skip()
    assert walked.peek() == b""
