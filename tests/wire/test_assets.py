"""What pages say of assets, hostile or odd: refused by a code, or read within its bounds."""

from __future__ import annotations

import gzip
import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from replay.wire import limits
from replay.wire.assets import LEAST_SHEET_CHARS, REFERENCE, Offer, open_body, parse_request, refer
from replay.wire.errors import Code, WireError
from replay.wire.frames import join_frames
from replay.wire.media import Kind, media_type_of

HASH = "ab" * 32


def request(offers: Any, *bodies: bytes) -> bytes:
    return join_frames([b"\x01{}", json.dumps(offers).encode(), *bodies])


@pytest.mark.parametrize(
    "offers",
    [
        [],
        {},
        [[]],
        [[HASH]],
        [[HASH, "script"]],
        [[HASH.upper(), "font"]],
        [[HASH + "\n", "font"]],
        [["", "font"]],  # neither hash nor reason
        [[HASH, "font", "", 1, 0, "unreadable"]],  # both
        [[HASH, "font", "u" * 2_049]],
        [[HASH, "font", "", -1]],
        [[HASH, "font", "", 1, 0, "", "more"]],
        [[HASH, "font", "", 1, 2]],  # a body that does not come
        [[HASH, "font"]] * (limits.MAX_OFFERS + 1),
    ],
)
def test_offers_that_are_none_are_refused(offers: Any) -> None:
    with pytest.raises(WireError) as refused:
        parse_request(request(offers))
    assert refused.value.code == Code.BAD_FRAME


@given(some.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for given_body in (body, join_frames([b"\x01{}", body])):
        with suppress(WireError):  # anything else is a bug
            assert parse_request(given_body).offers


def test_bodies_belong_to_the_offers_that_bring_them() -> None:
    heard = parse_request(request([[HASH, "font"], [HASH, "image", "", 3, 1], ["", "image", "u", 0, 0, "not_public"]], b"abc"))
    assert heard.bodies == {1: b"abc"}


def test_a_body_opens_only_to_what_was_offered() -> None:
    data = b"b { margin: 0 }" * 9
    offer = Offer(hashlib.sha256(data).hexdigest(), "stylesheet", "", len(data), 2)
    assert open_body(offer, gzip.compress(data)) == data
    for body in (gzip.compress(data + b" "), gzip.compress(data)[:-9], gzip.compress(data) + b"x", data, b""):
        assert open_body(offer, body) is None
    bomb = Offer(HASH, "stylesheet", "", 10, 2)
    assert open_body(bomb, gzip.compress(bytes(10_000_000))) is None
    assert open_body(Offer(HASH, "stylesheet", "", 10, 17), data) is None


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("font", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("font", b"body {}"),
        ("image", b"<!doctype html><svg>"),
        ("image", b"<html><body><svg></svg></body></html>"),
        ("image", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>"),
        ("image", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>"),  # entities: a bomb, or another document
        ("image", b"%PDF-1.7"),
        ("image", b"BM whatever"),
        ("image", b"wOF2"),
        ("stylesheet", b"\x89PNG\r\n\x1a\n\x00"),
        ("stylesheet", b"a\x00b"),
        ("stylesheet", b"\xff\xfea"),
        ("image", b""),
    ],
)
def test_what_is_not_of_its_kind_has_no_type(kind: Kind, data: bytes) -> None:
    assert media_type_of(kind, data) is None


@given(some.sampled_from(["stylesheet", "font", "image"]), some.binary(max_size=64))
def test_a_type_is_one_of_its_kind(kind: Kind, data: bytes) -> None:
    found = media_type_of(kind, data)
    assert found is None or found.startswith({"stylesheet": "text/css", "font": "font/", "image": "image/"}[kind])


def test_a_reference_is_a_whole_text() -> None:
    assert REFERENCE.match(f"playhead-asset:{HASH}")
    for text in (
        f"playhead-asset:{HASH} ",
        f" playhead-asset:{HASH}",
        f"playhead-asset:{HASH}\n",
        f"playhead-asset:{HASH[:-1]}",
    ):
        assert not REFERENCE.match(text)


def shows(text: str) -> dict[str, Any]:
    node = {"type": 2, "id": 3, "tagName": "link", "attributes": {"_cssText": text}, "childNodes": []}
    return {"type": 3, "data": {"source": 0, "adds": [{"parentId": 1, "nextId": None, "node": node}]}}


def test_a_sheet_that_is_kept_becomes_its_reference_and_no_other() -> None:
    large, other, small = "a{color:red}" * 200, "b{color:red}" * 200, "a{}"
    assert len(small) < LEAST_SHEET_CHARS <= len(large)
    kept = frozenset(hashlib.sha256(text.encode()).hexdigest() for text in (large, small))
    for text, is_referred in ((large, True), (other, False), (small, False)):
        event = shows(text)
        refer(event, kept)
        assert event == shows(f"playhead-asset:{hashlib.sha256(text.encode()).hexdigest()}" if is_referred else text)


@pytest.mark.parametrize("event", [None, 3, {}, {"type": 2}, {"type": 2, "data": [[{"_cssText": 5}]]}, shows("\ud800" * 2000)])
def test_odd_events_are_left_as_they_are(event: Any) -> None:
    before = json.dumps(event)
    refer(event, frozenset({HASH}))
    assert json.dumps(event) == before
