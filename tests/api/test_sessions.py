"""The sessions list and one session, as the API tells them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from replay.api.params import SessionParams
from replay.api.schemas import ManifestOut
from tests.api.conftest import Recorded
from tests.factories import (
    START,
    START_MS,
    make_chunks,
    make_gap,
    make_moment,
    make_person,
    make_segment,
    make_session,
    make_stream,
)


def test_a_list_row_says_who_where_and_how_much(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(f"{recorded.base}/sessions").json()
    (row,) = answer["items"]
    assert row["id"] == str(recorded.session.uuid)
    assert row["person"]["name"] == "Ada Lovelace"
    assert row["person"]["distinct_id"] == "user-17"
    assert row["duration_ms"] == 60_000
    assert row["viewport"] == {"width": 1280, "height": 720}
    assert row["is_live"] is False
    assert answer["next_cursor"] is None
    assert answer["live"] == 0


def test_one_session_names_its_streams(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.address).json()
    assert answer["id"] == str(recorded.session.uuid)
    assert [stream["id"] for stream in answer["streams"]] == [recorded.stream.stream_id]


def test_the_manifest_is_all_that_a_player_needs_first(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(f"{recorded.address}/manifest").json()
    (stream,) = answer["streams"]
    assert [chunk[0] for chunk in stream["chunks"]] == [0, 1, 2, 3]
    assert answer["windows"] == [{"id": f"{1:016x}", "number": 1, "streams": [recorded.stream.stream_id]}]
    assert answer["gaps"] == []
    assert [moment["kind"] for moment in answer["moments"]] == ["navigation", "click"]
    assert answer["session"]["person"]["email"] == "ada@example.org"


def test_the_manifest_is_as_it_is_described(alice_client: Client, recorded: Recorded) -> None:
    """It is encoded without the schema's help, so its shape is held against the schema here."""
    make_chunks(recorded.stream, [6])
    make_gap(recorded.stream, 4, 4)
    recorded.fold()
    answer = alice_client.get(f"{recorded.address}/manifest").json()
    told = ManifestOut.model_validate(answer).model_dump(mode="json")
    assert told == answer
    assert [gap["reason"] for gap in answer["gaps"]] == ["too_large", "not_arrived"]


def test_the_manifest_names_segments_and_the_chunks_after_them(alice_client: Client, recorded: Recorded) -> None:
    folded = recorded.fold()
    answer = alice_client.get(f"{recorded.address}/manifest").json()
    (stream,) = [stream for stream in answer["streams"] if stream["id"] == folded.stream_id]
    assert stream["segmented_upto"] == 6
    assert [(row[0], row[1], row[7]) for row in stream["segments"]] == [(0, 3, 0), (3, 6, 1)]
    assert [row[0] for row in stream["chunks"]] == [6, 7]
    assert answer["gaps"] == []
    assert answer["truncated"] == []


def test_a_manifest_that_says_the_same_costs_no_bytes(alice_client: Client, recorded: Recorded) -> None:
    address = f"{recorded.address}/manifest"
    answer = alice_client.get(address)
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["ETag"].startswith('W/"')
    held = {"if-none-match": answer["ETag"]}
    again = alice_client.get(address, headers=held)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    make_chunks(recorded.stream, [4])
    fresh = alice_client.get(address, headers=held)
    assert (fresh.status_code, [row[0] for row in fresh.json()["streams"][0]["chunks"]]) == (200, [0, 1, 2, 3, 4])


def test_a_manifest_changes_when_chunks_become_a_segment(alice_client: Client, recorded: Recorded) -> None:
    address = f"{recorded.address}/manifest"
    held = {"if-none-match": alice_client.get(address)["ETag"]}
    make_segment(recorded.stream, 0, 3, recorded.store)
    assert alice_client.get(address, headers=held).status_code == 200


