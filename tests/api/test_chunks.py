"""Recorded bytes over HTTP: they are hostile, and numbered ones never change."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from replay.store.memory import MemoryStore
from replay.wire.records import MEDIA_TYPE, parse_records
from tests.api.conftest import Recorded
from tests.factories import body_of, make_chunks, make_segment, make_stream


@pytest.mark.parametrize("body", ["dom", "log"])
def test_the_bytes_come_as_they_were_sent(body: str, alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.chunks, {"body": body, "from": "1", "upto": "3"})
    assert [(record.seq, record.body) for record in parse_records(answer.content)] == [(n, body_of(body, n)) for n in (1, 2)]
    assert answer["Playhead-Next-Seq"] == "3"


def test_no_browser_may_take_them_for_a_page(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"})
    assert answer["Content-Type"] == MEDIA_TYPE
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "attachment"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_what_can_never_change_may_be_kept_by_whoever_asks_again(
    alice_client: Client, recorded: Recorded, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"})
    assert answer["Cache-Control"] == "private, no-cache"
    monkeypatch.setattr(store, "get", None)  # from here on, nothing is read
    for etag in (answer["ETag"], f'"another", {answer["ETag"]}', f"W/{answer['ETag']}"):
        again = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"}, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("Cache-Control", "ETag", "Playhead-Next-Seq"):
            assert again[name] == answer[name]


def test_other_bytes_have_another_etag(alice_client: Client, recorded: Recorded, store: MemoryStore) -> None:
    """One that could be taken for another's would show the wrong page."""
    another = make_stream(recorded.session)
    make_chunks(another, range(4), store)
    elsewhere = recorded.chunks.replace(recorded.stream.stream_id, another.stream_id)
    asked = [
        (recorded.chunks, {"body": "dom", "upto": "4"}),
        (recorded.chunks, {"body": "log", "upto": "4"}),
        (recorded.chunks, {"body": "dom", "upto": "3"}),
        (recorded.chunks, {"body": "dom", "from": "1", "upto": "4"}),
        (elsewhere, {"body": "dom", "upto": "4"}),
    ]
    assert len({alice_client.get(address, query)["ETag"] for address, query in asked}) == len(asked)


def test_a_kept_copy_is_worth_nothing_to_whoever_may_not_see_it(
    alice_client: Client, charlie_client: Client, client: Client, recorded: Recorded
) -> None:
    def status(asker: Client) -> int:
        return asker.get(recorded.chunks, {"body": "dom", "upto": "4"}, headers={"if-none-match": etag}).status_code

    etag = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"})["ETag"]
    assert (status(alice_client), status(charlie_client), status(client)) == (304, 404, 401)
    recorded.session.erased_at = timezone.now()
    recorded.session.save()
    assert status(alice_client) == 410
    alice_client.post("/sign-out/")
    assert status(alice_client) == 401


def test_what_may_still_change_is_not_kept(alice_client: Client, recorded: Recorded, store: MemoryStore) -> None:
    stream = make_stream(recorded.session)
    make_chunks(stream, [0, 2], store)
    address = recorded.chunks.replace(recorded.stream.stream_id, stream.stream_id)
    for query in ({"body": "dom", "upto": "3"}, {"body": "dom", "from": "3", "upto": "9"}):
        answer = alice_client.get(address, query)
        assert answer["Cache-Control"] == "no-store"
        assert "ETag" not in answer


def test_missing_bytes_are_said_and_not_kept(alice_client: Client, recorded: Recorded) -> None:
    make_chunks(recorded.stream, [4])  # its bytes were never put
    answer = alice_client.get(recorded.chunks, {"body": "dom", "from": "3", "upto": "5"})
    assert [record.codec for record in parse_records(answer.content)] == [2, 255]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", ["dom", "log"])
def test_below_the_segments_it_says_to_ask_by_segment(body: str, alice_client: Client, recorded: Recorded) -> None:
    stream = recorded.fold()
    address = recorded.chunks.replace(recorded.stream.stream_id, stream.stream_id)
    answer = alice_client.get(address, {"body": body, "from": "2", "upto": "8"})
    (record,) = parse_records(answer.content)
    assert (record.seq, record.codec, record.raw_length, record.body) == (2, 254, 0, b"")
    assert (answer["Playhead-Next-Seq"], answer["Cache-Control"], "ETag" in answer) == ("6", "no-store", False)
    fresh = alice_client.get(address, {"body": body, "from": "6", "upto": "8"})
    assert [record.seq for record in parse_records(fresh.content)] == [6, 7]


def test_a_kept_copy_of_chunks_does_not_hide_that_they_moved(alice_client: Client, recorded: Recorded) -> None:
    query = {"body": "dom", "upto": "4"}
    held = {"if-none-match": alice_client.get(recorded.chunks, query)["ETag"]}
    make_segment(recorded.stream, 0, 4, recorded.store)
    answer = alice_client.get(recorded.chunks, query, headers=held)
    assert [record.codec for record in parse_records(answer.content)] == [254]
