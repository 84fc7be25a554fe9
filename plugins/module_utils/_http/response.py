# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP response, and the error for each status outside 2xx (reference section 0.2). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._model.errors import (
    ApiError,
    AuthenticationError,
    BadResponseError,
    ForbiddenError,
    NotFoundError,
    QuotaError,
    RingmeError,
    ServerError,
)
from .._model.plan import MASK
from .._model.text import clean

_SHOWN_BYTES = 80
_SHOWN_MESSAGE = 300
_EXAMINED = 4096
_MOST_CONTAINERS = 300_000
"""Objects and lists in a response: two bytes of the response each, and hundreds of bytes of memory."""
_DEEPEST = 32
"""Levels of objects and lists. Documented responses have three; Ansible fails at hundreds in a result."""
# A name that looks secret and its value: quoted (perhaps escaped or not closed) or up to the next separator.
_SECRET_VALUES = re.compile(
    r"""(?isx) ((?:passw|pwd|secret|pin|token)\w* \\*["']? \s*[:=>]\s*)
    (?: (?P<escape>\\+)".*?(?:(?<!\\)(?P=escape)"|\Z) |
    "(?:[^"\\]|\\.)*["\\]? | '(?:[^'\\]|\\.)*['\\]? | [^<&,}\s]* )"""
)
# Credentials in the form of headers: a server may repeat the request in its response.
_CREDENTIALS = re.compile(r"(?i)\b(bearer|basic)([ +]|%20)+[\w.~+/=%-]+")
_EXTENSION_PATH = re.compile(r"(?:/client/[^/]+)?/extension/([0-9]+)(?:/|$)")

_SUBJECT_PATH = re.compile(r"/(client|extension)/([^/]+)/")
_FOREIGN = (
    "For a client of another dealer, set that dealer's application: application_id and application_secret in the task, "
    "client_api in the client's file or its group"
)
_FORBIDDEN = {
    "user_blocked": (
        "the user or its client is blocked",
        "Ask the provider to unblock the client: a blocked client cannot use the API",
    ),
    "user_access_type_deny": (
        "the user is read-only",
        "Use an application that a user with access 'full' created",
    ),
    "app_access_type_deny": (
        "the application may only place calls",
        "Ask an administrator to set the access level of the trusted application to 'All'",
    ),
}


@dataclass(frozen=True)
class Response:
    """A complete response to ``method path``. Header names are lower case.

    ``sensitive`` bodies are never quoted; ``hidden`` are values that messages must not show, not even in part.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    sensitive: bool = False
    hidden: frozenset[str] = frozenset()

    @property
    def ok(self) -> bool:
        """Whether the request succeeded (2xx)."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the parsed body; raises BadResponseError if it is not JSON or exceeds the limits of this file."""
        try:
            return _parsed(self.body)
        except _NotDataError as problem:
            raise self.bad(f"the response {problem}") from None

    def json_or_none(self) -> Any:
        """Return the parsed body, or ``None`` if it is not JSON: a write may return 204 or an empty body."""
        try:
            return _parsed(self.body)
        except _NotDataError:
            return None

    def bad(self, problem: str) -> BadResponseError:
        """Return the error for a response that cannot be used, with its first bytes."""
        shown = "" if self.sensitive else f"; the response begins with {self.beginning()!r}"
        return BadResponseError(
            f"{self.method} {self.path}: {problem} (HTTP {self.status}{shown})",
            status=self.status,
            method=self.method,
            path=self.path,
            hint="Check that api_url points to the API, not to a web page or a proxy. The response was ignored",
        )

    def beginning(self) -> str:
        """Return the first bytes as text, with values that look secret masked."""
        return self._masked(self.body[:_EXAMINED].decode("utf-8", "replace"))[:_SHOWN_BYTES]

    def message_and_code(self) -> tuple[str | None, str | None]:
        """Return ``message`` and the text code ``status`` of the body, clean; ``None`` for a missing one."""
        body = self.json_or_none()
        if not isinstance(body, Mapping):
            return None, None
        message, code = body.get("message"), body.get("status")
        text = clean(self._masked(message[:_EXAMINED])[:_SHOWN_MESSAGE]) if isinstance(message, str) else None
        return text, clean(self._masked(code[:_EXAMINED])[:_SHOWN_BYTES]) if isinstance(code, str) and code else None

    def _masked(self, text: str) -> str:
        """Mask known secrets and what looks like one. Shorten afterwards: half a token would not be recognised."""
        for value in sorted(self.hidden, key=len, reverse=True):
            text = text.replace(value, MASK)
        return _SECRET_VALUES.sub(rf"\g<1>{MASK}", _CREDENTIALS.sub(rf"\g<1> {MASK}", text))

    def error(self, wait: float | None = None, owner: str = "the application") -> RingmeError:
        """Return the typed error for a response outside 2xx.

        ``wait`` is the wait in seconds that a 429 requires; ``owner`` names the sender in messages about permissions.
        """
        message, code = self.message_and_code()
        if self.sensitive:
            message, code = None, code if code in _FORBIDDEN else None
        meaning, hint = _meaning(self.status, code, wait, self.path, owner)
        quoted = f" ({message})" if message else ""
        return _class_of(self.status)(
            f"{self.method} {self.path}: HTTP {self.status}{f' {code}' if code else ''}: {meaning}{quoted}",
            hint=hint,
            status=self.status,
            api_status=code,
            method=self.method,
            path=self.path,
        )


