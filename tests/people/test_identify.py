"""Who stands behind a distinct_id."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from replay.accounts.models import Project
from replay.people import identify
from replay.people.models import DistinctId, Person


class Moves:
    """Remembers which person's sessions would go to whom."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int]] = []

    def __call__(self, source: int, target: int) -> None:
        self.made.append((source, target))


@pytest.fixture
def moves() -> Moves:
    return Moves()


def person_of(project: Project, name: str) -> Person:
    return DistinctId.objects.get(project=project, distinct_id=name).person


@pytest.mark.django_db
class TestPeople:
    def test_a_new_name_gets_a_person_and_keeps_it(self, project: Project) -> None:
        first = identify.people_for(project.pk, ["anon-1", "anon-2", "anon-1"])
        again = identify.people_for(project.pk, ["anon-1"])
        assert again["anon-1"].person_id == first["anon-1"].person_id != first["anon-2"].person_id
        assert not first["anon-1"].person.is_identified

    def test_the_same_name_in_two_projects_is_two_people(self, project: Project, other_project: Project) -> None:
        mine = identify.people_for(project.pk, ["anon-1"])["anon-1"]
        theirs = identify.people_for(other_project.pk, ["anon-1"])["anon-1"]
        assert mine.person_id != theirs.person_id

    def test_a_new_name_takes_over_the_visitors_person(self, project: Project, moves: Moves) -> None:
        visitor = identify.people_for(project.pk, ["anon-1"])["anon-1"].person
        person = identify.identify(project.pk, "ada", "anon-1", {"plan": "pro"}, moves)
        assert person.pk == visitor.pk
        assert person_of(project, "ada") == person_of(project, "anon-1") == Person.objects.get()
        assert Person.objects.get().properties == {"plan": "pro"}

    def test_a_known_name_takes_the_visitors_sessions(self, project: Project, moves: Moves) -> None:
        ada = identify.identify(project.pk, "ada", None, {}, moves)
        visitor = identify.people_for(project.pk, ["anon-1"])["anon-1"].person
        assert identify.identify(project.pk, "ada", "anon-1", {}, moves).pk == ada.pk
        assert moves.made == [(visitor.pk, ada.pk)]
        assert person_of(project, "anon-1").pk == ada.pk

    def test_two_known_people_stay_two(self, project: Project, moves: Moves) -> None:
        identify.identify(project.pk, "ada", "anon-1", {}, moves)
        ben = identify.identify(project.pk, "ben", "anon-1", {}, moves)  # the same browser, without a reset between
        assert person_of(project, "ada").pk != ben.pk == person_of(project, "ben").pk
        assert person_of(project, "anon-1") == person_of(project, "ada")

    def test_later_properties_win_and_others_stay(self, project: Project, moves: Moves) -> None:
        identify.identify(project.pk, "ada", None, {"plan": "free", "seats": 3}, moves)
        assert identify.identify(project.pk, "ada", None, {"plan": "pro"}, moves).properties == {"seats": 3, "plan": "pro"}

    def test_identify_by_the_own_anonymous_name_is_harmless(self, project: Project, moves: Moves) -> None:
        person = identify.identify(project.pk, "ada", "ada", {}, moves)
        assert person.is_identified
        assert not DistinctId.objects.get().is_anonymous

    def test_an_alias_is_a_second_name(self, project: Project, moves: Moves) -> None:
        ada = identify.identify(project.pk, "ada", None, {}, moves)
        assert identify.alias(project.pk, "ada", "ada@example.org", moves).pk == ada.pk
        assert person_of(project, "ada@example.org").pk == ada.pk

    def test_an_alias_of_a_known_person_names_an_unknown_one(self, project: Project, moves: Moves) -> None:
        ada = identify.identify(project.pk, "ada", None, {}, moves)
        assert identify.alias(project.pk, "anon-1", "ada", moves).pk == ada.pk

    def test_an_alias_never_merges_two_known_people(self, project: Project, moves: Moves) -> None:
        ada = identify.identify(project.pk, "ada", None, {}, moves)
        ben = identify.identify(project.pk, "ben", None, {}, moves)
        identify.alias(project.pk, "ada", "ben", moves)
        assert (person_of(project, "ada").pk, person_of(project, "ben").pk) == (ada.pk, ben.pk)


def in_threads(*calls: Callable[[], object]) -> None:
    """Run the calls at once, each in a transaction of its own, and pass on what they raise."""
    gate, problems = threading.Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            gate.wait()
            with transaction.atomic():
                call()
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_who_meet_a_visitor_at_once_agree(project: Project, moves: Moves) -> None:
    names = [f"anon-{number}" for number in range(20)]
    in_threads(*[lambda: identify.people_for(project.pk, names)] * 4)
    assert DistinctId.objects.count() == Person.objects.count() == 20
    in_threads(*[lambda: identify.identify(project.pk, "ada", "anon-1", {}, moves)] * 4)
    assert person_of(project, "ada") == person_of(project, "anon-1")
    assert Person.objects.count() == 20
