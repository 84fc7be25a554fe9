# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the report out of its Ansible variables: for the action plugin and for the callback. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .results import Host, Part, plain


def host_of(
    key: str,
    client_id: str | None,
    variables: Mapping[str, Any],
    parts: Sequence[Part],
    problem: str | None = None,
    origins: Mapping[str, tuple[str, int]] | None = None,
) -> Host:
    """Return the host ``key`` with the results ``parts``.

    ``variables`` are those of the inventory, of which ``client_file``, ``client_blocked`` and ``client_findings`` are
    read. ``problem`` and ``origins`` are those of :class:`.results.Host`.
    """
    file, blocked = variables.get("client_file"), variables.get("client_blocked")
    findings = variables.get("client_findings")
    listed = findings if isinstance(findings, list) else []
    return Host(
        key,
        client_id,
        str(file) if isinstance(file, str) else None,
        tuple(parts),
        None if blocked is None else str(blocked),
        tuple(plain([item for item in listed if isinstance(item, Mapping)])),
        problem,
        origins or {},
    )
