# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the list can still be seeded; ``make mutants``, which seeds them, is not part of ``make test``."""

from __future__ import annotations

import pytest
import yaml
from support.stage import ROOT

FAULTS = yaml.safe_load((ROOT / "tests" / "mutants" / "faults.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["id"])
def test_a_seeded_fault_has_its_place(fault: dict[str, str]) -> None:
    code = (ROOT / fault["file"]).read_text(encoding="utf-8")
    assert code.count(fault["before"]) == 1
    assert fault["after"] != fault["before"]
