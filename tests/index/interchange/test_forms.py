"""Whose file it is, and that each shape holds the same events. Those of peers are made by hand, after what they publish."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from replay.index.interchange.errors import ImportRefused, Refusal
from replay.index.interchange.forms import open_recording
from replay.index.interchange.items import Kind, StreamFacts
from tests.index.interchange.recordings import START_MS, click, custom, events_of, items_of, lines, own, page, text

EVENTS = [*page(), text(START_MS + 100, "Paying …"), click(START_MS + 200)]
IN_WINDOWS = [event | {"windowId": "a" if number % 2 else "b"} for number, event in enumerate(EVENTS)]


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


SHAPES = {
    "an array": ("rrweb", dumped(EVENTS)),
    "an array, indented": ("rrweb", json.dumps(EVENTS, indent=2).encode()),
    "events in an object": ("rrweb", dumped({"name": "demo", "events": EVENTS, "more": {"events": []}})),
    "events in a recording": ("rrweb", dumped({"recording": {"events": EVENTS}})),
    "a line each": ("rrweb", lines(EVENTS)),
    "a line each, without a last end": ("rrweb", lines(EVENTS).rstrip()),
    "PostHog's export": (
        "posthog",
        dumped({"version": "2023-04-28", "data": {"id": "x", "person": None, "snapshots": EVENTS}}),
    ),
    "PostHog's snapshots": ("posthog", dumped({"snapshots": EVENTS})),
    "PostHog's first export": (
        "posthog",
        dumped({"version": "2022-12-02", "data": {"person": {}, "snapshotsByWindowId": {"w": EVENTS}}}),
    ),
    "PostHog's lines": ("posthog", lines([["w", event] for event in EVENTS])),
    "PostHog's older lines": (
        "posthog",
        lines([{"window_id": "w", "data": EVENTS[:2]}, {"window_id": "w", "data": EVENTS[2:]}]),
    ),
    "Sentry's segments": ("sentry", dumped([EVENTS[:1], [], EVENTS[1:]])),
    "ours": ("playhead", own([{"id": "s", "events": EVENTS}])),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_holds_the_same_events(shape: str) -> None:
    form, data = SHAPES[shape]
    assert open_recording(io.BytesIO(data)).form == form
    assert events_of(data) == EVENTS
    assert {item.stream for item in items_of(data)} <= {"1", "w", "s"}


def test_windows_of_a_peer_are_told_apart() -> None:
    data = dumped({"version": "2023-04-28", "data": {"snapshots": IN_WINDOWS}})
    assert [item.stream for item in items_of(data)] == ["b", "a", "b", "a"]
    assert events_of(data) == IN_WINDOWS  # nothing is taken out of an event


def test_seconds_are_put_right_where_a_peer_writes_them() -> None:
    span = custom(START_MS / 1000, "performanceSpan", {"op": "memory"})
    assert events_of(dumped([[*page(), span]]))[-1]["timestamp"] == START_MS
    assert events_of(dumped([*page(), span]))[-1] == span


def test_log_and_gaps_stand_between_the_events_of_plain_rrweb() -> None:
    log = {"type": "click", "id": "e1", "t": START_MS + 5, "element": {"tag": "a"}}
    gap = {"first_ms": START_MS + 6, "last_ms": START_MS + 9, "reason": "too_large", "body": "dom"}
    facts = {"id": "s", "window": "w", "clock_offset_ms": 20.5, "session": {"id": "old"}}
    data = lines(
        [custom(START_MS, "playhead.stream", facts), *page(), custom(1, "playhead.log", log), custom(1, "playhead.gap", gap)]
    )
    found = items_of(data)
    assert [(item.kind, item.stream) for item in found[2:]] == [(Kind.LOG, "s"), (Kind.GAP, "s")]
    assert json.loads(found[2].raw) == log
    assert found[3].gap
    assert (found[3].gap.reason, found[3].ms) == ("too_large", START_MS + 6)
    (said,) = (told for told in open_recording(io.BytesIO(data)).told if isinstance(told, StreamFacts))
    assert (said.id, said.clock_offset_ms) == ("s", 20.5)


def test_events_and_log_of_ours_meet_in_order_of_time_and_gaps_stand_where_they_say() -> None:
    log = [{"type": "state", "id": f"e{ms}", "t": START_MS + ms} for ms in (0.5, 150, 300)]
    gap = {"first_ms": START_MS, "last_ms": START_MS, "reason": "frozen", "at_event": 3, "at_log": 1}
    found = items_of(own([{"id": "s", "events": EVENTS, "log": log, "gaps": [gap]}]))
    kinds = [item.kind for item in found]
    dom, line, missing = Kind.DOM, Kind.LOG, Kind.GAP
    assert kinds == [dom, line, dom, dom, missing, line, dom, line]


REFUSED = {
    "nothing": (b" \n ", Refusal.EMPTY),
    "a page": (b"<!doctype html>", Refusal.NOT_JSON),
    "a number": (b"12", Refusal.NOT_JSON),
    "an object without events": (b'{"name": "x"}', Refusal.NOT_A_RECORDING),
    "events that are no array": (b'{"events": {"0": {}}}', Refusal.NOT_A_RECORDING),
    "somebody else's format": (b'{"format": "har", "events": []}', Refusal.NOT_A_RECORDING),
    "ours of tomorrow": (b'{"format": "playhead.session", "version": 2, "streams": []}', Refusal.UNKNOWN_VERSION),
    "ours without streams": (b'{"format": "playhead.session", "version": 1}', Refusal.NOT_A_RECORDING),
    "a stream without an id": (own([{"events": []}]), Refusal.NOT_A_RECORDING),
    "a stream with a wrong clock": (own([{"id": "s", "clock_offset_ms": "late", "events": []}]), Refusal.NOT_A_RECORDING),
    "an event without a time": (b'[{"type": 3, "data": {}}]', Refusal.NOT_AN_EVENT),
    "an event with a text for a type": (b'[{"type": "3", "timestamp": 1}]', Refusal.NOT_AN_EVENT),
    "an event beyond time": (b'[{"type": 3, "timestamp": 1e300}]', Refusal.NOT_AN_EVENT),
    "an endless number": (b'[{"type": 3, "timestamp": 1e999}]', Refusal.NOT_JSON),
    "a packed event": (b'[{"type": 2, "timestamp": 1, "data": "x", "cv": "2024-10"}]', Refusal.PACKED_EVENT),
    "a null among events": (b"[null]", Refusal.NOT_AN_EVENT),
    "a text among events": (b'[{"type": 3, "timestamp": 1}, "x"]', Refusal.NOT_AN_EVENT),
    "what was never JSON": (b'[{"type": 3, "timestamp": 1, x}]', Refusal.NOT_JSON),
    "a log event without an id": (own([{"id": "s", "events": EVENTS, "log": [{"type": "click", "t": 1}]}]), Refusal.BAD_LOG),
    "a gap in the log": (own([{"id": "s", "log": [{"type": "gap", "id": "g", "t": 1, "reason": "x"}]}]), Refusal.BAD_GAP),
    "a gap that ends before it begins": (
        own([{"id": "s", "gaps": [{"first_ms": 2, "last_ms": 1, "reason": "x"}]}]),
        Refusal.BAD_GAP,
    ),
    "half a file": (dumped(EVENTS)[:-40], Refusal.CUT_SHORT),
    "half a line": (lines(EVENTS)[:-40], Refusal.CUT_SHORT),
    "a wrong announcement": (lines([custom(1, "playhead.stream", [])]), Refusal.NOT_A_RECORDING),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recording_is_refused_by_code(name: str) -> None:
    data, code = REFUSED[name]
    with pytest.raises(ImportRefused) as refused:
        items_of(data)
    assert refused.value.code is code


def test_large_events_are_carried_without_being_opened() -> None:
    big = text(START_MS, "x" * 17_000_000)
    (item,) = items_of(dumped([big]))
    assert (item.event, item.type, item.ms, len(item.raw)) == (None, 3, START_MS, len(json.dumps(big)))
    with pytest.raises(ImportRefused):
        items_of(b'[{"type": 3, "data": "' + b"\xff" * 17_000_000 + b'", "timestamp": 1}]')
