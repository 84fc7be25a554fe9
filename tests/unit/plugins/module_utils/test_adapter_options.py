# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options as an argument spec."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import (
    connection_arguments,
    specification,
    wrong_types,
)
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ENVIRONMENT
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET
from ansible_collections.ringme.pbx.tests.unit.helpers.options import RESOURCES

EVERY_RESOURCE = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)


@EVERY_RESOURCE
def test_every_resource_has_the_connection_options_and_its_own(resource: Resource[Any]) -> None:
    spec = specification(resource)["argument_spec"]
    assert spec.keys() == {*connection_arguments(), *resource.arguments}
    assert not set(connection_arguments()) & set(resource.arguments)
    secrets = {name for name, entry in spec.items() if entry.get("no_log")}
    assert secrets == {"application_secret", "access_token"}


@EVERY_RESOURCE
def test_a_specification_is_the_callers_own(resource: Resource[Any]) -> None:
    one = specification(resource)["argument_spec"]
    for entry in one.values():
        entry["type"] = "spoiled"
    assert not any(entry["type"] == "spoiled" for entry in specification(resource)["argument_spec"].values())


@pytest.mark.parametrize(
    ("variable", "option", "value", "expected"),
    [
        ("RINGME_API_URL", "api_url", "https://pbx.example.org", "https://pbx.example.org"),
        ("RINGME_APPLICATION_ID", "application_id", "app", "app"),
        ("RINGME_APPLICATION_SECRET", "application_secret", SECRET, SECRET),
        ("RINGME_ACCESS_TOKEN", "access_token", SECRET, SECRET),
        ("RINGME_TOKEN_CACHE", "token_cache", "/tmp/tokens", "/tmp/tokens"),
        ("RINGME_READ_ONLY", "read_only", "1", True),
        ("RINGME_READ_ONLY", "read_only", "no", False),
    ],
)
def test_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, option: str, value: str, expected: Any
) -> None:
    spec = specification(RESOURCES[3])
    assert ArgumentSpecValidator(**spec).validate({}).validated_parameters.get(option) != expected or expected is False
    monkeypatch.setenv(variable, value)
    validation = ArgumentSpecValidator(**spec).validate({})
    assert validation.validated_parameters[option] == expected
    if expected == SECRET:
        assert SECRET in validation._no_log_values


@pytest.mark.parametrize("text", ["", "  "])
@pytest.mark.parametrize("option", sorted(ENVIRONMENT))
def test_an_empty_environment_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, option: str, text: str) -> None:
    spec = specification(RESOURCES[3])
    monkeypatch.delenv(ENVIRONMENT[option], raising=False)
    without = ArgumentSpecValidator(**spec).validate({})
    monkeypatch.setenv(ENVIRONMENT[option], text)
    validation = ArgumentSpecValidator(**spec).validate({})
    assert validation.error_messages == without.error_messages
    assert validation.validated_parameters == without.validated_parameters


def test_the_cache_lies_in_the_home_folder(tmp_path: Any) -> None:
    options = ArgumentSpecValidator(**specification(RESOURCES[3])).validate({}).validated_parameters
    assert options["token_cache"] == str(tmp_path / ".cache" / "ringme.pbx" / "tokens")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"extension": "101", "device": "^x", "registration_id": ["a", 7]}, []),
        ({"device": ["a", "b"]}, ["device: expected a string, but the value is a list"]),
        ({"device": {"a": 1}, "unknown": []}, ["device: expected a string, but the value is a dictionary"]),
        ({"extension": True, "client_id": 801}, ["extension: expected a string, but the value is a boolean"]),
        ({"registration_id": [["a"], "b"]}, ["registration_id[0]: expected a string, but the value is a list"]),
        ({"registration_id": {"a": 1}, "ca_path": ["/x"]},
         ["registration_id: expected a string, but the value is a dictionary",
          "ca_path: expected a string, but the value is a list"]),
        ({"state": True, "extension_id": [1]}, []),  # Ansible itself refuses these
    ],
    ids=str,
)  # fmt: skip
def test_wrong_types_are_refused(given: dict[str, Any], found: list[str]) -> None:
    assert wrong_types(specification(ExtensionRegistration())["argument_spec"], given) == found


def test_wrong_types_in_lists_of_dictionaries_are_refused() -> None:
    given = {"absent": [{"extension": "101"}, {"extension": "102", "device": ["x"]}, 5], "allowed_devices": "^x"}
    assert wrong_types(specification(ClientRegistrations())["argument_spec"], given) == [
        "absent[1].device: expected a string, but the value is a list"
    ]
