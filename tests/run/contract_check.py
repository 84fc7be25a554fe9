# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a running simulator which requests did not agree with the OpenAPI document: contract_check.py URL

Prints them and fails if there are any, or if the simulator saw no request at all.
"""

from __future__ import annotations

import sys

import requests


def main(url: str) -> int:
    """The exit status."""
    errors = requests.get(f"{url}/_simulator/contract", timeout=10).json()
    seen = requests.get(f"{url}/_simulator/journal", timeout=10).json()
    for error in errors:
        print(error)
    print(f"{len(seen)} requests in the journal, {len(errors)} do not agree with the contract")
    return 1 if errors or not seen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
