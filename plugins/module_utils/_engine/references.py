# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions in options, by number or by id, and the extension of the PBX that each refers to (reference section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api import ClientId
from .._model.errors import (
    ConflictError,
    NotFoundError,
    OptionError,
    RingmeError,
)
from .._model.extension_numbers import Names, Number, check_number
from .._model.kinds import check_id
from .directory_cache import CachedApi

EXTENSION_ID: Mapping[str, Any] = {"type": "int"}
EXTENSION: Mapping[str, Any] = {"type": "str"}
EXTENSION_IDS: Mapping[str, Any] = {"type": "list", "elements": "int"}
EXTENSIONS: Mapping[str, Any] = {"type": "list", "elements": "str"}
ONE_EXTENSION: Mapping[str, Any] = {
    "required_one_of": [("extension_id", "extension")],
    "mutually_exclusive": [("extension_id", "extension")],
}
"""The rules of a module that takes exactly one extension."""


@dataclass(frozen=True)
class Reference:
    """An extension as the option ``option`` names it."""

    option: str
    value: int | Number

    @property
    def key(self) -> tuple[str, str]:
        """Equal for references that have the same id or the same digits, which are the same extension for certain."""
        if isinstance(self.value, Number):
            return "number", self.value.digits
        return "id", str(self.value)

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class ReferenceProblem:
    """A reference to an extension that was not found, and why."""

    reference: Reference
    error: RingmeError


def check_reference(option: str, value: Any, *, number: bool) -> Reference:
    """Return the extension that a number or an id names; raises OptionError."""
    return Reference(option, check_number(option, value) if number else check_id(option, value))


def check_extension(options: Mapping[str, Any], where: str = "") -> Reference | None:
    """Return the extension of ``extension_id`` or ``extension``, or ``None`` for neither; raises OptionError."""
    for name in ("extension_id", "extension"):
        if options.get(name) is not None:
            return check_reference(f"{where}{name}", options[name], number=name == "extension")
    return None


def check_extensions(option: str, values: Sequence[Any], *, numbers: bool) -> tuple[Reference, ...]:
    """Return the extensions of a list of numbers or of ids; raises OptionError for the first that is neither."""
    return tuple(check_reference(f"{option}[{index}]", value, number=numbers) for index, value in enumerate(values))


def check_selection(options: Mapping[str, Any]) -> tuple[Reference, ...] | None:
    """Return the extensions that ``extension_ids`` or ``extensions`` selects, or ``None`` where both are omitted.

    An empty list is an error, and so is an extension that is listed twice.
    """
    for option in ("extension_ids", "extensions"):
        values = options.get(option)
        if values is None:
            continue
        if not values:
            raise OptionError(option, "is empty", hint="Omit it to select all extensions")
        found = check_extensions(option, values, numbers=option == "extensions")
        keys = [reference.key for reference in found]
        doubles = sorted({str(reference) for reference in found if keys.count(reference.key) > 1})
        if doubles:
            verb = "is" if len(doubles) == 1 else "are"
            problem = f"{', '.join(doubles)} {verb} listed more than once"
            raise OptionError(option, problem, hint="List each extension once")
        return found
    return None


def look_up(
    api: CachedApi, client_id: ClientId, references: Sequence[Reference], *, always: bool = False
) -> tuple[dict[Reference, int], Names, list[ReferenceProblem]]:
    """Return the id of each reference, the names of extensions, and the references that were not found.

    Reads the client's extensions if a number is among the references or ``always`` is set, and checks ids against them;
    otherwise ids are not checked. Raises NotFoundError if a directory of an earlier run lacks one, so that
    :meth:`.CachedApi.retry_if_stale` reads a current one.
    """
    if not always and not any(isinstance(reference.value, Number) for reference in references):
        return {reference: reference.value for reference in references if isinstance(reference.value, int)}, Names(), []
    directory = api.directory(client_id)
    ids: dict[Reference, int] = {}
    problems: list[ReferenceProblem] = []
    for reference in references:
        try:
            if isinstance(reference.value, Number):
                ids[reference] = directory.find(reference.value).id
            elif directory.by_id(reference.value) is None:
                raise NotFoundError(
                    f"no extension with the id {reference.value}",
                    hint="Check client_id and the id. For a number, use the option for numbers",
                )
            else:
                ids[reference] = reference.value
        except (NotFoundError, ConflictError) as error:
            if isinstance(error, NotFoundError) and not api.is_current(client_id):
                raise
            problems.append(ReferenceProblem(reference, error))
    return ids, Names(directory), problems


def resolve(
    api: CachedApi, client_id: ClientId, references: Sequence[Reference], *, always: bool = False
) -> tuple[dict[Reference, int], Names]:
    """Return the id of each reference, and the names; raises one error that lists all that were not found."""
    ids, names, problems = look_up(api, client_id, references, always=always)
    if problems:
        first = problems[0].error
        what = "; ".join(f"{problem.reference.option}: {problem.error.what}" for problem in problems)
        raise first.reworded(f"client {client_id}: {what}")
    return ids, names
