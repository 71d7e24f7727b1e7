"""``/recorder.js`` can be loaded by any site, and is small on the way."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "recorder.js"
    file.write_text("let recorder = 1;\n" * 50)
    monkeypatch.setattr(finders, "find", lambda name: str(file) if name == "dist/recorder.js" else None)
    return file


def test_any_site_may_load_it(client: Client, built: Path) -> None:
    response = client.get("/recorder.js", headers={"Accept-Encoding": "gzip, br"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"] == "public, max-age=300"
    assert not response.cookies
    assert gzip.decompress(response.content) == built.read_bytes()


def test_brotli_is_served_where_it_was_built(client: Client, built: Path) -> None:
    built.with_name("recorder.js.br").write_bytes(b"brotli")
    response = client.get("/recorder.js", headers={"Accept-Encoding": "gzip, br"})
    assert (response.content, response["Content-Encoding"]) == (b"brotli", "br")


def test_an_unchanged_file_is_not_sent_again(client: Client, built: Path) -> None:
    etag = client.get("/recorder.js")["ETag"]
    assert client.get("/recorder.js", headers={"If-None-Match": etag}).status_code == 304


def test_a_missing_build_says_so(client: Client, built: Path) -> None:
    response = client.get("/recorder.mjs")
    assert response.status_code == 404
    assert b"not built" in response.content
