from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from replay.accounts.models import Project
from replay.index.interchange import importing
from replay.index.management.commands import export_session, import_session
from replay.index.models import Session
from replay.store.base import StoreUnavailable
from replay.store.memory import MemoryStore
from tests.index.interchange.recordings import events_of, lines, page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    for command in (export_session, import_session):
        monkeypatch.setattr(command, "open_store", lambda: store)
    return store


def run(*words: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*map(str, words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "visit.jsonl"
    path.write_bytes(lines(page()))
    return path


def test_a_file_goes_in_and_comes_out(project: Project, file: Path, tmp_path: Path) -> None:
    link, said = run("import_session", project.public_id, file, "--distinct-id", "ada")
    session = Session.objects.get()
    assert link.strip().endswith(f"/s/{project.public_id}/{session.uuid}")
    assert "2 events, 1 page loads (rrweb)" in said
    assert session.distinct_id == "ada"
    assert "all here already" in run("import_session", project.public_id, file)[1]
    out = tmp_path / "out.jsonl.gz"
    _, said = run("export_session", project.public_id, session.uuid, "--form", "lines", "-o", out)
    assert events_of(gzip.decompress(out.read_bytes())) == page()
    assert said == f"{out.stat().st_size:,} bytes written\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl.gz", "visit.jsonl"]


def test_it_reads_standard_input_and_writes_standard_output(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(lines(page())))))
    run("import_session", project.public_id, "-")
    run("export_session", project.public_id, Session.objects.get().uuid, "--form", "rrweb")
    assert events_of(capfdbinary.readouterr().out) == page()


def test_progress_is_told(project: Project, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "TELL_EVERY_S", 0.0)
    assert "50 % · 0 events" in run("import_session", project.public_id, file)[1]


def test_it_says_what_it_cannot_do(
    project: Project, file: Path, tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[1]")
    wrong = {
        "There is no project": ("import_session", "nosuch", file),
        "Cannot read": ("import_session", project.public_id, tmp_path / "none"),
        r"an rrweb event should.*line 1, byte 1": ("import_session", project.public_id, bad),
        "There is no session": ("export_session", project.public_id, "x"),
    }
    for sentence, words in wrong.items():
        with pytest.raises(CommandError, match=sentence):
            run(*words)
    monkeypatch.setattr(store, "put", lambda key, data: (_ for _ in ()).throw(StoreUnavailable(key)))
    with pytest.raises(CommandError, match="goes on where it was"):
        run("import_session", project.public_id, file)


def test_nothing_comes_out_of_what_was_erased_or_is_out_of_reach(
    project: Project, file: Path, tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import_session", project.public_id, file)
    words = ("export_session", project.public_id, Session.objects.get().uuid, "-o", tmp_path / "out.json")
    with monkeypatch.context() as down:
        down.setattr(store, "get", lambda key, *_: (_ for _ in ()).throw(StoreUnavailable(key)))
        with pytest.raises(CommandError, match="out of reach"):
            run(*words)
    assert [path.name for path in tmp_path.iterdir()] == ["visit.jsonl"]  # no half a file
    Session.objects.update(erased_at=timezone.now())
    with pytest.raises(CommandError, match="erased"):
        run(*words)