def test_a_manifest_says_most_near_the_moment(
    alice_client: Client, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replay.index.manifest.MOST_LISTED", 2)
    monkeypatch.setattr("replay.index.manifest.MOMENT_BYTES", 1)
    for query in (f"at={START_MS + 2_750}&stream={recorded.stream.stream_id}", f"at={START_MS + 3_000}"):
        answer = alice_client.get(f"{recorded.address}/manifest?{query}").json()
        (stream,) = answer["streams"]
        assert [row[0] for row in stream["chunks"]] == [2, 3]
        (unlisted,) = stream["unlisted"]
        assert unlisted[:2] == [0, 2]
        assert [moment["kind"] for moment in answer["moments"]] == ["navigation"]
        assert answer["moments_truncated"] is True
    rows = alice_client.get(f"{recorded.chunks}/rows", {"from": 0, "upto": 2}).json()
    assert ([row[0] for row in rows["chunks"]], rows["next_seq"], rows["segmented_upto"]) == ([0, 1], 2, 0)


def test_all_moments_come_page_by_page(alice_client: Client, recorded: Recorded) -> None:
    first = alice_client.get(f"{recorded.address}/moments", {"limit": 1})
    rest = alice_client.get(first["Link"].partition(">")[0].removeprefix("<").removeprefix(settings.PUBLIC_URL)).json()
    assert [row["kind"] for row in [*first.json()["items"], *rest["items"]]] == ["navigation", "click"]
    assert (first.json()["truncated"], rest["truncated"], rest["next_cursor"]) == (True, False, None)


def test_a_moments_times_are_told_on_both_clocks(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(f"{recorded.address}/moments", {"kind": "click"}).json()
    (moment,) = answer["items"]
    assert (moment["at_ms"], moment["stream_ms"]) == (START_MS + 20_000, START_MS + 19_750)
    assert answer["truncated"] is False


def test_an_events_link_opens_five_seconds_before_on_the_recorders_clock(alice_client: Client, recorded: Recorded) -> None:
    event = alice_client.get(f"{recorded.base}/events", {"kind": "click"}).json()["items"][0]
    path = f"/s/{recorded.project.public_id}/{recorded.session.uuid}"
    assert event["link"] == f"{settings.PUBLIC_URL}{path}?at={int(START_MS) + 14_750}&stream={recorded.stream.stream_id}"
    assert event["session"] == str(recorded.session.uuid)
    assert event["person"]["name"] == "Ada Lovelace"


def test_a_person_is_told_with_names_and_sessions(alice_client: Client, recorded: Recorded) -> None:
    person = alice_client.get(f"{recorded.base}/persons/{recorded.person.uuid}").json()
    assert person["properties"] == {"name": "Ada Lovelace", "email": "ada@example.org"}
    assert [known["distinct_id"] for known in person["distinct_ids"]] == ["user-17"]
    assert [session["id"] for session in person["recent_sessions"]] == [str(recorded.session.uuid)]
    assert (person["sessions"], person["last_seen_at_ms"]) == (1, START_MS + 60_000)


def test_the_walk_gives_each_session_once_while_new_ones_arrive(alice_client: Client, recorded: Recorded) -> None:
    made = [recorded.session] + [make_session(recorded.project, started_at=START + timedelta(seconds=n)) for n in range(1, 7)]
    seen: list[str] = []
    cursor = ""
    while True:
        answer = alice_client.get(f"{recorded.base}/sessions", {"cursor": cursor, "limit": "2"}).json()
        seen += [row["id"] for row in answer["items"]]
        make_session(recorded.project, started_at=START + timedelta(hours=1))
        if answer["next_cursor"] is None:
            break
        cursor = answer["next_cursor"]
    assert seen == [str(session.uuid) for session in reversed(made)]


def test_today_is_the_askers_day() -> None:
    now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert SessionParams.model_validate({}).day_start(now) == datetime(2026, 3, 1, tzinfo=UTC)
    assert SessionParams.model_validate({"timezone": "Europe/Paris"}).day_start(now) == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert SessionParams.model_validate({"timezone": "America/New_York"}).day_start(now) == datetime(2026, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("path", ["/sessions", "/events", "/persons", "/sessions/{session}", "/sessions/{session}/manifest"])
def test_an_answer_costs_the_same_however_long(path: str, alice_client: Client, recorded: Recorded) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert alice_client.get(recorded.base + path.format(session=recorded.session.uuid)).status_code == 200
        return len(queries)

    short = cost()
    for n in range(8):
        person = make_person(recorded.project, f"person-{n}", name=f"Person {n}")
        make_moment(make_stream(make_session(recorded.project, person=person)), after_s=n)
        make_moment(make_stream(recorded.session), after_s=n)
    assert cost() == short
    assert short <= 11  # at most four to know who asks, seven for a manifest


def test_a_long_answer_is_compressed_for_whoever_can_read_that(alice_client: Client, recorded: Recorded) -> None:
    address = f"{recorded.address}/manifest"
    plain = alice_client.get(address)
    packed = alice_client.get(address, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    told, short = plain.json(), json.loads(gzip.decompress(packed.content))
    assert {**told, "server_ms": 0} == {**short, "server_ms": 0}
    bytes_ = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"}, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in bytes_


def test_the_link_header_leads_through_the_list_with_its_filters(alice_client: Client, recorded: Recorded) -> None:
    for n in range(1, 4):
        make_session(recorded.project, started_at=START + timedelta(seconds=n), entry_url="https://shop.example/a b&c")
    answer = alice_client.get(f"{recorded.base}/sessions", {"page": "a b&c", "limit": "2"})
    address, rel = answer["Link"].split("; ")
    assert rel == 'rel="next"'
    last = alice_client.get(address.strip("<>").removeprefix(settings.PUBLIC_URL))
    assert (len(answer.json()["items"]), len(last.json()["items"])) == (2, 1)
    assert "Link" not in last
