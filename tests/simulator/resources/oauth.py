# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``POST /oauth/token`` (API reference, section 1.2): client credentials, user name with password, refresh token."""

from __future__ import annotations

import hmac

from simulator.access import Token
from simulator.model import Application
from simulator.wire import Call, Response
from simulator.world import World

GRANTS = ("client_credentials", "password", "refresh_token")


def token(world: World, call: Call) -> Response:
    """Issue a token. Parameters come in the form body or, as some public clients send them, in the query."""
    form = call.form()
    grant = form.get("grant_type")
    if grant is None:
        return Response(400, {"error": "invalid_request"})
    if grant not in GRANTS:
        return Response(400, {"error": "unsupported_grant_type"})
    application = _application(world, form)
    if application.blocked:
        raise world.errors.denied("user_blocked")
    return _response(world, _issue(world, application, grant, form))


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _application(world: World, form: dict[str, str]) -> Application:
    application = world.store.applications.get(form.get("client_id", ""))
    if application is None or not _same(form.get("client_secret", ""), application.secret):
        raise world.errors.bad_credentials()
    return application


def _issue(world: World, application: Application, grant: str, form: dict[str, str]) -> Token:
    user: Application | None = application
    if grant == "password":
        user = _user(world, form)
    elif grant == "refresh_token":
        user = world.tokens.take_refresh(form.get("refresh_token", ""), application)
    if user is None:
        raise world.errors.bad_credentials()
    if world.switches["token_reissue"] == "revokes":
        world.tokens.kill_all(user)
    refreshable_by = None if grant == "client_credentials" else application
    return world.tokens.issue(user, world.switches["token_lifetime"], refreshable_by=refreshable_by)


def _user(world: World, form: dict[str, str]) -> Application | None:
    """The user of a password grant: seeded as the login and password of an application."""
    for application in world.store.applications.values():
        named = application.login == form.get("username") and application.password
        if named and _same(form.get("password", ""), application.password):
            return application
    return None


def _response(world: World, issued: Token) -> Response:
    body: dict[str, str | int] = {"access_token": issued.text, "token_type": "Bearer", "scope": "all"}
    if world.switches["token_expires_in"] == "present":
        body["expires_in"] = world.switches["token_lifetime"]
    if issued.refresh:
        body["refresh_token"] = issued.refresh
    return Response(200, body, headers={"Cache-Control": "no-store"})
