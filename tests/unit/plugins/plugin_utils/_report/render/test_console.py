# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines for the end of a run: within 80 columns, short for any fleet, and no external text starts a line."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.console import CLIENT_LINES, WIDTH, console
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.text import columns, outcome_text
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import (
    HOSTILE,
    change,
    client,
    finding,
    fleet,
    sha,
    totals,
)

TEXTS = st.text(max_size=120) | st.sampled_from(
    [HOSTILE, "\nFLEET  1 client: 1 clean", "全角" * 60, "a" * 300, "\x1b[2J", ""]
)


def _report(*clients: dict[str, Any], **given_: Any) -> dict[str, Any]:
    unchecked = sum(1 for one in clients if one["not_compared"])
    report = fleet(0)
    report["waivers"]["expired"] = []
    report["totals"].update(totals(list(clients)), not_checked_share=unchecked / len(clients) if clients else 0.0)
    return {**report, "clients": list(clients), **given_}


def _change(number: int = 0, **given_: Any) -> dict[str, Any]:
    return change(
        "romashka",
        number,
        random.Random(1),
        **{"cause": "out_of_band", "new": False, "age_seconds": 3 * 86400, **given_},
    )


def test_one_client_to_read() -> None:
    waiver = {"reason": "OPS-311", "owner": "anna", "expires": "2026-12-01"}
    bundle = _change(2, new=True)
    phone = _change(
        7,
        address="phone/201",
        resource="phone",
        cause="side_effect",
        caused_by=bundle["id"],
        before=12,
        after=40,
        severity="low",
        source=None,
        action="update",
        field="hold_music",
    )
    one = client(
        "romashka",
        1,
        "drift",
        changes=[_change(1, waiver=waiver), bundle, phone, _change(0)],
        findings=[finding("romashka", 5)],
    )
    lines = console(_report(one, client("vasilek", 2), exit_code=2, verdict="drift"), ["drift.json", "drift.md"])
    assert lines == [
        "CLIENT romashka (801)  drifted: 3 changes, 1 finding, 1 waived, 2 critical, 1",
        "      high",
        "  ! registration 205  REG-001, 3 d, critical, clients/romashka.yml:20",
        "      extension 205: 'friendly-scanner' is registered from 203.0.113.77, which",
        "      is not in an allowed network (office, vpn)",
        "      -> If it is legitimate, allow it; otherwise remove it and change the SIP",
        "      password of the extension",
        "  ~ settings          geo_list: RU BY -> *",
        "      out of band, 3 d, critical, clients/romashka.yml:4",
        "  ~ bundle 102        members: 201 -> 201 301",
        "      out of band, new, high, clients/romashka.yml:6",
        "  » phone 201         hold_music: 12 -> 40  side effect of bundle 102, 3 d, low",
        "  = settings          hold_music: 40 -> 12",
        "      out of band, 3 d, low, waived until 2026-12-01 (OPS-311, anna),",
        "      clients/romashka.yml:5",
        "",
        "FLEET  2 clients: 1 clean, 1 drifted",
        "       critical 2, high 1, low 1, waived 1, new 1",
        "       a -> b: a is the value at the PBX, b the value in the file",
        "       1 request, lowest quota: 4,210 of 5,000 left at romashka",
        "       report: drift.json drift.md",
        "       verdict: drift (exit_code 2)",
    ]


def test_a_clean_fleet_is_its_totals() -> None:
    assert console(_report(client("a", 1), client("b", 2, quota=None), exit_code=0, verdict="clean")) == [
        "FLEET  2 clients: 2 clean",
        "       1 request, lowest quota: 4,210 of 5,000 left at a",
        "       verdict: clean (exit_code 0)",
    ]


def test_an_empty_fleet_is_not_clean() -> None:
    text = "\n".join(console(_report(exit_code=0, verdict="clean")))
    assert "no client was compared" in text and "clean" not in text


@pytest.mark.parametrize("status", ["error", "not_checked", "clean"])
def test_unchecked_clients_are_never_clean(status: str) -> None:
    one = client("a", 1, status, not_compared=[{"part": "bundles", "reason": "refused"}])
    lines = console(_report(one, exit_code=0, verdict="clean"))
    text = "\n".join(lines)
    assert "NOT FULLY CHECKED: 1 of 1 client (100 %)" in text
    assert "verdict: no differences found, but not everything was compared (exit_code 0)" in " ".join(text.split())
    assert "refused" in text


