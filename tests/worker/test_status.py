"""What a worker answers on its port."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from replay.worker.backlog import Backlog
from replay.worker.loop import LATE_S, Task
from replay.worker.status import Status
from tests.processes import free_port

TOKEN = "a token of sixteen and more"


@pytest.fixture
def task() -> Task:
    return Task("sweep", 60, lambda: None, due_at=time.monotonic() + 60)


def serve(task: Task, token: str) -> Status:
    status = Status("127.0.0.1", free_port(), [task], Backlog(packs_open=3, chunks_given_up=2), "0.1.0", token)
    status.start()
    return status


@pytest.fixture
def status(task: Task) -> Iterator[Status]:
    status = serve(task, "")
    yield status
    status.shutdown()
    status.server_close()


def ask(status: Status, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{status.server_port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_task_that_does_not_come_round_is_named(status: Status, task: Task) -> None:
    assert ask(status, "/healthz") == (200, "ok\n")
    task.due_at = time.monotonic() - LATE_S - 1
    assert ask(status, "/healthz") == (503, "stuck: sweep\n")


def test_tasks_and_backlog_are_counted(status: Status, task: Task) -> None:
    task.done, task.failed = 5, 1
    samples = [each for family in text_string_to_metric_families(ask(status, "/metrics")[1]) for each in family.samples]
    runs = {each.labels["result"]: each.value for each in samples if each.name == "playhead_worker_task_runs_total"}
    told = {each.name: each.value for each in samples}
    assert runs == {"done": 5, "failed": 1}
    assert (told["playhead_packs_open"], told["playhead_chunks_given_up_total"]) == (3, 2)
    assert ask(status, "/")[0] == 404


def test_with_a_token_only_who_shows_it_sees_metrics(task: Task) -> None:
    status = serve(task, TOKEN)
    assert ask(status, "/metrics")[0] == 404
    assert ask(status, "/metrics", Authorization=f"Bearer {TOKEN}")[0] == 200
    assert ask(status, "/healthz")[0] == 200
    status.shutdown()
    status.server_close()
