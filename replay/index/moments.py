"""Finding moments: the points of a session, and the same across all sessions of a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db.models import Q, QuerySet

from replay.accounts.models import Project
from replay.index.cursor import Page, decode_cursor, encode_cursor, take_page
from replay.index.models import Moment, Session
from replay.index.persons import first_distinct_id
from replay.index.search import belongs_to

MAX_MOMENTS = 10_000  # of one session in one answer, about 3 MB of JSON
MOST_NEAR = 300  # on each side of an instant
ROW_BYTES = 190  # of a moment's JSON, beside what was recorded
FEW_SESSIONS = 500  # of a visitor; of more, the newest moments are soon found by looking from the top


@dataclass(frozen=True)
class MomentFilter:
    """What a list of moments is narrowed to; empty means all."""

    kind: str = ""
    person: str = ""  # part of a name, e-mail, distinct_id or person id
    text: str = ""  # part of the moment's text or address


def moments_of(
    project: Project, session: Session, kind: str = "", *, cursor: str = "", limit: int = MAX_MOMENTS
) -> Page[Moment]:
    """Return a session's moments in order of time; raise BadCursor."""
    moments = Moment.objects.filter(project=project, session=session).select_related("stream")
    if kind:
        moments = moments.filter(kind=kind)
    if cursor:
        when, row_id = decode_cursor(cursor)
        moments = moments.filter(Q(at__gte=when), Q(at__gt=when) | Q(id__gt=row_id))
    found = list(moments.order_by("at", "id")[: limit + 1])
    items = found[:limit]
    return Page(items, encode_cursor(items[-1].at, items[-1].pk) if len(found) > limit else None)


def moments_near(project: Project, session: Session, at: datetime, most_bytes: int) -> tuple[list[Moment], bool]:
    """Return the moments nearest to an instant in order of time, about so many bytes of JSON, and whether there are more."""
    moments = Moment.objects.filter(project=project, session=session).select_related("stream")
    after = list(moments.filter(at__gte=at).order_by("at", "id")[: MOST_NEAR + 1])
    before = list(moments.filter(at__lt=at).order_by("-at", "-id")[: MOST_NEAR + 1])
    near: list[Moment] = []
    room = most_bytes
    for moment in sorted(after + before, key=lambda moment: abs(moment.at - at)):
        room -= ROW_BYTES + len(msgspec.json.encode((moment.text, moment.url, moment.data)))
        if near and room < 0:
            break
        near.append(moment)
    is_all = len(near) == len(after) + len(before) and max(len(after), len(before)) <= MOST_NEAR
    return sorted(near, key=lambda moment: (moment.at, moment.pk)), not is_all


def find_moments(
    project: Project, wanted: MomentFilter | None = None, *, cursor: str | None = None, limit: int = 50
) -> Page[Moment]:
    """Return moments across the project's sessions, newest first, with session, stream and person; raise BadCursor."""
    wanted = wanted or MomentFilter()
    moments = (
        Moment.objects.filter(project=project, session__erased_at=None)
        .select_related("session__person", "session__project", "stream")
        .annotate(person_distinct_id=first_distinct_id("session__person_id"))
    )
    if wanted.kind:
        moments = moments.filter(kind=wanted.kind)
    if wanted.text:
        moments = moments.filter(Q(text__icontains=wanted.text) | Q(url__icontains=wanted.text))
    if wanted.person:
        moments = moments.filter(session__in=_sessions_of(project, wanted.person))
    return take_page(moments, "at", cursor, limit, lambda moment: moment.at)


def _sessions_of(project: Project, person: str) -> list[int] | QuerySet[Session]:
    """Return the visitor's sessions: by id when they are few, so that the database looks up just their moments."""
    theirs = Session.objects.filter(belongs_to(project, person), project=project)
    few = list(theirs.values_list("pk", flat=True)[: FEW_SESSIONS + 1])
    return few if len(few) <= FEW_SESSIONS else theirs
