"""The addresses of everything that people see."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import path, re_path
from django.views.generic import RedirectView

from replay.pages import account, events, home, imports, keys, persons, player, project, sessions, sign_in

CLOSED = RedirectView.as_view(url="/sign-in/")  # allauth reverses these names; accounts are made by the operator

urlpatterns = [
    path("", home.home, name="home"),
    path("p/<str:public_id>/", home.project_home, name="project"),
    path("p/<str:public_id>/sessions/", sessions.index, name="sessions"),
    path("p/<str:public_id>/sessions/refresh/", sessions.refresh, name="sessions-refresh"),
    path("p/<str:public_id>/events/", events.index, name="events"),
    path("p/<str:public_id>/persons/", persons.index, name="persons"),
    path("p/<str:public_id>/persons/<uuid:person>/", persons.detail, name="person"),
    path("p/<str:public_id>/import/", imports.page, name="import"),
    path("p/<str:public_id>/import/<uuid:import_id>/cancel/", imports.cancel, name="cancel-import"),
    path("p/<str:public_id>/settings/", project.settings_page, name="project-settings"),
    path("p/<str:public_id>/settings/keys/", keys.make_write_key, name="make-write-key"),
    path("p/<str:public_id>/settings/keys/<int:key_id>/revoke/", keys.revoke_write_key, name="revoke-write-key"),
    path("p/<str:public_id>/settings/tokens/", keys.make_token, name="make-token"),
    path("p/<str:public_id>/settings/tokens/<int:token_id>/revoke/", keys.revoke_token, name="revoke-token"),
    path("s/<str:public_id>/<str:session>", player.page, name="player"),
    path("account/", account.page, name="account"),
    # Signing in and out
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-in/link/<str:token>/", sign_in.link, name="sign-in-link"),
    path("sign-out/", sign_in.sign_out, name="account_logout"),
    path("sign-in/inactive/", allauth.account_inactive, name="account_inactive"),
    path("sign-in/confirm/", allauth.reauthenticate, name="account_reauthenticate"),
    path("sign-in/forgotten/", allauth.password_reset, name="account_reset_password"),
    path("sign-in/forgotten/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^sign-in/forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("sign-in/forgotten/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("sign-up/", CLOSED, name="account_signup"),
    path("account/e-mail/", CLOSED, name="account_email"),
    path("account/e-mail/sent/", CLOSED, name="account_email_verification_sent"),
    path("account/password/", RedirectView.as_view(pattern_name="account"), name="account_change_password"),
    path("account/password/set/", RedirectView.as_view(pattern_name="account"), name="account_set_password"),
]
