# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles in plans and results: the change of a bundle, and a bundle as a dictionary (reference section 4). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .extension_numbers import Names
from .objects import Bundle
from .plan import Action, Change, FieldChange

Members = tuple[int, ...]
"""The ids of the members, sorted."""


def bundle_address(main: int, names: Names) -> str:
    """Return the address of the bundle in results, by number if it is known."""
    return f"bundle/{names.label(main)}"


def bundle_change(resource: str, main: int, before: Members, after: Members, names: Names) -> Change | None:
    """Return the change of a bundle from the members ``before`` to ``after``, or ``None`` if they are equal."""
    if before == after:
        return None
    action: Action = "delete" if not after else "update" if before else "create"
    shown_before, shown_after = members_shown(before, names), members_shown(after, names)
    return Change(
        resource,
        bundle_address(main, names),
        action,
        tuple(FieldChange(name, shown_before[name], shown_after[name]) for name in shown_before),
        # New members lose their values permanently, so only a removal is reversible.
        reversible=not set(after) - set(before),
        extension_id=main,
        extension=names.number(main),
    )


def members_shown(members: Sequence[int], names: Names) -> dict[str, Any]:
    """Return the members by id and, if the extensions of the client are known, by number."""
    numbers = names.numbers(members)
    shown: dict[str, Any] = {"bundle_list": list(members)}
    return shown if numbers is None else {**shown, "members": numbers}


def bundle_shown(bundle: Bundle, main: int, names: Names) -> dict[str, Any]:
    """Return the bundle with the names of the options of the modules."""
    return {
        "extension_id": main,
        "extension": names.number(main),
        "bundle_list": list(bundle.bundle_list),
        "members": names.numbers(bundle.bundle_list),
        "state": "present" if bundle.bundle_list else "absent",
    }
