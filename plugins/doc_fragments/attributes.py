# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes of all modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the attributes."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row, with the same options, the second run has nothing to change.
  action:
    description:
      - Has an action plugin of the same name, which runs the module inside the worker process on the controller. This
        saves copying a module and starting Python for every item.
      - With a connection other than C(local), with C(become) or C(async), or with the variable C(ringme_in_process) set
        to V(false), the module is executed as usual. The results are the same.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
"""

    STATE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - In check mode the module sends only C(GET) requests and the token request.
  diff_mode:
    support: full
  idempotent:
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
    details:
      - This module changes nothing.
"""

    LOCAL = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - In check mode the module reads and compares files, but writes none.
  idempotent:
    support: full
"""
