# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module client_file: the same state gives the same bytes, sections of the file stay, and secrets are masked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import read_client_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import scalars
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport

EXPORT = ClientFileExport()
CLIENT = {"id": 801, "extension_len": 3, "name": "Romashka", "prefix": "000", "balance": 12.5, "status": "active"}
SETTINGS = {
    "client_id": "801", "timezone": "Europe/Moscow", "geo_list": ["RU", "BY"], "hold_music": 11,
    "disk_space_notify_email": None, "reset": ["dial_rule_id"],
}  # fmt: skip
BUNDLES = [
    {"extension": "102", "members": ["301", "201"]},
    {"extension_id": 9001, "bundle_list": [9003, 9002]},
    {"extension": "101", "members": ["202"]},
]
TEXT = """\
---
client_id: 801
extension_len: 3
client_settings:
  geo_list: [RU, BY]
  hold_music: 11
  timezone: Europe/Moscow
  reset: [dial_rule_id]
client_bundles:
  - {extension: "101", members: ["202"]}
  - {extension: "102", members: ["201", "301"]}
  - {extension_id: 9001, bundle_list: [9002, 9003]}
"""
VAULT = "$ANSIBLE_VAULT;1.1;AES256\n          6162636465\n          3031323334\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*, check: bool = False, existing: str | None = None, known: str | None = None, **more: Any) -> TaskResult:
    """Export; ``existing`` is the text of the file that described the client, ``known`` its path."""
    if existing is not None:
        known = "old.yml"
        Path(known).write_bytes(existing.encode())
    options = {
        "path": "romashka.yml", "client": CLIENT, "settings": SETTINGS, "bundles": BUNDLES, "existing": known,
        "overwrite": False, **more,
    }  # fmt: skip
    return execute(EXPORT, options, check_mode=check, connections=Connections())


def _text(path: str = "romashka.yml") -> str:
    return Path(path).read_bytes().decode()


def test_a_first_export() -> None:
    outcome = _run()
    assert _text() == TEXT
    assert outcome.result == {
        "file": "romashka.yml", "kept": [], "placeholders": [], "changed": True,
        "diff": {"before_header": "romashka.yml", "after_header": "romashka.yml", "before": "", "after": TEXT},
    }  # fmt: skip
    assert (outcome.failed, outcome.warnings) == (False, [])
    assert not read_client_file("romashka.yml", TEXT).findings


def test_again_nothing_changes() -> None:
    _run()
    before = os.stat("romashka.yml")
    outcome = _run()
    assert (outcome.failed, outcome.result["changed"]) == (False, False)
    assert outcome.result["diff"]["before"] == outcome.result["diff"]["after"] == TEXT
    assert os.stat("romashka.yml") == before


def test_check_mode_writes_nothing() -> None:
    outcome = _run(check=True, path="new/romashka.yml")
    assert (outcome.result["changed"], outcome.result["diff"]["after"]) == (True, TEXT)
    assert not os.listdir(".")
    _run()
    assert _run(check=True).result["changed"] is False


def test_nothing_that_the_server_computes_or_that_is_not_set() -> None:
    _run(client={**CLIENT, "extension_len": None}, settings={**SETTINGS, "disk_space": 5, "reset": []}, bundles=[])
    assert yaml.safe_load(_text()) == {
        "client_id": 801,
        "client_settings": {"geo_list": ["RU", "BY"], "hold_music": 11, "timezone": "Europe/Moscow"},
    }
    _run(path="empty.yml", client={"id": "802"}, settings={}, bundles=[])
    assert _text("empty.yml") == "---\nclient_id: 802\n"


def _shuffled(value: Any, draw: Any, *, lists: bool = False) -> Any:
    if isinstance(value, dict):
        names = list(value)
        draw.shuffle(names)
        return {name: _shuffled(value[name], draw, lists=name in ("members", "bundle_list")) for name in names}
    if isinstance(value, list):
        items = [_shuffled(item, draw) for item in value]
        if lists:
            draw.shuffle(items)
        return items
    return value


NUMBERS = st.lists(st.text("0123456789", min_size=2, max_size=4), min_size=2, max_size=8, unique=True)


@given(NUMBERS, st.lists(st.integers(1, 10**9), min_size=1, max_size=5, unique=True), st.randoms(use_true_random=False))
def test_the_same_state_gives_the_same_bytes(numbers: list[str], ids: list[int], draw: Any) -> None:
    bundles = [{"extension": number, "members": numbers[1:]} for number in numbers[:3]]
    bundles += [{"extension_id": number, "bundle_list": ids} for number in ids[:2]]
    outcome = _run(check=True, path="any.yml", bundles=bundles)
    others = _shuffled(bundles, draw)
    draw.shuffle(others)
    again = _run(
        check=True, path="any.yml", bundles=others, settings=_shuffled(SETTINGS, draw), client=_shuffled(CLIENT, draw)
    )
    assert outcome.result["diff"]["after"] == again.result["diff"]["after"]
    found = yaml.safe_load(outcome.result["diff"]["after"])["client_bundles"]
    assert sorted(map(str, found)) == sorted(str(_sorted(entry)) for entry in bundles)


