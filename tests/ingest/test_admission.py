"""What a hello is told: whether its stream may speak, from where on, and on which page it is."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from replay.accounts import services
from replay.accounts.models import Project, WriteKey
from replay.index.models import Stream
from replay.ingest.admission import Admission, Admitted
from replay.wire.errors import Code, FrameRefused
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


SHOP = "https://shop.example"


def test_an_admission_holds_for_half_a_minute(page: PageStream) -> None:
    assert 29 < admit(page).valid_until - time.monotonic() <= 30


def test_streams_of_one_key_cost_one_look_in_half_a_minute(
    page: PageStream, write_key: WriteKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keys = Admission()
    valid_until = keys.admit(page.hello(), SHOP, "", NOW_MS).valid_until
    with django_assert_num_queries(0):
        assert keys.renew(write_key.key, SHOP) == valid_until


def test_a_revoked_key_may_not_go_on(page: PageStream, project: Project, write_key: WriteKey) -> None:
    keys = Admission()
    keys.admit(page.hello(), SHOP, "", NOW_MS)
    services.revoke_write_key(project, write_key.pk)
    keys.renew(write_key.key, SHOP)  # not known yet
    _let_time_pass(keys)
    with pytest.raises(FrameRefused, match=Code.REVOKED_WRITE_KEY):
        keys.renew(write_key.key, SHOP)


def test_a_site_that_was_shut_out_may_not_go_on(page: PageStream, project: Project, write_key: WriteKey) -> None:
    keys = Admission()
    keys.admit(page.hello(), SHOP, "", NOW_MS)
    project.allowed_origins = ["https://another.example"]
    project.save()
    _let_time_pass(keys)
    with pytest.raises(FrameRefused, match=Code.FOREIGN_ORIGIN):
        keys.renew(write_key.key, SHOP)


def test_a_key_that_stands_may_go_on(page: PageStream, write_key: WriteKey) -> None:
    keys = Admission()
    before = keys.admit(page.hello(), SHOP, "", NOW_MS).valid_until
    _let_time_pass(keys)
    assert keys.renew(write_key.key, SHOP) > before


def _let_time_pass(keys: Admission) -> None:
    """Make what is remembered as old as it may become."""
    keys._keys = OrderedDict((text, (time.monotonic(), key)) for text, (_, key) in keys._keys.items())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_unnoticed_costs_the_page_nothing(page: PageStream) -> None:
    assert admit(page).next_seq == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(_conninfo(), autocommit=True) as stranger:
        stranger.execute("SELECT pg_terminate_backend(%s)", (pid,))
    assert admit(page).next_seq == 0


def _conninfo() -> str:
    at = connection.settings_dict
    return f"host={at['HOST']} port={at['PORT']} user={at['USER']} dbname={at['NAME']} password={at['PASSWORD'] or 'none'}"
