# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every situation that produces a result of a module, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents import MODULES, is_local
from faces import Ended, run_action, run_main
from simulator import Simulator

WAYS = {"in-process": True, "as a module": False}
ONLY_IN_PROCESS = {"drift_report"}
"""Modules that always run in-process: only the controller has the results of all hosts."""
CLIENT = {"client_id": "801"}
REFUSED = "refused by Ansible"
"""Options that the argument spec rejects: the result is Ansible's own."""


@dataclass(frozen=True)
class Case:
    """One task: what it shows, its module and options, and whether it fails. ``{{ folder }}`` is the only template.

    ``knobs`` are set at the simulator first: ``switches``, or ``faults``, which count the requests from then on.
    """

    shows: str
    module: str
    options: dict[str, Any]
    fails: bool = False
    check: bool = False
    knobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self, way: str, folder: Path, simulator: Simulator) -> Ended:
        """Run it in one of the two ways, with files in ``folder``."""
        for knob, body in self.knobs.items():
            if knob == "switches":
                simulator.switches.update(body)
            else:
                simulator.faults.add(**body)
        options = json.loads(json.dumps(self.options).replace("{{ folder }}", str(folder)))
        if WAYS[way] or self.module in ONLY_IN_PROCESS:
            variables = {"compared": COMPARED, "ringme_in_process": WAYS[way]}
            return run_action(self.module, options, check=self.check, variables=variables)
        return run_main(self.module, options, check=self.check)

    def name(self, way: str) -> str:
        """Return the name of the task."""
        return f"{self.module}: {self.shows}, {way}"


def _failing(method: str, path: str, at: Sequence[int]) -> dict[str, Any]:
    return {"kind": "status", "status": 500, "method": method, "path": path, "at": list(at)}


def cases() -> Iterator[Case]:
    """Yield every situation that produces a result, for every module, in the order of the runs."""
    yield from single_cases()
    yield from bundle_cases()
    yield from registration_cases()
    yield from failing_cases()
    yield from export_cases()
    yield from validation_cases()
    yield from report_cases()


def single_cases() -> Iterator[Case]:
    """Yield cases of the modules for one object."""
    settings = {**CLIENT, "geo_list": ["BY"], "reset": ["hold_music"]}
    yield Case("changed in check mode", "client_settings", settings, check=True)
    yield Case("changed", "client_settings", settings)
    yield Case("unchanged", "client_settings", settings)
    yield Case("changed back", "client_settings", {**CLIENT, "geo_list": ["RU"], "hold_music": 11})
    yield Case("not taken", "client_settings", {**CLIENT, "dial_rule_id": 6}, fails=True)

    bundle = {**CLIENT, "extension_id": 31456, "bundle_list": [32486, 32767]}
    numbered = {**CLIENT, "extension": "101", "members": ["201", "301"]}
    yield Case("created in check mode", "extensions_bundle", bundle, check=True)
    yield Case("stopped", "extensions_bundle", {**numbered, "side_effects": "fail_on_widening"}, fails=True)
    report = {"side_effects": "fail_on_widening", "blocked_in_check": "report"}
    yield Case("stopped in check mode", "extensions_bundle", {**numbered, **report}, check=True)
    yield Case("created by number in check mode", "extensions_bundle", numbered, check=True)
    yield Case("created", "extensions_bundle", bundle)
    yield Case("unchanged", "extensions_bundle", bundle)
    yield Case("unchanged by number", "extensions_bundle", numbered)
    yield Case(
        "grown", "extensions_bundle", {**bundle, "bundle_list": [33002], "append": True, "side_effects": "ignore"}
    )
    yield Case("all of them", "extensions_bundle_info", CLIENT)
    yield Case("two", "extensions_bundle_info", {**CLIENT, "extension_ids": [31456, 32486]})
    yield Case("two by number", "extensions_bundle_info", {**CLIENT, "extensions": ["101", "201"]})
    yield Case("shrunk", "extensions_bundle", bundle)
    yield Case("a menu", "extensions_bundle", {**bundle, "bundle_list": [34000]}, fails=True)
    yield Case("an unknown number", "extensions_bundle", {**numbered, "members": ["110"]}, fails=True)
    yield Case("removed", "extensions_bundle", {**CLIENT, "extension_id": 31456, "state": "absent"})

    live = {"extension_id": 31456}
    yield Case("all of them", "extension_registration_info", {})
    yield Case("one", "extension_registration_info", {"extension_ids": [31456]})
    yield Case("one by number", "extension_registration_info", {**CLIENT, "extensions": ["101"]})
    selected = {**CLIENT, "extension": "101", "device": "^Zoiper"}
    yield Case("selected by number in check mode", "extension_registration", selected, check=True)
    yield Case("selected", "extension_registration", {**live, "device": "^Zoiper"})
    yield Case("unchanged", "extension_registration", {**live, "device": "^Zoiper"})
    yield Case("all", "extension_registration", live)

    yield Case("one", "client_info", CLIENT)
    yield Case("all of them", "extension_info", CLIENT)
    yield Case("two", "extension_info", {**CLIENT, "extension_ids": [31456, 34000]})
    yield Case("two by number", "extension_info", {**CLIENT, "extensions": ["101", "0003*500"]})


