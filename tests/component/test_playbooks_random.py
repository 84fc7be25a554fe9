# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export, then drift, is clean for random clients of every shape, and the same state gives the same bytes.

Once by the playbooks, by their names, in a folder outside the clone; and in the process of the test for other clients,
under every switch that such a run could meet. RINGME_TEST_EXAMPLES sets the number of clients
(support/component/resource_runner.py). With RINGME_TEST_ALL=1 the playbooks run over 200 clients, otherwise over a few
that cover every shape.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from component.test_resources_switches import values_of
from simulator import Simulator
from simulator.switches import TABLE, Switch
from support.component.client_folder import ClientFolder, Ran
from support.component.exports import Exports, host_of, texts_in, wrong_in
from support.component.random_clients import DEFAULTS, DEPLOYMENT, TEMPLATES, RandomClient, random_clients, seed_of
from support.component.resource_runner import examples

_URL = "call_interactive_url"


def _without(name: str) -> Any:
    return lambda client: name in client.left_out


def _with_text(text: str) -> Any:
    return lambda client: text in str(client.settings.get("disk_space_notify_email"))


def _with_length(length: int) -> Any:
    return lambda client: client.seed["extension_len"] == length


def _with_type(name: str) -> Any:
    return lambda client: any(entry["type"] == name for entry in client.seed["extensions"])


SHAPES: Mapping[str, Callable[[RandomClient], Any]] = {
    "no extensions": lambda client: not client.seed["extensions"],
    "several bundles": lambda client: len(client.bundles) > 1,
    "no bundle": lambda client: client.seed["extensions"] and not client.bundles,
    "by number": lambda client: any(client.by_number(main) for main in client.bundles),
    "by id": lambda client: any(not client.by_number(main) for main in client.bundles),
    "both": lambda client: len({client.by_number(main) for main in client.bundles}) == 2,
    "another length": lambda client: (
        {len(number) for number in client.numbers.values()} - {client.seed["extension_len"]}
    ),
    "one digit in a bundle": lambda client: any(
        len(client.numbers[member]) == 1 for main in client.bundles for member in (main, *client.bundles[main])
    ),
    "zeros in front": lambda client: any(number.startswith("0") for number in client.numbers.values()),
    "two prefixes": lambda client: any("*" in entry["number"] for entry in client.seed["extensions"]),
    "nothing set": lambda client: set(client.settings) == set(DEFAULTS),
    **{f"no {name}": _without(name) for name in ("geo_list", "timezone", "disk_space_notify_email", _URL)},
    **{text: _with_text(text) for text in TEMPLATES[:5]},
    **{f"numbers of {length} digits": _with_length(length) for length in (2, 3, 4)},
    **{f"an extension of the type {name}": _with_type(name) for name in ("phone", "ivr", "queue", "fax", "conference")},
}


def _few(clients: Sequence[RandomClient]) -> list[RandomClient]:
    """Return some of the clients, in their order, that have every shape between them."""
    missing, found = set(SHAPES), set()
    while missing:
        best = max(clients, key=lambda client: len(_shapes(client) & missing))
        missing -= _shapes(best)
        found.add(best.id)
    return [client for client in clients if client.id in found]


def _shapes(client: RandomClient) -> set[str]:
    return {name for name, shape in SHAPES.items() if shape(client)}


POOL = random_clients(max(200, examples(2 / 3).max_examples))
CLIENTS = POOL if os.environ.get("RINGME_TEST_ALL") == "1" else _few(POOL)
HOSTS = {host_of(client) for client in CLIENTS}
SOME = sorted(HOSTS)[::4]
"""Those for whom the playbook runs once more."""


@pytest.mark.parametrize("clients", [POOL, CLIENTS], ids=["all", "by-playbooks"])
def test_the_clients_are_of_every_shape(clients: Sequence[RandomClient]) -> None:
    """What the tests below prove, they prove of these shapes."""
    assert len({client.id for client in clients}) == len(clients)
    extensions = [entry for client in clients for entry in client.seed["extensions"]]
    assert len({entry["id"] for entry in extensions}) == len(extensions)
    least = 3 if len(clients) >= 200 else 1
    assert [name for name, shape in SHAPES.items() if sum(bool(shape(client)) for client in clients) < least] == []


@dataclass(frozen=True)
class Done:
    """The playbooks that have run, the files after the first and the second export, and the contract errors."""

    first: Ran
    drift: Ran
    validate: Ran
    again: Ran
    files: Mapping[str, str]
    files_again: Mapping[str, str]
    changed: bool
    outside: list[dict[str, Any]]


@pytest.fixture(scope="module", name="done")
def _done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    home = tmp_path_factory.mktemp("of-a-dealer")
    with Simulator(seed_of(CLIENTS), switches={"call_interactive": "present"}) as simulator:
        folder = ClientFolder(home / "gitops", simulator, timeout=600)
        before = simulator.snapshot()

        def run(playbook: str, **variables: Any) -> Ran:
            return folder.run(playbook, "--forks", "4", extra_vars=variables)

        first = run("export", ringme_export_clients=",".join(str(client.id) for client in CLIENTS)).check(0)
        files = texts_in(folder.path / "exported")
        for path in (folder.path / "exported").iterdir():
            shutil.move(path, folder.path / "clients")
        drift, validate = run("drift"), run("validate")
        over = {"ringme_export_path": str(folder.path / "clients"), "ringme_export_overwrite": True}
        again = folder.run("export", "--limit", ",".join(SOME), extra_vars=over)
        return Done(
            *(first, drift, validate, again),
            files=files,
            files_again=texts_in(folder.path / "clients"),
            changed=simulator.snapshot() != before,
            outside=simulator.contract_errors(),
        )


