"""Signing in: by a link that works once, or by e-mail and password; and coming back to where one wanted to go."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from replay.accounts import sign_in
from replay.accounts.models import Project, SignInLink, User
from tests.conftest import PASSWORD


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- the link ---


def test_a_link_signs_in_once(alice: User, client: Client) -> None:
    path = f"/sign-in/link/{sign_in.mint_link(alice)}/"
    assert client.post(path).headers["Location"] == "/"
    assert signed_in(client)
    again = Client()
    assert again.post(path).status_code == 410
    assert not signed_in(again)


def test_of_two_that_come_at_once_one_is_signed_in(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sign_in.mint_link(alice)
    both_saw = sign_in._good_link(token)
    monkeypatch.setattr(sign_in, "_good_link", lambda _: both_saw)
    assert [sign_in.spend(token), sign_in.spend(token)] == [alice, None]


def test_looking_at_a_link_does_not_use_it_up(alice: User, client: Client) -> None:
    path = f"/sign-in/link/{sign_in.mint_link(alice)}/"
    for _ in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert not signed_in(client)
    client.post(path)
    assert signed_in(client)


def test_a_link_ends_with_its_time(alice: User, client: Client) -> None:
    token = sign_in.mint_link(alice, minutes=5)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/sign-in/link/{token}/").status_code == 410
    assert client.post(f"/sign-in/link/{token}/").status_code == 410
    assert not signed_in(client)


def test_a_closed_account_has_no_links(alice: User, client: Client) -> None:
    token = sign_in.mint_link(alice)
    User.objects.update(is_active=False)
    assert client.post(f"/sign-in/link/{token}/").status_code == 410


def test_only_a_hash_of_a_link_is_kept(alice: User) -> None:
    token = sign_in.mint_link(alice)
    assert token not in SignInLink.objects.get().token_hash


def test_a_link_needs_the_form_of_its_own_page(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"/sign-in/link/{sign_in.mint_link(alice)}/")
    assert answer.status_code == 403
    assert "no longer valid" in answer.content.decode()
    assert SignInLink.objects.get().used_at is None


def test_a_link_may_say_where_to_go_on_but_not_elsewhere(alice: User, client: Client) -> None:
    for wanted, to in (("/p/x/events/", "/p/x/events/"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("", "/")):
        path = f"/sign-in/link/{sign_in.mint_link(alice)}/?{urlencode({'next': wanted})}"
        assert client.post(path).headers["Location"] == to


# --- the password ---


def test_a_password_signs_in_and_a_wrong_one_does_not(alice: User, client: Client) -> None:
    answer = client.post("/sign-in/", {"login": "alice@example.org", "password": "wrong"})
    assert answer.status_code == 200
    assert not signed_in(client)
    client.post("/sign-in/", {"login": "Alice@Example.org", "password": PASSWORD})
    assert signed_in(client)


def test_guessing_is_slowed_down(alice: User, client: Client) -> None:
    for _ in range(6):
        client.post("/sign-in/", {"login": "alice@example.org", "password": "wrong"})
    answer = client.post("/sign-in/", {"login": "alice@example.org", "password": PASSWORD})
    assert not signed_in(client)
    assert "Too many" in answer.content.decode()


def test_nobody_signs_up(db: None, client: Client) -> None:
    answer = client.post("/sign-up/", {"email": "eve@example.org", "password1": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/"
    assert not User.objects.exists()


def test_signing_out_takes_a_post(alice_client: Client) -> None:
    asked = alice_client.get("/sign-out/")
    assert asked.status_code == 200
    assert "Clear-Site-Data" not in asked.headers
    assert signed_in(alice_client)
    answer = alice_client.post("/sign-out/")
    assert answer.headers["Location"] == "/sign-in/"
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert not signed_in(alice_client)


# --- where to go on ---


def test_one_is_brought_back_with_the_whole_link(alice: User, project: Project, client: Client) -> None:
    wanted = f"/s/{project.public_id}/0192f0c0-0000-7000-8000-000000000000?at=1764000000000&stream={'a' * 32}"
    asked = client.get(wanted)
    assert asked.status_code == 302
    page = client.get(asked.headers["Location"])
    assert page.status_code == 200
    answer = client.post(
        asked.headers["Location"],
        {"login": "alice@example.org", "password": PASSWORD, "next": page.context["redirect_field_value"]},
    )
    assert answer.headers["Location"] == wanted


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example/", r"\\evil.example", "javascript:alert(1)", "/\tevil"]
)
def test_one_is_never_sent_elsewhere(alice: User, client: Client, evil: str) -> None:
    answer = client.post("/sign-in/", {"login": "alice@example.org", "password": PASSWORD, "next": evil})
    assert "evil.example" not in answer.headers["Location"]
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith(("//", "/\\"))


# --- the forgotten password ---


def test_a_forgotten_password_is_chosen_anew(alice: User, client: Client) -> None:
    client.post("/sign-in/forgotten/", {"email": "alice@example.org"})
    (message,) = mail.outbox
    assert message.subject == "Playhead: choose a new password"
    link = next(word for word in str(message.body).split() if "/sign-in/forgotten/" in word)
    form = client.get(link, follow=True)
    new = "another long password"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    alice.refresh_from_db()
    assert alice.check_password(new)


def test_it_says_when_mail_is_only_printed(db: None, client: Client, settings: Settings) -> None:
    settings.EMAIL_IS_SET_UP = False
    assert "printed in the server’s log" in client.get("/sign-in/forgotten/").content.decode()
    assert "printed in the server’s log" in client.get("/sign-in/forgotten/sent/").content.decode()
    settings.EMAIL_IS_SET_UP = True
    assert "printed" not in client.get("/sign-in/forgotten/sent/").content.decode()


def test_an_unknown_address_is_answered_alike_and_gets_no_mail(db: None, client: Client) -> None:
    answer = client.post("/sign-in/forgotten/", {"email": "nobody@example.org"})
    assert answer.headers["Location"] == "/sign-in/forgotten/sent/"
    assert not mail.outbox


# --- commands ---


def test_createowner_makes_account_project_and_link(db: None, client: Client) -> None:
    out = StringIO()
    call_command("createowner", "Dana@example.org", "--project", "Dana's site", stdout=out)
    project = Project.objects.get()
    assert project.name == "Dana's site"
    assert project.write_keys.get().key in out.getvalue()
    link = next(word for word in out.getvalue().split() if "/sign-in/link/" in word)
    client.post("/" + link.split("/", 3)[3])
    assert signed_in(client)
    call_command("createowner", "dana@example.org", "--project", "Second", stdout=out)
    assert User.objects.count() == 1


@pytest.mark.parametrize(("email", "name"), [("not an address", "x"), ("a@example.org", " "), ("a@example.org", "x" * 101)])
def test_createowner_refuses_nonsense(db: None, email: str, name: str) -> None:
    with pytest.raises(CommandError):
        call_command("createowner", email, "--project", name)


def test_signinlink_knows_whom_it_is_for(alice: User) -> None:
    out = StringIO()
    call_command("signinlink", "alice@example.org", "--minutes", "5", stdout=out)
    assert "/sign-in/link/" in out.getvalue()
    with pytest.raises(CommandError, match="no account"):
        call_command("signinlink", "nobody@example.org")
    with pytest.raises(CommandError, match="7 days"):
        call_command("signinlink", "alice@example.org", "--minutes", "0")
