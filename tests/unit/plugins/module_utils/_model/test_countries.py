# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of countries."""

from __future__ import annotations

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._model.countries import COUNTRY_CODES


def test_shape() -> None:
    assert len(COUNTRY_CODES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isalpha() and code.isupper() for code in COUNTRY_CODES)


def test_agrees_with_the_standard() -> None:
    pycountry = pytest.importorskip("pycountry", reason="the development set has it, ansible-test has not")
    assert {country.alpha_2 for country in pycountry.countries} == COUNTRY_CODES