def bundle_cases() -> Iterator[Case]:
    """Yield cases of lists of bundles."""
    module = "client_bundles"
    listed = [{"extension": "101", "members": ["201"]}, {"extension": "402", "members": ["301", "401"]}]
    whole = {**CLIENT, "bundles": listed}
    let_through = {**whole, "allow_widening": ["201", "301", "401"]}
    yield Case("stopped", module, whole, fails=True)
    yield Case("stopped in check mode", module, {**whole, "blocked_in_check": "report"}, check=True)
    yield Case("created in check mode", module, let_through, check=True)
    yield Case("created", module, let_through)
    yield Case("unchanged", module, whole)
    clash = [*listed, {"extension": "401", "members": ["101"]}]
    yield Case("at odds with itself", module, {**CLIENT, "bundles": clash}, fails=True)
    menu = [{"extension": "101", "members": ["500", "110"]}]
    yield Case("at odds with the PBX", module, {**CLIENT, "bundles": menu}, fails=True)
    pruned = {**CLIENT, "bundles": listed[:1], "prune": True}
    yield Case("too many removals", module, {**pruned, "max_removals": "0"}, fails=True)
    yield Case("pruned", module, pruned)
    yield Case("gone", module, {**CLIENT, "bundles": [{"extension": "101", "state": "absent"}]})

    # The bundle of 402 shrinks, the API only adds, and the second POST fails; then the rollback fails, too.
    old = {**CLIENT, "extension": "402", "members": ["301", "401"]}
    path = "/extensions_bundle/33002$"
    knobs = {"switches": {"bundle_post": "add"}, "faults": _failing("POST", path, (2, 3))}
    yield Case("created to be lost", "extensions_bundle", old)
    yield Case("lost", "extensions_bundle", {**old, "members": ["401"]}, fails=True, knobs=knobs)
    shrinking = {**CLIENT, "bundles": [{"extension": "402", "members": ["401"]}]}
    yield Case("created to be lost", module, {**let_through, "bundles": listed[1:]})
    yield Case("lost", module, shrinking, fails=True, knobs={"faults": _failing("POST", path, (2, 3))})
    yield Case("created to be kept", module, {**let_through, "bundles": listed[1:]})
    yield Case("kept", module, shrinking, fails=True, knobs={"faults": _failing("POST", path, (2,))})
    yield Case("gone at last", module, {**CLIENT, "bundles": [{"extension": "402", "state": "absent"}]})


