# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that neither a client file nor a tag can have, because something else has them. Pure."""

from __future__ import annotations

OWN_PREFIX = "ringme_"
"""How the groups and variables of this collection begin."""

BLOCKED_GROUP = "ringme_blocked"
"""The group of clients that no run changes, because something is wrong with their files."""

_ANSIBLE = ("all", "ungrouped", "localhost", "127.0.0.1")


def reserved(name: str) -> str | None:
    """Return why nothing of a user can have this name, in words that follow the name; ``None`` where it can."""
    if name in _ANSIBLE:
        return "is reserved by Ansible"
    return (
        f"is reserved: names that begin with {OWN_PREFIX} belong to this collection"
        if name.startswith(OWN_PREFIX)
        else None
    )
