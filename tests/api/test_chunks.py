"""Recorded bytes over HTTP: they are hostile, and numbered ones never change."""

from __future__ import annotations

import pytest
from django.test import Client

from replay.store.memory import MemoryStore
from replay.wire.records import MEDIA_TYPE, parse_records
from tests.api.conftest import Recorded
from tests.factories import body_of, make_chunks, make_stream


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


def test_what_can_never_change_may_be_kept_by_the_asker_alone(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"})
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"


def test_what_may_still_change_is_not_kept(alice_client: Client, recorded: Recorded, store: MemoryStore) -> None:
    stream = make_stream(recorded.session)
    make_chunks(stream, [0, 2], store)
    address = recorded.chunks.replace(recorded.stream.stream_id, stream.stream_id)
    assert alice_client.get(address, {"body": "dom", "upto": "3"})["Cache-Control"] == "no-store"
    assert alice_client.get(address, {"body": "dom", "from": "3", "upto": "9"})["Cache-Control"] == "no-store"


def test_missing_bytes_are_said_and_not_kept(alice_client: Client, recorded: Recorded) -> None:
    make_chunks(recorded.stream, [4])  # its bytes were never put
    answer = alice_client.get(recorded.chunks, {"body": "dom", "from": "3", "upto": "5"})
    assert [record.codec for record in parse_records(answer.content)] == [2, 255]
    assert answer["Cache-Control"] == "no-store"