def registration_cases() -> Iterator[Case]:
    """Yield cases of registrations that violate a policy."""
    module = "client_registrations"
    policy = {
        **CLIENT,
        "allowed_networks": {"office": ["198.51.100.0/24"]},
        "allowed_devices": ["^Yealink"],
        "must_register": ["*"],
    }
    compliant = {**policy, "state": "compliant", "max_removals": "5"}
    yield Case("audited", module, policy)
    named = {"absent": [{"extension": "101", "device": "^Zoiper"}]}
    yield Case("named in check mode", module, {**policy, **named, "extensions": ["201"]}, check=True)
    yield Case("named alone in check mode", module, {**CLIENT, **named}, check=True)
    yield Case("removed in check mode", module, compliant, check=True)
    yield Case("too many removals", module, {**compliant, "max_removals": "0"}, fails=True)
    failing = _failing("DELETE", "/extension/32486/registration/", (1,))
    yield Case("not removed", module, compliant, fails=True, knobs={"faults": failing})
    yield Case("removed without lasting effect", module, compliant, knobs={"switches": {"reregister": "at_once"}})
    yield Case("removed", module, compliant, knobs={"switches": {"reregister": "never"}})
    yield Case("unchanged", module, compliant)


def failing_cases() -> Iterator[Case]:
    """Yield the failures that every module with requests can have."""
    one: dict[str, dict[str, Any]] = {
        "client_bundles": {"bundles": [{"extension": "101", "members": ["201"]}]},
        "client_registrations": {"max_registrations": 1},
        "client_settings": {"timezone": "UTC"},
        "extensions_bundle": {**CLIENT, "extension_id": 31456, "bundle_list": [32486, 32767]},
        "extension_registration": {"extension_id": 31456},
    }
    for module in MODULES:
        if is_local(module):
            continue
        options = one.get(module, {})
        absent = {"extension_id": 999} if "extension_id" in options else {"extension_ids": [999]}
        other = {"client_id": "802"} if module.startswith("client") else absent
        yield Case("forbidden or not found", module, {**options, **other}, fails=True)
        yield Case("a wrong secret", module, {**options, "application_secret": "wrong"}, fails=True)
        yield Case("bad options", module, {**options, "api_url": "http://pbx.example.com"}, fails=True)
        yield Case(REFUSED, module, {**options, "nonsense": 1}, fails=True)


FILES = {
    "clients/romashka.yml": """\
client_id: 801
client_tags: [moscow]
client_api: {application_id: romashka, application_secret: in-the-open}
client_settings: {timezone: Europe/Moscow}
""",
    "wrong/vasilek.yml": """\
client_id: 802
client_settings: {time_zone: Europe/Moscow}
client_bundles:
  - {extension: "101", members: ["102", "101"]}
""",
    "sealed/fialka.yml": "$ANSIBLE_VAULT;1.1;AES256\n3130\n",
    "broken/mimoza.yml": "client_id: [801\n",
    "waivers/good.yml": (
        "waivers:\n  - {address: settings, field: timezone, reason: x, owner: y, expires: 2999-12-31}\n"
    ),
    "waivers/bad.yml": "waivers:\n  - {address: settings, reason: x, owner: y}\n",
    "reports/other.json": "{}",
}
"""The files in the folder of the modules for files, by their relative paths."""


COMPARED = {
    "changed": True,
    "client": {"id": 801},
    "changes": [
        {
            "resource": "client_settings",
            "address": "settings",
            "action": "update",
            "reversible": True,
            "fields": [{"name": "timezone", "before": "UTC", "after": "Asia/Omsk"}],
        }
    ],
    "diff": {"before": {"timezone": "UTC"}, "after": {"timezone": "Asia/Omsk"}},
    "requests": {"GET": 1},
    "quota": None,
}
"""What a host has registered as ``compared``, as input of a report."""


