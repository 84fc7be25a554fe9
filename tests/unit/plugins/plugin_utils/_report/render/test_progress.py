# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a run, in one line."""

from __future__ import annotations

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.progress import progress
from ansible_collections.ringme.pbx.tests.unit.helpers.results import built, bundles, failed, host, outcome


def test_of_a_wave() -> None:
    one = bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101")])
    report = built(
        host("a", bundles=one, written=True),
        host("b", bundles=bundles({}), written=True),
        host("c", bundles=failed("connection"), written=True),
        host("d", bundles=None),
    ).report
    assert progress(report, 2000) == ["3 of 2,000 clients done, 1 changed, 1 failed"]
    assert progress(report, 0) == ["3 of 4 clients done, 1 changed, 1 failed"]


def test_of_nothing() -> None:
    assert progress(built().report, 0) == ["0 of 0 clients done, 0 changed, 0 failed"]
