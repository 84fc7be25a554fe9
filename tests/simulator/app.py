# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of the simulator on aiohttp."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator import control
from simulator.pipeline import Handler, Pipeline
from simulator.resources import bundle, client, dealer, extension, oauth, phone, registration, user
from simulator.wire import API, TOKEN_PATH
from simulator.world import World

_CLIENT = "/client/{client_id}"
_EXTENSION = "/extension/{extension_id}"

# Fixed paths stand before the patterns that would match them too.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/user/", user.read),
    ("GET", "/client/client_info/{client_id}/", client.read),
    ("PUT", "/client/client_info/{client_id}/", client.write),
    ("GET", _CLIENT + "/client/", client.read),
    ("PUT", _CLIENT + "/client/", client.write),
    ("GET", _CLIENT + "/limit/", client.limits),
    ("GET", "/client/", dealer.index),
    ("POST", "/client/", dealer.create),
    ("GET", _CLIENT, dealer.read),
    ("PUT", _CLIENT, dealer.write),
    ("DELETE", _CLIENT, dealer.delete),
    ("GET", _CLIENT + "/extension/", extension.index),
    ("POST", _CLIENT + "/extension/", extension.create),
    ("GET", _CLIENT + _EXTENSION, extension.read),
    ("PUT", _CLIENT + _EXTENSION, extension.write),
    ("DELETE", _CLIENT + _EXTENSION, extension.delete),
    ("GET", "/extension_group/{extension_group_id}/extension/", extension.of_group),
    ("GET", _CLIENT + "/extensions_bundle/{extension_id}", bundle.read),
    ("POST", _CLIENT + "/extensions_bundle/{extension_id}", bundle.write),
    ("DELETE", _CLIENT + "/extensions_bundle/{extension_id}", bundle.delete),
    ("GET", "/extension/registration/", registration.block),
    ("GET", _EXTENSION + "/registration/", registration.read),
    ("DELETE", _EXTENSION + "/registration/", registration.delete_all),
    ("DELETE", _EXTENSION + "/registration/{registration_id}", registration.delete_one),
    ("GET", _EXTENSION + "/phone/", phone.read),
    ("PUT", _EXTENSION + "/phone/", phone.write),
)


def build(world: World, pipeline: Pipeline) -> web.Application:
    """The application: the API, the token endpoint and the control API."""

    @web.middleware
    async def unmatched(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        failure = request.match_info.http_exception
        if failure is None:
            return await handler(request)
        if control.owns(request.path):
            return control.refuse(failure)
        return await pipeline.serve_unmatched(request, failure)

    app = web.Application(middlewares=[unmatched], client_max_size=1024 * 1024)
    app.router.add_route("POST", TOKEN_PATH, pipeline.public(oauth.token))
    for method, path, handler in ROUTES:
        app.router.add_route(method, API + path, pipeline.private(handler))
        if path.endswith("/"):
            # "/client" and "/client/{id}" cannot be mistaken for members: no other route has these shapes.
            app.router.add_route(method, API + path[:-1], pipeline.slashless(handler))
    control.add_routes(app, world, pipeline)
    return app