def test_clients_that_did_not_take_part_are_counted() -> None:
    known = {"object_id": "o", "part": "settings"}
    carried = {
        "a": {"checked": None, "known": [known]},
        "b": {"checked": None, "known": [known, known]},
        "c": {"checked": None, "known": []},
        "d": {"checked": None, "known": [known]},
    }
    text = " ".join("\n".join(console(_report(client("a", 1), carried=carried))).split())
    assert "NOT IN THIS RUN: 2 clients of earlier reports, with 3 known differences" in text
    alone = {"a": {"checked": None, "known": [known]}}
    assert "NOT IN THIS RUN" not in "\n".join(console(_report(client("a", 1), carried=alone)))


@pytest.mark.parametrize(
    ("verdict", "exit_code", "mode", "expected"),
    [
        ("error", 1, "drift", "error, not everything was compared (exit_code 1)"),
        ("error", 1, "apply", "error, not everything was applied (exit_code 1)"),
        ("blocked", 3, "drift", "blocked (exit_code 3)"),
        ("drift", 0, "drift", "drift, allowed by fail_on (exit_code 0)"),
    ],
)
def test_the_verdict_in_words(verdict: str, exit_code: int, mode: str, expected: str) -> None:
    assert outcome_text(_report(client("a", 1), verdict=verdict, exit_code=exit_code, mode=mode)) == expected


def test_warnings_are_in_capitals() -> None:
    report = fleet(40, 0.1)
    report["truncated"] = True
    report["waivers"]["expired"] *= 12
    text = " ".join(" ".join(console(report)).split())
    assert "NOT FULLY CHECKED: 2 of 40 clients (5.0 %)" in text
    assert text.count("WAIVER EXPIRED on 2026-11-01: client romashka, address settings (OPS-311, boris), line 9") == 10
    assert "and 2 more waivers EXPIRED" in text and "INTERRUPTED" in text
    assert "oldest: 41 d, client client0000, settings" in text
    assert "361 requests (GET 360, token 1)" in text
    assert "CLIENT client0037 (837) FAILED ? bundles: GET" in text


def test_a_client_without_an_id_and_an_applied_change() -> None:
    done = _change(result={"status": "verified", "message": None})
    quota = {"limit": None, "remaining": 7, "reset_seconds": None}
    text = "\n".join(console(_report(client("a", 1, changes=[done], client_id=None, quota=quota))))
    assert "CLIENT a  clean: 1 applied\n" in text and "out of band, 3 d, critical, applied" in text
    assert "lowest quota: 7 left at a" in text


def test_every_finding_has_its_place_and_its_hint() -> None:
    findings = [finding("a", number) for number in range(3)]
    text = "\n".join(
        console(_report(client("a", 1, "drift", findings=findings), client("b", 2, "drift", findings=findings)))
    )
    assert (text.count("REG-001"), text.count("-> If it is legitimate"), text.count(".yml:20")) == (6, 6, 6)


@pytest.mark.parametrize(("share", "hostile"), [(0.0, False), (0.1, True), (1.0, False), (1.0, True)])
def test_large_fleets_stay_short(share: float, hostile: bool) -> None:
    report = fleet(1200, share, hostile=hostile)
    lines = console(report, ["drift.json"])
    assert len(lines) <= CLIENT_LINES + 30
    assert max(map(columns, lines)) <= WIDTH
    heads = sum(1 for line in lines if line.startswith("CLIENT "))
    (rest,) = [line for line in lines if line.startswith("and ")] or [""]
    listed = sum(1 for one in report["clients"] if one["status"] != "clean")
    assert heads + int(rest.split()[1].replace(",", "") if rest else 0) == listed


def test_unreachable_clients_do_not_hide_the_others() -> None:
    clients = [client(f"a{number:03}", number, "not_checked") for number in range(200)]
    clients.append(client("z", 1, "blocked"))
    lines = console(_report(*clients))
    assert any(line.startswith("CLIENT z ") for line in lines)
    (rest,) = [line for line in lines if line.startswith("and ")]
    assert rest == "and 167 more clients (167 of them NOT CHECKED), see the report"


