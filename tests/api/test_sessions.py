"""The sessions list and one session, as the API tells them."""

from __future__ import annotations

from django.test import Client

from tests.api.conftest import Recorded


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


def test_the_bytes_come_as_they_were_sent(alice_client: Client, recorded: Recorded) -> None:
    from replay.wire.records import parse_records
    from tests.factories import body_of

    answer = alice_client.get(recorded.chunks, {"body": "dom", "from": 1, "upto": 3})
    assert [(record.seq, record.body) for record in parse_records(answer.content)] == [
        (1, body_of("dom", 1)),
        (2, body_of("dom", 2)),
    ]
    assert answer["Playhead-Next-Seq"] == "3"
