# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the in-process tests reach of plugins/, measured while they run, before these tests run.

``make test`` counts lines, ``make test-all`` branches as well.
"""

from __future__ import annotations

import sys

from support import tool
from support.environment import CACHE, for_tool

DATA = CACHE / "coverage" / "data"
# Files that are tested completely; all of plugins/ together has to reach LEAST percent.
PURE = (
    "plugins/module_utils/_model/*",
    *(f"plugins/module_utils/_http/{name}.py" for name in ("body", "response", "retry")),
    *(
        f"plugins/module_utils/_client_files/{name}.py"
        for name in ("findings", "json_schema", "module_options", "reserved_names", "schema", "yaml_tree")
    ),
    *(
        f"plugins/plugin_utils/_report/{name}.py"
        for name in ("build", "history", "items", "ledger", "merge", "results", "timestamps", "verdict", "waivers")
    ),
    *(
        f"plugins/plugin_utils/_report/render/{name}.py"
        for name in ("console", "junit", "markdown", "prometheus", "rows", "sarif", "text")
    ),
)
LEAST = 95


def _report(name: str, *arguments: str) -> None:
    """Print a report; it fails below its limit, and a report over no lines at all says nothing."""
    assert DATA.exists(), "nothing was measured: run make test"
    command = (sys.executable, "-m", "coverage", "report", *arguments)
    output = tool.run(name, *command, env=for_tool(name, COVERAGE_FILE=str(DATA)))
    (total,) = (line.split() for line in output.splitlines() if line.startswith("TOTAL"))
    assert int(total[1]) > 0


def test_plugins() -> None:
    _report("coverage", f"--fail-under={LEAST}")


def test_pure_files() -> None:
    _report("coverage-pure", f"--include={','.join(PURE)}", "--fail-under=100")
