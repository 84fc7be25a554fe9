# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query parameters of lists: paging (API reference, section 0.4) and simple filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from simulator.wire import Call
from simulator.world import World

Item = TypeVar("Item")


def _number_of(world: World, call: Call, name: str) -> int | None:
    """A query parameter that counts from 1, or None when it is not sent; raises a Refusal."""
    values = [value for key, value in call.query if key == name]
    if not values:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", values[-1]):
        raise world.errors.invalid(f"{name} must be a number from 1")
    return int(values[-1])


def page_of(world: World, call: Call, items: Sequence[Item]) -> Sequence[Item]:
    """The page of *items* that the request asks for."""
    first = ("page", "0") in call.query and world.switches["page_zero"] == "first"
    page = 1 if first else _number_of(world, call, "page") or 1
    asked = _number_of(world, call, "per_page")
    length = asked if asked is not None else world.switches["per_page_default"]
    maximum = world.switches["per_page_maximum"]
    if maximum != "unlimited":
        length = maximum if length == "unlimited" else min(length, maximum)
    if length == "unlimited":
        length = max(1, len(items))
    if world.switches["page_parameter"] == "ignored":
        page = 1
    return items[(page - 1) * length : page * length]
