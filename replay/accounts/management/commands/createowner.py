"""Make an account with a project, and print a link that signs in once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from replay.accounts import services, sign_in
from replay.accounts.models import User


class Command(BaseCommand):
    help = "Make an account (if there is none) and a project of its own; print a one-time sign-in link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--project", required=True, help="the name of the project to make")

    def handle(self, *args: Any, email: str, project: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is not an e-mail address.") from error
        if not project.strip() or len(project) > 100:
            raise CommandError("A project needs a name of 1 to 100 characters.")
        with transaction.atomic():
            user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(email)
            made = services.create_project(user, project.strip())
            link = sign_in.link_url(sign_in.mint_link(user))
        key = services.live_write_key(made)
        self.stdout.write(f"Project    {made.name} ({made.public_id})")
        self.stdout.write(f"Write key  {key.key if key else '—'}")
        self.stdout.write(f"Sign in    {link}")
        self.stdout.write(f"           works once, for {sign_in.LINK_MINUTES} minutes; choose a password under Account")
