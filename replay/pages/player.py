"""The page at a session's link. A link never dies: it always opens a page that says what is, or was, there."""

from __future__ import annotations

import re
import time
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from replay.accounts.models import Project
from replay.index.errors import NotFound
from replay.index.search import get_session
from replay.pages.asset_pass import make_pass
from replay.pages.catalog import player_catalog
from replay.pages.gate import in_project

FRESH_S = 600  # a visitor's clock may be wrong by minutes
WHOLE_MS = re.compile(r"[1-9][0-9]{0,15}")
STREAM = re.compile(r"[0-9a-f]{0,32}")
TWINS = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}  # two names of this machine, two origins


def stage_origin(request: HttpRequest) -> str:
    """Return the origin of the stage document: PLAYER_ORIGIN, at home the machine's other name, else our own."""
    if settings.PLAYER_ORIGIN:
        return str(settings.PLAYER_ORIGIN)
    here = urlsplit(f"{request.scheme}://{request.get_host()}")
    twin = TWINS.get(here.hostname or "")
    if twin is None:
        return f"{here.scheme}://{here.netloc}"
    return f"{here.scheme}://{twin}" + (f":{here.port}" if here.port else "")


def is_fresh(session: UUID) -> bool:
    """Say whether a session's id was made a moment ago, so that its first bytes may be on their way (a UUIDv7 says when)."""
    made_s = (session.int >> 80) / 1000
    return session.version == 7 and abs(time.time() - made_s) < FRESH_S


def manifest_query(request: HttpRequest) -> str:
    """Return the query with which the player will ask for the manifest first, so that the page can ask before it."""
    at, stream = request.GET.get("at", ""), request.GET.get("stream", "")
    if not WHOLE_MS.fullmatch(at) or not STREAM.fullmatch(stream):
        return ""
    return "?" + urlencode({"at": at} | ({"stream": stream} if stream else {}))


@in_project()
def page(request: HttpRequest, project: Project, session: str) -> HttpResponse:
    """Show the player, or the reason why there is nothing to play."""
    try:
        uuid = UUID(session)
    except ValueError:
        return render(request, "pages/session_unknown.html", {"is_possible": False}, status=404)
    try:
        found = get_session(project, uuid)
    except NotFound:
        return render(
            request, "pages/session_unknown.html", {"is_possible": True, "uuid": uuid, "is_fresh": is_fresh(uuid)}, status=404
        )
    if found.erased_at:
        return render(request, "pages/session_erased.html", {"session": found}, status=410)
    stage = stage_origin(request)
    catalog = player_catalog(get_language() or "en")
    context = {
        "session": found,
        "stage": f"{stage}/player/stage?assets={make_pass(found.pk)}",
        "catalog": catalog,
        "manifest_query": manifest_query(request),
    }
    return render(request, "pages/player.html", context)
