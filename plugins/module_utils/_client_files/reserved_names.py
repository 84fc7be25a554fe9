# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that are not allowed for client files and tags. Pure."""

from __future__ import annotations

OWN_PREFIX = "ringme_"
"""The prefix of the groups and variables of this collection."""

BLOCKED_GROUP = "ringme_blocked"
"""The group of clients that no run changes, because their files have findings."""

_ANSIBLE = ("all", "ungrouped", "localhost", "127.0.0.1")


def reserved(name: str) -> str | None:
    """Return why the name is not allowed, as a predicate that follows the name; ``None`` if it is allowed."""
    if name in _ANSIBLE:
        return "is reserved by Ansible"
    return (
        f"is reserved: names that begin with {OWN_PREFIX} belong to this collection"
        if name.startswith(OWN_PREFIX)
        else None
    )
