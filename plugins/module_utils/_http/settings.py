# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options, checked (design section 3). Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from math import inf, isfinite
from typing import Any
from urllib.parse import unquote, urlsplit

from .._model.errors import OptionError
from .circuit_breaker import MOST

API_PATH = "/api/ver1.0"
NO_TOKEN_CACHE = "none"

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "api_url": {"type": "str"},
    "application_id": {"type": "str"},
    "application_secret": {"type": "str", "no_log": True},
    "access_token": {"type": "str", "no_log": True},
    "token_cache": {"type": "path", "no_log": False, "default": "~/.cache/ringme.pbx/tokens"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "proxy": {"type": "str"},
    "timeout": {"type": "float", "default": 30.0},
    "retries": {"type": "int", "default": 3},
    "retry_budget": {"type": "float", "default": 60.0},
    "max_failures": {"type": "int", "default": MOST},
    "read_only": {"type": "bool", "default": False},
}
"""The connection options as entries of an Ansible argument spec."""

ENVIRONMENT: Mapping[str, str] = {
    "api_url": "RINGME_API_URL",
    "application_id": "RINGME_APPLICATION_ID",
    "application_secret": "RINGME_APPLICATION_SECRET",
    "access_token": "RINGME_ACCESS_TOKEN",
    "token_cache": "RINGME_TOKEN_CACHE",
    "read_only": "RINGME_READ_ONLY",
}
"""The environment variables for options that are not set."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_DAY = 86400.0


@dataclass(frozen=True)
class ConnectionSettings:
    """The connection of one application to one API.

    ``origin`` is scheme, host and port; ``timeout`` is seconds per request, ``retries`` the tries of one request,
    ``retry_budget`` the seconds of all waits of one run, ``max_failures`` the failures that open the breaker.
    ``token_cache`` is a folder or ``None``.
    """

    origin: str
    application_id: str | None = None
    application_secret: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    token_cache: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 3
    retry_budget: float = 60.0
    max_failures: int = MOST

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> ConnectionSettings:
        """Check the connection options; raises :class:`OptionError` and does no I/O."""
        _check_credentials(options)
        if options.get("client_key") and not options.get("client_cert"):
            raise OptionError("client_key", "is set without client_cert", hint="Set client_cert as well")
        cache = options.get("token_cache")
        return cls(
            origin=_check_api_url(options.get("api_url")),
            application_id=options.get("application_id"),
            application_secret=options.get("application_secret"),
            access_token=options.get("access_token"),
            token_cache=None if cache in (None, "", NO_TOKEN_CACHE) else cache,
            validate_certs=bool(options.get("validate_certs", True)),
            ca_path=options.get("ca_path"),
            client_cert=options.get("client_cert"),
            client_key=options.get("client_key"),
            proxy=_check_proxy(options.get("proxy")),
            timeout=_check_number(options, "timeout", cls.timeout, above=0, most=_DAY),
            retries=int(_check_number(options, "retries", cls.retries, least=1)),
            retry_budget=_check_number(options, "retry_budget", cls.retry_budget, least=0),
            max_failures=int(_check_number(options, "max_failures", cls.max_failures, least=0)),
        )

    @property
    def loopback(self) -> bool:
        """Whether the API is on this machine, where no proxy is used."""
        return is_loopback(urlsplit(self.origin).hostname or "")


def secrets_in(options: Mapping[str, Any]) -> set[str]:
    """Return the secret parts of options that are not secret as a whole: the password in the URL of the proxy.

    It has three forms: as written, percent-decoded, and with the user in the header for the proxy.
    """
    try:
        proxy = urlsplit(str(options.get("proxy") or ""))
        user, password = proxy.username, proxy.password
    except ValueError:
        return set()
    if not password:
        return set()
    plain = unquote(password)
    header = base64.b64encode(f"{unquote(user or '')}:{plain}".encode("latin-1", "replace")).decode()
    return {password, plain, header}


def is_loopback(host: str) -> bool:
    """Return whether a host name or address always means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_host(host: str) -> bool:
    """Whether the text is a valid host name or address."""
    try:
        if ":" in host:
            return bool(ip_address(host))
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:
        return False
    return len(name) < 254 and all(_LABEL.fullmatch(label) for label in name.removesuffix(".").split("."))


def _check_api_url(url: Any) -> str:
    option = "api_url"
    example = "https://apiproxy.example.com or https://apiproxy.example.com/api/ver1.0"
    if not url:
        raise OptionError(option, "is not set", hint=f"Set it or RINGME_API_URL, for example to {example}")
    try:
        parts = urlsplit(str(url).strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise OptionError(option, "is not a valid URL", hint=f"Write it as {example}") from None
    if parts.username is not None or parts.password is not None:
        raise OptionError(
            option, "contains a user or password", hint="Remove them; set application_id and application_secret instead"
        )
    if parts.scheme not in ("http", "https") or not host:
        # The URL is not shown: it may contain a secret.
        raise OptionError(option, "is not a valid http(s) URL with a host", hint=f"Write it as {example}")
    if parts.query or parts.fragment or parts.path.rstrip("/") not in ("", API_PATH):
        raise OptionError(option, f"has a path other than {API_PATH}, or a query", hint=f"Write it as {example}")
    if not _is_host(host):
        raise OptionError(option, f"{host!r} is not a valid host name", hint=f"Write it as {example}")
    if parts.scheme == "http" and not is_loopback(host):
        raise OptionError(option, f"plain http to {host} would send the secrets unencrypted", hint="Use https")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _check_credentials(options: Mapping[str, Any]) -> None:
    ways = (
        "Set either application_id and application_secret (or RINGME_APPLICATION_ID and RINGME_APPLICATION_SECRET), "
        "or access_token (or RINGME_ACCESS_TOKEN)"
    )
    token = options.get("access_token")
    parts = [name for name in ("application_id", "application_secret") if options.get(name)]
    if token and parts:
        raise OptionError("access_token", f"is set together with {' and '.join(parts)}", hint=f"{ways}, not both")
    if not token and not parts:
        raise OptionError("application_id", "no credentials are set", hint=ways)
    if not token and len(parts) == 1:
        missing = "application_secret" if parts == ["application_id"] else "application_id"
        raise OptionError(missing, f"is not set, but {parts[0]} is", hint=ways)
    for name in ("access_token", "application_id", "application_secret"):
        value = options.get(name)
        if value and not (str(value).isascii() and str(value).isprintable() and " " not in str(value)):
            raise OptionError(
                name,
                "contains spaces, line breaks or other characters that are not allowed",
                hint="Check how the value was copied or decrypted",
            )


def _check_proxy(proxy: Any) -> str | None:
    if not proxy:
        return None
    try:
        parts = urlsplit(str(proxy))
        usable = (
            parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and (parts.port or 1) > 0
        )
    except ValueError:
        usable = False
    if not usable:
        raise OptionError("proxy", "is not a valid URL of a proxy", hint="Write it as http://proxy.example.org:3128")
    return str(proxy)


def _check_number(
    options: Mapping[str, Any],
    option: str,
    default: float,
    *,
    least: float = 0,
    above: float | None = None,
    most: float = inf,
) -> float:
    value = options.get(option)
    number = float(default if value is None else value)
    if not isfinite(number) or number < least or (above is not None and number <= above) or number > most:
        bound = f"above {above:g}" if above is not None else f"of at least {least:g}"
        limit = f", and at most {most:g}" if isfinite(most) else ""
        raise OptionError(option, f"{value!r} is out of range", hint=f"Set a number {bound}{limit}")
    return number
