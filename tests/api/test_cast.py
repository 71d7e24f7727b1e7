"""The cast meets every address of the API. The addresses come from the router: a new one without a row here fails."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from replay.accounts import services
from replay.accounts.models import Project, User
from replay.api.v1 import api
from replay.index.interchange.jobs import begin_import
from tests.api.conftest import Recorded
from tests.factories import make_session

PROJECT = "/api/v1/projects/{project}"
SESSION = PROJECT + "/sessions/{session}"

# What Alice gets with these query parameters is 200; the path is filled in from what was recorded.
ADDRESSES: dict[tuple[str, str], dict[str, Any]] = {
    ("get", "/api/v1/projects"): {},
    ("get", PROJECT + "/sessions"): {},
    ("get", SESSION): {},
    ("get", SESSION + "/manifest"): {},
    ("get", SESSION + "/moments"): {},
    ("get", SESSION + "/streams/{stream}/chunks"): {"body": "dom", "upto": 2},
    ("get", SESSION + "/streams/{stream}/chunks/rows"): {},
    ("get", SESSION + "/streams/{stream}/segments/{first_seq}"): {"body": "dom"},
    ("get", SESSION + "/assets"): {},
    ("get", SESSION + "/assets/{hash}"): {},
    ("get", SESSION + "/export"): {},
    ("get", PROJECT + "/imports"): {},
    ("post", PROJECT + "/imports"): {"size_bytes": 10},
    ("get", PROJECT + "/imports/{import_id}"): {},
    ("put", PROJECT + "/imports/{import_id}/parts/{offset}"): {},
    ("delete", PROJECT + "/imports/{import_id}"): {},
    ("get", PROJECT + "/events"): {},
    ("get", PROJECT + "/persons"): {},
    ("get", PROJECT + "/persons/{person}"): {},
}
OF_A_PROJECT = [address for address in ADDRESSES if "{project}" in address[1]]
OF_A_SESSION = [address for address in ADDRESSES if "{session}" in address[1]]


def routes() -> set[tuple[str, str]]:
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    return {(method, path) for path, methods in paths.items() for method in methods}


def test_every_address_has_a_row() -> None:
    assert routes() == set(ADDRESSES)


def ask(client: Client, address: tuple[str, str], recorded: Recorded, **changed: object) -> Any:
    method, path = address
    parts = {
        "project": recorded.project.public_id,
        "session": recorded.session.uuid,
        "stream": recorded.stream.stream_id,
        "person": recorded.person.uuid,
        "hash": recorded.asset,
    }
    if "{first_seq}" in path:
        parts |= {"stream": recorded.fold().stream_id, "first_seq": 3}
    if "{import_id}" in path:
        parts |= {"import_id": begin_import(recorded.project, "visit.json", 10, "", timezone.now()).uuid, "offset": 0}
    if method == "get":
        return client.get(path.format(**(parts | changed)), ADDRESSES[address])
    where = f"{path.format(**(parts | changed))}?{urlencode(ADDRESSES[address])}"
    return getattr(client, method)(where, b"", content_type="application/octet-stream")


def bearer(token: str) -> Client:
    return Client(headers={"authorization": f"Bearer {token}"})


def code_of(answer: Any) -> str:
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    return str(error["code"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_alice_and_bob_may(address: tuple[str, str], alice_client: Client, bob_client: Client, recorded: Recorded) -> None:
    assert ask(alice_client, address, recorded).status_code == 200
    assert ask(bob_client, address, recorded).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_may_without_saying_who_they_are(address: tuple[str, str], recorded: Recorded) -> None:
    answer = ask(Client(), address, recorded)
    assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")


@pytest.mark.parametrize("address", OF_A_PROJECT)
def test_for_charlie_it_does_not_exist(address: tuple[str, str], charlie_client: Client, recorded: Recorded) -> None:
    answer = ask(charlie_client, address, recorded)
    unknown = ask(charlie_client, address, recorded, project="nosuchproj")
    assert (answer.status_code, code_of(answer)) == (404, "not_found")
    assert answer.content == unknown.content


@pytest.mark.parametrize("address", [address for address in OF_A_PROJECT if address[1].count("{") > 1])
def test_charlies_own_project_does_not_open_alices_rows(
    address: tuple[str, str], charlie_client: Client, recorded: Recorded, other_project: Project
) -> None:
    assert ask(charlie_client, address, recorded, project=other_project.public_id).status_code == 404


@pytest.mark.parametrize("address", OF_A_PROJECT)
def test_lists_of_charlies_project_show_nothing_of_alices(
    address: tuple[str, str], charlie_client: Client, recorded: Recorded, other_project: Project
) -> None:
    if address[0] == "get" and address[1].count("{") == 1:
        assert ask(charlie_client, address, recorded, project=other_project.public_id).json()["items"] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_token_of_the_project_may(address: tuple[str, str], recorded: Recorded) -> None:
    assert ask(bearer(services.mint_token(recorded.project, "ci")), address, recorded).status_code == 200


@pytest.mark.parametrize("address", OF_A_PROJECT)
def test_a_token_of_another_project_may_not(address: tuple[str, str], recorded: Recorded, other_project: Project) -> None:
    answer = ask(bearer(services.mint_token(other_project, "ci")), address, recorded)
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


@pytest.mark.parametrize("token", ["pt_unknown", "", "x" * 5000, "pt_\x00", "pk_something"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_bad_token_is_not_saved_by_a_cookie(
    address: tuple[str, str], token: str, alice_client: Client, recorded: Recorded
) -> None:
    alice_client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    answer = ask(alice_client, address, recorded)
    assert (answer.status_code, code_of(answer)) == (401, "bad_token")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_may_not(recorded: Recorded) -> None:
    client = bearer(services.mint_token(recorded.project, "ci"))
    services.revoke_token(recorded.project, recorded.project.tokens.get().pk)
    assert client.get(recorded.address).status_code == 401


def test_a_token_lists_its_one_project(recorded: Recorded, alice: User) -> None:
    services.create_project(alice, "Another of Alice's")
    answer = bearer(services.mint_token(recorded.project, "ci")).get("/api/v1/projects").json()
    assert answer == {"items": [{"id": recorded.project.public_id, "name": "Shop"}]}


def test_who_was_switched_off_may_not(alice_client: Client, alice: User, recorded: Recorded) -> None:
    alice.is_active = False
    alice.save()
    assert alice_client.get(recorded.address).status_code == 401


def test_who_left_the_project_may_not(bob_client: Client, bob: User, recorded: Recorded) -> None:
    bob.memberships.all().delete()
    assert bob_client.get(recorded.address).status_code == 404


@pytest.mark.parametrize("address", OF_A_SESSION)
def test_a_session_that_never_was(address: tuple[str, str], alice_client: Client, recorded: Recorded) -> None:
    answer = ask(alice_client, address, recorded, session=uuid.uuid4())
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


@pytest.mark.parametrize("address", OF_A_SESSION)
def test_an_erased_session_says_so_to_its_own(
    address: tuple[str, str], alice_client: Client, charlie_client: Client, recorded: Recorded
) -> None:
    recorded.session.erased_at = timezone.now()
    recorded.session.save()
    answer = ask(alice_client, address, recorded)
    assert (answer.status_code, code_of(answer)) == (410, "erased")
    assert ask(charlie_client, address, recorded).status_code == 404


def test_a_stream_of_another_session_is_not_found(alice_client: Client, recorded: Recorded) -> None:
    other = make_session(recorded.project)
    for address in OF_A_SESSION:
        if "{stream}" in address[1]:
            assert ask(alice_client, address, recorded, session=other.uuid).status_code == 404
