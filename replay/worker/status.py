"""What a worker answers on its port: ``/healthz`` and ``/metrics``. Counts and names of tasks, never recorded content."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from replay.worker.backlog import Backlog
from replay.worker.loop import Task

TIMEOUT_S: Final = 5  # for a request to arrive


class WorkerCollector(Collector):
    """Reads tasks and backlog when somebody asks."""

    def __init__(self, tasks: Sequence[Task], backlog: Backlog, version: str, clock: Callable[[], float]) -> None:
        self._tasks, self._backlog, self._version, self._clock = tasks, backlog, version, clock

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("playhead", "What runs here.", {"version": self._version})
        runs = CounterMetricFamily("playhead_worker_task_runs", "How often a task ended, by how.", labels=["task", "result"])
        took = GaugeMetricFamily("playhead_worker_task_seconds", "How long a task took the last time.", labels=["task"])
        age = GaugeMetricFamily("playhead_worker_task_age_seconds", "Since a task last went well.", labels=["task"])
        for task in self._tasks:
            runs.add_metric([task.name, "done"], task.done)
            runs.add_metric([task.name, "failed"], task.failed)
            took.add_metric([task.name], task.took_s)
            if task.done_at is not None:
                age.add_metric([task.name], self._clock() - task.done_at)
        yield from (runs, took, age)
        seen = self._backlog
        yield CounterMetricFamily("playhead_objects_swept", "Packs and volumes that were removed.", seen.objects_swept)
        yield CounterMetricFamily("playhead_chunks_given_up", "Chunks that never came, now gaps.", seen.chunks_given_up)
        for name, help_text, value in (
            ("packs_open", "Packs under way, or left behind.", seen.packs_open),
            ("oldest_open_pack_seconds", "Age of the oldest of them.", seen.oldest_open_pack_s),
            ("streams_holed", "Streams that wait for a chunk which others have overtaken.", seen.streams_holed),
            ("chunks_waiting", "Chunks that are not yet in segments.", seen.chunks_waiting),
            ("oldest_waiting_chunk_seconds", "Age of the oldest of them.", seen.oldest_waiting_s),
            ("sessions_waiting", "Sessions to compact, as of the last round.", seen.compacting.sessions_waiting),
        ):
            yield GaugeMetricFamily(f"playhead_{name}", help_text, value)
        done = seen.compacting
        for name, help_text, value in (
            ("compactions", "Volumes whose segments have their rows.", done.compactions),
            ("segments", "Segments that were made.", done.segments),
            ("chunks_compacted", "Chunks that became segments.", done.chunks),
            ("chunk_bytes_compacted", "Their bytes.", done.chunk_bytes),
            ("volume_bytes", "Bytes of the volumes that hold them now.", done.stored_bytes),
            ("spans_lost", "Gaps that were named because bytes did not open.", done.spans_lost),
            ("folding_cpu_seconds", "Processor time of folding.", done.cpu_s),
            ("folding_deaths", "Times that the folding process died of what it was given.", done.deaths),
        ):
            yield CounterMetricFamily(f"playhead_{name}", help_text, value)


class Status(ThreadingHTTPServer):
    """Answers in threads of its own, whatever the tasks do."""

    daemon_threads = True

    def __init__(self, host: str, port: int, tasks: Sequence[Task], backlog: Backlog, version: str, token: str) -> None:
        super().__init__((host, port), _Answer)
        self.tasks = tasks
        self.token = token
        self.registry = CollectorRegistry()
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=self.registry)
        self.registry.register(WorkerCollector(tasks, backlog, version, time.monotonic))

    def start(self) -> None:
        """Answer from now on, until the process ends."""
        threading.Thread(target=self.serve_forever, name="playhead-status", daemon=True).start()


class _Answer(BaseHTTPRequestHandler):
    server: Status
    timeout = TIMEOUT_S

    def do_GET(self) -> None:
        if self.path == "/healthz":
            stuck = [task.name for task in self.server.tasks if task.is_stuck(time.monotonic())]
            self._answer(503 if stuck else 200, (f"stuck: {', '.join(stuck)}" if stuck else "ok").encode() + b"\n")
        elif self.path == "/metrics" and self._may_read():
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._answer(200, encode(self.server.registry), content_type)
        else:
            self._answer(404, b"")

    def _may_read(self) -> bool:
        if self.server.token:
            return hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {self.server.token}".encode())
        return ip_address(self.client_address[0]).is_loopback

    def _answer(self, status: int, body: bytes, content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: health checks come every few seconds."""
