from __future__ import annotations

import json
from typing import Any

import pytest

from replay.accounts.models import Project
from replay.index.interchange.inline import NOT_KEPT, Inliner
from replay.index.models import Session
from replay.store.memory import MemoryStore
from tests.factories import make_asset, make_session
from tests.index.interchange.recordings import START_MS, bring, events_of, lines, page, take

CSS = b"p { color: teal; content: '\xc3\xa9' }"

pytestmark = pytest.mark.django_db


def styled(reference: str) -> dict[str, Any]:
    link = {"type": 2, "tagName": "link", "attributes": {"rel": "stylesheet", "_cssText": reference}, "childNodes": [], "id": 8}
    return {"type": 2, "data": {"node": {"type": 0, "id": 1, "childNodes": [link]}, "initialOffset": {}}, "timestamp": START_MS}


def css_of(event: dict[str, Any]) -> str:
    return str(event["data"]["node"]["childNodes"][0]["attributes"]["_cssText"])


def test_an_export_holds_its_stylesheets(project: Project, other_project: Project) -> None:
    store = MemoryStore()
    first = bring(store, project, lines(page()))
    asset = make_asset(Session.objects.get(uuid=first.session), CSS, store)
    reference = f"playhead-asset:{bytes(asset.hash).hex()}"
    made = bring(store, project, lines([styled(reference), *page()]))
    make_asset(Session.objects.get(uuid=made.session), CSS, store)
    for form in ("playhead", "rrweb", "lines"):
        out = take(store, made, form=form)
        assert css_of(events_of(out)[0]) == CSS.decode()
        assert events_of(take(store, bring(store, other_project, out), form=form)) == events_of(out)


def test_what_was_not_kept_or_is_another_sessions_is_not_put_in(project: Project) -> None:
    store = MemoryStore()
    mine, other = make_session(project), make_session(project)
    asset = make_asset(other, CSS, store)
    events = [styled(f"playhead-asset:{bytes(asset.hash).hex()}"), styled("playhead-asset:" + "0" * 64), styled("p { }")]
    inliner = Inliner(store, project, mine)
    assert [css_of(json.loads(inliner.write(event))) for event in events] == [NOT_KEPT, NOT_KEPT, "p { }"]
