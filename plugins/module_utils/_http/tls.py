# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS files that the options or the environment name."""

from __future__ import annotations

import os
import ssl

from .._model.errors import EnvironmentProblemError, OptionError
from .settings import ConnectionSettings


def environ_ca() -> str | None:
    """Return the CA bundle that the environment names for requests, if any."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def check_environment(settings: ConnectionSettings) -> None:
    """Raise EnvironmentProblemError for a file of the environment that TLS cannot use: it would look like a broken answer."""
    if not settings.origin.startswith("https:"):
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bundle = environ_ca()
    if bundle and settings.validate_certs and not settings.ca_path:
        name = "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"
        try:
            if os.path.isdir(bundle):
                context.load_verify_locations(capath=bundle)
            else:
                context.load_verify_locations(bundle)
        except (OSError, ValueError) as problem:
            raise _unusable(name, bundle, problem, "Name a readable file in PEM form, or set ca_path") from None
    keys = os.environ.get("SSLKEYLOGFILE")
    if keys:
        try:
            context.keylog_filename = keys
        except (OSError, ValueError) as problem:
            raise _unusable("SSLKEYLOGFILE", keys, problem, "Name a file that can be written") from None


def _unusable(name: str, path: str, problem: Exception, remedy: str) -> EnvironmentProblemError:
    return EnvironmentProblemError(
        f"the environment variable {name} names {path}, which cannot be used ({_file_problem(problem)})",
        hint=f"{remedy}, or unset {name}",
    )


def check_files(settings: ConnectionSettings) -> None:
    """Load the named files once, so that a bad one is an error that names its option and not a failed handshake.

    Raises :class:`OptionError`. Opens no socket.
    """
    hint = "Name a readable file in PEM form"
    if settings.ca_path and settings.validate_certs:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(settings.ca_path)
        except (OSError, ValueError) as problem:
            raise OptionError(
                "ca_path", f"{settings.ca_path} cannot be used ({_file_problem(problem)})", hint=hint
            ) from None
    if settings.client_cert:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
                settings.client_cert, settings.client_key, password=lambda: ""
            )
        except (OSError, ValueError) as problem:
            names = settings.client_cert + (f" with {settings.client_key}" if settings.client_key else "")
            raise OptionError("client_cert", f"{names} cannot be used ({_file_problem(problem)})", hint=hint) from None


def _file_problem(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLError):
        return "it holds no usable certificate or key"
    return str(getattr(problem, "strerror", None) or problem)
