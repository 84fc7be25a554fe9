# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds: what they make, and how wrong ones are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.caller import CLIENT, Caller
from simulator import Simulator
from simulator.seed import SeedError


@pytest.mark.parametrize(
    ("seed", "part"),
    [
        ({"clients": [{"id": 1, "prefix": "1"}, {"id": 1, "prefix": "2"}]}, "client 1 is there twice"),
        ({"clients": [{"id": 1, "prefix": "1", "colour": "red"}]}, "unknown keys colour"),
        ({"colour": 1}, "seed: unknown keys colour"),
        ({"clients": [{"id": 1, "prefix": "1", "settings": {"geo_list": 5}}]}, "geo_list must be a string"),
        ({"clients": [{"prefix": "1"}]}, "wrong shape"),
        ({"clients": 5}, "wrong shape"),
        ({"clients": ["x"]}, "wrong shape"),
        (
            {"clients": [{"id": 1, "prefix": "1", "extensions": [{"id": 2, "number": "101", "type": "toaster"}]}]},
            "unknown type 'toaster'",
        ),
        (
            {"clients": [{"id": 1, "prefix": "1", "extensions": [{"id": 2, "number": "101"}], "bundles": {2: [3]}}]},
            "bundle 2",
        ),
        (
            {
                "clients": [
                    {
                        "id": 1,
                        "prefix": "1",
                        "extensions": [{"id": 2, "number": "101"}, {"id": 3, "number": "102", "type": "ivr"}],
                        "bundles": {2: [3]},
                    }
                ]
            },
            "not a phone",
        ),
        ({"applications": [{"id": "a", "secret": "b"}]}, "needs one of client_id and dealer_id"),
        ({"applications": [{"id": "a", "secret": "b", "client_id": 5}]}, "no client 5"),
        (
            {"applications": [{"id": "a", "secret": "b", "dealer_id": 5, "access": "none"}]},
            "access is full or read_only",
        ),
        ({"generate": {"clients": 1}}, "wrong shape"),
        ({"generate": [{"clients": 1, "extensions": 1}, {"clients": 1}]}, "wrong shape"),
        ({"generate": [{"clients": 2, "extensions": 1}] * 2}, "client 100001 is there twice"),
        (
            {"generate": [{"clients": 1, "extensions": 2, "first_client_id": number} for number in (1, 2)]},
            "extension 1000001 is there twice",
        ),
        ({"generate": {"clients": 1, "extensions": 5, "bundles": 2}}, "2 bundles of 3 need more than 5 extensions"),
        ({"generate": {"clients": 1, "extensions": 90000}}, "at most 89,999"),
    ],
)
def test_wrong_seeds(seed: dict[str, Any], part: str) -> None:
    """Said where and why."""
    with pytest.raises(SeedError, match=part):
        Simulator(seed)


def test_seed_files(tmp_path: Path) -> None:
    """A path, a string, no mapping, no YAML."""
    good, bad, broken = tmp_path / "good.yml", tmp_path / "bad.yml", tmp_path / "broken.yml"
    good.write_text("clients: [{id: 1, prefix: '1'}]")
    bad.write_text("[1, 2]")
    broken.write_text("{")
    assert Simulator(good).state.client(1).prefix == Simulator(str(good)).state.client(1).prefix == "1"
    for path in (bad, broken):
        with pytest.raises(SeedError, match=path.name):
            Simulator(path)


def test_generated_applications() -> None:
    """One for each generated client, when asked for."""
    with Simulator({"generate": {"clients": 2, "extensions": 1, "applications": True}}) as simulator:
        assert Caller(simulator, "generated-100002").get("/user/")["client_id"] == 100002


@pytest.mark.parametrize(
    ("phones", "first", "last"),
    [(1, "101", "101"), (899, "101", "999"), (900, "1001", "1900"), (8999, "1001", "9999"), (9000, "10001", "19000")],
)
def test_generated_numbers_are_as_long_as_the_client_says(phones: int, first: str, last: str) -> None:
    """However many there are, each is there once."""
    store = Simulator({"generate": {"clients": 1, "extensions": phones}}).world.store
    numbers = [extension.number for extension in store.extensions.values()]
    assert (numbers[0], numbers[-1], len(set(numbers))) == (first, last, phones)
    assert {len(number) for number in numbers} == {store.clients[100001].extension_len}


def test_generated_clients_of_several_sizes() -> None:
    """One seed may hold a crowd of small clients and a large one."""
    large = {"clients": 1, "extensions": 30, "first_client_id": 5, "first_extension_id": 50, "bundles": 10}
    simulator = Simulator({"generate": [{"clients": 2, "extensions": 3}, large]})
    assert [simulator.state.client(number).prefix for number in (5, 100002)] == ["000005", "100002"]
    assert simulator.state.bundle(77) == [78, 79] and simulator.state.extension(79)["client_id"] == 5


def test_bundles_of_a_seed_are_synchronised(simulator: Simulator) -> None:
    """A seeded bundle is one that the API could have made."""
    simulator.load(
        {
            "clients": [
                {
                    "id": 1,
                    "prefix": "1",
                    "bundles": {2: [3]},
                    "extensions": [
                        {"id": 2, "number": "101", "dial_rule_id": 9, "phone": {"hold_music": 5}},
                        {"id": 3, "number": "102", "phone": {"hold_music": 6}},
                    ],
                }
            ]
        }
    )
    assert simulator.state.phone(3)["hold_music"] == 5 and simulator.state.extension(3)["dial_rule_id"] == 9


def test_loading_ends_tokens_and_keeps_switches(caller: Caller) -> None:
    """A new state is a new provider with the same habits."""
    caller.simulator.switches["ids_as"] = "string"
    caller.simulator.load(None)
    assert caller.send("GET", "/user/").status_code == 401
    caller.renew()
    assert caller.get(CLIENT)["id"] == "801"
