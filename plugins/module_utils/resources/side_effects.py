# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bundle overwrites on an extension that joins it (reference section 4, synchronised values)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..api import Api, ClientId
from ..model.errors import ConflictError
from ..model.fields import EXTENSION, PHONE, Field
from ..model.objects import Extension
from ..model.plan import FieldChange

_SYNCHRONISED: Mapping[str, Field] = {name: row for name, row in {**EXTENSION, **PHONE}.items() if row.synchronised}


def read(api: Api, client_id: ClientId, main_id: int, joining: Sequence[int]) -> list[dict[str, Any]]:
    """Return every value that a joining extension is about to lose, sorted by extension and field.

    Each entry holds ``extension_id``, ``extension`` (the number), ``field``, ``before`` and ``after``; secrets are masked.
    Sends two GET requests per extension. Raises ConflictError for one that is not a phone, as the API would refuse it.
    """
    kept = _values(api, client_id, main_id)[1]
    losses = []
    for member_id in sorted(joining):
        extension, own = _values(api, client_id, member_id)
        for name in sorted(own.keys() | kept.keys()):
            if own.get(name) != kept.get(name):
                change = FieldChange(name, own.get(name), kept.get(name), _SYNCHRONISED[name].secret).as_dict()
                losses.append(
                    {
                        "extension_id": member_id,
                        "extension": extension.number,
                        "field": name,
                        "before": change["before"],
                        "after": change["after"],
                    }
                )
    return losses


def _values(api: Api, client_id: ClientId, extension_id: int) -> tuple[Extension, dict[str, Any]]:
    extension = api.extension(client_id, extension_id)
    if extension.type != "phone":
        raise ConflictError(
            f"extension {extension_id} ({extension.number}) is of type {extension.type}, not phone",
            hint="Only phones can be in a bundle: check the id",
        )
    both = {**extension.values, **api.phone(extension_id).values}
    return extension, {name: value for name, value in both.items() if name in _SYNCHRONISED}
