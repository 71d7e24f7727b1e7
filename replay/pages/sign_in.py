"""The page behind a one-time sign-in link, and the way out."""

from __future__ import annotations

from allauth.account import views as allauth
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from replay.accounts import sign_in

BACKEND = "django.contrib.auth.backends.ModelBackend"


def _next(request: HttpRequest) -> str:
    """Return where to go on: the ``next`` of the link when it stays on this site, else home."""
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure()):
        return wanted
    return "/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button on GET, so that a chat's link preview does not use the link up; sign in on POST."""
    if request.method == "POST":
        user = sign_in.spend(token)
        if user is not None:
            login(request, user, backend=BACKEND)
            return redirect(_next(request))
    elif sign_in.is_good(token):
        return render(request, "account/link.html")
    return render(request, "account/link_used.html", status=410)


def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask on GET; on POST sign out, and have the browser forget what it kept of recorded lives."""
    response: HttpResponse = allauth.logout(request)
    if request.method == "POST" and not request.user.is_authenticated:
        response["Clear-Site-Data"] = '"cache"'
    return response
