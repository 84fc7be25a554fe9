# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking ahead at the quota: half of a reading is worth nothing."""

from __future__ import annotations

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.quota import afford
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import Quota
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import QuotaError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import run_of


@pytest.mark.parametrize(
    "quota",
    [
        None,
        Quota(500, None, 60),  # the number is unknown
        Quota(500, 40, 3000),
        Quota(500, 0, 60),  # it resets within the retry budget
        Quota(500, 39, 0),
    ],
)
def test_what_can_be_afforded(quota: Quota | None) -> None:
    run = run_of(budget=60.0)
    run.quota = quota
    afford(run, 40, "reading")


@pytest.mark.parametrize(
    ("quota", "when"),
    [(Quota(500, 39, 1800), "resets in 30 min"), (Quota(500, 0, 61), "in 1 min"), (Quota(500, 0, None), "resets. All")],
)
def test_what_cannot(quota: Quota, when: str) -> None:
    run = run_of(budget=60.0)
    run.quota = quota
    with pytest.raises(QuotaError) as caught:
        afford(run, 40, "reading the bundles")
    assert f"reading the bundles needs 40 requests; {quota.remaining} are left" in caught.value.msg
    assert when in caught.value.msg
