"""The public API as a customer's program uses it: a project token, JSON, and chunks as they are kept."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from replay.wire.bodies import decode_dom, decode_log
from replay.wire.frames import Codec
from replay.wire.records import Record, parse_records

Json = dict[str, Any]


class NotNow(AssertionError):
    """The API answers 404 (not kept yet, or not to be seen), or a proxy has nobody to ask: a program would ask again."""


class Api:
    """One project seen through its token. Every call is a fresh request; nothing is remembered."""

    def __init__(self, base_url: str, project: str, token: str) -> None:
        self.root = f"{base_url}/api/v1/projects/{project}"
        self.token = token

    def get(self, path: str, **query: object) -> Json:
        answer: Json = json.loads(self._read(path, query)[0])
        return answer

    def sessions(self, **query: object) -> list[Json]:
        return list(self.get("/sessions", **query)["items"])

    def session(self, session: str) -> Json:
        return self.get(f"/sessions/{session}")

    def manifest(self, session: str) -> Json:
        return self.get(f"/sessions/{session}/manifest")

    def assets(self, session: str) -> Json:
        return self.get(f"/sessions/{session}/assets")

    def places(self, session: str) -> set[tuple[str, int]]:
        """Return (stream, seq) of all that is kept, in chunks or in segments; nothing while it cannot be read."""
        try:
            streams = self.manifest(session)["streams"]
        except NotNow:
            return set()
        chunks = {(stream["id"], chunk[0]) for stream in streams for chunk in stream["chunks"]}
        return chunks | {
            (stream["id"], seq) for stream in streams for first, upto, *_ in stream["segments"] for seq in range(first, upto)
        }

    def chunks(self, session: str, stream: Json, body: str) -> Iterator[Record]:
        """Yield every kept chunk of a stream, in order; `stream` is a row of the manifest."""
        at, upto = 0, int(stream["next_seq"])
        path = f"/sessions/{session}/streams/{stream['id']}/chunks"
        while at < upto:
            data, headers = self._read(path, {"body": body, "from": at, "upto": upto})
            yield from parse_records(data)
            after = int(headers["Playhead-Next-Seq"])
            assert after > at, "the answer did not move on"
            at = after

    def events(self, session: str, body: str = "log") -> list[Json]:
        """Return all events of a session as they are kept, stream after stream."""
        return [event for stream in self.manifest(session)["streams"] for event in self.stream_events(session, stream, body)]

    def stream_events(self, session: str, stream: Json, body: str = "log") -> list[Json]:
        """Return all events of a stream as they are kept, parts joined."""
        found: list[Json] = []
        pieces: list[bytes] = []
        for record in self.chunks(session, stream, body):
            assert record.codec != Codec.MISSING, f"bytes of seq {record.seq} are missing"
            pieces.append(record.body)
            if body == "dom" and record.part_index + 1 < record.part_count:
                continue
            found += decode_dom(record.codec, pieces) if body == "dom" else decode_log(record.codec, record.body)
            pieces = []
        return found

    def custom(self, session: str, name: str) -> Counter[int]:
        """Return how often each `n` of a custom event is kept in a session; nothing while it cannot be read."""
        try:
            events = self.events(session)
        except NotNow:
            return Counter()
        return Counter(event["properties"]["n"] for event in events if event["type"] == "custom" and event["name"] == name)

    def _read(self, path: str, query: dict[str, object]) -> tuple[bytes, Any]:
        url = self.root + path + ("?" + urlencode(query) if query else "")
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            refusal = NotNow if error.code in (404, 502, 504) else AssertionError
            raise refusal(f"{url} answers {error.code}: {error.read()[:400]!r}") from error
