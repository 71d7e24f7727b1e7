"""Bad input: each has a code, a sentence and no effect."""

from __future__ import annotations

import base64

import pytest
from django.db import OperationalError
from django.test import Client

from replay.index import read, search
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from tests.api.conftest import Recorded


def cursor(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode()


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/sessions", {"limit": "0"}, "limit"),
        ("/sessions", {"limit": "201"}, "limit"),
        ("/sessions", {"limit": "all"}, "limit"),
        ("/sessions", {"limit": "9" * 5000}, "limit"),
        ("/sessions", {"person": "a" * 201}, "person"),
        ("/sessions", {"person": "a\0b"}, "person"),
        ("/sessions", {"page": "\0"}, "page"),
        ("/sessions", {"errors": "perhaps"}, "errors"),
        ("/sessions", {"live": "2"}, "live"),
        ("/sessions", {"timezone": "Mars/Olympus"}, "timezone"),
        ("/sessions", {"timezone": "../../etc/passwd"}, "timezone"),
        ("/sessions", {"cursor": "a" * 65}, "cursor"),
        ("/events", {"kind": "drop table"}, "kind"),
        ("/events", {"q": "a" * 201}, "q"),
        ("/persons", {"q": "\0"}, "q"),
        ("/persons", {"limit": "-1"}, "limit"),
        ("/sessions/{session}/manifest", {"at": "nan"}, "at"),
        ("/sessions/{session}/manifest", {"at": "1e17"}, "at"),
        ("/sessions/{session}/manifest", {"stream": "f" * 33}, "stream"),
        ("/sessions/{session}/moments", {"limit": "10001"}, "limit"),
        ("/sessions/{session}/streams/{stream}/segments/0", {"body": "both"}, "body"),
        ("/sessions/{session}/streams/{stream}/chunks/rows", {"from": "-1"}, "from"),
    ],
)
def test_a_parameter_out_of_bounds_is_named(
    path: str, params: dict[str, str], name: str, alice_client: Client, recorded: Recorded
) -> None:
    address = recorded.base + path.format(session=recorded.session.uuid, stream=recorded.stream.stream_id)
    answer = alice_client.get(address, params)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_parameter"
    assert repr(name) in error["message"]


def test_the_reason_is_said_in_our_words(alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.base + "/sessions", {"timezone": "Mars/Olympus"})
    sentence = "The parameter 'timezone' cannot be used: it is not a time zone such as Europe/Paris."
    assert answer.json()["error"]["message"] == sentence


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"body": "dom"},
        {"body": "both", "upto": "1"},
        {"body": "dom", "upto": "0"},
        {"body": "dom", "from": "-1", "upto": "1"},
        {"body": "dom", "upto": str(2**32 + 1)},
        {"body": "dom", "upto": "1.5"},
    ],
)
def test_a_range_out_of_bounds(params: dict[str, str], alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.chunks, params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_parameter")


@pytest.mark.parametrize(("first", "upto"), [("3", "3"), ("4", "2")])
def test_an_empty_range(first: str, upto: str, alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.chunks, {"body": "dom", "from": first, "upto": upto})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_range")


@pytest.mark.parametrize("path", ["/sessions", "/events", "/persons"])
@pytest.mark.parametrize(
    "bad",
    [
        "x",
        "!!!!",
        "é",
        "MTAw",
        cursor(b"1.99999999999999999999"),
        cursor(b"1." + b"9" * 19),
        cursor(b"999999999999999999.1"),
        cursor(b"-1.1"),
        cursor(b"1.-1"),
        cursor("١.١".encode()),
        cursor(b"1.1\n"),
        cursor(b"1.1; drop"),
    ],
)
def test_a_cursor_that_we_did_not_give(path: str, bad: str, alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(recorded.base + path, {"cursor": bad})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("text", ["'; drop table replay_session; --", "%", "_", "\\", '"', "💥", "a" * 200, "-", "\u202e"])
@pytest.mark.parametrize(
    ("path", "name"), [("/sessions", "person"), ("/sessions", "page"), ("/events", "q"), ("/persons", "q")]
)
def test_odd_text_finds_nothing_and_breaks_nothing(
    path: str, name: str, text: str, alice_client: Client, recorded: Recorded
) -> None:
    answer = alice_client.get(recorded.base + path, {name: text})
    assert answer.status_code == 200
    found = {"sessions": 1 if text == "-" and name == "person" else 0}  # "user-17"
    assert path != "/sessions" or len(answer.json()["items"]) == found["sessions"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/projects/a%00b/sessions",
        "/api/v1/projects/../sessions",
        "/api/v1/projects/{p}/sessions/not-a-uuid",
        "/api/v1/projects/{p}/sessions/{s}/streams/%00/chunks?body=dom&upto=1",
        "/api/v1/projects/{p}/sessions/{s}/streams/" + "a" * 3000 + "/chunks?body=dom&upto=1",
        "/api/v1/" + "projects/" * 50,
        "/api/v2/projects",
        "/api/",
        "/api/v1/",
    ],
)
def test_an_address_that_is_none_of_ours(path: str, alice_client: Client, recorded: Recorded) -> None:
    answer = alice_client.get(path.format(p=recorded.project.public_id, s=recorded.session.uuid))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_wrong_method_is_refused_by_its_code(method: str, alice_client: Client, recorded: Recorded) -> None:
    answer = getattr(alice_client, method)(recorded.address)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "wrong_method")
    assert answer["Allow"] == "GET"


def test_a_store_that_is_down_is_said_to_be_down(
    alice_client: Client, recorded: Recorded, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(key: str, start: int = 0, length: int | None = None) -> bytes:
        raise StoreUnavailable(key)

    monkeypatch.setattr(store, "get", down)
    answer = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Retry-After"]


def test_a_database_that_is_down_is_said_to_be_down(
    alice_client: Client, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: object) -> None:
        raise OperationalError("secret host name")

    monkeypatch.setattr(search, "get_session", down)
    answer = alice_client.get(recorded.address)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "index_unavailable")
    assert b"secret" not in answer.content


def test_our_own_mistake_is_said_without_details(
    alice_client: Client, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(read, "find_stream", broken)
    answer = alice_client.get(recorded.chunks, {"body": "dom", "upto": "4"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert b"secret" not in answer.content
