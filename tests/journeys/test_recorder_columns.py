"""What a real browser sends to a server that takes columns, and to one that does not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from replay.wire.frames import Codec
from tests.journeys.recorder_host import Host
from tests.journeys.recorder_page import FULL_SNAPSHOT, leave, open_page, use, whole
from tests.journeys.until import until


def codecs(host: Host) -> set[int]:
    return {chunk.header.dom_codec for chunk in host.only.in_order}


@pytest.mark.parametrize("has_worker", [True, False], ids=["in a worker", "without a worker"])
def test_dom_travels_as_columns(host: Host, page: Page, has_worker: bool) -> None:
    if not has_worker:
        page.add_init_script("window.Worker = undefined")
    errors = open_page(page, host)
    use(page)
    until(lambda: host.streams and Codec.COLUMNS_GZIP in codecs(host), "columns")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert FULL_SNAPSHOT in {event["type"] for event in host.only.dom()}
    assert errors == []


def test_a_server_that_names_no_columns_gets_none(host: Host, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.journeys.recorder_host.CODECS", ())
    open_page(page, host)
    use(page)
    until(lambda: host.streams and Codec.JSON_GZIP in codecs(host), "JSON")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert not codecs(host) & {Codec.COLUMNS, Codec.COLUMNS_GZIP}