def _sorted(bundle: dict[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(value, key=lambda item: (len(str(item)), str(item))) if isinstance(value, list) else value
        for name, value in bundle.items()
    }


@pytest.mark.parametrize(
    ("length", "numbers", "written"),
    [
        (3, ["101", "102"], True), (3, ["101", "1002"], False), (4, ["101", "102"], False),
        (3, [], True), (5, [], False),
        (1, [], False), ("3", [], False), (3, ["000*101", "102"], True),
    ],
)  # fmt: skip
def test_the_length_of_numbers_is_written_only_if_it_is_correct(length: Any, numbers: list[str], written: bool) -> None:
    bundles = [{"extension": numbers[0], "members": numbers[1:]}] if numbers else []
    _run(client={"id": 801, "extension_len": length}, bundles=bundles)
    assert yaml.safe_load(_text()).get("extension_len") == (length if written else None)


@pytest.mark.parametrize(
    "url", ["https://crm.example.net/{{number}}", "https://crm.example.net/{%if%}", "https://x.org/{#a"]
)
def test_what_looks_like_a_template_is_none(url: str) -> None:
    outcome = _run(settings={"call_interactive_url": url})
    assert not outcome.warnings
    file = read_client_file("romashka.yml", _text())
    assert file.tree is not None
    (scalar,) = [scalar for scalar in scalars(file.tree) if scalar.value == url]
    assert (scalar.unsafe, scalar.opaque) == (True, False)
    assert f'call_interactive_url: !unsafe "{url}"' in _text()


def test_what_is_false_or_zero_is_a_setting_too() -> None:
    _run(settings={"call_interactive_out_call": False, "disk_space_notify_threshold": 0})
    assert "\n  call_interactive_out_call: false\n  disk_space_notify_threshold: 0\n" in _text()


def test_values_that_client_settings_rejects_are_left_out_with_a_warning() -> None:
    outcome = _run(settings={**SETTINGS, "timezone": "Mars/Olympus", "disk_space_notify_email": " a@example.org"})
    assert yaml.safe_load(_text())["client_settings"].keys() == {"geo_list", "hold_music", "reset"}
    assert [text.split(": ")[:2] for text in outcome.warnings] == [
        ["romashka.yml", "timezone"],
        ["romashka.yml", "disk_space_notify_email"],
    ]
    assert all(text.endswith("left out, because client_settings rejects the value") for text in outcome.warnings)


class TestWhatOnlyTheFileKnows:
    """It is taken over from the file that described the client so far."""

    def test_it_is_kept(self) -> None:
        old = (
            "# yaml-language-server: $schema=../client.schema.json\r\n# another comment\r\n"
            'client_id: "@me"\nclient_vars: {b: 2, a: "{{ x }}", d: 010, e: !unsafe "{{y}}"}\n'
            "client_bundles_prune: true\n"
            "client_registrations:\n  max_registrations: 1\nclient_tags: [wave2, moscow]\n"
            f"client_api:\n  application_id: app\n  application_secret: !vault |\n          {VAULT}"
            'client_settings: {timezone: UTC}\nclient_bundles: [{extension: "999", members: ["998"]}]\n'
            "extension_len: 4\n"
        )
        outcome = _run(existing=old)
        vault = VAULT.replace("          ", "    ")
        assert _text() == "# yaml-language-server: $schema=../client.schema.json\n" + TEXT.replace(
            "client_id: 801\n", "client_id: '@me'\nclient_tags: [wave2, moscow]\n"
        ).replace(
            "client_settings:",
            f"client_api:\n  application_id: app\n  application_secret: !vault |\n    {vault}client_settings:",
        ) + (
            "client_bundles_prune: true\nclient_registrations:\n  max_registrations: 1\n"
            'client_vars:\n  b: 2\n  a: "{{ x }}"\n  d: 8\n  e: !unsafe "{{y}}"\n'
        )
        assert outcome.result["kept"] == [
            "client_api", "client_bundles_prune", "client_id", "client_registrations", "client_tags", "client_vars",
        ]  # fmt: skip
        assert (outcome.result["placeholders"], outcome.warnings) == ([], [])
        assert _text("old.yml") == old

    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ('client_settings: {timezone: "{{ zone }}"}', "client_settings: {{ zone }}"),
            ('client_bundles: [{extension: "101", members: ["{{ boss }}"]}]', "client_bundles: {{ boss }}"),
            (f"client_settings:\n  hold_music: !vault |\n          {VAULT}", "client_settings: encrypted value"),
        ],
    )
    def test_a_template_is_not_replaced_by_its_value(self, line: str, shown: str) -> None:
        outcome = _run(existing=f"client_id: 801\n{line}\n", overwrite=True)
        place = 3 if "vault" in line else 2
        assert outcome.failed and f"old.yml:{place}: {shown}" in outcome.result["msg"]
        assert "Write the value itself into the file" in outcome.result["msg"] and not Path("romashka.yml").exists()

    def test_a_file_may_describe_itself(self) -> None:
        Path("romashka.yml").write_text("client_id: 801\nclient_tags: [moscow]\n", encoding="utf-8")
        for changed in (True, False):
            outcome = _run(known="romashka.yml", overwrite=True)
            assert (outcome.failed, outcome.result["changed"]) == (False, changed)
        assert _text() == TEXT.replace("client_id: 801\n", "client_id: 801\nclient_tags: [moscow]\n")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("client_id: [", "not valid YAML"),
            ("", "the file is empty"),
            ("- 1\n", "expected a mapping"),
            ("$ANSIBLE_VAULT;1.1;AES256\n3031\n", "it is encrypted as a whole"),
        ],
    )
    def test_a_file_that_cannot_be_kept(self, text: str, reason: str) -> None:
        outcome = _run(existing=text)
        assert outcome.result["error"]["kind"] == "invalid_files"
        assert (
            outcome.result["msg"].startswith("cannot preserve the hand-written sections of old.yml")
            and reason in outcome.result["msg"]
        )
        assert not Path("romashka.yml").exists()

    def test_a_file_that_is_not_there(self) -> None:
        outcome = _run(known="none.yml")
        assert "none.yml: the file does not exist" in outcome.result["msg"]
        assert not os.listdir(".")


