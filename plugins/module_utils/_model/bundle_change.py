# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles in plans and results: how a change of members reads, and how a bundle is shown (reference section 4). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .extension_numbers import Names
from .objects import Bundle
from .plan import Action, Change, FieldChange

Members = tuple[int, ...]
"""The members' ids, sorted."""


def bundle_address(main: int, names: Names) -> str:
    """Return the object's name in results: by number where it is known."""
    return f"bundle/{names.label(main)}"


def bundle_change(resource: str, main: int, before: Members, after: Members, names: Names) -> Change | None:
    """Return the change of a bundle from the members ``before`` to those ``after``, or ``None`` where they are equal."""
    if before == after:
        return None
    action: Action = "delete" if not after else "update" if before else "create"
    shown_before, shown_after = members_shown(before, names), members_shown(after, names)
    return Change(
        resource,
        bundle_address(main, names),
        action,
        tuple(FieldChange(name, shown_before[name], shown_after[name]) for name in shown_before),
        # The values that a new member loses are gone for good, so only a removal can be undone.
        reversible=not set(after) - set(before),
        extension_id=main,
        extension=names.number(main),
    )


def members_shown(members: Sequence[int], names: Names) -> dict[str, Any]:
    """Return the members by id and, where the client's extensions are known, by number."""
    numbers = names.numbers(members)
    shown: dict[str, Any] = {"bundle_list": list(members)}
    return shown if numbers is None else {**shown, "members": numbers}


def bundle_shown(bundle: Bundle, main: int, names: Names) -> dict[str, Any]:
    """Return the bundle in the words of the modules' options."""
    return {
        "extension_id": main,
        "extension": names.number(main),
        "bundle_list": list(bundle.bundle_list),
        "members": names.numbers(bundle.bundle_list),
        "state": "present" if bundle.bundle_list else "absent",
    }
