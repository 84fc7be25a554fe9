# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is not the local one, although it points to the same machine."""

from __future__ import annotations

from typing import Any

from ansible.plugins.connection.local import DOCUMENTATION as LOCAL
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = LOCAL.replace("name: local", "name: elsewhere", 1)


class Connection(LocalConnection):
    """Does what the local connection does, under another name."""

    transport = "elsewhere"

    def _connect(self) -> Any:
        return super()._connect()