class TestOverwriting:
    """A file that says something else is replaced only where that is wanted."""

    @pytest.mark.parametrize("check", [True, False])
    def test_it_is_refused(self, check: bool) -> None:
        Path("romashka.yml").write_text("client_id: 5\n", encoding="utf-8")
        outcome = _run(check=check)
        assert (outcome.failed, outcome.result["changed"], outcome.result["error"]["kind"]) == (
            True,
            False,
            "invalid_files",
        )
        assert outcome.result["msg"] == (
            "romashka.yml already exists with other contents, and was not overwritten. "
            "Compare the contents with --check --diff. Move the file away, or set overwrite: true."
        )
        assert (outcome.result["diff"]["before"], outcome.result["diff"]["after"]) == ("client_id: 5\n", TEXT)
        assert _text() == "client_id: 5\n"

    def test_it_is_wanted(self) -> None:
        Path("romashka.yml").write_text("client_id: 5\n", encoding="utf-8")
        assert _run(overwrite=True, check=True).result["changed"] is True
        assert _text() == "client_id: 5\n"
        outcome = _run(overwrite=True)
        assert (outcome.failed, outcome.result["changed"]) == (False, True)
        assert _text() == TEXT

    @pytest.mark.parametrize(
        ("content", "reason"), [(b"\xe4", "it is not UTF-8"), (None, "Is a directory")], ids=["latin", "folder"]
    )
    def test_a_target_that_cannot_be_read(self, content: bytes | None, reason: str) -> None:
        path = Path("romashka.yml")
        path.mkdir() if content is None else path.write_bytes(content)
        outcome = _run(overwrite=True)
        assert outcome.result["error"]["kind"] == "environment"
        assert outcome.result["msg"].startswith(f"romashka.yml cannot be read: {reason}")


@pytest.mark.parametrize(
    ("options", "msg"),
    [
        ({"client": {"name": "Romashka"}}, "client: has no id. Set it to the client that client_info returns."),
        ({"client": {"id": "abc"}}, "client.id: 'abc' is not a valid id. Set a positive whole number."),
        ({"client": {"id": None}}, "client.id: not set is not a valid id. Set a positive whole number."),
        (
            {"bundles": [BUNDLES[0], {"members": ["201"]}]},
            "bundles[1]: main extension is missing. Set it to the client_bundles that extensions_bundle_info returns.",
        ),
        (
            {"bundles": [{"extension": None, "members": ["201"]}]},
            "bundles[0]: main extension is missing. Set it to the client_bundles that extensions_bundle_info returns.",
        ),
        (
            {"bundles": [{"extension_id": 1, "bundle_list": ["x"]}]},
            "bundles[0].bundle_list[0]: 'x' is not a valid id. Set a positive whole number.",
        ),
    ],
)
def test_options_that_are_not_what_the_info_modules_return(options: dict[str, Any], msg: str) -> None:
    outcome = _run(**options)
    assert (outcome.result["error"]["kind"], outcome.result["msg"]) == ("options", msg)
    assert not os.listdir(".")


def test_numbers_that_were_not_read_are_no_numbers() -> None:
    _run(bundles=[{"extension": None, "members": None, "extension_id": "5", "bundle_list": ["7", 6]}])
    assert yaml.safe_load(_text())["client_bundles"] == [{"extension_id": 5, "bundle_list": [6, 7]}]
