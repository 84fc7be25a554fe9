# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what a bad day does to a request, scheduled by request number, method and path."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from time import time
from typing import Any

from simulator import errors
from simulator.quota import Quota
from simulator.wire import API, HTML_TYPE, NOTHING, Response

KINDS: Mapping[str, str] = {
    "status": "return status (503 unless given); response: json, html, text or empty",
    "reset": "cut the connection without a response; when: before or after the request was applied",
    "slow": "wait seconds, or until the faults are cleared, then respond; when: wait before or after applying",
    "truncated": "respond, but cut the body; cut: length (Content-Length larger than the body) or chunked",
    "html": "200 with a web page",
    "malformed": "200 with broken JSON",
    "wrong_shape": "200 with JSON of another shape; body: any JSON value",
    "expired_token": "the token of the request dies before its time: 401",
    "rate_limit": "429; retry_after: seconds, date:SECONDS (sent as an HTTP date), any text, or none",
    "unavailable": "503; retry_after as in rate_limit",
    "quota": "429 rate_limit_exceeded with nothing remaining; reset: seconds",
}
_AFTER = frozenset({"truncated"})
OPTIONS = (
    "kind",
    "method",
    "path",
    "at",
    "times",
    "when",
    "status",
    "retry_after",
    "seconds",
    "response",
    "body",
    "message",
    "api_status",
    "cut",
    "reset",
)


class FaultError(ValueError):
    """A fault that cannot be scheduled; the text says why."""


