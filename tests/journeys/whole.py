"""Whether a recording is whole, asked of the API after any fault: kept, once, derived once, named where missing, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from replay.wire.frames import Chunk
from tests.journeys.api import Api, Json
from tests.journeys.wire import Place, Wire

COUNTERS = {"click": "clicks", "custom": "custom_events", "error": "errors", "rage_click": "rage_clicks"}  # log type → API


def assert_whole(api: Api, session: str, wires: Iterable[Wire] = (), *, gaps: Iterable[str] = ()) -> None:
    """Ask the five questions of a session; `wires` heard its pages, `gaps` are the reasons that may be stated."""
    manifest = api.manifest(session)
    kept = _kept(api, session, manifest)
    sent: dict[Place, Chunk] = {}
    acked: dict[Place, Chunk] = {}
    for wire in wires:
        sent |= {place: chunk for place, chunk in wire.sent.items() if str(chunk.header.session) == session}
        acked |= {place: chunk for place, chunk in wire.acked.items() if str(chunk.header.session) == session}
    assert acked.keys() <= kept.keys(), f"acked and not kept: {acked.keys() - kept.keys()}"
    for place in sent.keys() & kept.keys():
        assert kept[place] == (sent[place].dom, sent[place].log), f"{place} is not what was sent"
    for stream in manifest["streams"]:
        seqs = [chunk[0] for chunk in stream["chunks"]]
        assert len(seqs) == len(set(seqs)), f"kept twice: {stream['id']}"
        assert set(range(stream["next_seq"])) <= set(seqs), f"a hole that no gap names: {stream['id']}"
    stated = {gap["reason"] for gap in manifest["gaps"]}
    assert stated <= set(gaps), f"gaps: {manifest['gaps']}"
    _assert_derived_once(api, manifest)
    for stream in manifest["streams"]:
        _assert_in_order(api, session, stream)


def _kept(api: Api, session: str, manifest: Json) -> dict[Place, tuple[bytes, bytes]]:
    kept: dict[Place, tuple[bytes, bytes]] = {}
    for stream in manifest["streams"]:
        pairs = zip(api.chunks(session, stream, "dom"), api.chunks(session, stream, "log"), strict=True)
        kept |= {(stream["id"], dom.seq): (dom.body, log.body) for dom, log in pairs}
    return kept


def _assert_derived_once(api: Api, manifest: Json) -> None:
    """Each counter says what the kept bytes say, and each moment stands there once."""
    session = manifest["session"]["id"]
    events = api.events(session)
    told = Counter(event["type"] for event in events)
    assert {name: manifest["session"][name] for name in COUNTERS.values()} == {
        name: told[kind] for kind, name in COUNTERS.items()
    }
    moments = Counter((moment["stream"], moment["id"]) for moment in manifest["moments"])
    assert not [moment for moment, count in moments.items() if count > 1], "a moment stands there twice"


def _assert_in_order(api: Api, session: str, stream: Json) -> None:
    """Times of a stream's rrweb events never step back, whatever the page's wall clock did."""
    times = [event["timestamp"] for event in api.stream_events(session, stream, "dom")]
    assert times == sorted(times), f"{stream['id']}: out of order"
    assert not times or times[-1] - times[0] <= stream["end_ms"] - stream["start_ms"] + 1, "the timeline is stretched"


def steps_in_order(api: Api, session: str) -> list[int]:
    """Return the steps of a session as the API orders them by its own clock."""
    moments = [moment for moment in api.manifest(session)["moments"] if moment["kind"] == "custom"]
    return [int(moment["data"]["properties"]["n"]) for moment in sorted(moments, key=lambda moment: moment["at_ms"])]
