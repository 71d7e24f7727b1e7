"""What a hello is told: whether its stream may speak, from where on, and on which page it is."""

from __future__ import annotations

import hashlib

import pytest

from replay.accounts.models import Project, WriteKey
from replay.index.models import Stream
from replay.ingest.admission import Admission, Admitted
from tests.factories import make_moment, make_session, make_stream
from tests.pages_say import PageStream

NOW_MS = 1_790_000_000_000.0


@pytest.fixture
def page(write_key: WriteKey) -> PageStream:
    return PageStream(write_key.key)


@pytest.fixture
def stream(page: PageStream, project: Project) -> Stream:
    """The page's stream, as far as it was kept on an earlier connection."""
    secret_hash = hashlib.sha256(page.secret.encode()).digest()
    session = make_session(project, uuid=page.session, secret_hash=secret_hash)
    return make_stream(session, stream_id=page.stream, next_seq=7)


def admit(page: PageStream) -> Admitted:
    return Admission().admit(page.hello(), "https://shop.example", "Mozilla/5.0", NOW_MS)


def test_a_new_stream_is_where_its_hello_says(page: PageStream) -> None:
    admitted = admit(page)
    assert (admitted.next_seq, admitted.page_url) == (0, page.url)


def test_a_stream_that_comes_back_is_where_its_last_navigation_led(page: PageStream, stream: Stream) -> None:
    for after_s, path in ((1, "lamps"), (9, "lamps/dune"), (5, "cart")):
        make_moment(stream, after_s=after_s, kind="navigation", url=f"https://shop.example/{path}")
    make_moment(stream, after_s=20, kind="request_failed", url="https://api.shop.example/stock")
    another = make_stream(stream.session)
    make_moment(another, after_s=30, kind="navigation", url="https://shop.example/another-tab")
    admitted = admit(page)
    assert (admitted.next_seq, admitted.page_url) == (7, "https://shop.example/lamps/dune")


def test_a_stream_that_never_navigated_is_where_its_hello_says(page: PageStream, stream: Stream) -> None:
    assert admit(page).page_url == page.url
