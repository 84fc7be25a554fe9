# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of client files that define an object."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.source_lines import Lines

TEXT = """\
client_id: 801
client_settings:
  timezone: UTC
  geo_list:
    - RU
client_bundles:
  - {extension: "101", members: ["201"]}
  - extension: 0003*102
    members: ["202"]
  - extension: 103@romashka.example
    members: ["203"]
  - extension_id: 31456
    bundle_list: [1]
  - text
  - extension: "0104"
client_registrations:
  max_registrations: 1
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> str:
    path = tmp_path / "romashka.yml"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("address", "name", "line"),
    [
        ("settings", "timezone", 3),
        ("settings", "geo_list", 4),
        ("settings", "hold_music", 2),
        ("settings", None, 2),
        ("bundle/101", "members", 7),
        ("bundle/102", "members", 8),
        ("bundle/103", None, 10),
        ("bundle/31456", "bundle_list", 12),
        ("bundle/0104", None, 15),
        ("bundle/104", None, 6),
        ("bundle/999", "members", 6),
        ("bundle/", None, 6),
        ("phone/201", "hold_music", 6),
        ("extension/201", "status", 6),
        ("registration/101", None, 16),
    ],
)
def test_lines(file: str, address: str, name: str | None, line: int) -> None:
    assert Lines()(file, address, name) == line


@pytest.mark.parametrize(
    "text", [b"", b"- a\n", b"\xe4", b"a: [\n", b"$ANSIBLE_VAULT;1.1;AES256\n3132\n", b"client_bundles: x\n"]
)
def test_missing_objects_are_at_the_first_line(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.yml").write_bytes(text)
    for path in (tmp_path / "a.yml", tmp_path / "none.yml", tmp_path):
        for address in ("settings", "bundle/101", "registration/101"):
            assert Lines()(str(path), address, "members") == 1


def test_a_file_is_read_once(file: str) -> None:
    lines = Lines()
    assert lines(file, "settings", "timezone") == 3
    Path(file).unlink()
    assert lines(file, "settings", "timezone") == 3


def test_hostile_names(file: str) -> None:
    for name in ("a.b[3]", "", "[[", "client_bundles[0]", "\x00"):
        assert Lines()(file, "settings", name) == 2
