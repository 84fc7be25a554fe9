# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of the collection.

Everything below the adapters raises these; only an adapter turns one into a failed task. Pure: no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from .text import message

E = TypeVar("E", bound="RingmeError")


@dataclass(frozen=True)
class ErrorDetails:
    """The machine-readable half of a failure: the ``error`` key of a failed result.

    ``kind`` is one of the ``kind`` values of the exception classes below. ``status`` is the HTTP code, ``api_status``
    the text code that the API sends beside it (reference section 0.2), ``hint`` what to do next.
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
    """Base of all expected failures: ``what`` went wrong, and a ``hint`` that says what to do.

    Both are normalised here: clean and bounded (:mod:`.text`), because they may quote anything, and without full stop.
    ``facts`` are further keys that the failed result shows, such as ``findings``. ``unsettled`` is true where a write may
    have been carried out, and reading back failed as well: whether it is in force is not known. ``repeated`` is true for the
    failure of another request, on which this one had to rely.
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
        """Return the same error in other words."""
        what = _normalised(what)
        again = type(self).__new__(type(self), what)
        again.__dict__.update(self.__dict__)
        again.what = what
        again.details = replace(self.details, hint=_normalised(hint) if hint else self.details.hint)
        again.unsettled = self.unsettled if unsettled is None else unsettled
        return again

    @property
    def msg(self) -> str:
        """One text for people: what, where and what to do next."""
        return " ".join(_sentence(text) for text in (self.what, self.details.hint) if text)


def _normalised(text: str) -> str:
    return message(text).rstrip(". ")


def _sentence(text: str) -> str:
    """Return a text with the full stop of a sentence, unless it ends with another mark."""
    return text if text.endswith(("?", "!")) else f"{text}."


class OptionError(RingmeError):
    """An option cannot be used. Raised before the first request."""

    kind = "options"

    def __init__(self, option: str, problem: str, *, hint: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{option}: {problem}", hint=hint, facts=facts)
        self.option = option
        self.problem = problem


class ConflictError(RingmeError):
    """The live state forbids what is wanted, and nothing was sent to change it."""

    kind = "conflict"


class BlockedError(RingmeError):
    """A safety limit stopped a plan that looks like an accident; nothing was sent to change anything."""

    kind = "blocked"


class ReadOnlyError(RingmeError):
    """A write was stopped before a socket was opened: check mode or ``read_only``."""

    kind = "read_only"


class EnvironmentProblemError(RingmeError):
    """Something that the collection needs is missing on the machine that runs it."""

    kind = "environment"


class ConnectionFailedError(RingmeError):
    """No connection: the request never left, so nothing can have changed."""

    kind = "connection"


class NotReachedError(RingmeError):
    """Not begun, because too many requests in a row failed before; nothing was sent."""

    kind = "not_reached"


class ResponseLostError(RingmeError):
    """The request left and no usable answer came back: whether it was carried out is not known."""

    kind = "answer_lost"


class BadResponseError(RingmeError):
    """An answer came, but it is not what the API documents. It never counts as a state."""

    kind = "bad_answer"


class ApiError(RingmeError):
    """The API refused the request (4xx other than those below)."""

    kind = "refused"


class AuthenticationError(ApiError):
    """401, or a refused token request."""

    kind = "authentication"


class ForbiddenError(ApiError):
    """403; ``api_status`` says which of its meanings applies (reference section 0.2)."""

    kind = "forbidden"


class NotFoundError(ApiError):
    """404."""

    kind = "not_found"


class QuotaError(ApiError):
    """429 that cannot be waited for within the retry budget."""

    kind = "quota"


class ServerError(ApiError):
    """5xx. After a write the outcome is not known."""

    kind = "server"


class NotAppliedError(RingmeError):
    """The API accepted a change, but reading back shows that it is not there."""

    kind = "not_applied"


class PartialError(RingmeError):
    """One of two requests that belong together failed; ``what`` tells what stands now, and how to restore the rest.

    ``compensated`` is whether the old state was put back. Where it was not, ``facts`` hold ``restore``: the request that
    puts it back.
    """

    kind = "partial"

    def __init__(self, what: str, *, hint: str, restore: Mapping[str, Any] | None = None) -> None:
        super().__init__(what, hint=hint, facts={"restore": dict(restore)} if restore else None)
        self.compensated = restore is None


class SomeFailedError(RingmeError):
    """Some objects of a list failed; the others were carried out."""

    kind = "some_failed"


class InvalidFilesError(RingmeError):
    """Files that describe clients cannot be used as they are; ``facts`` hold the findings."""

    kind = "invalid_files"


class DriftFoundError(RingmeError):
    """Clients are not as their files say, or nobody could look; the report tells more."""

    kind = "drift"