class _NotDataError(Exception):
    """A body that is not usable JSON. The text is the reason, a predicate for a message."""


def _parsed(body: bytes) -> Any:
    containers = body.count(b"{") + body.count(b"[")
    if containers > _MOST_CONTAINERS:
        raise _NotDataError(f"has more than {_MOST_CONTAINERS:,} objects and lists")
    try:
        data = json.loads(body)
    except ValueError:
        raise _NotDataError("is not JSON") from None
    except RecursionError:
        data = None
    else:
        if containers <= _DEEPEST or not _deeper(data):
            return data
    raise _NotDataError(f"is nested more than {_DEEPEST} levels deep")


def _deeper(data: Any) -> bool:
    """Return whether data is nested too deeply. Level by level: recursion could exceed the stack."""
    level = [data] if isinstance(data, (dict, list)) else []
    for _depth in range(_DEEPEST):
        inner = (item for each in level for item in (each.values() if isinstance(each, dict) else each))
        level = [item for item in inner if isinstance(item, (dict, list))]
    return bool(level)


def _class_of(status: int) -> type[RingmeError]:
    known: dict[int, type[RingmeError]] = {
        401: AuthenticationError,
        403: ForbiddenError,
        404: NotFoundError,
        429: QuotaError,
    }
    if status in known:
        return known[status]
    if status >= 500:
        return ServerError
    return ApiError if status >= 400 else BadResponseError


def _meaning(status: int, code: str | None, wait: float | None, path: str, owner: str) -> tuple[str, str]:
    """Return the meaning of a status and a hint."""
    if status == 401:
        return "the token is not accepted", (
            "Set a new access_token, or application_id and application_secret to renew tokens automatically"
        )
    if status == 403:
        check = (
            "Check client_id and the ids"
            if code == "access_denied"
            else "Check the permissions of the application and its user"
        )
        return _FORBIDDEN.get(code or "", (f"{owner} has no access to {_subject(path)}", f"{check}. {_FOREIGN}"))
    if status == 404:
        if code == "client_not_found":
            return f"{owner} does not find {_subject(path)}", (
                f"Check client_id. {_FOREIGN}. @me works only for an application whose user belongs to a client"
            )
        extension = _EXTENSION_PATH.match(path)
        return (
            f"there is no extension {extension.group(1)}" if extension else "there is no such object",
            "Check client_id and the ids. Use API ids of this client, not extension numbers",
        )
    if status == 429:
        when = f"Run again in {_span(wait)}" if wait is not None else "Run again later"
        return "too many requests", f"{when}. All applications of the client share the hourly quota"
    if status >= 500:
        return (
            "the API reported a server error",
            "Run again. If the error persists, report the time, method and path to the provider",
        )
    if status >= 400:
        return "the API refused the request", "Correct the value that the API's message names"
    return "unexpected redirect or status", "Check api_url: the API must not redirect to another URL"


def _subject(path: str) -> str:
    """Return the first client or extension that a path names."""
    found = _SUBJECT_PATH.match(path)
    return f"{found.group(1)} {found.group(2)}" if found else "this resource"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
