# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and responses as handlers see them, independent of the HTTP library."""

from __future__ import annotations

import email
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

API = "/api/ver1.0"
TOKEN_PATH = "/oauth/token"
JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"


class _Nothing:
    """The type of NOTHING: a response without a body (None would be the JSON null)."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


@dataclass(slots=True)
class Response:
    """A response: ``body`` is rendered as JSON unless ``raw`` holds bytes of ``content_type``."""

    status: int
    body: Any = NOTHING
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = JSON_TYPE
    _rendered: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether the response has no body."""
        return isinstance(self.body, _Nothing) if self.raw is None else not self.raw

    def render(self) -> bytes:
        """The bytes of the body, before any compression."""
        if self.raw is not None:
            return self.raw
        if self._rendered is None:
            self._rendered = b"" if isinstance(self.body, _Nothing) else json.dumps(self.body).encode("ascii")
        return self._rendered


class RefusalError(Exception):
    """Raised by a handler that refuses a request; carries the response. Handlers raise before they change state."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class BadBodyError(Exception):
    """The body cannot be read as what the resource wants; ``status`` is 400 or 415."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _parts(content_type: str, raw: bytes) -> list[tuple[str, str]]:
    """The fields of a multipart/form-data body; what is not well formed has none."""
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode("utf-8", "replace") + b"\r\n\r\n" + raw)
    found = []
    for part in message.get_payload() if message.is_multipart() else ():
        name = part.get_param("name", header="Content-Disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            found.append((name, value.decode("utf-8", "replace")))
    return found


@dataclass(slots=True)
class Call:
    """One request."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    raw: bytes
    params: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    """Path and query as they were sent, still encoded."""

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case; empty when the request names none."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; raises BadBodyError. A wrong Content-Type is accepted when the body is JSON."""
        is_json = self.content_type in ("", JSON_TYPE) or self.content_type.endswith("+json")
        try:
            value = json.loads(self.raw.decode("utf-8"), parse_constant=_no_constant)
            if b"\\u" in self.raw:
                # Half of a surrogate pair is a string in Python, and invalid text elsewhere.
                json.dumps(value, ensure_ascii=False).encode("utf-8")
            return value
        except (ValueError, RecursionError):
            if is_json:
                raise BadBodyError(400, "The body is not valid JSON.") from None
            raise BadBodyError(415, "The body must be application/json.") from None

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; raises BadBodyError."""
        value = self.json()
        if not isinstance(value, dict):
            raise BadBodyError(400, "The body must be a JSON object.")
        return value

    def form(self) -> dict[str, str]:
        """Form parameters of the body over those of the query (public clients send either); later ones win."""
        pairs = list(self.query)
        if self.content_type in ("", "application/x-www-form-urlencoded"):
            pairs += parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True)
        elif self.content_type == "multipart/form-data":
            pairs += _parts(self.headers.get("Content-Type", ""), self.raw)
        return dict(pairs)

    def bearer(self) -> str | None:
        """The token of the Authorization header, if it is a bearer token."""
        kind, blank, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if blank and kind.lower() == "bearer" and token.strip() else None