@dataclass(slots=True)
class Fault:
    """One scheduled fault. ``at`` are ordinals among the requests that match ``method`` and ``path``, from 1."""

    kind: str
    method: str | None = None
    path: re.Pattern[str] | None = None
    at: frozenset[int] | None = None
    times: int | None = None
    when: str = "before"
    status: int = 503
    retry_after: float | str | None = None
    seconds: float = 1.0
    response: str = "json"
    body: Any = NOTHING
    message: str = "Service temporarily unavailable"
    api_status: str | None = None
    cut: str = "length"
    reset: int | None = None
    seen: int = 0
    fired: int = 0
    released: bool = False
    described: dict[str, Any] = field(default_factory=dict)

    def matches(self, method: str, path: str) -> bool:
        """Whether the request counts for this fault. Without a path that is every REST request."""
        if self.method is not None and self.method != method:
            return False
        return path.startswith(API) if self.path is None else self.path.search(path) is not None

    def next(self) -> bool:
        """Count a matching request; true when the fault strikes it."""
        self.seen += 1
        if (self.at is not None and self.seen not in self.at) or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True

    def replacement(self, quota: Quota) -> Response | None:
        """The response that the client gets in place of the true one, for the kinds that have one."""
        if self.kind in ("status", "rate_limit", "unavailable", "quota"):
            response = self._error(quota)
            if self.retry_after is not None:
                response.headers["Retry-After"] = retry_after_value(self.retry_after)
            return response
        if self.kind == "html":
            return Response(200, raw=errors.HTML_ERROR, content_type=HTML_TYPE)
        if self.kind == "malformed":
            return Response(200, raw=b'{"geo_list": "RU", "bundle_list": [32486,')
        if self.kind == "wrong_shape":
            return Response(200, {"result": ["unexpected"]} if self.body is NOTHING else self.body)
        return None

    def _error(self, quota: Quota) -> Response:
        if self.kind == "quota":
            reset = quota.reset if self.reset is None else self.reset
            response = errors.error(429, "Rate limit exceeded", "rate_limit_exceeded")
            response.headers.update(
                {"X-RateLimit-Limit": str(quota.limit), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
            )
            return response
        if self.response == "html":
            return errors.html(self.status)
        if self.response == "empty":
            return Response(self.status)
        if self.response == "text":
            return Response(self.status, raw=self.message.encode(), content_type="text/plain; charset=utf-8")
        return errors.error(self.status, self.message, self.api_status)


def retry_after_value(value: float | str) -> str:
    """The text of a Retry-After header."""
    if isinstance(value, str):
        kind, _colon, seconds = value.partition(":")
        return formatdate(time() + float(seconds), usegmt=True) if kind == "date" and seconds else value
    return str(int(value)) if float(value).is_integer() else str(value)


class Faults:
    """The schedule. The first fault that strikes a request wins; every matching one counts it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scheduled: list[Fault] = []

    def add(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str | None = None,
        at: int | Sequence[int] | None = None,
        times: int | None = None,
        **options: Any,
    ) -> Fault:
        """Schedule a fault; raises FaultError.

        ``path`` is a regular expression searched for in the whole path (``/oauth/token`` strikes the token endpoint;
        without a path every REST request matches, and no token request). ``at`` names the matching requests to strike,
        ``times`` caps how many are struck. The further options are those of :class:`Fault`.
        """
        if kind not in KINDS:
            raise FaultError(f"no fault kind {kind!r}; the kinds are: {', '.join(KINDS)}")
        if unknown := sorted(set(options) - set(OPTIONS)):
            raise FaultError(f"unknown options {', '.join(unknown)}; the options are: {', '.join(OPTIONS)}")
        described = {"kind": kind, "method": method, "path": path, "at": at, "times": times, **options}
        if kind == "rate_limit":
            options = {"status": 429, "message": "Too many requests", **options}
        options.setdefault("when", "after" if kind in _AFTER else "before")
        for name, allowed in (
            ("when", ("before", "after")),
            ("response", ("json", "html", "text", "empty")),
            ("cut", ("length", "chunked")),
        ):
            if options.get(name, allowed[0]) not in allowed:
                raise FaultError(f"{name}: {options[name]!r} is not one of {', '.join(allowed)}")
        if not 100 < options.get("status", 503) < 600:
            raise FaultError("status: not an HTTP status")
        try:
            pattern = None if path is None else re.compile(path)
            ordinals = None if at is None else frozenset([at] if isinstance(at, int) else at)
        except (re.error, TypeError) as error:
            raise FaultError(f"path or at cannot be read: {error}") from error
        fault = Fault(
            kind,
            method.upper() if method else None,
            pattern,
            ordinals,
            times,
            described={name: value for name, value in described.items() if value is not None},
            **options,
        )
        with self._lock:
            self._scheduled.append(fault)
        return fault

    def strike(self, method: str, path: str) -> Fault | None:
        """Count a request; the fault that strikes it, if any."""
        if not self._scheduled:
            return None
        with self._lock:
            struck = [fault for fault in self._scheduled if fault.matches(method, path) and fault.next()]
        return struck[0] if struck else None

    def clear(self) -> None:
        """Forget the schedule; what a slow fault holds up goes on."""
        with self._lock:
            for fault in self._scheduled:
                fault.released = True
            self._scheduled.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """The schedule as plain data, with what has happened so far."""
        with self._lock:
            return [{**fault.described, "seen": fault.seen, "fired": fault.fired} for fault in self._scheduled]


_NUMBERS = {"times": int, "status": int, "seconds": float, "reset": int}


def parse_fault(text: str) -> dict[str, Any]:
    """Arguments for Faults.add from ``kind=status,status=503,path=/client/,at=1+3``; raises FaultError."""
    parts = re.split(rf",(?=(?:{'|'.join(OPTIONS)})=)", text)
    arguments: dict[str, Any] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or name not in OPTIONS:
            raise FaultError(f"fault {text!r}: expected NAME=VALUE,... with the names {', '.join(OPTIONS)}")
        try:
            if name == "at":
                arguments[name] = [int(number) for number in value.split("+")]
            elif name == "retry_after":
                arguments[name] = float(value) if re.fullmatch(r"[0-9.]+", value) else value
            else:
                arguments[name] = _NUMBERS.get(name, str)(value)
        except ValueError as error:
            raise FaultError(f"fault {text!r}: {name} is not a number") from error
    if "kind" not in arguments:
        raise FaultError(f"fault {text!r}: kind is missing; the kinds are: {', '.join(KINDS)}")
    return arguments
