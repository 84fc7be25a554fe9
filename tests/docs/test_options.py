# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DOCUMENTATION, argument specs, environment variables and the role agree; seeded faults are found."""

from __future__ import annotations

import copy
import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from documents import (
    COLLECTION,
    INVENTORIES,
    MODULES,
    ROLES,
    connection_spec,
    environment_names,
    fallbacks,
    is_local,
    manuals,
    role_spec,
    specification,
)
from support.playbook import ROOT

_ENVIRONMENT = re.compile(r"\bE\(([A-Z_]+)\)")


def differences(documented: Mapping[str, Any], spec: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the differences between documented options and an argument spec."""
    for name in sorted(documented.keys() - spec.keys()):
        yield f"{path}{name} is documented, but not an option"
    for name in sorted(spec.keys() - documented.keys()):
        yield f"{path}{name} is an option, but not documented"
    for name in sorted(documented.keys() & spec.keys()):
        manual, real = documented[name], spec[name]
        for key, default in (("type", "str"), ("elements", None), ("required", False), ("default", None)):
            if manual.get(key, default) != real.get(key, default):
                shown = f"{manual.get(key, default)!r} is documented, {real.get(key, default)!r} is used"
                yield f"{path}{name}: {key} {shown}"
        for key in ("choices", "aliases"):
            listed, used = list(manual.get(key) or ()), list(real.get(key) or ())
            if listed != used:
                yield f"{path}{name}: {key} {listed} are documented, {used} are used"
        mentioned = {variable for variable in _ENVIRONMENT.findall(_text(manual)) if variable.startswith("RINGME_")}
        if mentioned != set(fallbacks(real)):
            yield f"{path}{name}: environment {sorted(mentioned)} is documented, {fallbacks(real)} is used"
        yield from differences(manual.get("suboptions") or {}, real.get("options") or {}, f"{path}{name}.")


def unmentioned_rules(documented: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    """Yield the rules between options that no description mentions."""
    for names in rules.get("mutually_exclusive", ()):
        for name in names:
            others = [other for other in names if other != name]
            if not any(f"O({other})" in _text(documented[name]) for other in others):
                yield f"{name} excludes {', '.join(others)}, and does not say so"
    for name, value, needed in (rule[:3] for rule in rules.get("required_if", ())):
        for other in needed:
            if f"O({name}={value})" not in _text(documented[other]):
                yield f"{other} is required with {name}={value}, and does not say so"
    for rule in rules.get("required_together", ()):
        yield f"no check knows how to find {rule} in the documentation"


def _text(option: Mapping[str, Any]) -> str:
    description = option["description"]
    return description if isinstance(description, str) else "\n".join(description)


@pytest.mark.parametrize("module", MODULES)
def test_options_of_a_module(module: str) -> None:
    spec = specification(module)
    assert list(differences(manuals()[module].options, spec["argument_spec"])) == []
    assert (
        list(unmentioned_rules(manuals()[module].options, {k: v for k, v in spec.items() if k != "argument_spec"}))
        == []
    )


def test_options_of_the_fragment() -> None:
    fragment = importlib.import_module("ansible_collections.ringme.pbx.plugins.doc_fragments.api").ModuleDocFragment
    assert list(differences(yaml.safe_load(fragment.DOCUMENTATION)["options"], connection_spec())) == []


ONLY_HERE = {"drift_report"}
"""Only the controller has the results of all hosts."""


def test_modules_for_the_controller_only_cannot_be_executed() -> None:
    face = importlib.import_module("ansible_collections.ringme.pbx.plugins.modules.drift_report")
    assert not hasattr(face, "main") and set(MODULES) >= ONLY_HERE


@pytest.mark.parametrize("module", sorted(set(MODULES) - ONLY_HERE))
def test_module_and_action_use_the_same_resource(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = importlib.import_module("ansible_collections.ringme.pbx.plugins.module_utils._adapter")
    face = importlib.import_module(f"ansible_collections.ringme.pbx.plugins.modules.{module}")

    class SeenError(Exception):
        pass

    def remember(**given: Any) -> None:
        raise SeenError(given)

    monkeypatch.setattr(adapter, "_Module", remember)
    with pytest.raises(SeenError) as seen:
        face.main()
    assert seen.value.args[0] == {"supports_check_mode": True, **specification(module)}


@pytest.mark.parametrize(
    ("option", "variable"), [(option, name) for option, entry in connection_spec().items() for name in fallbacks(entry)]
)
def test_environment_variables_are_used(option: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = "yes" if connection_spec()[option]["type"] == "bool" else "/given"
    spec = {"argument_spec": copy.deepcopy(connection_spec())}
    without = ArgumentSpecValidator(**spec).validate({}).validated_parameters[option]
    monkeypatch.setenv(variable, value)
    found = ArgumentSpecValidator(**spec).validate({}).validated_parameters[option]
    assert found == (True if value == "yes" else value)
    assert found != without


def test_variables_of_others_are_read() -> None:
    """The fragment also names variables of other programs, which are not fallbacks of an argument spec."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "module_utils").rglob("*.py"))
    for module in MODULES:
        text = yaml.safe_dump(manuals()[module].options, width=10_000)
        for variable in set(_ENVIRONMENT.findall(text)) - environment_names():
            assert f'"{variable}"' in code, f"{module}: nothing reads {variable}"


NEVER_RAISED = {
    # It needs no second request for a write, and reports what was not applied in its outcomes.
    "client_registrations": {"not_applied", "partial"},
}
OF_FILES = {"options", "invalid_files", "environment"}
"""The kinds of errors of modules without requests."""


def test_kinds_of_errors() -> None:
    errors: Any = importlib.import_module("ansible_collections.ringme.pbx.plugins.module_utils._model.errors")
    kinds = {
        vars(value)["kind"]
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.RingmeError) and value is not errors.RingmeError
    }
    for module in MODULES:
        text = _text(manuals()[module].returns["error"]["contains"]["kind"])
        own = OF_FILES | ({"drift"} if module == "drift_report" else set())
        possible = own if is_local(module) else kinds - {"invalid_files", "drift"} - NEVER_RAISED.get(module, set())
        assert set(re.findall(r"\bV\((\w+)\)", text)) == possible, module
    assert kinds >= OF_FILES


