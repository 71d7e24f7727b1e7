"""``/metrics``: what this process has done and holds, in Prometheus' words. Counts and codes, never recorded content."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from replay.ingest.address import forwarded_for
from replay.ingest.conditions import WORDS
from replay.ingest.meter import Histogram
from replay.ingest.service import Ingest
from replay.wire.errors import Code

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def metrics(ingest: Ingest, scope: dict[str, Any], send: Send) -> None:
    """Answer those who may know: whoever shows METRICS_TOKEN, and without one this machine itself; 404 to all others."""
    headers = dict(scope.get("headers", ()))
    body, kind, status = b"", b"text/plain", 404
    if may_read(scope, headers.get(b"authorization", b"")):
        encode, content_type = choose_encoder(headers.get(b"accept", b"").decode("latin-1"))
        registry = CollectorRegistry()
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=registry)
        registry.register(IngestCollector(ingest))
        body, kind, status = encode(registry), content_type.encode(), 200
    answer = [(b"content-type", kind), (b"cache-control", b"no-store"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": answer})
    await send({"type": "http.response.body", "body": body})


def may_read(scope: dict[str, Any], authorization: bytes) -> bool:
    """Say whether a request may see metrics. What came through a proxy is not from this machine, whatever its address."""
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(authorization, b"Bearer " + settings.METRICS_TOKEN.encode())
    client = scope.get("client")
    if not client or forwarded_for(scope):
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False


class IngestCollector(Collector):
    """Reads the numbers of an ``Ingest`` when somebody asks: they cost nothing while nobody does."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("playhead", "What runs here.", {"version": settings.VERSION})
        yield from self._counters()
        yield from self._gauges()
        yield from self._histograms()
        refusals = CounterMetricFamily("playhead_refusals", "Goaways and nacks, by code.", labels=["code"])
        for code in Code:  # all of them, so that a first refusal is a step and not a new line
            refusals.add_metric([code.value], self._ingest.refusals.counts[code])
        yield refusals

    def _counters(self) -> Iterator[Metric]:
        meter = self._ingest.meter
        for name, help_text, value in (
            ("chunks", "Chunks that came in whole.", meter.chunks),
            ("chunk_bytes", "Their bytes.", meter.chunk_bytes),
            ("acks", "Chunks that were kept, or were kept before, and acked.", meter.acks),
            ("packs", "Packs whose chunks have their rows.", meter.packs),
            ("pack_bytes", "Their bytes.", meter.pack_bytes),
            ("puts", "Objects that the store took.", meter.puts),
            ("hellos", "Streams that were admitted.", meter.hellos),
            ("beacons", "Requests of the road without a socket.", meter.beacons),
            ("asset_requests", "Requests that offered or brought stylesheets, fonts or images.", meter.asset_requests),
            ("assets", "Assets whose bytes came and are kept.", meter.assets),
            ("sockets_opened", "Ingest sockets that were accepted.", meter.sockets),
            ("sockets_turned_away", "Sockets that found no room, or came too fast.", meter.turned_away),
            ("takeovers", "Sockets let go since their stream spoke on another.", meter.taken_over),
        ):
            yield CounterMetricFamily(f"playhead_{name}", help_text, value)

    def _gauges(self) -> Iterator[Metric]:
        ingest = self._ingest
        for name, help_text, value in (
            ("sockets_open", "Ingest sockets.", len(ingest.sockets)),
            ("streams_open", "Streams that speak on them.", len(ingest.speakers)),
            ("held_bytes", "Bytes of chunks between the socket and the ack.", ingest.budget.lent_bytes),
            ("held_bytes_limit", "How many there may be.", ingest.budget.size_bytes),
            ("held_share", "How much of that is used, 0 to 1; 1 while somebody waits.", ingest.budget.share),
            ("pressure", "How much narrower windows are made, 0 to 1.", ingest.pressure),
            ("closing", "1 while the process says goodbye.", int(ingest.is_closing)),
        ):
            yield GaugeMetricFamily(f"playhead_{name}", help_text, value)
        condition = GaugeMetricFamily("playhead_condition", "1 for what became of the last pack.", labels=["condition"])
        for word in WORDS.values():
            condition.add_metric([word], int(word == ingest.conditions.word))
        yield condition

    def _histograms(self) -> Iterator[Metric]:
        meter = self._ingest.meter
        yield _family("ack_age_seconds", "From a chunk's arrival to its ack.", meter.ack_age_s)
        yield _family("put_seconds", "How long the store takes for a pack.", meter.put_s)
        yield _family("commit_seconds", "How long the transaction of a pack takes.", meter.commit_s)


def _family(name: str, help_text: str, histogram: Histogram) -> Metric:
    return HistogramMetricFamily(f"playhead_{name}", help_text, histogram.buckets(), histogram.total)
