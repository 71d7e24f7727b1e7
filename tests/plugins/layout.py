"""Which tests run on which layout, and the running layouts that journeys use.

PLAYHEAD_TEST_LAYOUT says on what the tests themselves run: ``embedded`` (the default) or ``production``, whose settings
scripts/test.py puts into the environment. A test that can only run on one of them carries a marker.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from replay.store import open_store
from tests import backends
from tests.layouts import Layout, embedded_layout, production_layout

LAYOUT = os.environ.get("PLAYHEAD_TEST_LAYOUT", "embedded")
LEFT_OUT = {"embedded": {"postgres", "s3", "redis"}, "production": {"embedded"}}


def pytest_report_header() -> str:
    database = django_settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    return f"playhead: {LAYOUT} layout, {database}, {django_settings.STORE} store"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run on this layout."""
    left_out = [item for item in items if LEFT_OUT[LAYOUT] & {mark.name for mark in item.iter_markers()}]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``layout`` on the embedded one, and on production too where it is marked."""
    if "layout" in metafunc.fixturenames:
        is_both = metafunc.definition.get_closest_marker("both_layouts") is not None
        kinds = ["embedded", "production"] if is_both else ["embedded"]
        metafunc.parametrize("layout", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def layout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """A running Playhead, shared by the tests of a run: each makes its own project in it."""
    folder = tmp_path_factory.mktemp(request.param)
    with (embedded_layout if request.param == "embedded" else production_layout)(folder) as running:
        yield running


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """The production layout, running."""
    with production_layout(tmp_path_factory.mktemp("production")) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _bucket() -> None:
    """Make the bucket that the tests' own process uses."""
    if django_settings.STORE == "s3":
        backends.get().make_bucket(django_settings.S3_BUCKET)


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Settings) -> None:
    """Keep a test's files to itself."""
    if settings.STORE == "s3":
        return  # one client for all: making one takes longer than most tests
    settings.DATA_DIR = tmp_path
    settings.STORE_LOCAL_DIR = tmp_path / "store"
    open_store.cache_clear()