def report_cases() -> Iterator[Case]:
    """Yield cases of reports."""
    module = "drift_report"
    report = {"results": {"compared": "client_settings"}, "console": "none"}
    shown = {**report, "fail": False}
    yield Case("nothing to write", module, shown)
    yield Case("written in check mode", module, {**shown, "json": "{{ folder }}/reports/drift.json"}, check=True)
    yield Case(
        "written", module, {**shown, "json": "{{ folder }}/reports/drift.json", "ledger": "{{ folder }}/reports/l.json"}
    )
    yield Case("waived", module, {**report, "waivers": "{{ folder }}/waivers/good.yml"})
    yield Case("drifted", module, report, fails=True)
    yield Case("not checked", module, {**report, "results": {"nowhere": "client_settings"}}, fails=True)
    yield Case("waivers that cannot be used", module, {**report, "waivers": "{{ folder }}/waivers/bad.yml"}, fails=True)
    yield Case("another file", module, {**report, "reports": ["{{ folder }}/reports/other.json"]}, fails=True)
    yield Case("path below a file", module, {**shown, "html": "{{ folder }}/clients/romashka.yml/x.html"}, fails=True)
    yield Case("bad options", module, {**report, "fail_on": {"not_checked": "many"}}, fails=True)
    yield Case(REFUSED, module, {**report, "nonsense": 1}, fails=True)


def export_cases() -> Iterator[Case]:
    """Yield cases of exported files."""
    module = "client_file"
    live = {
        "client": {"id": 801, "extension_len": 3},
        "settings": {"timezone": "Europe/Moscow", "geo_list": ["RU"], "reset": ["hold_music"]},
        "bundles": [{"extension": "101", "members": ["201"]}],
        "path": "{{ folder }}/exported/romashka.yml",
    }
    kept = {**live, "existing": "{{ folder }}/clients/romashka.yml"}
    other = {**kept, "settings": {"timezone": "Mars/Olympus", "geo_list": ["BY"]}}
    yield Case("written in check mode", module, kept, check=True)
    yield Case("written", module, kept)
    yield Case("unchanged", module, kept)
    yield Case("unchanged in check mode", module, kept, check=True)
    yield Case("something else is there", module, other, fails=True)
    yield Case("something else is there in check mode", module, other, fails=True, check=True)
    yield Case("written over", module, {**other, "overwrite": True})
    yield Case("written for the first time", module, {**live, "path": "{{ folder }}/exported/new/romashka.yml"})
    yield Case("nothing to keep", module, {**live, "existing": "{{ folder }}/broken/mimoza.yml"}, fails=True)
    yield Case("path below a file", module, {**live, "path": "{{ folder }}/clients/romashka.yml/x.yml"}, fails=True)
    yield Case("bad options", module, {**live, "client": {"name": "Romashka"}}, fails=True)
    yield Case("other bad options", module, {**live, "bundles": [{"members": ["201"]}]}, fails=True)
    yield Case(REFUSED, module, {**live, "nonsense": 1}, fails=True)


def validation_cases() -> Iterator[Case]:
    """Yield cases of folders to validate, and of the report."""
    module = "validation_report"
    clean = {"path": ["{{ folder }}/clients"]}
    wrong = {"path": ["{{ folder }}/wrong", "{{ folder }}/broken"], "sarif": "{{ folder }}/wrong.sarif"}
    written = {**clean, "sarif": "{{ folder }}/clean.sarif"}
    yield Case("no finding", module, clean)
    yield Case("no finding in check mode", module, clean, check=True)
    yield Case("written in check mode", module, written, check=True)
    yield Case("written", module, written)
    yield Case("unchanged", module, written)
    yield Case("not looked into", module, {"path": ["{{ folder }}/sealed"]})
    yield Case("findings in check mode", module, wrong, fails=True, check=True)
    yield Case("findings", module, wrong, fails=True)
    known = {
        "rule": "FIL-008",
        "severity": "high",
        "file": "clients/fialka.yml",
        "line": 2,
        "column": 1,
        "message": "x",
    }
    yield Case("findings of others", module, {**clean, "findings": [known]}, fails=True)
    yield Case("no folder", module, {"path": ["{{ folder }}/nowhere"]}, fails=True)
    yield Case("path below a file", module, {**clean, "sarif": "{{ folder }}/clients/romashka.yml/x"}, fails=True)
    yield Case("bad options", module, {"path": []}, fails=True)
    yield Case("other bad options", module, {**clean, "findings": [{"rule": "FIL-008"}]}, fails=True)
    yield Case(REFUSED, module, {**clean, "nonsense": 1}, fails=True)
