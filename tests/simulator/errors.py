# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error bodies (API reference, section 0.2), shaped by the switches where the documentation is silent."""

from __future__ import annotations

from simulator.switches import Switches
from simulator.wire import HTML_TYPE, JSON_TYPE, NOTHING, RefusalError, Response

HTML_ERROR = (
    b"<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n"
)


def error(status: int, message: str, api_status: str | int | None = None) -> Response:
    """The plain shape: ``message``, and ``status`` where the API has one."""
    body: dict[str, str | int] = {"message": message}
    if api_status is not None:
        body["status"] = api_status
    return Response(status, body)


def html(status: int) -> Response:
    """A page where JSON belongs, as a proxy in between would send it."""
    return Response(status, raw=HTML_ERROR, content_type=HTML_TYPE)


class Errors:
    """Builds refusals; handlers write ``raise world.errors.not_found()``."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    def unauthorized(self) -> RefusalError:
        """401: no token, a dead one or a wrong one."""
        shape = self._switches["unauthorized_body"]
        if shape == "empty":
            return RefusalError(Response(401))
        if shape == "html":
            return RefusalError(html(401))
        status = {"status_message": 401, "message": None, "text_status": "unauthorized"}[shape]
        return RefusalError(error(401, "Unauthorized", status))

    def bad_credentials(self) -> RefusalError:
        """A token request with a wrong application id, secret, user or refresh token."""
        code, _line, shape = self._switches["bad_credentials"].partition("_")
        if shape == "message":
            return RefusalError(error(int(code), "Unauthorized", int(code)))
        if shape == "html":
            return RefusalError(html(int(code)))
        return RefusalError(Response(int(code), NOTHING if shape == "empty" else {"error": shape}))

    @staticmethod
    def denied(api_status: str) -> RefusalError:
        """403 with one of access_denied, user_blocked, user_access_type_deny, app_access_type_deny."""
        texts = {
            "access_denied": "Access to the resource is denied",
            "user_blocked": "The user or its client is blocked",
            "user_access_type_deny": "The access type of the user does not allow this",
            "app_access_type_deny": "The access type of the application does not allow this",
        }
        return RefusalError(error(403, texts[api_status], api_status))

    @staticmethod
    def not_found(message: str = "Not found", api_status: str | None = None) -> RefusalError:
        """404."""
        return RefusalError(error(404, message, api_status))

    def no_client(self) -> RefusalError:
        """404 of a client that does not exist."""
        return self.not_found("Client not found", "client_not_found")

    def no_extension(self) -> RefusalError:
        """404 of an extension that does not exist."""
        named = self._switches["extension_not_found"] == "extension_not_found"
        return self.not_found("Record not found", "extension_not_found" if named else None)

    def invalid(self, message: str) -> RefusalError:
        """A value that the API does not take."""
        code, _line, shape = self._switches["validation_error"].partition("_")
        if shape == "text":
            return RefusalError(Response(int(code), raw=message.encode(), content_type="text/plain; charset=utf-8"))
        return RefusalError(error(int(code), message, "validation_error" if shape == "status" else None))

    @staticmethod
    def bad_request(status: int, message: str) -> RefusalError:
        """A request that cannot be read at all (400, 406, 413, 415)."""
        return RefusalError(Response(status, {"message": message}, content_type=JSON_TYPE))
