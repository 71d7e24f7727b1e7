"""The recorder in somebody's page: it records what it may, hides what it must, and leaves the page as it was."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from replay.wire.frames import Flag
from replay.wire.log import (
    Alias,
    Click,
    Console,
    Custom,
    Error,
    Gap,
    Identify,
    Navigation,
    Network,
    Properties,
    RageClick,
    Submit,
)
from tests.journeys.recorder_host import Host
from tests.journeys.recorder_page import FULL_SNAPSHOT, leave, open_page, use, whole
from tests.journeys.until import until


def test_it_tells_what_happened(host: Host, page: Page) -> None:
    open_page(page, host)
    page.evaluate("history.pushState({}, '', '/cart?coupon=x')")
    use(page)
    page.click("#throw")
    page.evaluate("console.error('bad', {n: 1})")
    page.evaluate("playhead.capture('bought', {total: 12}); playhead.alias('ada-2')")
    page.wait_for_timeout(300)  # the request that fails has to come back
    leave(page)
    until(lambda: whole(host), "the whole stream")
    heard = host.only
    assert [event.name for event in heard.log(Custom)] == ["early", "bought"]
    assert heard.log(Properties)[0].properties == {"release": "1.2.3"}
    identify = heard.log(Identify)[0]
    assert (identify.distinct_id, identify.properties) == ("user-7", {"email": "ada@example.org", "plan": "pro"})
    assert heard.log(Alias)[0].alias == "ada-2"
    assert [event.how for event in heard.log(Navigation)] == ["load", "push"]
    assert "Send it" in [event.element.text for event in heard.log(Click)]
    assert len(heard.log(Submit)) == 3
    assert heard.log(RageClick)[0].count == 3
    assert heard.log(Error)[0].name == "TypeError"
    assert [event.args for event in heard.log(Console) if event.level == "error"] == [["bad", '{"n":1}']]
    failed = {(event.initiator, event.method, event.status) for event in heard.log(Network) if event.failed}
    assert {("fetch", "GET", 500), ("xhr", "POST", 500)} <= failed
    dom = heard.dom()
    assert [event["type"] for event in dom[:2]] == [4, FULL_SNAPSHOT]
    assert all(before["timestamp"] <= after["timestamp"] for before, after in itertools.pairwise(dom))
    assert "Words in a frame" in heard.text()
    assert "Words in a shadow" in heard.text()
    assert "/ingest/" not in heard.text()


def test_what_must_not_leave_the_page_does_not(host: Host, page: Page) -> None:
    open_page(page, host)
    use(page)
    page.click("#throw")
    page.click("#pay", position={"x": 5, "y": 5})
    page.click("#masked-host button")
    page.evaluate(
        """async () => {
            const shadow = document.getElementById("masked-host").shadowRoot;
            const frame = document.getElementById("masked-frame").contentDocument;
            await new Promise((done) => setTimeout(done, 300));  // by then both are known, and what follows is a mutation
            for (const [root, parent] of [[shadow, shadow.firstChild], [frame.body, frame.getElementById("inside")]]) {
                parent.firstChild.data = "canary-masked-change";
                root.append(Object.assign(document.createElement("i"), { textContent: "canary-masked-addition" }));
            }
            const later = document.createElement("p");
            later.title = "canary.later@example.org";
            later.textContent = "canary.later@example.org 4111 1111 1111 1111";
            document.getElementById("later").append(later);
            later.setAttribute("data-mail", "canary.later@example.org");
            later.firstChild.data = "canary.later@example.org";
            console.log("canary.later@example.org", { password: "canary-secret" }, "at https://x.example/y?code=canary-said#canary-said");
            console.error(new Error("no answer from https://x.example/y?code=canary-said"));
            playhead.capture("paid by canary.later@example.org", { from: "https://x.example/y?code=canary-said" });
            fetch("/fail?token=canary-token#canary-fragment");
            history.pushState({}, "", "/x?canary=canary-query#canary-hash");
            playhead.capture("paid", { card: "4111111111111111", to: "canary.later@example.org" });
        }"""
    )
    leave(page)
    until(lambda: whole(host), "the whole stream")
    text = host.only.text()
    assert "A page to record" in text
    for secret in (
        "4111 1111",
        "4111111111111111",
        "canary-masked",
        "canary-blocked",
        "canary-textarea",
        "canary-masked-shadow",
        "canary-masked-change",
        "@example.org canary",
    ):
        assert secret not in text
    assert "canary" not in text.replace("canary=*", "")  # the key of a query may be told, its value never


def test_it_works_under_the_strictest_policy(host: Host, page: Page) -> None:
    host.policy = (
        f"default-src 'none'; script-src 'self' {host.origin}; connect-src 'self' {host.origin} ws://127.0.0.1:{host.port}; "
        "frame-src 'self'; worker-src 'none'; style-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    tries: list[str] = []
    page.on("console", lambda message: tries.append(message.text) if "TrustedScriptURL" in message.text else None)
    errors = open_page(page, host)
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    page.evaluate("void Array.from({length: 400}, (_, i) => document.body.append(`words number ${i} `.repeat(9)))")
    until(lambda: "words number 399" in host.only.text(), "the second chunk")
    page.reload()
    until(lambda: len(host.streams) == 2 and all(heard.next_seq for heard in host.streams.values()), "the second stream")
    assert errors == []
    assert len(tries) <= 1, "one try for a worker, and never again in this tab"


def test_stop_leaves_the_page_as_it_was(host: Host, page: Page) -> None:
    page.goto(f"{host.site}/late.html")
    page.evaluate(
        """async (host) => {
            window.recorder = await import("/recorder.mjs");
            recorder.init({ writeKey: "pk_abcdefghjk_0123456789abcdef01234567", host, autoStart: false });
        }""",
        host.origin,
    )
    assert page.evaluate("natives().every((native, i) => native === before[i])"), "nothing is touched before start"
    assert page.evaluate("recorder.sessionUrl({ at: 'now' })").startswith(f"{host.origin}/s/abcdefghjk/")
    page.evaluate("recorder.start()")
    assert not page.evaluate("natives().every((native, i) => native === before[i])")
    page.click("button")
    page.evaluate("recorder.stop()")
    assert page.evaluate("natives().flatMap((native, i) => (native === before[i] ? [] : [native.name]))") == []
    until(lambda: whole(host), "what was recorded until the stop")
    assert len(host.only.log(Click)) == 1


def test_nothing_is_told_of_before_consent_but_who_it_is(host: Host, page: Page) -> None:
    page.goto(f"{host.site}/late.html")
    page.evaluate(
        """async (host) => {
            window.recorder = await import("/recorder.mjs");
            recorder.init({ writeKey: "pk_abcdefghjk_0123456789abcdef01234567", host, autoStart: false });
            recorder.identify("ada", { plan: "pro" });
            recorder.register({ release: "2" });
            recorder.capture("too early");
        }""",
        host.origin,
    )
    page.click("button")
    assert host.sockets == 0
    page.evaluate("recorder.start(); recorder.capture('in time')")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert [event.name for event in host.only.log(Custom)] == ["in time"]
    assert [event.distinct_id for event in host.only.log(Identify)] == ["ada"]
    assert host.only.log(Properties)[0].properties == {"release": "2"}
    assert host.only.log(Click) == []


def test_a_click_just_before_the_end_is_told(host: Host, page: Page) -> None:
    open_page(page, host)
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    page.evaluate("document.getElementById('go').click(); location.href = 'about:blank'")
    until(lambda: whole(host), "the whole stream")
    page.wait_for_url("about:blank")
    assert [click.element.id for click in host.only.log(Click)] == ["go"]


def test_a_huge_page_goes_in_parts(host: Host, page: Page) -> None:
    page.goto(f"{host.site}/late.html")
    page.evaluate(
        """async (host) => {
            const many = document.getElementById("many");
            for (let i = 0; i < 8000; i++) {
                const row = document.createElement("p");
                row.className = `row number-${i}`;
                row.textContent = `Zoë’s row ${i} ${Math.random()}`;
                many.append(row);
            }
            (await import("/recorder.mjs")).init({ writeKey: "pk_abcdefghjk_0123456789abcdef01234567", host });
        }""",
        host.origin,
    )
    until(lambda: host.streams and "Zoë’s row 7999" in host.only.text(), "the snapshot")
    parts = [chunk.header for chunk in host.only.in_order if chunk.header.part_count > 1]
    assert [header.part_index for header in parts] == list(range(parts[0].part_count))
    assert [Flag.SNAPSHOT in header.flags for header in parts] == [True] + [False] * (len(parts) - 1)
    assert [header.dom_events for header in parts] == [1] + [0] * (len(parts) - 1)


def test_the_snippet_twice_is_one_recorder(host: Host, page: Page) -> None:
    errors = open_page(page, host, "twice.html")
    page.click("button")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert len(host.only.log(Click)) == 1
    assert errors == []


def test_the_module_beside_the_snippet_is_no_second_recorder(host: Host, page: Page) -> None:
    errors = open_page(page, host)
    link = page.evaluate(
        """async (host) => {
            const other = await import("/recorder.mjs");
            other.init({ writeKey: "pk_abcdefghjk_0123456789abcdef01234567", host });
            other.capture("nothing");
            return other.sessionUrl();
        }""",
        host.origin,
    )
    assert link is None
    page.click("#go")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert len(host.only.log(Click)) == 1
    assert errors == []


def test_tabs_share_the_session_and_nothing_else(host: Host, page: Page, visitor: BrowserContext) -> None:
    open_page(page, host)
    page.goto(f"{host.site}/twice.html")  # a second document of the first tab
    page.wait_for_function("window.playhead?.isLoaded")
    with page.expect_popup() as popup:
        page.evaluate("window.open('/twice.html')")  # a tab that copies the first one's sessionStorage
    popup.value.wait_for_function("window.playhead?.isLoaded")
    until(lambda: len(host.streams) == 3, "three streams")
    hellos = [heard.hello for heard in host.streams.values()]
    assert len({hello.session for hello in hellos}) == len({hello.secret for hello in hellos}) == 1
    assert hellos[0].window == hellos[1].window != hellos[2].window


def test_after_idleness_the_next_sign_of_life_begins_a_session(host: Host, page: Page) -> None:
    open_page(page, host)
    first = page.evaluate("playhead.sessionId()")
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    page.evaluate(
        """() => {
            const key = "playhead_session_abcdefghjk";
            const session = JSON.parse(localStorage.getItem(key));
            localStorage.setItem(key, JSON.stringify({ ...session, activeMs: session.activeMs - 31 * 60_000 }));
        }"""
    )
    page.wait_for_timeout(5_100)  # activity is looked at anew after five seconds
    page.click("#edit")
    assert page.evaluate("playhead.sessionId()") != first
    until(lambda: len(host.streams) == 2, "a second stream")
    old, new = host.streams.values()
    until(lambda: old.is_final and new.log(Click), "the old one's end and the new one's click")
    assert old.hello.session == first != new.hello.session
    assert new.dom()[1]["type"] == FULL_SNAPSHOT
    assert [event.how for event in new.log(Navigation)] == ["load"]
    assert new.log(Properties)[0].properties == {"release": "1.2.3"}
    assert not [event for event in new.log(Network) if event.initiator == "document"], "the load belongs to the first session"


def test_reset_is_another_visitor_and_another_session(host: Host, page: Page) -> None:
    open_page(page, host)
    first = page.evaluate("playhead.sessionId()")
    page.evaluate("playhead.reset()")
    assert page.evaluate("playhead.sessionId()") != first
    until(lambda: len(host.streams) == 2, "a second stream")
    until(lambda: all(heard.chunks for heard in host.streams.values()), "bytes of both")
    old, new = host.streams.values()
    assert new.hello.distinct_id not in ("user-7", old.log(Identify)[0].anonymous_id)


def test_the_link_is_there_at_once(host: Host, page: Page) -> None:
    open_page(page, host)
    links = page.evaluate("[new Date(1790000000000), 1790000000000, 'now'].map((at) => playhead.sessionUrl({ at }))")
    until(lambda: host.streams, "the stream")
    hello = host.only.hello
    parts = [re.fullmatch(r"(.+)/s/abcdefghjk/([^?]+)\?at=(\d+)&stream=(\w+)", link) for link in links]
    assert {part.group(1, 2, 4) for part in parts if part} == {(host.origin, hello.session, hello.stream)}
    times = [int(part.group(3)) for part in parts if part]
    assert abs(times[0] - 1790000000000) < 50, "a wall-clock time, on the stream clock"
    assert abs(times[1] - times[0]) < 50
    assert abs(times[2] - page.evaluate("Date.now()")) < 2_000


def test_storage_denied_is_no_reason_to_stop(host: Host, browser: Browser) -> None:
    context = browser.new_context()
    context.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
             Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });"""
    )
    page = context.new_page()
    errors = open_page(page, host)
    page.click("#go")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    assert errors == []
    context.close()


