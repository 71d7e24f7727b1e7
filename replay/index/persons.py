"""Finding persons of a project: by name, e-mail, distinct_id or id."""

from __future__ import annotations

import re
import uuid

from django.db.models import CharField, Count, Exists, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Replace

from replay.accounts.models import Project
from replay.index.cursor import Page, take_page
from replay.index.errors import NotFound
from replay.index.models import Session
from replay.people.models import DistinctId, Person

HEX = re.compile(r"[0-9a-f]{1,32}")
MAX_DISTINCT_IDS = 1_000  # of one person, in one answer
NAME_MAX_CHARS = 200  # what a row can show; properties are the customer's and may hold anything


def known_as(person: Person, key: str) -> str | None:
    """Return a property of a person when it is text that a row can show."""
    value = person.properties.get(key) if isinstance(person.properties, dict) else None
    return value[:NAME_MAX_CHARS] if isinstance(value, str) and value else None


def first_distinct_id(person: str) -> Subquery:
    """Return the distinct_id to call a person by: the first that identify gave, else the first anonymous one."""
    found = DistinctId.objects.filter(person=OuterRef(person)).order_by("is_anonymous", "id")
    return Subquery(found.values("distinct_id")[:1])


def matching_persons(project: Project, text: str) -> QuerySet[Person]:
    """Return the project's persons whose name, e-mail, distinct_id or id contains the text, whatever its case."""
    named = Exists(DistinctId.objects.filter(project=project, person=OuterRef("pk"), distinct_id__icontains=text))
    matches = Q(properties__name__icontains=text) | Q(properties__email__icontains=text) | Q(named)
    persons = Person.objects.filter(project=project)
    digits = text.replace("-", "").lower()
    if HEX.fullmatch(digits):  # SQLite keeps ids without dashes, PostgreSQL shows them with
        bare = Replace(Cast("uuid", CharField()), Value("-"), Value(""))
        persons = persons.annotate(bare_uuid=bare)
        matches |= Q(bare_uuid__contains=digits)
    return persons.filter(matches)


def _with_visits(persons: QuerySet[Person]) -> QuerySet[Person]:
    """Add how often each person came, when last, and what to call them."""
    standing = Session.objects.filter(person=OuterRef("pk"), project=OuterRef("project"), erased_at=None)
    visits = standing.order_by().values("person")
    return persons.annotate(
        session_count=Coalesce(Subquery(visits.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0),
        last_seen_at=Subquery(visits.annotate(last=Max("last_event_at")).values("last")),
        shown_distinct_id=first_distinct_id("pk"),
    )


def find_persons(project: Project, text: str = "", *, cursor: str | None = None, limit: int = 50) -> Page[Person]:
    """Return persons, newest first, each with ``session_count``, ``last_seen_at``, ``shown_distinct_id``."""
    persons = matching_persons(project, text) if text else Person.objects.filter(project=project)
    return take_page(_with_visits(persons), "created_at", cursor, limit, lambda person: person.created_at)


def get_person(project: Project, person_uuid: uuid.UUID) -> Person:
    """Return one person as ``find_persons`` does; raise NotFound."""
    person = _with_visits(Person.objects.filter(project=project, uuid=person_uuid)).first()
    if person is None:
        raise NotFound(str(person_uuid))
    return person


def distinct_ids_of(project: Project, person: Person) -> list[DistinctId]:
    """Return the names that a person went by, the identified ones first, at most a thousand."""
    known = DistinctId.objects.filter(project=project, person=person).order_by("is_anonymous", "id")
    return list(known[:MAX_DISTINCT_IDS])
