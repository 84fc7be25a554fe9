# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An old Python says which ones are supported, before anything that it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._python_version import check_python

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"


def test_the_versions() -> None:
    check_python((3, 10))
    check_python((3, 15))
    with pytest.raises(
        ImportError,
        match=r"require Python 3\.10 or later, and this is Python 3\.9: set ansible_python_interpreter",
    ):
        check_python((3, 9))


def test_it_comes_first() -> None:
    """In each module, and in the adapter: an import of the collection before it would fail with another error."""
    adapter = (PLUGINS / "module_utils" / "_adapter.py").read_text(encoding="utf-8")
    assert adapter.index("from . import _python_version") < adapter.index("from ._")
    for path in PLUGINS.glob("modules/*.py"):
        imports = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("from ansible_collections.")
        ]
        assert not imports or "._adapter import" in imports[0], path.name