def test_a_link_after_the_stop_still_leads_to_the_stream(host: Host, page: Page) -> None:
    open_page(page, host)
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    page.evaluate("playhead.stop()")
    assert page.evaluate("playhead.sessionUrl()").endswith(f"&stream={host.only.hello.stream}")


def test_what_is_said_too_fast_is_counted(host: Host, page: Page) -> None:
    open_page(page, host)
    page.evaluate("for (let i = 0; i < 1000; i++) console.log(`line ${i}`)")
    until(lambda: host.streams and [gap for gap in host.only.log(Gap) if gap.reason == "throttled"], "the count")
    leave(page)
    until(lambda: whole(host), "the whole stream")
    lines = [event for event in host.only.log(Console) if event.args[0].startswith("line ")]
    counts = re.findall(r'"console: (\d+) in a second"', host.only.text())
    assert len(lines) + sum(map(int, counts)) == 1_000


@pytest.mark.parametrize("jump_ms", [60_000, -60_000])
def test_a_clock_that_jumps_begins_a_new_stream(host: Host, page: Page, jump_ms: int) -> None:
    page.add_init_script(
        "{ const real = Date.now; let ahead = 0; Date.now = () => real() + ahead; window.jump = (ms) => (ahead += ms) }"
    )
    open_page(page, host)
    until(lambda: host.streams and host.only.next_seq, "the first ack")
    page.evaluate("(ms) => jump(ms)", jump_ms)
    page.click("#edit")
    until(lambda: len(host.streams) == 2, "a second stream")
    old, new = host.streams.values()
    until(lambda: old.is_final and new.log(Click), "the old one's end and the new one's click")
    assert old.hello.session == new.hello.session
    assert abs(new.hello.client_ms - old.hello.client_ms - jump_ms) < 30_000
    assert [event["type"] for event in new.dom()[:2]] == [4, FULL_SNAPSHOT]
    for heard in (old, new):
        times = [event["timestamp"] for event in heard.dom()]
        assert times == sorted(times)
