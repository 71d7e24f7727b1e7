"""Filters and tags that show what we know in the short human form, exact on hover."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from replay.accounts.models import User, WriteKey
from replay.index import search
from replay.index.models import Moment, Session
from replay.pages import words
from replay.pages.icons import PATHS
from replay.pages.sparkline import bars
from replay.people.models import Person

register = template.Library()
LEAD_MS = 5_000  # an event opens this long before it happened: one sees what led to it
BAR_WIDTH = 3  # units; one more is the space between


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon; the label stands beside it or on the button around it."""
    return mark_safe(f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{PATHS[name]}</svg>')  # noqa: S308  # our own constants


@register.simple_tag
def when(at: datetime | None, form: str = "ago") -> str:
    """Return a time: ``ago`` or ``exact`` in the viewer's zone; the script adds both zones on hover."""
    if at is None:
        return "–"
    exact = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    shown = words.ago((timezone.now() - at).total_seconds()) if form == "ago" else exact
    utc = at.astimezone(timezone.get_default_timezone())
    return format_html(
        '<time datetime="{}" data-form="{}" title="{} UTC">{}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        form,
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        shown,
    )


@register.filter
def duration(session: Session) -> float:
    """Return how long the session has lasted, in seconds."""
    return max(0.0, (session.last_event_at - session.started_at).total_seconds())


register.filter("clock", words.clock)
register.filter("duration_words", words.duration_words)
register.filter("urlpath", words.path_of)
register.filter("bytes", words.bytes_words)


@register.filter
def is_live(session: Session) -> bool:
    """Say whether the session still runs."""
    return search.is_live(session, timezone.now())


@register.filter
def who(session: Session) -> str:
    """Return what to call the visitor of a session."""
    person = session.person
    if person is None:
        return words.name_of({}, session.distinct_id, False)
    distinct_id = getattr(session, "person_distinct_id", None) or session.distinct_id
    return words.name_of(person.properties, distinct_id, person.is_identified)


@register.filter
def moment_who(moment: Moment) -> str:
    """Return what to call the visitor to whom a moment happened."""
    session = moment.session
    session.person_distinct_id = getattr(moment, "person_distinct_id", None)  # type: ignore[attr-defined]  # as annotated
    return who(session)


@register.filter
def initials(user: User) -> str:
    """Return two letters that stand for an account."""
    words_ = user.get_full_name().split() or user.email.split("@")[0].replace(".", " ").split()
    return "".join(word[0] for word in (words_[:1] + words_[1:][-1:])).upper() or "?"


@register.filter
def person_name(person: Person) -> str:
    """Return what to call a person."""
    return words.name_of(person.properties, getattr(person, "shown_distinct_id", "") or "", person.is_identified)


@register.filter
def person_email(person: Person) -> str:
    """Return the person's e-mail address where it says more than the name."""
    email = person.properties.get("email") if isinstance(person.properties, dict) else None
    return email if isinstance(email, str) and email != person_name(person) else ""


@register.filter
def trouble(session: Session) -> int:
    """Return how many things went wrong: uncaught errors, console errors and failed requests."""
    return session.errors + session.console_errors + session.failed_requests


@register.filter
def trouble_words(session: Session) -> str:
    """Return what went wrong, kind by kind."""
    said = [
        (session.errors, _("uncaught errors")),
        (session.console_errors, _("console errors")),
        (session.failed_requests, _("failed requests")),
        (session.rage_clicks, _("rage clicks")),
    ]
    return ", ".join(f"{count} {word}" for count, word in said if count)


@register.filter
def device(session: Session) -> str:
    """Return browser and system, as far as we know them."""
    return " · ".join(part for part in (session.browser, session.os) if part) or _("unknown device")


@register.filter
def viewport(session: Session) -> str:
    """Return the size of the visitor's window, or nothing."""
    return f"{session.viewport_width}×{session.viewport_height}" if session.viewport_width else ""


@register.filter
def device_words(session: Session) -> str:
    """Return what the row has no room for: versions and kind of device."""
    browser = f"{session.browser} {session.browser_version}".strip()
    return ", ".join(part for part in (browser, session.os, session.device_type, viewport(session)) if part)


@register.filter
def kind_word(kind: str) -> str:
    """Return the word for a kind of moment."""
    return str(words.KINDS.get(kind, kind))


@register.filter
def what(moment: Moment) -> str:
    """Return what happened, in one line: where a navigation led, else the moment's own text."""
    if moment.kind == Moment.Kind.NAVIGATION:
        return words.path_of(moment.url or moment.text)
    return moment.text or moment.url or "–"


@register.filter
def replay_url(moment: Moment) -> str:
    """Return the link that opens the replay five seconds before this moment."""
    at = round(moment.at_ms - LEAD_MS)
    address = reverse("player", args=[moment.session.project.public_id, moment.session.uuid])
    return f"{address}?{urlencode({'at': at, 'stream': moment.stream.stream_id, 'event': moment.event_id})}"


@register.filter
def as_text(value: Any) -> str:
    """Return a property's value as it can be read: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.simple_tag
def sparkline(session: Session) -> SafeString:
    """Return the session's activity as bars in an SVG; the counts beside it say it in words."""
    heights = bars(session.activity if isinstance(session.activity, list) else [])
    rects = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        ((i * (BAR_WIDTH + 1), 14 - (height or 1), BAR_WIDTH, height or 1) for i, height in enumerate(heights)),
    )
    return format_html('<svg class="spark" viewBox="0 0 96 14" width="96" height="14" aria-hidden="true">{}</svg>', rects)


@register.simple_tag
def snippet(write_key: WriteKey) -> str:
    """Return the script tag that records, filled in with this server and this key."""
    return f'<script async src="{settings.PUBLIC_URL}/recorder.js" data-write-key="{write_key.key}"></script>'
