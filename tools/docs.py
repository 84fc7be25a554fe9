# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the documentation pages and prints where they are ("make docs")."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support import pages, stage


def main() -> int:
    """Build the pages; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="ringme-docs-") as folder:
        try:
            first = pages.build(stage.copy(Path(folder)))
        except AssertionError as problem:
            print(f"cannot build the pages: {problem}", file=sys.stderr)
            return 1
    print(f"The documentation pages, for a browser:\n  {first.relative_to(stage.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
