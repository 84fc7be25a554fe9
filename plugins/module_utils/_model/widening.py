# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which overwritten values extend permissions (rule BND-001), and which remove a service. Pure.

Joining a bundle overwrites the synchronised values of an extension with those of the main extension (reference section
4). If the effect of the new value is unknown, as with a provider's default, it counts as an extension of permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .kinds import ANY_COUNTRY

_ACTIVE = "active"


def is_widening(name: str, before: Any, after: Any) -> bool:
    """Return whether the change of a synchronised field (normalised values) extends permissions."""
    widens = _WIDENS.get(name)
    return widens is not None and before != after and widens(before, after)


def _activates(before: Any, after: Any) -> bool:
    return bool(after == _ACTIVE)


def _always(before: Any, after: Any) -> bool:
    """A dial rule or call status may allow other calls; recording changes who can hear a call."""
    return True


def _raises_limit(before: Any, after: Any) -> bool:
    return after is None or (before is not None and after > before)


def _opens_countries(before: Any, after: Any) -> bool:
    """``None`` is the unknown provider's default. All countries cannot become more."""
    if before == [ANY_COUNTRY]:
        return False
    if before is None or after is None or after == [ANY_COUNTRY]:
        return True
    return not set(after) <= set(before)


def _loses_pin(before: Any, after: Any) -> bool:
    return before is not None


def loses_service(name: str, before: Any, after: Any) -> bool:
    """Return whether the change of a synchronised field removes a service: fewer possible calls, or fewer at a time."""
    if name == "status":
        return bool(before == _ACTIVE and after != _ACTIVE)
    if name in ("dial_rule_limit", "incoming_limit"):
        return after is not None and (before is None or after < before)
    if name == "geo_list" and before != after:
        return after != [ANY_COUNTRY] and (before is None or after is None or not set(before) <= set(after))
    return False


_WIDENS: Mapping[str, Callable[[Any, Any], bool]] = {
    "status": _activates,
    "dial_rule_id": _always,
    "call_status_id": _always,
    "dial_rule_limit": _raises_limit,
    "geo_list": _opens_countries,
    "record_enabled": _always,
    "record_transfer": _always,
    "conference_pin": _loses_pin,
}
