# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as users see it, and the argument specs that the code uses."""

from __future__ import annotations

import functools
import importlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible.modules
import yaml
from ansible.parsing.plugin_docs import read_docstring
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import add_fragments
from support.playbook import ROOT, playbook_environment
from support.warm import bin_folder

COLLECTION = "ringme.pbx"
MODULES = tuple(sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__"))
ROLES = tuple(sorted(path.name for path in (ROOT / "roles").glob("*") if path.is_dir()))
PLAYBOOKS = tuple(sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml")))
INVENTORIES = tuple(sorted(path.stem for path in (ROOT / "plugins" / "inventory").glob("*.py")))


@dataclass(frozen=True)
class Manual:
    """The documentation of one module by ansible-doc, with fragments. ``returns`` is RETURN."""

    name: str
    description: dict[str, Any]
    examples: str
    returns: dict[str, Any]

    @property
    def options(self) -> dict[str, Any]:
        """The documented options."""
        return dict(self.description["options"])


@functools.cache
def manuals() -> dict[str, Manual]:
    """Return the manuals of all modules of the collection, by short name."""
    found = ansible_doc(*(f"{COLLECTION}.{name}" for name in MODULES))
    return {
        name: Manual(name, entry["doc"], entry["examples"], entry["return"])
        for name in MODULES
        for entry in [found[f"{COLLECTION}.{name}"]]
    }


@functools.cache
def foreign_options(name: str) -> frozenset[str]:
    """Return the documented options of a module of another collection, with their aliases."""
    path = Path(ansible.modules.__path__[0]) / f"{name.removeprefix('ansible.builtin.')}.py"
    if path.exists():
        description = read_docstring(str(path))["doc"]
        add_fragments(description, str(path), fragment_loader=fragment_loader)
    else:
        description = ansible_doc(name)[name]["doc"]
    options = description["options"]
    return frozenset(options) | {alias for entry in options.values() for alias in entry.get("aliases", ())}


def ansible_doc(*names: str) -> dict[str, Any]:
    """Return the output of ansible-doc for these modules. Raises AssertionError for an unknown one."""
    with tempfile.TemporaryDirectory(prefix="doc-") as home:
        done = subprocess.run(
            [str(bin_folder() / "ansible-doc"), "--json", "--type", "module", *names],
            env=playbook_environment(Path(home), None),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) == set(names), f"{done.stderr}\nunknown: {set(names) - set(found)}"
    return found


def resource(name: str) -> Any:
    """Return the resource of the action plugin of this name."""
    return importlib.import_module(f"ansible_collections.ringme.pbx.plugins.action.{name}").ActionModule.resource


@functools.cache
def specification(name: str) -> dict[str, Any]:
    """Return the argument spec of a module and its rules, as both adapters use them."""
    from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification as of

    return dict(of(resource(name)))


@functools.cache
def connection_spec() -> dict[str, Any]:
    """Return the argument spec of the options that all modules share."""
    from ansible_collections.ringme.pbx.plugins.module_utils._adapter import connection_arguments

    return dict(connection_arguments())


@functools.cache
def environment_names() -> frozenset[str]:
    """Return the environment variables that options fall back to."""
    return frozenset(name for entry in connection_spec().values() for name in fallbacks(entry))


def fallbacks(entry: dict[str, Any]) -> list[str]:
    """Return the environment variables of one entry of an argument spec."""
    return list(entry["fallback"][1]) if "fallback" in entry else []


@functools.cache
def role_spec(role: str, entry: str = "main") -> dict[str, Any]:
    """Return the options of an entry point of a role. Raises KeyError for an undocumented one."""
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"][entry]["options"])


def is_local(name: str) -> bool:
    """Whether a module works on files only, without connection options and requests."""
    from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import LocalResource

    return isinstance(resource(name), LocalResource)
