# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of the collection. Pure.

All layers below the adapters raise these; an adapter converts one into a failed task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from .text import message

E = TypeVar("E", bound="RingmeError")


@dataclass(frozen=True)
class ErrorDetails:
    """The machine-readable part of a failure: the key ``error`` of a failed result.

    ``kind`` is the ``kind`` of an exception class below. ``status`` is the HTTP code, ``api_status`` the additional
    text code of the API (reference section 0.2), ``hint`` the remedy.
    """

    kind: str
    status: int | None = None
    api_status: str | None = None
    method: str | None = None
    path: str | None = None
    hint: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return all six keys, unset ones as ``None``."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


class RingmeError(Exception):
    """Base of all expected failures: ``what`` went wrong, and a ``hint`` with the remedy.

    Both may quote anything, so they are cleaned and shortened here (:mod:`.text`), and lose a full stop at the end.
    ``facts`` are additional keys of the failed result, such as ``findings``. ``unsettled`` is true if the API may have
    applied a write and reading back failed as well, so that the state is unknown. ``repeated`` is true for the failure
    of another request that this one waited for.
    """

    kind = "error"
    unsettled = False
    repeated = False

    def __init__(
        self,
        what: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        api_status: str | None = None,
        method: str | None = None,
        path: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.what = _normalised(what)
        super().__init__(self.what)
        self.facts: Mapping[str, Any] = facts or {}
        self.details = ErrorDetails(self.kind, status, api_status, method, path, hint and _normalised(hint))

    def reworded(self: E, what: str, hint: str | None = None, *, unsettled: bool | None = None) -> E:
        """Return the same error with another text."""
        what = _normalised(what)
        again = type(self).__new__(type(self), what)
        again.__dict__.update(self.__dict__)
        again.what = what
        again.details = replace(self.details, hint=_normalised(hint) if hint else self.details.hint)
        again.unsettled = self.unsettled if unsettled is None else unsettled
        return again

    @property
    def msg(self) -> str:
        """The message for people: what is wrong, where, and the remedy."""
        return " ".join(_sentence(text) for text in (self.what, self.details.hint) if text)


def _normalised(text: str) -> str:
    return message(text).rstrip(". ")


def _sentence(text: str) -> str:
    """Return a text with the full stop of a sentence, unless it ends with another mark."""
    return text if text.endswith(("?", "!")) else f"{text}."


class OptionError(RingmeError):
    """An option is not valid. Raised before the first request."""

    kind = "options"

    def __init__(self, option: str, problem: str, *, hint: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{option}: {problem}", hint=hint, facts=facts)
        self.option = option
        self.problem = problem


class ConflictError(RingmeError):
    """The live state does not allow the desired state. No write was sent."""

    kind = "conflict"


class BlockedError(RingmeError):
    """A plan exceeds a safety limit. No write was sent."""

    kind = "blocked"


class ReadOnlyError(RingmeError):
    """A write was stopped before a socket was opened: check mode or ``read_only``."""

    kind = "read_only"


class EnvironmentProblemError(RingmeError):
    """The machine that runs the collection lacks a requirement."""

    kind = "environment"


class ConnectionFailedError(RingmeError):
    """No connection: the request was not sent, so nothing changed."""

    kind = "connection"


class NotReachedError(RingmeError):
    """Skipped after too many consecutive failures. Nothing was sent."""

    kind = "not_reached"


class ResponseLostError(RingmeError):
    """The request was sent without a complete response: whether the API executed it is unknown."""

    kind = "answer_lost"


class BadResponseError(RingmeError):
    """The response is not what the API documents. It never counts as a state."""

    kind = "bad_answer"


class ApiError(RingmeError):
    """The API refused the request (4xx other than those below)."""

    kind = "refused"


class AuthenticationError(ApiError):
    """401, or a refused token request."""

    kind = "authentication"


class ForbiddenError(ApiError):
    """403; ``api_status`` has the reason (reference section 0.2)."""

    kind = "forbidden"


class NotFoundError(ApiError):
    """404."""

    kind = "not_found"


class QuotaError(ApiError):
    """429 with a wait that exceeds the retry budget."""

    kind = "quota"


class ServerError(ApiError):
    """5xx. After a write, the result is unknown."""

    kind = "server"


class NotAppliedError(RingmeError):
    """The API accepted a change, but reading back shows that it is not applied."""

    kind = "not_applied"


class PartialError(RingmeError):
    """One of two related requests failed; ``what`` has the current state and how to restore the old one.

    ``compensated`` is whether the old state is restored. If it is not, ``facts`` have ``restore``: the request for it.
    """

    kind = "partial"

    def __init__(self, what: str, *, hint: str, restore: Mapping[str, Any] | None = None) -> None:
        super().__init__(what, hint=hint, facts={"restore": dict(restore)} if restore else None)
        self.compensated = restore is None


class SomeFailedError(RingmeError):
    """Some changes of a list failed; the others were applied."""

    kind = "some_failed"


class InvalidFilesError(RingmeError):
    """Client files are not valid; ``facts`` have the findings."""

    kind = "invalid_files"


class DriftFoundError(RingmeError):
    """Clients differ from their files or could not be compared; the report has the details."""

    kind = "drift"
