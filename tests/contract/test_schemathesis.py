# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schemathesis checks the simulator against the OpenAPI document: all its checks, in all its phases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import schemathesis
from contract.caller import Caller
from schemathesis.config import SchemathesisConfig
from simulator import Contract, Simulator
from simulator.contract import DOCUMENT
from simulator.model import Client, Extension

HERE = Path(__file__).parent

# What the document refuses is refused: with these the simulator is as strict as the document is with the client.
STRICT = {
    "put_unknown_names": "400",
    "put_read_only_names": "400",
    "empty_put": "400",
    "geo_list_empty_put": "400",
    "call_interactive": "present",
    "registration_block_limit": "100",
    "string_limits": "400",
    "page_zero": "400",
    "extension_group_zero": "400",
    "bundle_overwrites_more": "yes",
}
# Every shape that a response may have instead of the default one.
OTHER_SHAPES = {
    "ids_as": "string",
    "extension_len_as": "string",
    "geo_list_default": "empty",
    "limits_as": "string",
    "extension_group_zero": "zero",
    "newer_extension_fields": "absent",
    "bundle_members_as": "object",
    "bundle_get_member": "main",
    "bundle_get_absent": "404",
    "bundle_delete_body": "untied",
    "bundle_post_code": "200",
    "delete_answer": "200",
    "registration_block_of_one": "array",
    "registration_expires": "date",
    "phone_password": "absent",
    "registration_other_type": "404",
    "unread_fields": "present",
    "extension_not_found": "extension_not_found",
    "unauthorized_body": "text_status",
    "bad_credentials": "400_unauthorized_client",
    "call_interactive": "present",
}
OTHER_CODES = {
    "bundle_post_code": "204",
    "bundle_delete_code": "204",
    "bundle_delete_absent": "404",
    "bundle_members_as": "string",
    "registration_delete_unknown": "204",
    "registration_query_unknown_id": "empty",
    "registration_expires": "epoch",
    "missing_slash": "serve",
    "phone_other_type": "400",
    "reregister": "at_once",
    "token_expires_in": "absent",
    "call_interactive": "present",
    "per_page_default": "2",
    "per_page_maximum": "3",
}


def keep_seeded(simulator: Simulator) -> None:
    """Make the seeded objects survive DELETE, so that later requests still have something to work on."""
    store = simulator.world.store
    remove_extension, remove_client, seeded = (
        store.remove_extension,
        store.remove_client,
        set(store.extensions) | set(store.clients),
    )

    def keep_extension(extension: Extension) -> None:
        if extension.id not in seeded:
            remove_extension(extension)

    def keep_client(client: Client) -> None:
        if client.id not in seeded:
            remove_client(client)

    store.remove_extension, store.remove_client = keep_extension, keep_client  # type: ignore[method-assign]


def test_what_is_empty_is_not_gone() -> None:
    """No check takes the GET after a DELETE of registrations, or of a bundle, for the use of a deleted resource."""
    config = SchemathesisConfig.from_path(HERE / "schemathesis.toml")
    operations = schemathesis.openapi.from_dict(dict(Contract.shared().document), config=config)
    settings = config.projects.get_default()
    watched = {
        operation.definition.raw["operationId"]
        for operation in (result.ok() for result in operations.get_all_operations())
        if settings.checks_config_for(operation=operation).use_after_free.enabled
    }
    assert {"readRegistrations", "readBundle"}.isdisjoint(watched)
    assert len(watched) == 25


DEALER = [
    part
    for name in ("listClients", "createClient", "readDealerClient", "updateDealerClient", "deleteClient")
    for part in ("--include-operation-id", name)
]
# make test tries few examples of each operation: every test checks the response of each request.
ALL = os.environ.get("RINGME_TEST_ALL") == "1"
ANY = ["--max-examples", "5" if ALL else "2"]
VALID = ["--mode", "positive", "--max-examples", "3" if ALL else "2"]


@pytest.mark.parametrize(
    ("application", "switches", "operations", "options"),
    [
        pytest.param("demo-application", STRICT, 27, ANY, id="strict"),
        pytest.param("dealer-application", STRICT, 5, [*ANY, *DEALER], id="dealer"),
        pytest.param("demo-application", {}, 27, [*VALID, "--phases", "examples,stateful"], id="defaults"),
        pytest.param("demo-application", OTHER_SHAPES, 27, [*VALID, "--phases", "examples,fuzzing"], id="other-shapes"),
        pytest.param("demo-application", OTHER_CODES, 27, [*VALID, "--phases", "fuzzing"], id="other-codes"),
    ],
)
def test_the_simulator_is_what_the_document_says(
    make_simulator: type[Simulator],
    tmp_path: Path,
    application: str,
    switches: Mapping[str, str],
    operations: int,
    options: list[str],
) -> None:
    """Deterministic examples; the guard at the end makes sure that requests were really sent."""
    simulator = make_simulator(switches={"journal_size": "20000", **switches})
    simulator.contract_checked = False
    keep_seeded(simulator)
    caller = Caller(simulator, application)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        str(DOCUMENT),
        "--url",
        simulator.url,
        "--header",
        f"Authorization: {caller.authorization}",
        "--checks",
        "all",
        "--generation-deterministic",
        "--no-color",
        *options,
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    assert f"{operations} selected / 27 total" in ended.stdout
    count = re.search(r"(\d+) generated, \d+ (?:passed|found)", ended.stdout)
    assert count is not None and len(simulator.journal) >= int(count[1]) > 75, ended.stdout[-3000:]
    broken = [error for error in simulator.contract_errors() if error["response"] or error["crash"]]
    assert not broken, broken[:5]
