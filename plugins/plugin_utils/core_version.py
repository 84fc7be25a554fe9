# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of ansible-core the collection works with: an older one fails somewhere, with an error that does not
say why.
"""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.release import __version__ as _core

OLDEST = (2, 18)


def check_core(version: str = _core) -> None:
    """Raise AnsibleError if ansible-core is older than the oldest supported version. No I/O."""
    found = tuple(int(part) for part in version.split(".")[:2])
    if found < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise AnsibleError(
            f"ringme.pbx requires ansible-core {oldest} or later; this is {version}: "
            f"run pip install 'ansible-core>={oldest}'"
        )
