# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the unit tests: property-based tests, and an environment in which nothing of the user's own matters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# "default" gives the same examples in every run; under ansible-test, which shows that every supported Python behaves
# alike, there are fewer. "make test-all" tries more, and other ones every time. For a longer search:
# RINGME_TEST_EXAMPLES=5000, or --hypothesis-profile full.
settings.register_profile(
    "default",
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile(
    "full", settings.get_profile("default"), max_examples=2000, derandomize=False, print_blob=True
)
settings.register_profile("all", settings.get_profile("full"), max_examples=400)
settings.register_profile("ansible-test", settings.get_profile("default"), max_examples=15)
_ALL = os.environ.get("RINGME_TEST_ALL") == "1"
_USUAL = "ansible-test" if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" in os.environ else "all" if _ALL else "default"
_EXAMPLES = os.environ.get("RINGME_TEST_EXAMPLES")
if _EXAMPLES:
    settings.register_profile("counted", settings.get_profile("full"), max_examples=int(_EXAMPLES))
settings.load_profile("counted" if _EXAMPLES else _USUAL)

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep options, proxies, CA bundles and the home folder of the user away."""
    for name in os.environ:
        if (
            name.startswith("RINGME_")
            or name.lower() in _PROXIES
            or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
