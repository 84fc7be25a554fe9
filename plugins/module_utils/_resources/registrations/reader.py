# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the registrations of many extensions (reference section 3).

An extension that a response lacks never counts as offline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..._api import REGISTRATION_BLOCK
from ..._engine.concurrency import each
from ..._engine.directory_cache import CachedApi
from ..._model.errors import ApiError, NotFoundError, RingmeError
from ..._model.extension_numbers import Names
from ..._model.objects import RegistrationInfo

_SHOWN = 20
_TOO_LARGE = (400, 413, 414)

Results = dict[int, RegistrationInfo | RingmeError]
"""The result for each extension: its registrations, or the error."""


@dataclass(frozen=True)
class RegistrationReader:
    """Reads in blocks, ``at_a_time`` of them concurrently, and reads alone what a block lacks."""

    api: CachedApi
    names: Names
    at_a_time: int

    def read(self, extension_ids: Sequence[int]) -> dict[int, RegistrationInfo]:
        """Return the registrations of all these extensions.

        Raises NotFoundError that names those without a result: missing is never "not registered".
        """
        results = self._each(self._block, extension_ids)
        known = {number: result for number, result in results.items() if isinstance(result, RegistrationInfo)}
        missing = {number: result for number, result in results.items() if isinstance(result, RingmeError)}
        if missing:
            raise next(iter(missing.values())).reworded(
                f"the API returned no registrations for {len(missing)} of {len(extension_ids)} extensions: "
                f"{self.names.describe_all(list(missing)[:_SHOWN])}",
                "Check that these extensions exist and that the application's user may see them",
            )
        return known

    def read_what_can_be(self, extension_ids: Sequence[int]) -> Results:
        """Return the registrations that can be read, and the error for each of the others."""
        return self._each(self._block_or_error, extension_ids)

    def _each(self, read: Callable[[Sequence[int]], Results], extension_ids: Sequence[int]) -> Results:
        blocks = []
        for start in range(0, len(extension_ids), REGISTRATION_BLOCK):
            end = start + REGISTRATION_BLOCK
            blocks.append(extension_ids[start:end])
        found: Results = {}
        for results in each(read, blocks, self.at_a_time):
            found.update(results)
        return found

    def _block_or_error(self, block: Sequence[int]) -> Results:
        try:
            return self._block(block)
        except RingmeError as error:
            return dict.fromkeys(block, error)

    def _block(self, block: Sequence[int]) -> Results:
        """Read one block. An extension that is missing or listed twice is read alone.

        The maximum size of a block is not documented: one that is refused for its size is read in halves.
        """
        try:
            infos = self.api.registrations(block)
        except NotFoundError:
            infos = []  # the API may refuse the whole block because of one extension
        except ApiError as error:
            if error.details.status not in _TOO_LARGE or len(block) == 1:
                raise
            half = len(block) // 2
            return {**self._block(block[:half]), **self._block(block[half:])}
        found: Results = {}
        for number in block:
            own = [info for info in infos if info.extension_id == number]
            found[number] = own[0] if len(own) == 1 else self._alone(number)
        return found

    def _alone(self, extension_id: int) -> RegistrationInfo | RingmeError:
        try:
            return self.api.registration(extension_id)
        except NotFoundError as error:
            return error
