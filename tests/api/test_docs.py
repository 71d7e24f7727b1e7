"""The documentation: each call in it works as written, and none of it loads anything from elsewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from replay.accounts import services
from replay.api.errors import REFUSALS
from replay.api.v1 import api
from replay.index.cursor import encode_cursor
from replay.index.interchange.jobs import begin_import
from tests.api.conftest import Recorded

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
CALLS = re.findall(r"^curl .*?(?<!\\)$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("call", CALLS)
def test_a_documented_call_works(call: str, recorded: Recorded) -> None:
    stream = recorded.fold() if "/segments/" in call else recorded.stream
    words = {
        "HOST": "",
        "TOKEN": services.mint_token(recorded.project, "docs"),
        "PROJECT": recorded.project.public_id,
        "SESSION": str(recorded.session.uuid),
        "STREAM": stream.stream_id,
        "FIRST": "3",
        "HASH": recorded.asset,
        "PERSON": str(recorded.person.uuid),
        "CURSOR": encode_cursor(recorded.session.started_at, recorded.session.pk),
    }
    data = b'{"type": 4, "timestamp": 1}'
    job = begin_import(recorded.project, "visit.jsonl", len(data), "", timezone.now())
    words |= {"IMPORT": str(job.uuid), "OFFSET": "0"}
    said = re.sub(r"\$([A-Z]+)", lambda found: words[found[1]], call.replace("\\\n", ""))
    _, _, header, *options, address = shlex.split(said)
    name, value = header.split(": ")
    method = options[options.index("-X") + 1] if "-X" in options else "GET"
    body = data if "-T" in options else b""
    answer = Client().generic(method, address, body, "application/octet-stream", headers={name: value})
    assert answer.status_code == 200


def test_every_address_is_documented() -> None:
    called = "\n".join(CALLS)
    for path in api.get_openapi_schema(path_prefix="/api/v1/")["paths"]:
        pattern = re.sub(r"\\\{\w+\\\}", r"\\$[A-Z]+", re.escape(path))
        assert re.search(rf"{pattern}[\"?\s]|{pattern}$", called), path


def test_every_code_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted((code.value, str(said.status)) for code, said in REFUSALS.items())


def test_the_description_for_programs_is_open_to_all(db: None) -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    schema = answer.json()
    assert set(schema["components"]["securitySchemes"]) == {"TokenAuth", "CookieAuth"}
    for methods in schema["paths"].values():
        for said in methods.values():
            assert {"200", "400", "401", "404"} <= set(said["responses"])


def test_the_reference_names_every_address_and_loads_nothing_from_elsewhere(db: None) -> None:
    answer = Client().get("/api/v1/docs")
    assert answer.status_code == 200
    page = answer.content.decode()
    for path in api.get_openapi_schema(path_prefix="/api/v1/")["paths"]:
        assert f"<code>{path}</code>" in page
    loaded = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"([^\"]+)\"", page)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert "<style" not in page
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))
