# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of waivers: each problem has its place and a hint."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.waivers import Waiver, read_waivers

GOOD = """\
waivers:
  - {address: settings, reason: OPS-311, owner: anna, expires: 2026-12-01}
"""
REST = "reason: r, owner: o, expires: '2026-12-01'"


def test_a_file() -> None:
    text = """\
waivers:
  - client: "rom*"
    address: bundle/10?
    field: members
    reason: They move
    owner: anna
    expires: 2026-12-01
  - change: 0123456789ab
    reason: "3"
    owner: boris
    expires: "2027-01-31"
  - {rule: REG-002, reason: r, owner: o, expires: 2028-02-29}
"""
    waivers, findings = read_waivers("waivers.yml", text)
    assert findings == ()
    assert waivers == (
        Waiver(2, "They move", "anna", date(2026, 12, 1), client="rom*", address="bundle/10?", field="members"),
        Waiver(8, "3", "boris", date(2027, 1, 31), change="0123456789ab"),
        Waiver(12, "r", "o", date(2028, 2, 29), rule="REG-002"),
    )
    assert [waiver.as_dict()["what"] for waiver in waivers] == [
        "client rom*, address bundle/10?, field members",
        "change 0123456789ab",
        "rule REG-002",
    ]


def test_none() -> None:
    assert read_waivers("waivers.yml", "waivers: []\n") == ((), ())


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "1:1", "the file is empty"),
        ("# later\n", "1:1", "the file is empty"),
        ("null\n", "1:1", "the file is empty"),
        ("- {address: settings}\n", "1:1", "waivers"),
        ("text\n", "1:1", "waivers"),
        ("waivers:\n", "1:9", "waivers: expected a list, but the value is not set"),
        ("waivers: {}\n", "1:10", "waivers: expected a list"),
        ("waivers: [\n", "", ""),
        ("a: b: c\n", "1:", ""),
        ("waivers: []\nmore: 1\n", "2:1", "more"),
        ("waivers: []\n---\nwaivers: []\n", "3:1", "a second document"),
        ("waivers: [5]\n", "1:11", "waivers[0]"),
        (f"waivers:\n  - {{{REST}}}\n", "2:5", "waivers[0]: no selector given"),
        (f"waivers:\n  - {{client: romashka, {REST}}}\n", "2:5", "waivers[0]: no selector given"),
        (f"waivers:\n  - {{field: members, {REST}}}\n", "2:5", "waivers[0]: no selector given"),
        ("waivers:\n  - {address: a, reason: r, owner: o}\n", "2:5", "expires"),
        ("waivers:\n  - {address: a, owner: o, expires: 2026-12-01}\n", "2:5", "reason"),
        ("waivers:\n  - {address: a, reason: r, expires: 2026-12-01}\n", "2:5", "owner"),
        ("waivers:\n  - {address: a, reason: ' ', owner: o, expires: 2026-12-01}\n", "2:", "reason"),
        (
            "waivers:\n  - {address: a, reason: r, owner: o, expires: 2026-11-31}\n",
            "2:48",
            "YAML reads this as a date, but it is not a valid date",
        ),
        ("waivers:\n  - {address: a, reason: r, owner: o, expires: '2026-11-31'}\n", "2:48", "this day does not exist"),
        ("waivers:\n  - {address: a, reason: r, owner: o, expires: tomorrow}\n", "2:", "expires"),
        ("waivers:\n  - {address: a, reason: r, owner: o, expires: 2026-12-01 10:00:00}\n", "2:", "expires"),
        ("waivers:\n  - {address: a, reason: r, owner: o, expires: null}\n", "2:", "expires"),
        (f"waivers:\n  - {{addres: a, {REST}}}\n", "2:", "addres"),
        (f"waivers:\n  - {{rule: reg-1, {REST}}}\n", "2:", "rule"),
        (f"waivers:\n  - {{change: abc, {REST}}}\n", "2:", "change"),
        (f"waivers:\n  - {{address: ['a'], {REST}}}\n", "2:", "address"),
    ],
)
def test_mistakes(text: str, place: str, message: str) -> None:
    waivers, findings = read_waivers("waivers.yml", text)
    assert waivers == ()
    assert findings
    assert all(finding.hint for finding in findings)
    assert findings[0].text().startswith(f"waivers.yml:{place}")
    assert any(message in finding.message for finding in findings)
    assert "client_id" not in str(findings) and "client file" not in str(findings)


def test_all_mistakes_are_reported_together() -> None:
    broken = "  - {address: a, reason: r, owner: o, expires: '2026-02-30'}\n"
    waivers, findings = read_waivers("w.yml", GOOD + broken + f"  - {{{REST}}}\n")
    assert (waivers, [finding.line for finding in findings]) == ((), [3, 4])


def test_mistakes_of_every_kind_are_reported_together() -> None:
    """Wrong dates and missing selectors too, if other parts of the file do not match the schema."""
    text = (
        "waivers:\n  - {adress: a, reason: r, owner: o, expires: 31.12.2026}\n"
        "  - {address: a, owner: o, expires: 2026-12-01}\n"
        "  - {address: a, reason: r, owner: o, expires: '2026-02-30'}\n  - 7\nmore: 1\n"
    )
    waivers, findings = read_waivers("w.yml", text)
    assert not waivers and sorted(finding.line for finding in findings) == [2, 2, 2, 3, 4, 5, 6]
    (date,) = (finding for finding in findings if "expires: '31.12.2026'" in finding.message)
    assert (date.message, date.hint) == (
        "waivers[0].expires: '31.12.2026' is not a date such as 2026-12-31",
        "Write 2026-12-31",
    )


@given(st.text())
def test_any_text(text: str) -> None:
    waivers, findings = read_waivers("w.yml", text)
    assert not waivers and findings


@given(st.text(max_size=8))
def test_any_value(text: str) -> None:
    for key in ("address", "expires", "change", "rule", "client", "reason"):
        waivers, findings = read_waivers("w.yml", GOOD.replace("address: settings", f"{key}: {text!r}"))
        assert bool(waivers) != bool(findings)
