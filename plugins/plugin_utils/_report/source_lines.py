# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of client files that define an object and its fields. Reads each file once."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import file_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    place_of,
)


@dataclass
class Lines:
    """Finds lines in client files; 1 for unreadable files and unknown objects."""

    _trees: dict[str, MapNode | None] = field(default_factory=dict)

    def __call__(self, file: str, address: str, name: str | None) -> int:
        """Return the line, which counts from 1, of the object ``address`` and its field ``name``."""
        if file not in self._trees:
            self._trees[file] = file_tree(file)
        tree = self._trees[file]
        return 1 if tree is None else place_of(tree, _path(tree, address, name)).line


def _path(tree: MapNode, address: str, name: str | None) -> str:
    kind, _slash, number = address.partition("/")
    if kind == "settings":
        return f"client_settings.{name}"
    if kind == "registration":
        return "client_registrations"
    listed = tree.get("client_bundles")
    if kind == "bundle" and isinstance(listed, ListNode):
        for index, entry in enumerate(listed.items):
            if _names(entry, number):
                return f"client_bundles[{index}]"
    return "client_bundles"


def _names(entry: Node, number: str) -> bool:
    if not isinstance(entry, MapNode):
        return False
    found = (entry.get("extension"), entry.get("extension_id"))
    return any(isinstance(node, ScalarNode) and _bare(str(node.value)) == number for node in found)


def _bare(number: str) -> str:
    """Return the number without prefix and domain, as in addresses."""
    return number.rsplit("*", 1)[-1].split("@", 1)[0]
