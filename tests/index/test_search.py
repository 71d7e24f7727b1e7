"""Finding sessions: each filter, the walk by cursor, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from replay.accounts.models import Project
from replay.index import search
from replay.index.cursor import encode_cursor
from replay.index.errors import BadCursor, NotFound
from replay.index.models import Session
from replay.index.search import SessionFilter
from replay.people.models import Person
from tests.factories import START, make_moment, make_person, make_session, make_stream

NOW = START + timedelta(hours=1)


def found(project: Project, **wanted: object) -> list[Session]:
    page = search.find_sessions(project, SessionFilter(**wanted), now=NOW)  # type: ignore[arg-type]
    return list(page.items)


def walk(project: Project, limit: int) -> list[Session]:
    """Return all sessions, page by page."""
    seen: list[Session] = []
    cursor: str | None = None
    while True:
        page = search.find_sessions(project, now=NOW, cursor=cursor, limit=limit)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 200])
def test_a_walk_gives_every_session_once_newest_first(project: Project, limit: int) -> None:
    made = [make_session(project, started_at=START + timedelta(seconds=n // 3)) for n in range(10)]
    assert walk(project, limit) == sorted(made, key=lambda session: (session.started_at, session.pk), reverse=True)


def test_what_arrives_during_a_walk_moves_nothing(project: Project) -> None:
    made = [make_session(project, started_at=START + timedelta(seconds=n)) for n in range(6)]
    page = search.find_sessions(project, now=NOW, limit=3)
    make_session(project, started_at=START + timedelta(minutes=5))
    rest = search.find_sessions(project, now=NOW, cursor=page.next_cursor, limit=3)
    assert [*page.items, *rest.items] == made[::-1]
    assert rest.next_cursor is None


def test_times_of_a_microsecond_apart_are_kept_apart(project: Project) -> None:
    made = [make_session(project, started_at=START + timedelta(microseconds=n)) for n in range(5)]
    assert walk(project, 1) == made[::-1]


def test_a_full_last_page_has_no_next(project: Project) -> None:
    make_session(project)
    assert search.find_sessions(project, now=NOW, limit=1).next_cursor is None


def test_a_cursor_of_another_project_shows_nothing_of_it(project: Project, other_project: Project) -> None:
    theirs = make_session(other_project)
    cursor = encode_cursor(theirs.started_at + timedelta(days=1), theirs.pk + 1)
    assert search.find_sessions(project, now=NOW, cursor=cursor).items == []


def test_a_made_up_cursor_is_refused(project: Project) -> None:
    with pytest.raises(BadCursor):
        search.find_sessions(project, now=NOW, cursor="made-up")


@pytest.mark.parametrize("text", ["Ada", "lovelace", "ADA@EXAMPLE", "user-17", "older-name"])
def test_a_person_is_found_by_all_their_names(project: Project, other_project: Project, text: str) -> None:
    ada = make_person(project, "user-17", "older-name", name="Ada Lovelace", email="ada@example.org")
    hers = make_session(project, person=ada)
    grace = make_person(project, name="Grace Hopper")
    Person.objects.filter(pk=grace.pk).update(uuid=UUID(int=0))  # a random one may hold "ada"
    make_session(project, person=grace)
    namesake = make_person(other_project, "user-17", "older-name", name="Ada Lovelace", email="ada@example.org")
    make_session(other_project, person=namesake)
    assert found(project, person=text) == [hers]


def test_a_person_is_found_by_any_part_of_their_id(project: Project) -> None:
    person = make_person(project)
    theirs = make_session(project, person=person)
    make_session(project, person=make_person(project))
    text = str(person.uuid)
    for part in (text, text.upper(), text[5:25], text.replace("-", "")[:20]):
        assert found(project, person=part) == [theirs]


def test_a_visitor_without_a_person_is_found_by_distinct_id(project: Project) -> None:
    theirs = make_session(project, distinct_id="anon-7f3c")
    make_session(project, distinct_id="anon-0000")
    assert found(project, person="7F3C") == [theirs]


@pytest.mark.parametrize("text", ["%", "_", "user_17", "\\"])
def test_wildcards_are_letters(project: Project, text: str) -> None:
    make_session(project, person=make_person(project, "user-17", name="Ada"), distinct_id="user-17")
    assert found(project, person=text) == []


def test_a_page_is_found_by_entry_or_navigation(project: Project) -> None:
    entered = make_session(project, entry_url="https://shop.example/checkout")
    passed = make_session(project)
    make_moment(make_stream(passed), kind="navigation", url="https://shop.example/checkout?step=2")
    clicked = make_session(project)
    make_moment(make_stream(clicked), kind="click", url="https://shop.example/checkout")
    assert set(found(project, page="/checkout")) == {entered, passed}


@pytest.mark.parametrize("field", ["errors", "console_errors", "failed_requests"])
def test_errors_are_all_that_went_wrong(project: Project, field: str) -> None:
    counted: dict[str, Any] = {field: 1}
    broken = make_session(project, **counted)
    make_session(project, rage_clicks=3)
    assert found(project, errors=True) == [broken]


def test_live_is_open_and_heard_of_within_a_minute(project: Project) -> None:
    live = make_session(project, open_streams=1, last_received_at=NOW - timedelta(seconds=59))
    make_session(project, open_streams=1, last_received_at=NOW - timedelta(seconds=61))
    make_session(project, open_streams=0, last_received_at=NOW)
    make_session(project, open_streams=1, last_received_at=NOW, erased_at=NOW)
    assert found(project, live=True) == [live]
    assert [session for session in Session.objects.all() if search.is_live(session, NOW)] == [live]


def test_filters_narrow_together(project: Project) -> None:
    ada = make_person(project, name="Ada")
    both = make_session(project, person=ada, errors=1)
    make_session(project, person=ada)
    make_session(project, errors=1)
    assert found(project, person="ada", errors=True) == [both]


def test_an_erased_session_is_in_no_list_but_has_its_tombstone(project: Project) -> None:
    erased = make_session(project, erased_at=NOW)
    assert found(project) == []
    assert search.get_session(project, erased.uuid) == erased


def test_a_session_of_another_project_is_not_found(project: Project, other_project: Project) -> None:
    with pytest.raises(NotFound):
        search.get_session(project, make_session(other_project).uuid)


def test_the_same_session_id_in_two_projects_is_two_sessions(project: Project, other_project: Project) -> None:
    ours = make_session(project)
    make_session(other_project, uuid=ours.uuid)
    assert search.get_session(project, ours.uuid) == ours


def test_counts_are_of_this_project_and_of_those_that_stand(project: Project, other_project: Project) -> None:
    make_session(project, started_at=NOW, open_streams=1, last_received_at=NOW)
    make_session(project, started_at=NOW - timedelta(days=1), open_streams=1, last_received_at=NOW)
    make_session(project, started_at=NOW - timedelta(days=2))
    make_session(project, started_at=NOW, erased_at=NOW)
    make_session(other_project, started_at=NOW, open_streams=1, last_received_at=NOW)
    assert search.count_sessions(project, now=NOW, since=NOW - timedelta(hours=1)) == search.Counts(live=2, today=1)


def test_a_list_costs_one_query_however_long(project: Project, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for n in range(30):
        make_session(project, person=make_person(project, f"user-{n}", name=f"Person {n}"))
    with django_assert_num_queries(1):
        page = search.find_sessions(project, SessionFilter(person="person", page="shop"), now=NOW)
        assert [session.person.properties["name"] for session in page.items if session.person]  # joined, not asked for
        assert page.items[0].project.public_id == project.public_id
    assert len(page.items) == 30
