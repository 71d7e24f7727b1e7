"""Makes what a layout needs in its database; run as ``python -m tests.bootstrap`` with the layout's environment.

In: one JSON request on stdin. Out: one JSON answer as the last line of stdout.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "replay.settings")


def make_project(email: str, name: str) -> dict[str, str]:
    """Make a project with its owner, a write key and a token for the API."""
    from replay.accounts.models import User
    from replay.accounts.services import create_project, live_write_key, mint_token

    owner = User.objects.filter(email=email).first() or User.objects.create_user(email)
    project = create_project(owner, name)
    key = live_write_key(project)
    assert key is not None
    return {"id": project.public_id, "name": name, "email": email, "write_key": key.key, "token": mint_token(project, "tests")}


def make_link(email: str) -> dict[str, str]:
    """Make a link that signs this user in once; a user who is not there yet is made, a member of nothing."""
    from replay.accounts.models import User
    from replay.accounts.sign_in import link_url, mint_link

    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    return {"url": link_url(mint_link(user))}


def set_password(email: str, password: str) -> dict[str, str]:
    """Give a user a password, for a test that types it."""
    from replay.accounts.models import User

    user = User.objects.get(email=email)
    user.set_password(password)
    user.save(update_fields=["password"])
    return {"email": email}


def make_login(email: str) -> dict[str, str]:
    """Make a signed-in browser's cookie."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from replay.accounts.models import User

    user = User.objects.get(email=email)
    login = SessionStore()
    login[SESSION_KEY] = str(user.pk)
    login[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    login[HASH_SESSION_KEY] = user.get_session_auth_hash()
    login.create()
    assert login.session_key is not None
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={login.session_key}"}


def main() -> None:
    """Answer the request on stdin."""
    django.setup()
    request: dict[str, Any] = json.load(sys.stdin)
    makers: dict[str, Callable[..., dict[str, str]]] = {
        "project": make_project,
        "link": make_link,
        "login": make_login,
        "password": set_password,
    }
    make = makers[request.pop("make")]
    print(json.dumps(make(**request)))


if __name__ == "__main__":
    main()
