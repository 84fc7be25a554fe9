# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client files with defects. A mark shows the place of each finding; it is not part of the file.

``<1>`` is line and column of what follows it, and refers to the rule and the text of the finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_MARK = re.compile(r"<(\d+)>")


class Expected(NamedTuple):
    """One finding: where, by which rule, and what its message says among other things."""

    file: str
    line: int
    column: int
    rule: str
    words: str


@dataclass(frozen=True)
class FaultyClientFiles:
    """``marked`` are the texts of the files by name; ``rules`` are rule and text of each mark, by its number from 1."""

    marked: Mapping[str, str]
    rules: Sequence[tuple[str, str]]

    @property
    def files(self) -> dict[str, str]:
        """The texts as they are written."""
        return {name: _MARK.sub("", text) for name, text in self.marked.items()}

    @property
    def expected(self) -> list[Expected]:
        """The findings in the order of the report: by file, line and column."""
        found = [
            Expected(f"clients/{name}.yml", number, len(_MARK.sub("", line[: mark.start()])) + 1, *self._rule(mark))
            for name, text in self.marked.items()
            for number, line in enumerate(text.splitlines(), 1)
            for mark in _MARK.finditer(line)
        ]
        assert len(found) == len(self.rules)
        return sorted(found)

    def _rule(self, mark: re.Match[str]) -> tuple[str, str]:
        return self.rules[int(mark[1]) - 1]


SECRET = "canary-7d1f0c5b9e"
"""A secret in the files with defects; no finding is allowed to show it."""

TWELVE = FaultyClientFiles(
    {
        "astra": f"""\
---
client_id: 811
client_api:
  application_id: astra
  application_secret: {SECRET}
client_settings:
  <1>time_zone: Europe/Moscow
  hold_music: <2>eleven
  geo_list: [RU, BY, <3>UK]
""",
        "klever": """\
---
client_id: 812
extension_len: 3
client_settings:
  timezone: UTC
<4>client_settings:
  timezone: Europe/Moscow
client_bundles:
  - {extension: "101", members: ["102", "103"]}
  - {extension: "201", members: ["202", <5>"103"]}
  - {extension: "301", members: [<6>"3020"]}
""",
        "mak": f"""\
---
client_tags: [moscow]
client_id: <7>815
client_settings:
  timezone: <8>Europe/Moskow
client_vars:
  door_code: {SECRET}
""",
        "pion": """\
---
# The file of another client, copied, and the id unchanged.
client_id: <9>815
""",
        "roza": """\
<10>client_tags: [moscow]
client_settings: {timezone: UTC}
""",
        "sirius": f"""\
---
client_id: 817
client_vars: {{note: {SECRET}}}
client_bundles:
  - <11>{{extension: "101", members: ["102"]
""",
        "tulpan": """\
---
client_id: 818
---
<12>client_id: 819
""",
    },
    [
        ("FIL-005", "client_settings.time_zone: unknown key (FIL-005). Did you mean timezone?"),
        ("FIL-007", "client_settings.hold_music: expected an integer, but the value is a string"),
        ("FIL-008", "client_settings.geo_list[2]: 'UK' is not a country code"),
        ("FIL-004", "duplicate key client_settings, first in line 4"),
        ("BND-002", "client_bundles[1].members[1]: 103 is also in the bundle of 101"),
        ("FIL-010", "3020 has 4 digits, but extension_len is 3"),
        ("FIL-009", "client 815 is also described in clients/pion.yml:3"),
        ("FIL-008", "client_settings.timezone: 'Europe/Moskow' is not a valid time zone"),
        ("FIL-009", "client 815 is also described in clients/mak.yml:3"),
        ("FIL-006", "required key client_id is missing (FIL-006). Set the id of the client"),
        ("FIL-002", "not valid YAML: "),
        ("FIL-002", "a second document begins here"),
    ],
)
"""Twelve defects of twelve places in seven files."""

BETWEEN = FaultyClientFiles(
    {
        "astra": """\
---
client_id: 821
client_bundles:
  - {extension_id: 8201, bundle_list: [8202, <1>8203]}
""",
        "klever": """\
---
client_id: 822
client_bundles:
  - {extension: "101", members: ["102", <2>"201"]}
  - {extension: "201", members: [<3>"201", "202"]}
  - {extension: <4>"101", members: ["103"]}
client_registrations:
  max_registrations: 2
  extension_ids: [<5>8203]
""",
        "localhost": """\
<6>---
client_id: 823
""",
        "mak": """\
---
client_id: 824
client_vars:
  <7>client_settings: {timezone: UTC}
client_registrations:
  allowed_networks: [<8>198.51.100.7/24]
  min_rules: 1
""",
        "pion": "<9>",
    },
    [
        ("FIL-012", "extension 8203 (an id) is also described in clients/klever.yml:9"),
        ("BND-002", "client_bundles[0].members[1]: 201 is also a main extension"),
        ("BND-002", "client_bundles[1].members[0]: 201 is the main extension of this bundle"),
        ("BND-002", "client_bundles[2].extension: 101 already has an entry"),
        ("FIL-012", "extension 8203 (an id) is also described in clients/astra.yml:4"),
        ("FIL-011", "'localhost' is reserved by Ansible"),
        ("FIL-008", "client_vars.client_settings: "),
        ("FIL-008", "client_registrations.allowed_networks[0]: "),
        ("FIL-002", "the file is empty"),
    ],
)
"""Contradictions within a file and between files, and files that cannot be clients."""
