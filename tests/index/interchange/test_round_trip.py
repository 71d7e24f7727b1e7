"""Out and in again: events, log, gaps and times are those that went out, in both forms, again and again."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay.accounts.models import Project
from replay.index.models import Session, Stream
from replay.store.memory import MemoryStore
from tests.index.interchange.recordings import START_MS, bring, click, events_of, own, page, take, text

pytestmark = pytest.mark.django_db

TEXT = st.text(max_size=20) | st.sampled_from(["\u2028", "half \ud83d", "x" * 300_000, '"\\'])
TIMES = st.integers(0, 20_000) | st.floats(0, 20_000).map(lambda ms: round(ms, 3))
EVENTS = st.lists(st.builds(lambda ms, value: text(START_MS + ms, value), TIMES, TEXT), max_size=12)
LOG = st.lists(
    st.builds(lambda ms, n: {"type": "state", "id": f"e{n}", "t": START_MS + ms, "name": "x"}, TIMES, st.integers(0)),
    max_size=8,
)
GAP = st.builds(
    lambda ms, n, m: gap_at(START_MS + ms, n, m),
    TIMES,
    st.integers(0, 12),
    st.integers(0, 8),
)


def gap_at(ms: float, at_event: int, at_log: int) -> dict[str, Any]:
    return {"first_ms": ms, "last_ms": ms + 5, "reason": "frozen", "body": "dom", "at_event": at_event, "at_log": at_log}


@st.composite
def streams(draw: Any) -> dict[str, Any]:
    events, log = [*page(), *draw(EVENTS)], draw(LOG)
    gaps = sorted(draw(st.lists(GAP, max_size=3)), key=lambda gap: (gap["at_event"], gap["at_log"]))
    at_log = 0
    for gap in gaps:  # both places only move on
        gap["at_event"] = min(gap["at_event"], len(events))
        gap["at_log"] = at_log = max(at_log, min(gap["at_log"], len(log)))
    offset = draw(st.sampled_from([0.0, 12.5, -86_400_000.0]))
    return {"id": "0", "window": "w", "clock_offset_ms": offset, "events": events, "log": log, "gaps": gaps}


def told(data: bytes) -> list[dict[str, Any]]:
    """Return what a file of ours says of each stream, but for the names that are made anew."""
    return [
        {name: stream[name] for name in ("events", "log", "gaps", "clock_offset_ms")} for stream in json.loads(data)["streams"]
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(streams(), min_size=1, max_size=2))
def test_what_goes_out_comes_in_and_goes_out_the_same(
    project: Project, other_project: Project, given_streams: list[dict[str, Any]]
) -> None:
    Session.objects.all().delete()
    store = MemoryStore()
    for number, stream in enumerate(given_streams):
        stream["id"] = f"s{number}"
        for event in stream["events"]:
            event["timestamp"] += number * 100_000  # one after the other
        for event in stream["log"]:
            event["t"] += number * 100_000
        for gap in stream["gaps"]:
            gap["first_ms"] += number * 100_000
            gap["last_ms"] += number * 100_000
    made = bring(store, project, own(given_streams))
    first = take(store, made)
    second = take(store, bring(store, other_project, first))
    assert told(second) == told(first)
    by_time = sorted(given_streams, key=lambda each: each["events"][0]["timestamp"] + each["clock_offset_ms"])
    for stream, out in zip(by_time, told(first), strict=True):
        assert out["events"] == stream["events"]
        assert out["log"] == stream["log"]
        assert [gap["reason"] for gap in out["gaps"]] == [gap["reason"] for gap in stream["gaps"]]
    plain = take(store, made, form="lines", gzip=True)
    assert [event for stream in told(first) for event in stream["events"]] == events_of_gzip(plain)
    again = take(store, bring(store, other_project, plain), form="lines", gzip=True)
    assert events_of_gzip(again) == events_of_gzip(plain)


def events_of_gzip(data: bytes) -> list[Any]:
    return events_of(gzip.decompress(data))


def test_bytes_of_events_are_equal_not_only_their_meaning(project: Project, other_project: Project) -> None:
    store = MemoryStore()
    events = [*page(START_MS + 0.5), text(START_MS + 1.0, "é\u2028"), click(START_MS + 2000)]
    first = take(store, bring(store, project, own([{"id": "s", "events": events}])), form="rrweb")
    second = take(store, bring(store, other_project, first), form="rrweb")
    assert first.splitlines()[2:] == second.splitlines()[2:]  # all but the line that names session and stream


def test_plain_rrweb_says_whose_clock_it_is_and_one_stream_may_go_alone(project: Project, other_project: Project) -> None:
    store = MemoryStore()
    streams = [
        {"id": name, "window": name, "clock_offset_ms": 3_600_000.0, "events": page(START_MS + n)}
        for n, name in enumerate("ab")
    ]
    made = bring(store, project, own(streams))
    rows = list(Stream.objects.order_by("first_ms"))
    assert events_of(take(store, made, form="rrweb")) == [*page(START_MS), *page(START_MS + 1)]
    assert events_of(take(store, made, form="rrweb", stream=rows[1].stream_id)) == page(START_MS + 1)
    assert events_of(take(store, made, form="rrweb", window=rows[0].window_id)) == page(START_MS)
    brought = bring(store, other_project, take(store, made, form="rrweb"))
    again = Session.objects.get(uuid=brought.session)
    assert again.started_at == Session.objects.get(uuid=made.session).started_at
    assert {stream.clock_offset_ms for stream in Stream.objects.filter(session=again)} == {3_600_000.0}


def test_a_session_without_bytes_goes_out_as_gaps(project: Project) -> None:
    store = MemoryStore()
    made = bring(store, project, own([{"id": "s", "events": page()}]))
    (stream,) = told(take(MemoryStore(), made))
    assert stream["events"] == []
    assert [(gap["reason"], gap["body"]) for gap in stream["gaps"]] == [("not_decodable", "both")]
