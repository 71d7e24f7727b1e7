"""With Redis away people still sign in, and guessing is still slowed down."""

from __future__ import annotations

import socket

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import override_settings

from replay.accounts.models import User
from tests.conftest import PASSWORD


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_sign_in_goes_on_without_redis(alice: User, closed_port: int) -> None:
    location = f"redis://127.0.0.1:{closed_port}/0"
    with override_settings(CACHES={"default": {"BACKEND": "replay.accounts.cache.ForgivingRedisCache", "LOCATION": location}}):
        cache.clear()
        client = Client()
        client.post("/sign-in/", {"login": "alice@example.org", "password": PASSWORD})
        assert "_auth_user_id" in client.session
        stranger = Client()
        for _ in range(6):
            answer = stranger.post("/sign-in/", {"login": "alice@example.org", "password": "wrong"})
        assert "Too many" in answer.content.decode()
        assert cache.get_or_set("a", 1) == 1
        assert cache.incr("a") == 2
        assert cache.add("a", 3) is False
        cache.clear()