def test_a_large_client_leaves_room() -> None:
    large = client("a", 1, "drift", changes=[_change(2, id=sha(number)) for number in range(300)])
    lines = console(_report(large, client("b", 1, "drift", changes=[_change(1)])))
    assert "  and 271 more of this client, see the report" in lines
    assert any(line.startswith("CLIENT b ") for line in lines)


def test_many_reasons() -> None:
    parts = [{"part": f"part{number}", "reason": "refused " * 200} for number in range(30)]
    lines = console(_report(client("a", 1, "error", not_compared=parts, changes=[_change()])))
    assert "  ? and 26 more reasons, see the report" in lines and len(lines) < 45
    assert any("geo_list: RU BY -> *" in line for line in lines)


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_makes_a_line(key: str, value: str, reason: str, message: str, file: str) -> None:
    def lines(*texts: str) -> list[str]:
        key, value, reason, message, file = texts
        changes = [
            _change(
                before=value, after=[value, 1], address=f"bundle/{value}", field=value, source={"file": file, "line": 1}
            )
        ]
        parts = [{"part": value, "reason": reason}]
        one = client(
            key,
            1,
            "error",
            reason=reason,
            changes=changes,
            findings=[finding(key, 1, message=message, hint=value)],
            not_compared=parts,
            client_id=value,
        )
        waiver = {"line": 1, "what": value, "reason": reason, "owner": key, "expires": message}
        waivers = {"used": [], "unused": [], "expired": [waiver]}
        return console(_report(one, waivers=waivers), [file])

    shown = lines(key, value, reason, message, file)
    assert max(map(columns, shown)) <= WIDTH
    assert all(line.isprintable() for line in shown if line.isascii())
    assert all(len(line.splitlines()) <= 1 for line in shown)
    for start in ("FLEET  ", "CLIENT ", "       verdict: "):
        assert sum(1 for line in shown if line.startswith(start)) == 1


def test_applied_changes_are_only_counted() -> None:
    report = fleet(10, 0.5)
    for one in report["clients"]:
        for item in one["changes"]:
            item["result"] = {"status": "verified", "message": None}
        one.update(status="clean", findings=[], not_compared=[], blocked=[], reason=None)
    report.update(mode="apply", verdict="clean")
    report["totals"]["applied"] = 7
    lines = console(report)
    assert not [line for line in lines if line.startswith("CLIENT")]
    assert "applied 7" in "\n".join(lines) and not [line for line in lines if line.strip().startswith("exit")]


def test_the_compared_parts_decide_the_status_text() -> None:
    missing = [{"part": "bundles", "reason": "refused"}]
    partly = client("a", 1, "drift", not_compared=missing, changes=[_change()])
    not_at_all = client("b", 2, "blocked", not_compared=missing, compared=[])
    text = " ".join("\n".join(console(_report(partly, not_at_all))).split())
    assert "CLIENT a (801) drifted, NOT FULLY CHECKED" in text
    assert "CLIENT b (802) BLOCKED, NOT CHECKED" in text


def test_only_the_two_worst_severities_are_counted_for_a_client() -> None:
    changes = [_change(number, severity=name) for number, name in enumerate(("critical", "high", "medium", "low"))]
    text = " ".join("\n".join(console(_report(client("a", 1, "drift", changes=changes)))).split())
    assert "CLIENT a (801) drifted: 4 changes, 1 critical, 1 high !" in text.replace(" ~", " !").replace(" +", " !")


@pytest.mark.parametrize(("expired", "more"), [(10, ""), (11, "and 1 more waiver EXPIRED, see the report")])
def test_ten_expired_waivers_are_listed(expired: int, more: str) -> None:
    waiver = {"line": 3, "what": "address settings", "reason": "OPS-311", "owner": "anna", "expires": "2026-11-01"}
    report = _report(client("a", 1), waivers={"used": [], "unused": [], "expired": [waiver] * expired})
    text = "\n".join(console(report))
    assert text.count("WAIVER EXPIRED on 2026-11-01") == 10
    assert (more in text) if more else "see the report" not in text
