# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the TLS files in the options and in the environment."""

from __future__ import annotations

import os
import ssl

from .._model.errors import EnvironmentProblemError, OptionError
from .settings import ConnectionSettings


def environ_ca() -> str | None:
    """Return the CA bundle that the environment sets for requests, if any."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def check_environment(settings: ConnectionSettings) -> None:
    """Raise EnvironmentProblemError for a TLS file in the environment that is not usable.

    Without this check the error would look like a failed request.
    """
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
            raise _unusable(name, bundle, problem, "Set it to a readable file in PEM format, or set ca_path") from None
    keys = os.environ.get("SSLKEYLOGFILE")
    if keys:
        try:
            context.keylog_filename = keys
        except (OSError, ValueError) as problem:
            raise _unusable("SSLKEYLOGFILE", keys, problem, "Set it to a writable file") from None


def _unusable(name: str, path: str, problem: Exception, remedy: str) -> EnvironmentProblemError:
    return EnvironmentProblemError(
        f"the environment variable {name} is set to {path}, which is not usable ({_file_problem(problem)})",
        hint=f"{remedy}, or unset {name}",
    )


def check_files(settings: ConnectionSettings) -> None:
    """Load the files of the options once; raises :class:`OptionError` for one that is not usable.

    Without this check the error would be a failed handshake. Opens no socket.
    """
    hint = "Set it to a readable file in PEM format"
    if settings.ca_path and settings.validate_certs:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(settings.ca_path)
        except (OSError, ValueError) as problem:
            raise OptionError(
                "ca_path", f"{settings.ca_path} is not usable ({_file_problem(problem)})", hint=hint
            ) from None
    if settings.client_cert:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
                settings.client_cert, settings.client_key, password=lambda: ""
            )
        except (OSError, ValueError) as problem:
            names = settings.client_cert + (f" with {settings.client_key}" if settings.client_key else "")
            raise OptionError("client_cert", f"{names} is not usable ({_file_problem(problem)})", hint=hint) from None


def _file_problem(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLError):
        return "no usable certificate or key in it"
    return str(getattr(problem, "strerror", None) or problem)
