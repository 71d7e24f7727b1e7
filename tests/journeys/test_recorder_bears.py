"""The recorder and a server that is away, talks nonsense or refuses: no page is harmed, and what can be kept is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from replay.wire.log import (
    Gap,
    RageClick,
)
from tests.journeys.recorder_host import Host, goaway
from tests.journeys.recorder_page import FULL_SNAPSHOT, leave, open_page, use, whole
from tests.journeys.until import until


@pytest.mark.parametrize("code", ["unknown_write_key", "foreign_origin", "unsupported_version"])
def test_it_stops_and_says_so_once_when_it_is_not_wanted(host: Host, page: Page, code: str) -> None:
    host.says = goaway(code)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "[playhead]" in message.text else None)
    with page.expect_event("console", lambda message: "[playhead]" in message.text):
        errors = open_page(page, host)
    use(page)
    sockets = host.sockets
    page.wait_for_timeout(1_500)  # nothing to wait for: it must stay quiet
    assert host.sockets == sockets
    assert len(said) == 1
    assert code in said[0]
    assert errors == []
    assert page.evaluate("playhead.sessionUrl()")


@pytest.mark.parametrize("answer", [b"\x02{", b"\x63nonsense", b"", b"\x06{}", b"\x04[]", b"\x02{}", b"\x05null"])
def test_nonsense_from_the_server_harms_nobody(host: Host, page: Page, answer: bytes) -> None:
    host.says = answer
    errors = open_page(page, host)
    use(page)
    until(lambda: host.sockets > 0, "a socket")
    page.wait_for_timeout(300)
    assert errors == []
    assert page.evaluate("playhead.sessionUrl()")


def test_a_dead_server_harms_nobody(host: Host, page: Page) -> None:
    host.takes_sockets = host.takes_posts = False
    errors = open_page(page, host)
    use(page)
    until(lambda: host.posts > 0, "a try by POST")
    leave(page)
    assert errors == []
    assert host.streams == {}


def test_it_goes_by_post_where_no_socket_opens(host: Host, page: Page) -> None:
    host.takes_sockets = False
    open_page(page, host)
    use(page)
    until(lambda: host.streams and host.only.log(RageClick), "the clicks")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert host.sockets >= 2


def test_it_resends_after_a_lost_ack(host: Host, page: Page) -> None:
    host.acks = host.says_what_it_has = False
    open_page(page, host)
    until(lambda: host.streams and host.only.chunks, "a chunk that is kept and never acked")
    host.closes_after = 0
    use(page)
    until(lambda: host.sockets + host.posts >= 3, "a third try, by whichever road")
    host.acks, host.closes_after = True, None
    until(lambda: host.only.log(RageClick), "the clicks")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert host.duplicates, "the same bytes again; others would have failed in the host"


def test_refused_bytes_become_a_gap_and_a_new_snapshot(host: Host, page: Page) -> None:
    open_page(page, host)
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    host.refuses_once = "bad_codec"
    page.click("#edit")
    until(lambda: host.only.log(Gap), "the gap")
    until(lambda: [event["type"] for event in host.only.dom()].count(FULL_SNAPSHOT) == 2, "a second full snapshot")
    assert host.only.log(Gap)[0].reason == "bad_codec"


def test_a_conflict_begins_a_new_stream(host: Host, page: Page) -> None:
    open_page(page, host)
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    host.refuses_once = "conflict"
    page.click("#edit")
    until(lambda: len(host.streams) == 2, "a new stream")
    first, second = host.streams.values()
    until(lambda: any(event["type"] == FULL_SNAPSHOT for event in second.dom()), "its full snapshot")
    assert first.hello.session == second.hello.session
