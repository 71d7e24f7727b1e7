"""Moments across sessions, and persons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from replay.accounts.models import Project
from replay.index import moments, persons
from replay.index.cursor import Page
from replay.index.errors import NotFound
from replay.index.models import Moment
from replay.index.moments import MomentFilter
from replay.people.models import Person
from tests.factories import START, make_moment, make_person, make_session, make_stream


def test_moments_of_all_sessions_come_newest_first(project: Project, other_project: Project) -> None:
    first, second = make_stream(make_session(project)), make_stream(make_session(project))
    made = [make_moment(stream, after_s=n) for n, stream in enumerate([first, second, first, second])]
    make_moment(make_stream(make_session(other_project)), after_s=9)
    page = moments.find_moments(project, limit=3)
    rest = moments.find_moments(project, limit=3, cursor=page.next_cursor)
    assert [*page.items, *rest.items] == made[::-1]


def test_moments_of_an_erased_session_are_not_found(project: Project) -> None:
    make_moment(make_stream(make_session(project, erased_at=START)))
    assert moments.find_moments(project).items == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (MomentFilter(kind="error"), ["TypeError: total is undefined"]),
        (MomentFilter(text="pay NOW"), ["Pay now"]),
        (MomentFilter(text="/cart"), ["TypeError: total is undefined"]),
        (MomentFilter(person="ada"), ["Pay now"]),
        (MomentFilter(kind="click", person="grace"), []),
    ],
)
def test_moments_are_narrowed(project: Project, wanted: MomentFilter, expected: list[str]) -> None:
    hers = make_stream(make_session(project, person=make_person(project, name="Ada")))
    make_moment(hers, text="Pay now")
    theirs = make_stream(make_session(project, person=make_person(project, name="Grace")))
    make_moment(theirs, kind="error", text="TypeError: total is undefined", url="https://shop.example/cart")
    assert [moment.text for moment in moments.find_moments(project, wanted).items] == expected


def test_a_page_of_moments_costs_one_query(project: Project, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for n in range(10):
        make_moment(make_stream(make_session(project, person=make_person(project, name=f"P{n}"))), after_s=n)
    with django_assert_num_queries(1):
        for moment in moments.find_moments(project).items:
            assert moment.session.person is not None
            assert moment.session.project.public_id
            assert moment.stream.stream_id


def test_a_sessions_moments_are_told_in_pages_each_once(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session)
    made = [make_moment(stream, after_s=n // 2) for n in range(7)]  # two at a time
    told: list[Moment] = []
    cursor = ""
    while True:
        page = moments.moments_of(project, session, cursor=cursor, limit=3)
        told += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert told == made
    assert moments.moments_of(project, session, kind="error") == Page([], None)


def test_the_nearest_moments_come_first_and_it_says_when_there_are_more(project: Project) -> None:
    session = make_session(project)
    stream = make_stream(session)
    made = [make_moment(stream, after_s=10 * n) for n in range(9)]
    at = START + timedelta(seconds=41)
    assert moments.moments_near(project, session, at, 1_000_000) == (made, False)
    room = 3 * (moments.ROW_BYTES + 60)
    near, is_more = moments.moments_near(project, session, at, room)
    assert (near, is_more) == (made[3:6], True)


def test_the_nearest_moments_are_few_however_many_there_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "MOST_NEAR", 2)
    session = make_session(project)
    stream = make_stream(session)
    for n in range(9):
        make_moment(stream, after_s=n)
    near, is_more = moments.moments_near(project, session, START + timedelta(seconds=4), 1_000_000)
    assert is_more
    assert len(near) <= 6


def test_a_person_comes_with_visits_and_the_best_name(project: Project) -> None:
    ada = make_person(project, "anon-1", "anon-2")
    known = ada.distinct_ids.create(project=project, distinct_id="user-17", is_anonymous=False)
    make_session(project, person=ada)
    make_session(project, person=ada, started_at=START + timedelta(days=1))
    make_session(project, person=ada, started_at=START + timedelta(days=2), erased_at=START)
    found: Any = persons.get_person(project, ada.uuid)
    assert (found.session_count, found.shown_distinct_id) == (2, known.distinct_id)
    assert found.last_seen_at == START + timedelta(days=1, minutes=1)
    assert [each.distinct_id for each in persons.distinct_ids_of(project, ada)] == ["user-17", "anon-1", "anon-2"]


def test_a_person_who_never_came_has_no_visits(project: Project) -> None:
    found: Any = persons.get_person(project, make_person(project).uuid)
    assert (found.session_count, found.last_seen_at, found.shown_distinct_id) == (0, None, None)


def test_a_person_of_another_project_is_not_found(project: Project, other_project: Project) -> None:
    with pytest.raises(NotFound):
        persons.get_person(project, make_person(other_project).uuid)


def test_a_page_of_persons_costs_one_query(project: Project, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    made = [make_person(project, f"user-{n}", name=f"Person {n}") for n in range(10)]
    make_session(project, person=made[3])
    with django_assert_num_queries(1):
        page = persons.find_persons(project, "person")
        assert [known.properties["name"] for known in page.items] == [f"Person {n}" for n in reversed(range(10))]


@pytest.mark.parametrize("value", [None, 5, ["a"], {"b": 1}, ""])
def test_a_name_that_is_no_text_is_no_name(value: object) -> None:
    assert persons.known_as(Person(properties={"name": value}), "name") is None


def test_a_long_name_is_cut() -> None:
    assert persons.known_as(Person(properties={"name": "a" * 9_999}), "name") == "a" * 200


def test_kinds_are_those_of_the_table() -> None:
    from replay.api.params import Kind

    assert set(Kind.__args__) == set(Moment.Kind.values)  # type: ignore[attr-defined]


def test_a_visitor_of_many_sessions_is_found_all_the_same(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "FEW_SESSIONS", 1)
    ada = make_person(project, name="Ada")
    made = [make_moment(make_stream(make_session(project, person=ada)), after_s=n) for n in range(3)]
    make_moment(make_stream(make_session(project)))
    assert moments.find_moments(project, MomentFilter(person="ada")).items == made[::-1]
