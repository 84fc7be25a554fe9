# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to become that needs no rights: the user stays who it is."""

from __future__ import annotations

from typing import Any

from ansible.plugins.become import BecomeBase

DOCUMENTATION = """
    name: myself
    short_description: Become oneself
    description:
      - Runs the command as it is.
    options:
      become_user:
        description: Not used.
        default: root
        ini: [{section: privilege_escalation, key: become_user}]
        vars: [{name: ansible_become_user}]
        env: [{name: ANSIBLE_BECOME_USER}]
        keyword: [{name: become_user}]
      become_exe:
        description: Not used.
        vars: [{name: ansible_become_exe}]
        keyword: [{name: become_exe}]
      become_flags:
        description: Not used.
        vars: [{name: ansible_become_flags}]
        keyword: [{name: become_flags}]
      become_pass:
        description: Not used.
        vars: [{name: ansible_become_password}]
"""


class BecomeModule(BecomeBase):
    """Adds nothing to a command but the mark by which Ansible sees that it has started."""

    name = "myself"

    def build_become_command(self, cmd: str, shell: Any) -> str:
        """Return the command behind the mark."""
        super().build_become_command(cmd, shell)
        return f"/bin/sh -c {self._build_success_command(cmd, shell)}" if cmd else cmd
