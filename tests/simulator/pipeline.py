# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of a request: journal, faults, contract, authorization, quota, handler, response."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from simulator import errors
from simulator.access import Access
from simulator.faults import Fault
from simulator.journal import Entry
from simulator.wire import API, HTML_TYPE, BadBodyError, Call, RefusalError, Response
from simulator.world import World

if TYPE_CHECKING:
    from simulator.contract import Contract

Handler = Callable[[World, Call, Access], Response]
PublicHandler = Callable[[World, Call], Response]
Step = Callable[[Call], Response]
WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pipeline:
    """Serves requests of one world; with a contract it validates each against the OpenAPI document."""

    def __init__(self, world: World, contract: Contract | None = None) -> None:
        self.world = world
        self.contract = contract

    # Route handlers

    def public(self, handler: PublicHandler) -> WebHandler:
        """A route that needs no token."""

        def step(call: Call) -> Response:
            return handler(self.world, call)

        def refuse(_call: Call) -> Response:
            return errors.error(429, "Too many requests")

        async def serve(request: web.Request) -> web.StreamResponse:
            if self.world.switches["oauth_limits"] == "off":
                return await self.serve(request, step)
            throttle = self.world.throttle
            try:
                return await self.serve(request, step if throttle.enter() else refuse)
            finally:
                throttle.leave()

        return serve

    def private(self, handler: Handler) -> WebHandler:
        """A route that needs a token and counts against the quota."""

        def step(call: Call) -> Response:
            return self._authorized(call, handler)

        return self._route(step)

    def slashless(self, handler: Handler) -> WebHandler:
        """A collection without its trailing slash."""

        def step(call: Call) -> Response:
            mode = self.world.switches["missing_slash"]
            if mode == "serve":
                return self._authorized(call, handler)
            if mode == "404":
                raise self.world.errors.not_found()
            path, mark, query = call.target.partition("?")
            location = f"{path}/{mark}{query}"
            return Response(int(mode), raw=b"", headers={"Location": location}, content_type=HTML_TYPE)

        return self._route(step)

    def _route(self, step: Step) -> WebHandler:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self.serve(request, step)

        return serve

    async def serve_unmatched(self, request: web.Request, failure: web.HTTPException) -> web.StreamResponse:
        """A path that does not exist, or a method that it does not have."""

        def step(_call: Call) -> Response:
            if isinstance(failure, web.HTTPMethodNotAllowed):
                response = errors.error(405, "The method is not allowed for the requested URL.")
                response.headers["Allow"] = ", ".join(sorted(failure.allowed_methods))
                return response
            raise self.world.errors.not_found()

        return await self.serve(request, step)

    # One request

    async def serve(self, request: web.Request, step: Step) -> web.StreamResponse:
        """Serve a request, or apply a fault to it."""
        unreadable: Response | None = None
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raw, unreadable = b"", errors.error(413, "The body is too large.")
        except (web.HTTPException, web.RequestPayloadError, ValueError, OSError):
            raw, unreadable = b"", errors.error(400, "The body cannot be read.")
        call = Call(
            request.method,
            request.path,
            list(request.query.items()) if "?" in request.raw_path else [],
            request.headers,
            raw,
            request.match_info,
            request.raw_path,
        )
        self.world.journal.resize(self.world.switches["journal_size"])
        entry = self.world.journal.begin(call)
        fault = self.world.faults.strike(call.method, call.path)
        if fault is not None:
            entry.fault = fault.kind
            return await self._struck(request, call, entry, step, fault)
        return self._respond(request, entry, unreadable or self._apply(call, entry, step))

    async def _struck(
        self, request: web.Request, call: Call, entry: Entry, step: Step, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind == "expired_token":
            self.world.tokens.kill(call.bearer())
            return self._respond(request, entry, self._apply(call, entry, step))
        if fault.kind == "slow" and fault.when == "before":
            await _hold_up(fault)
            self.world.journal.postpone(entry)
        response: Response | None = None
        if fault.when == "after" or fault.kind in ("slow", "truncated"):
            response = self._apply(call, entry, step)
        if fault.kind == "slow" and fault.when == "after":
            await _hold_up(fault)
        if fault.kind == "reset":
            return _cut(request)
        response = fault.replacement(self.world.quota) or response or Response(503)
        if fault.kind == "truncated":
            entry.status = response.status
            return _truncate(request, response, chunked=fault.cut == "chunked")
        return self._respond(request, entry, response)

    def _apply(self, call: Call, entry: Entry, step: Step) -> Response:
        """Let the handler do its work; any exception becomes a response."""
        if self.contract is not None:
            entry.contract_errors = self.contract.check_request(call)
        store = self.world.store
        with store.lock:
            store.let_return()  # before the request, so that it does not count as a change that the request made
            before = store.revision
            try:
                response = step(call)
            except RefusalError as refusal:
                response = refusal.response
            except BadBodyError as error:
                response = errors.error(error.status, error.message)
            except Exception:  # pylint: disable=broad-except
                entry.crash = traceback.format_exc()
                response = errors.error(500, "Internal server error")
            entry.applied = store.revision != before
        if call.path.startswith(API) and "X-RateLimit-Limit" not in response.headers:
            response.headers.update(self.world.quota.idle().headers())
        if self.contract is not None and entry.fault is None:
            entry.response_errors = self.contract.check_response(call, response)
        return response

    def _authorized(self, call: Call, handler: Handler) -> Response:
        world = self.world
        if world.switches["gzip_required"] != "off" and "gzip" not in call.headers.get("Accept-Encoding", ""):
            raise world.errors.bad_request(406, "Accept-Encoding: gzip is required.")
        token = world.tokens.find(call.bearer())
        if token is None:
            raise world.errors.unauthorized()
        access = Access(world, token.application)
        reading = world.quota.take(token.application.account, token.application.rate_limit)
        try:
            if not reading.allowed:
                raise RefusalError(errors.error(429, "Rate limit exceeded", "rate_limit_exceeded"))
            access.check_user()
            if not call.path.startswith(API + "/user"):
                access.check_levels(call.method)
            response = handler(world, call, access)
        except RefusalError as refusal:
            response = refusal.response
        except BadBodyError as error:
            response = errors.error(error.status, error.message)
        response.headers.update(reading.headers())
        return response

    def _respond(self, request: web.Request, entry: Entry, response: Response) -> web.Response:
        entry.status = response.status
        body, headers = _encoded(request, response)
        return web.Response(status=response.status, body=body, headers=headers)


def _encoded(request: web.Request, response: Response) -> tuple[bytes, dict[str, str]]:
    """Body and headers as sent: compressed when the client takes gzip."""
    body = response.render()
    headers = dict(response.headers)
    if body:
        headers["Content-Type"] = response.content_type
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
            headers["Vary"] = "Accept-Encoding"
    return body, headers


async def _hold_up(fault: Fault) -> None:
    """Wait as long as a slow fault says, in steps, so that clearing the faults ends it."""
    ends = time.monotonic() + fault.seconds
    while not fault.released and (left := ends - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 0.02))


def _cut(request: web.Request) -> web.Response:
    """Reset the connection."""
    transport = request.transport
    request.protocol.force_close()
    if transport is not None:
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


def _truncate(request: web.Request, response: Response, *, chunked: bool) -> web.Response:
    """Send the head and half of the body, then close."""
    body, headers = _encoded(request, response)
    body = body or b"{}"
    headers.update({"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))})
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    half = body[: len(body) // 2]
    if chunked:
        half = f"{len(body):x}\r\n".encode() + half
    transport = request.transport
    request.protocol.force_close()
    if transport is not None:
        transport.write(f"HTTP/1.1 {response.status} Cut\r\n{head}\r\n".encode() + half)
        transport.close()
    return web.Response(status=500)