@pytest.mark.parametrize("module", MODULES)
def test_references_have_targets(module: str) -> None:
    manual = manuals()[module]
    text = yaml.safe_dump([manual.description, manual.returns])
    names = set(re.findall(rf"{re.escape(COLLECTION)}\.([a-z_]+)", text))
    fragments = {path.stem for path in (ROOT / "plugins" / "doc_fragments").glob("*.py")}
    assert names <= {*MODULES, *INVENTORIES, *ROLES, *fragments, "api"}
    assert set(re.findall(r"\bO\(([a-z_]+)[=)]", text)) <= set(manual.options)
    assert set(re.findall(r"\bRV\((?!ignore:)([a-z_]+)\)", text)) <= set(manual.returns)
    for other, value in re.findall(rf"\bRV\({re.escape(COLLECTION)}\.([a-z_]+)#module:([a-z_]+)\)", text):
        assert value in manuals()[other].returns, f"{other} returns no {value}"


# --- the role ---


@pytest.mark.parametrize("role", ROLES)
def test_defaults_of_a_role(role: str) -> None:
    defaults = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert {name: entry["default"] for name, entry in role_spec(role).items() if "default" in entry} == defaults


def role_options() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return the nested options of the role with those of the module that gets them."""
    spec = role_spec("client")
    registrations = dict(spec["client_registrations"]["options"])
    absent = registrations.pop("absent")
    modules = {name: specification(name)["argument_spec"] for name in MODULES}
    policy = modules["client_registrations"]
    bundles = modules["client_bundles"]
    prefix = "client_bundles_"
    of_bundles = {name.removeprefix(prefix): entry for name, entry in spec.items() if name.startswith(prefix)}
    return [
        ("client_api", spec["client_api"]["options"], connection_spec()),
        ("client_settings", spec["client_settings"]["options"], _own(modules["client_settings"], "client_id")),
        ("client_bundles", spec["client_bundles"]["options"], bundles["bundles"]["options"]),
        ("client_bundles_*", of_bundles, _own(bundles, "client_id", "bundles")),
        ("client_registrations", registrations, _own(policy, "client_id", "absent")),
        ("absent", absent["options"], policy["absent"]["options"]),
    ]


def _own(spec: Mapping[str, Any], *given: str) -> dict[str, Any]:
    """The options that are not shared and that the role does not set itself."""
    return {name: entry for name, entry in spec.items() if name not in connection_spec() and name not in given}


def role_differences(options: Mapping[str, Any], spec: Mapping[str, Any]) -> list[str]:
    """Compare as above; the role has no defaults and environment variables, those of the module apply."""
    documented = {name: {**entry, "description": "", "default": None} for name, entry in options.items()}
    real = {name: {k: v for k, v in entry.items() if k not in ("default", "fallback")} for name, entry in spec.items()}
    defaults = [name for name, entry in options.items() if "default" in entry]
    return [*differences(documented, real), *(f"{name} has a default, as in the module" for name in defaults)]


@pytest.mark.parametrize(("variable", "options", "spec"), role_options(), ids=[entry[0] for entry in role_options()])
def test_nested_options_of_the_role(variable: str, options: dict[str, Any], spec: dict[str, Any]) -> None:
    """None has no_log: it masks nothing there, and ansible-core 2.18 rejects an encrypted value with it."""
    assert role_differences(options, spec) == []
    assert not [name for name, entry in options.items() if "no_log" in entry]


# --- the comparison ---


def _changed(**changes: Any) -> dict[str, Any]:
    entry = {
        "description": ["Text. If unset, E(RINGME_X) is used.", "Mutually exclusive with O(b). Required with O(b=1)."],
        "type": "list",
        "elements": "str",
        "choices": ["a", "b"],
        "default": ["a"],
        "suboptions": {"inner": {"description": "Text.", "type": "int"}},
    }
    return {"a": {**entry, **changes}}


SPEC = {
    "a": {
        "type": "list",
        "elements": "str",
        "choices": ["a", "b"],
        "default": ["a"],
        "fallback": (None, ["RINGME_X"]),
        "options": {"inner": {"type": "int"}},
    }
}


@pytest.mark.parametrize(
    ("documented", "complaint"),
    [
        ({}, "a is an option, but not documented"),
        ({**_changed(), "b": {"description": "x"}}, "b is documented, but not an option"),
        (_changed(type="str"), "type"),
        (_changed(elements="int"), "elements"),
        (_changed(required=True), "required"),
        (_changed(default=["b"]), "default"),
        (_changed(choices=["b", "a"]), "choices"),
        (_changed(aliases=["c"]), "aliases"),
        (_changed(description=["Text."]), "environment"),
        (_changed(description=["E(RINGME_Y)"]), "environment"),
        (_changed(suboptions={}), "a.inner is an option"),
        (_changed(suboptions={"inner": {"description": "x", "type": "str"}}), "a.inner: type"),
    ],
)
def test_faults_are_found(documented: dict[str, Any], complaint: str) -> None:
    assert list(differences(_changed(), SPEC)) == []
    assert any(complaint in text for text in differences(documented, SPEC))


@pytest.mark.parametrize(
    "rules",
    [{"mutually_exclusive": [("a", "c")]}, {"required_if": [("b", "2", ("a",))]}, {"required_together": [("a", "b")]}],
)
def test_unmentioned_rules_are_found(rules: dict[str, Any]) -> None:
    documented = {**_changed(), "c": {"description": "O(a)"}}
    assert list(unmentioned_rules(documented, {"required_if": [("b", "1", ("a",))]})) == []
    assert list(unmentioned_rules(documented, rules)) != []
