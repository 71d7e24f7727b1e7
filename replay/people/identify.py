"""Who stands behind a distinct_id, and how two of them turn out to be one person.

- Every distinct_id has a person from its first sight on; a person is *identified* once identify names them.
- ``identify(d, a)``: the unidentified person behind the anonymous id ``a`` becomes the person of ``d``, with all earlier
  sessions. A person who is identified is never merged into another: on a shared computer, one who signs in after somebody
  else keeps to themselves.
- ``alias(d, other)``: a second name for one person, under the same rule.

All of this runs inside the caller's transaction. Rows of distinct_ids are locked in order of their names, so two
transactions that meet the same visitor wait for each other and then see one truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, Final

from replay.people.models import DistinctId, Person
from replay.people.rows import insert_missing

MAX_PROPERTIES: Final = 200  # keys of one person

MoveSessions = Callable[[int, int], None]  # (from person's id, to person's id)


def people_for(project_id: int, names: Iterable[str]) -> dict[str, DistinctId]:
    """Return the locked distinct_ids of these names with their persons, making those that are new."""
    wanted = sorted(set(names))
    found = set(DistinctId.objects.filter(project_id=project_id, distinct_id__in=wanted).values_list("distinct_id", flat=True))
    _make(
        project_id, [name for name in wanted if name not in found]
    )  # before any lock: whoever locks waits for nobody's insert
    return _locked(project_id, wanted)


def persons_of(names: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the person's id behind each (project's id, name), locked in that order; names that are new get a person."""
    found: dict[tuple[int, str], int] = {}
    for project_id, group in groupby(sorted(names), key=lambda name: name[0]):
        rows = people_for(project_id, [name for _, name in group])
        found |= {(project_id, name): row.person_id for name, row in rows.items()}
    return found


def _make(project_id: int, names: list[str]) -> None:
    """Make persons for names that are new; where another transaction is first, its rows stand."""
    if not names:
        return
    fresh = insert_missing([Person(project_id=project_id) for _ in names])
    rows = [
        DistinctId(project_id=project_id, distinct_id=name, person=person) for name, person in zip(names, fresh, strict=True)
    ]
    taken = {row.person_id for row in insert_missing(rows)}
    if len(taken) != len(fresh):
        Person.objects.filter(pk__in=[person.pk for person in fresh if person.pk not in taken]).delete()


def identify(
    project_id: int, name: str, anonymous: str | None, properties: dict[str, Any], move_sessions: MoveSessions
) -> Person:
    """Say that ``name`` is a known person, and was behind ``anonymous`` until now; return the person."""
    known = DistinctId.objects.filter(project_id=project_id, distinct_id=name).exists()
    rows = people_for(project_id, [name] if anonymous in (None, "", name) else [name, str(anonymous)])
    row, before = rows[name], rows.get(anonymous or "")
    person = row.person
    if before is not None and before.person_id != person.pk and not before.person.is_identified:
        if known or person.is_identified:
            _merge(before.person, person, move_sessions)
        else:  # the name is new: the visitor's own person takes it, and nothing moves
            _merge(person, before.person, move_sessions)
            person = before.person
    person.is_identified = True
    person.properties = dict(list((person.properties | properties).items())[-MAX_PROPERTIES:])
    person.save(update_fields=["is_identified", "properties"])
    DistinctId.objects.filter(project_id=project_id, distinct_id=name).update(is_anonymous=False)
    return person


def alias(project_id: int, name: str, other: str, move_sessions: MoveSessions) -> Person:
    """Say that two names are one person's; return who stands behind ``name`` now."""
    rows = people_for(project_id, [name, other])
    first, second = rows[name].person, rows[other].person
    if first.pk == second.pk:
        return first
    if not second.is_identified:
        _merge(second, first, move_sessions)
        return first
    if not first.is_identified:
        _merge(first, second, move_sessions)
        return second
    return first


def _locked(project_id: int, names: list[str]) -> dict[str, DistinctId]:
    """Return the rows of these names, locked, with their persons, locked after them; nobody changes who is whose now."""
    query = DistinctId.objects.select_for_update(no_key=True).filter(project_id=project_id, distinct_id__in=names)
    rows = list(query.order_by("distinct_id"))
    persons = Person.objects.select_for_update(no_key=True).filter(pk__in={row.person_id for row in rows}).order_by("pk")
    by_id = {person.pk: person for person in persons}
    for row in rows:
        row.person = by_id[row.person_id]
    return {row.distinct_id: row for row in rows}


def _merge(source: Person, target: Person, move_sessions: MoveSessions) -> None:
    """Give all that is ``source``'s to ``target``; what the target says of itself wins."""
    DistinctId.objects.filter(project_id=source.project_id, person=source).update(person=target)
    move_sessions(source.pk, target.pk)
    target.properties = source.properties | target.properties
    target.save(update_fields=["properties"])
    source.delete()
