"""Who the tests of this room speak for."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ingest.bucket import Bucket
from tests.layouts import Layout, MadeProject
from tests.pages_say import PageStream

Get = Callable[[str], Any]


@pytest.fixture(scope="session")
def shop(layout: Layout) -> MadeProject:
    return layout.make_project()


@pytest.fixture
def page(shop: MadeProject) -> PageStream:
    return PageStream(shop.write_key)


@pytest.fixture
def get(layout: Layout, shop: MadeProject) -> Get:
    """Ask the API about a session, as the customer's own code would."""

    def ask(path: str) -> Any:
        url = f"{layout.base_url}/api/v1/projects/{shop.id}/sessions/{path}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {shop.token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    return ask


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """A store that can be full, or silent."""
    bucket = Bucket()
    yield bucket
    bucket.close()