def test_an_export_holds_what_every_client_is(done: Done) -> None:
    assert set(done.files) == HOSTS
    wrong = {client.id: wrong_in(done.files[host_of(client)], client, deployment=True) for client in CLIENTS}
    assert {client_id: texts for client_id, texts in wrong.items() if texts} == {}


def test_what_is_left_out_is_reported(done: Done) -> None:
    for client in CLIENTS:
        [result] = done.first.run.of("Write the file", host=host_of(client))
        warned = {text.partition(": ")[2].split(":")[0].split("[")[0] for text in result.get("warnings", ())}
        assert warned == client.left_out, result.get("warnings")


def test_drift_is_clean(done: Done) -> None:
    done.drift.check(0)
    assert set(done.drift.run.stats) == HOSTS and done.drift.failed() == set()
    assert all(counts["changed"] == counts["ignored"] == 0 for counts in done.drift.run.stats.values())
    assert len(done.drift.run.of("Check that the client matches its file")) == len(CLIENTS)
    # Of a file that says nothing a comparison would be clean, too.
    assert len(done.drift.run.of("Settings")) == len(CLIENTS)
    assert done.drift.reads >= 2 * len(CLIENTS)


def test_the_files_are_valid(done: Done) -> None:
    done.validate.check(0)
    result = done.validate.run.one("Check")
    assert (result["files"], result["findings"], result["unchecked"]) == (len(CLIENTS), [], [])
    assert done.validate.entries == []


def test_the_same_state_gives_the_same_bytes(done: Done, tmp_path: Path) -> None:
    """Of all from another PBX in the same state, with and without an existing file; of some over the files."""
    exports = Exports(CLIENTS, tmp_path, {"call_interactive": "present"})
    assert exports.export("fresh") == done.files
    assert exports.export("second", existing="fresh") == done.files
    exports.close()
    assert set(done.again.check(0).run.stats) == set(SOME) and done.again.failed() == set()
    assert not any(counts["changed"] for counts in done.again.run.stats.values())
    assert len(done.again.run.of("Write the file")) == len(SOME)
    assert done.files_again == done.files


def test_nothing_was_written(done: Done) -> None:
    runs = (done.first, done.drift, done.validate, done.again)
    assert [write for ran in runs for write in ran.writes] == []
    assert not done.changed


def test_requests_are_as_documented(done: Done) -> None:
    """Responses too, except numbers of another length and with two prefixes, which the document does not have."""
    known = ("/name: breaks name/pattern", "response at extension_len: breaks extension_len/enum")
    assert [error for error in done.outside if error["request"] or error["crash"]] == []
    assert [text for error in done.outside for text in error["response"] if not text.endswith(known)] == []


# --- in the test's own process

NOT_MET = (
    *("bad_credentials", "unauthorized_body", "token_", "oauth_limits", "dealer_client_paths"),
    *("validation_error", "empty_put", "put_", "stubborn_fields", "unknown_references", "delete_answer"),
    *("geo_list_empty_put", "new_extension_status", "duplicate_extension", "phone_", "registration_", "reregister"),
    *("bundle_post", "bundle_delete", "bundle_empty_post", "bundle_repost_member", "bundle_main_deleted"),
    *("missing_slash", "journal_size", "per_page_default", "extension_alias"),
    *("string_limits", "page_zero", "bundle_overwrites_more"),
)
"""Prefixes of the switches for requests that neither export nor drift sends."""
MET = [switch for switch in TABLE if not switch.name.startswith(NOT_MET)]
MATRIX: list[dict[str, Any]] = [
    *({switch.name: value} for switch in MET for value in values_of(switch)),
    {"per_page_maximum": 3, "bundle_get_member": "main", "ids_as": "string"},
]


def _last(switch: Switch) -> Any:
    return list(values_of(switch))[-1]


MATRIX.append({switch.name: _last(switch) for switch in MET if switch.name != "page_parameter"})
FEW = _few(random_clients(100, number=1))


@pytest.fixture(scope="module", name="usual")
def _usual(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, str]]:
    """The files of the few clients by the values of the one switch that shows in them."""
    found = {}
    for value in ("absent", "present"):
        exports = Exports(FEW, tmp_path_factory.mktemp("usual"), {"call_interactive": value})
        found[value] = exports.export("files")
        exports.close()
    return found


@pytest.mark.parametrize("switches", MATRIX, ids=lambda switches: "-".join(f"{k}={v}" for k, v in switches.items()))
def test_under_every_switch(
    switches: Mapping[str, Any], usual: Mapping[str, Mapping[str, str]], tmp_path: Path
) -> None:
    exports = Exports(FEW, tmp_path, switches)
    assert exports.export("files") == usual[switches.get("call_interactive", "absent")]
    assert exports.drift("files") == {}
    exports.close()


@pytest.mark.parametrize("value", ["absent", "present"])
def test_other_clients(value: str, tmp_path: Path) -> None:
    number = random.SystemRandom().randrange(10**9) if os.environ.get("RINGME_TEST_RANDOM") == "1" else 2
    clients: list[RandomClient] = random_clients(examples(0.2).max_examples, number)
    exports = Exports(clients, tmp_path, {"call_interactive": value})
    files = exports.export("files")
    deployment = value == "present"
    wrong = {client.id: wrong_in(files[host_of(client)], client, deployment=deployment) for client in clients}
    assert {client_id: texts for client_id, texts in wrong.items() if texts} == {}, number
    assert any(DEPLOYMENT in text for text in files.values()) is deployment
    assert exports.drift("files") == {}, number
    assert exports.findings("files") == [], number
    assert exports.export("again", existing="files") == files, number
    exports.close()
