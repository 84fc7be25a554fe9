# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unique secrets, a search for any part of them, and a server that returns each request in its response."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

PART = 10
"""The number of consecutive characters of a secret that count as a leak: messages quote parts of responses."""
PROXY_USER = "proxyuser"


def _secret(name: str) -> str:
    return hashlib.sha256(f"canary {name}".encode()).hexdigest()[:32]


SECRETS: Mapping[str, str] = {
    **{
        name: _secret(name)
        for name in (
            "application_secret",
            "wrong_application_secret",
            "access_token",
            "issued_token",
            "sip_password",
            "proxy_password",
            "shown_on_purpose",
        )
    },
    "conference_pin": str(int(_secret("conference_pin"), 16))[:16],
}


def leaks(text: str) -> list[str]:
    """Return the names of the secrets of which any part is in the text, also encoded."""
    return [name for name, secret in SECRETS.items() if any(_part_in(text, form) for form in _forms(secret))]


def _forms(secret: str) -> list[str]:
    encoded = [base64.b64encode(f"{prefix}{secret}".encode()).decode().rstrip("=") for prefix in ("", f"{PROXY_USER}:")]
    return [secret, secret[::-1], quote(secret), *encoded]


def _part_in(text: str, secret: str) -> bool:
    # Base64 of "user:" is public; only what follows it is secret.
    start = 8 if secret.startswith(base64.b64encode(PROXY_USER[:6].encode()).decode()) else 0
    return any(secret[at : at + PART] in text for at in range(start, len(secret) - PART + 1))


def _echo(status: int, kind: str, before: str, after: str = "") -> tuple[int, str, str, str]:
    return status, kind, before, after


ECHOES: Mapping[str, tuple[int, str, str, str]] = {
    # How a server may repeat a request: status, content type, and the text around it in the body.
    "html": _echo(200, "text/html", "<html><body><pre>", "</pre></body></html>"),
    "html_error": _echo(502, "text/html", "<html><pre>", "</pre></html>"),
    "text_cut_within": _echo(200, "text/plain", "x" * 55),
    "message": _echo(400, "application/json", '{"message": "', '"}'),
    "message_cut_within": _echo(400, "application/json", '{"message": "' + "x" * 275, '"}'),
    "code": _echo(403, "application/json", '{"message": "no", "status": "', '"}'),
    "unauthorized": _echo(401, "application/json", '{"message": "', '", "status": 401}'),
    "wrong_shape": _echo(200, "application/json", '{"id": "', '"}'),
    "id": _echo(200, "application/json", '{"timezone": "UTC", "id": "', '"}'),
    "proxy": _echo(407, "text/html", "<html><pre>", "</pre></html>"),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    echo: tuple[int, str, str, str]
    truncated: bool
    issues: bool
    seen: list[str]


class _Handler(BaseHTTPRequestHandler):
    """Returns every request in the response: credentials first, so that a short excerpt shows them."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        self.server.seen.append(f"{self.path}\n{self.headers}\n{body}")
        if self.server.issues and "/oauth/token" in self.path:
            issued = {"access_token": SECRETS["issued_token"], "token_type": "Bearer", "expires_in": 3600}
            return self._send(200, "application/json", json.dumps(issued))
        status, kind, before, after = self.server.echo
        mine = [
            self.headers.get("Proxy-Authorization", ""),
            self.headers.get("Authorization", ""),
            body,
            str(self.headers),
        ]
        text = " ".join(part for part in mine if part)
        if kind == "application/json":
            text = json.dumps(text)[1:-1]
        self._send(status, kind, f"{before}{text}{after}")
        return None

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def _send(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) + (500 if self.server.truncated else 0)))
        self.send_header("X-Echo", text[:200].replace("\r", " ").replace("\n", " "))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = self.server.truncated

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


@contextlib.contextmanager
def echo_server(echo: str, *, truncated: bool = False, issues: bool = True) -> Iterator[tuple[str, list[str]]]:
    """Serve on a free loopback port; yield ``host:port`` and the list of received requests.

    ``issues``: whether the token endpoint issues the canary token instead of repeating the request.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.echo, server.truncated, server.issues, server.seen = ECHOES[echo], truncated, issues, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", server.seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
