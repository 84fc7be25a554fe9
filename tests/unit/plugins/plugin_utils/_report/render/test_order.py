# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All renderings list clients and their rows in the same order."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.console import console
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.html import html
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.junit import junit
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.markdown import markdown
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.sarif import sarif_log
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import WAIVER, change, client, finding, fleet, sha

VERIFIED = {"status": "verified", "message": None}
PARTLY = [{"part": "bundles", "reason": "403"}]
CLIENTS = [
    "critical-error", "critical-partly", "critical", "high", "low", "error", "blocked", "unchecked", "applied",
    "waived", "clean",
]  # fmt: skip
ROWS = [
    "policyviolation", "widecountries", "effectofit", "effectofeffect", "bundlemembers", "lowsetting", "appliedsetting",
    "waivedsetting",
]  # fmt: skip


def _change(token: str, severity: str, **given: Any) -> dict[str, Any]:
    fields = {"address": f"object/{token}", "field": token, "id": sha(token), "cause": "pending", "severity": severity}
    return change("a", 2, random.Random(1), **{**fields, "caused_by": None, "source": None, **given})


def _rows() -> dict[str, Any]:
    effect = {"cause": "side_effect", "resource": "phone"}
    changes = [
        _change("waivedsetting", "critical", waiver=WAIVER),
        _change("appliedsetting", "critical", result=VERIFIED),
        _change("effectofeffect", "low", caused_by=sha("effectofit"), **effect),
        _change("lowsetting", "low"),
        _change("effectofit", "low", caused_by=sha("widecountries"), **effect),
        _change("widecountries", "critical"),
        _change("bundlemembers", "high"),
    ]
    return {"changes": changes, "findings": [finding("a", 5, message="policyviolation", source=None)]}


def _report() -> dict[str, Any]:
    found = [
        client("clean", 1),
        client("waived", 1, changes=[_change("a", "low", waiver=WAIVER)]),
        client("applied", 1, changes=[_change("b", "low", result=VERIFIED)]),
        client("unchecked", 1, "not_checked", file=None),
        client("blocked", 1, "blocked"),
        client("error", 1, "error"),
        client("low", 1, "drift", changes=[_change("c", "low")]),
        client("high", 1, "drift", changes=[_change("d", "high")]),
        client("critical", 1, "drift", **_rows()),
        client("critical-partly", 1, "drift", not_compared=PARTLY, changes=[_change("e", "critical")]),
        client("critical-error", 1, "error", changes=[_change("f", "critical")]),
    ]
    for one in found:
        one.update(key=f"the-{one['key']}-client", file=None)
    report = fleet(0)
    report["waivers"]["expired"] = []
    return {**report, "clients": found}


def _order(text: str, tokens: list[str]) -> list[str]:
    return sorted((token for token in tokens if token in text), key=text.index)


@pytest.mark.parametrize(
    ("render", "without"),
    [
        (lambda report: "\n".join(console(report)), {"waived", "clean"}),
        (markdown, {"waived", "clean"}),
        (html, set()),
        (junit, set()),
        # Only open and waived items, and clients that were not compared, are results or notifications.
        (sarif_log, {"applied", "clean", "appliedsetting"}),
    ],
    ids=["console", "markdown", "html", "junit", "sarif"],
)
def test_clients_and_rows_have_one_order(render: Callable[[Any], str], without: set[str]) -> None:
    text = render(_report())
    if render is sarif_log:  # the notifications come before the results
        head, results = text.split('"results"', 1)
        noted = ["critical-error", "critical-partly", "error", "blocked", "unchecked"]
        assert _order(head, [f"the-{name}-client" for name in CLIENTS]) == [f"the-{name}-client" for name in noted]
        text, without = results, without | {"error", "blocked", "unchecked"}
    clients = [name for name in CLIENTS if name not in without]
    assert _order(text, [f"the-{name}-client" for name in CLIENTS]) == [f"the-{name}-client" for name in clients]
    assert _order(text, ROWS) == [row for row in ROWS if row not in without]
