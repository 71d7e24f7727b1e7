"""Sessions, events and persons: rows, filters, pages and fresh rows."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from replay.accounts.models import Project
from replay.index.times import to_micros
from tests.factories import START, make_moment, make_person, make_session, make_stream
from tests.pages.conftest import Shop

HTMX = {"HX-Request": "true"}


def rows(page: str) -> list[str]:
    return re.findall(r'<tr id="s-([0-9a-f-]+)"', page)


def test_a_row_says_who_where_how_long_and_what_went_wrong(shop: Shop, alice_client: Client) -> None:
    page = alice_client.get(shop.at("sessions/")).content.decode()
    for words in (
        "Ada Lovelace",
        "/cart",
        ">1:00<",
        'title="1 minute"',
        "2 uncaught errors",
        "Chrome · Linux",
        "1280×720",
        shop.link,
    ):
        assert words in page


def test_a_quiet_session_shows_no_errors(shop: Shop, alice_client: Client) -> None:
    quiet = make_session(shop.project, started_at=START + timedelta(hours=1))
    page = alice_client.get(shop.at("sessions/")).content.decode()
    row = page[page.index(f"s-{quiet.uuid}") :].split("</tr>")[0]
    assert 'class="bad"' not in row
    assert f"anonymous {quiet.distinct_id[-4:]}" in row


def test_older_and_newer_lead_down_the_list_and_back(shop: Shop, alice_client: Client) -> None:
    made = [make_session(shop.project, started_at=START + timedelta(minutes=n)) for n in range(1, 130)]
    newest_first = [str(each.uuid) for each in reversed(made)] + [str(shop.session.uuid)]
    seen, path, trail = [], shop.at("sessions/"), []
    while True:
        page = alice_client.get(path).content.decode()
        seen += rows(page)
        trail.append(rows(page))
        older = re.search(r'rel="next" href="(\?[^"]+)"', page)
        if not older:
            break
        path = shop.at("sessions/") + older[1].replace("&amp;", "&")
    assert seen == newest_first
    assert [len(each) for each in trail] == [50, 50, 30]
    for expected in reversed(trail[:-1]):
        newer = re.search(r'rel="prev" href="(\?[^"]*)"', page)
        assert newer
        page = alice_client.get(shop.at("sessions/") + newer[1].replace("&amp;", "&")).content.decode()
        assert rows(page) == expected


def test_a_cursor_that_we_never_gave_shows_the_first_page(shop: Shop, alice_client: Client) -> None:
    for cursor in ("-", "x" * 500, "MTAwMDAwNy41x", "%00"):
        answer = alice_client.get(shop.at("sessions/"), {"cursor": cursor, "trail": "a,b,,c"})
        assert answer.status_code == 200
        assert rows(answer.content.decode()) == [str(shop.session.uuid)]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("person=ada", True),
        ("person=user-17", True),
        ("person=grace", False),
        ("page=shop.example", True),
        ("page=/admin", False),
        ("errors=1", True),
        ("live=1", False),
        ("person=ada&errors=1", True),
        ("person=%00", True),
        ("person=" + "x" * 5000, False),
    ],
)
def test_filters_narrow_the_list(shop: Shop, alice_client: Client, query: str, is_found: bool) -> None:
    page = alice_client.get(shop.at("sessions/?") + query).content.decode()
    assert bool(rows(page)) is is_found
    assert is_found or "No session matches" in page


def test_htmx_gets_the_list_alone(shop: Shop, alice_client: Client) -> None:
    for path in ("sessions/", "events/", "persons/"):
        part = alice_client.get(shop.at(path), headers=HTMX).content.decode()
        assert part.strip().startswith('<section id="list"')
        assert "<html" not in part


def test_a_refresh_renews_live_rows_and_counts_new_ones(shop: Shop, alice_client: Client) -> None:
    now = timezone.now()
    live = make_session(
        shop.project, started_at=now - timedelta(minutes=2), last_event_at=now, last_received_at=now, open_streams=1
    )
    page = alice_client.get(shop.at("sessions/")).content.decode()
    assert f'data-live="{live.uuid}"' in page
    assert "live 1" in page
    make_session(shop.project, started_at=now + timedelta(seconds=1))
    live.open_streams = 0
    live.clicks = 4711
    live.save()
    part = alice_client.get(
        shop.at("sessions/refresh/"), {"rows": f"{live.uuid},nonsense", "since": str(to_micros(live.started_at))}
    ).content.decode()
    assert rows(part) == [str(live.uuid)]
    assert "4711" in part
    assert "data-live" not in part
    assert "1 new session" in part


def test_a_refresh_bears_nonsense(shop: Shop, alice_client: Client) -> None:
    for query in ("rows=" + ",,x" * 100 + "&since=x", "since=" + "9" * 40, f"rows={uuid.uuid4()}"):
        assert alice_client.get(shop.at("sessions/refresh/?") + query).status_code == 200


def test_a_refresh_knows_nothing_of_another_project(shop: Shop, charlie_client: Client, other_project: Project) -> None:
    theirs = f"/p/{other_project.public_id}/sessions/refresh/"
    part = charlie_client.get(theirs, {"rows": str(shop.session.uuid)}).content.decode()
    assert rows(part) == []
    assert shop.project.public_id not in part


def test_an_event_opens_its_replay_five_seconds_before(shop: Shop, alice_client: Client) -> None:
    page = alice_client.get(shop.at("events/")).content.decode()
    at = round(shop.moment.at_ms) - 5000  # the recorder's clock, not the server's
    assert f"{shop.link}?at={at}&amp;stream={shop.stream.stream_id}&amp;event=e-1" in page
    assert "TypeError: total is undefined" in page
    assert "Ada Lovelace" in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("kind=error", True),
        ("kind=click", False),
        ("kind=nonsense", True),
        ("q=total", True),
        ("q=nothing", False),
        ("person=ada", True),
    ],
)
def test_events_are_filtered(shop: Shop, alice_client: Client, query: str, is_found: bool) -> None:
    page = alice_client.get(shop.at("events/?") + query).content.decode()
    assert ("TypeError" in page) is is_found


def test_a_hostile_event_id_stays_inside_its_link(shop: Shop, alice_client: Client) -> None:
    make_moment(shop.stream, after_s=30, event_id='"><b>&at=1', text="<script>alert(1)</script>")
    page = alice_client.get(shop.at("events/")).content.decode()
    assert "<b>" not in page
    assert "<script>alert" not in page
    assert "event=%22%3E%3Cb%3E%26at%3D1" in page


def test_persons_are_listed_and_found(shop: Shop, alice_client: Client) -> None:
    make_person(shop.project, "anon-9999")
    page = alice_client.get(shop.at("persons/")).content.decode()
    assert "Ada Lovelace" in page
    assert "anonymous 9999" in page
    found = alice_client.get(shop.at("persons/"), {"q": "anon-7f3c"}).content.decode()
    assert "Ada Lovelace" in found
    assert "anonymous 9999" not in found
    assert "Nobody matches" in alice_client.get(shop.at("persons/"), {"q": "grace"}).content.decode()


def test_a_person_page_shows_properties_ids_and_sessions(shop: Shop, alice_client: Client) -> None:
    page = alice_client.get(shop.at(f"persons/{shop.person.uuid}/")).content.decode()
    for words in ("Ada Lovelace", "ada@example.org", "plan", "team", "user-17", "anon-7f3c", "1 session", shop.link):
        assert words in page
    assert 'class="c-who"' not in page  # it is the same person in every row
    assert page.count("row-link") == 1


def test_a_person_of_another_project_is_not_here(shop: Shop, charlie_client: Client, other_project: Project) -> None:
    assert charlie_client.get(f"/p/{other_project.public_id}/persons/{shop.person.uuid}/").status_code == 404


def test_empty_lists_teach_the_next_step_with_the_real_key(project: Project, alice_client: Client) -> None:
    for path in ("sessions/", "events/", "persons/"):
        page = alice_client.get(f"/p/{project.public_id}/{path}").content.decode()
        assert f"pk_{project.public_id}_" in page
        assert "/recorder.js" in page


def test_today_is_the_viewers_today(shop: Shop, alice_client: Client) -> None:
    alice_client.cookies["zone"] = "Asia/Tokyo"
    assert alice_client.get(shop.at("sessions/")).status_code == 200
    for nonsense in ("../../etc/passwd", "No/Where", "x" * 300, "/"):
        alice_client.cookies["zone"] = nonsense
        assert alice_client.get(shop.at("sessions/")).status_code == 200


@pytest.mark.parametrize("path", ["sessions/", "events/", "persons/"])
def test_a_long_list_asks_the_database_no_more_than_a_short_one(shop: Shop, alice_client: Client, path: str) -> None:
    alice_client.get(shop.at(path))  # the first visit remembers the project
    with CaptureQueriesContext(connection) as short:
        alice_client.get(shop.at(path))
    for number in range(20):
        session = make_session(shop.project, person=make_person(shop.project, f"visitor-{number}"))
        make_moment(make_stream(session))
    with CaptureQueriesContext(connection) as long:
        page = alice_client.get(shop.at(path)).content.decode()
    assert page.count('class="row') >= 20
    assert len(long) == len(short) <= 8
