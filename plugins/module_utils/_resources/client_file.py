# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module client_file: the live state of a client as its client file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._atomic_file import text_of, write_text
from .._client_files.file import ClientFile, host_of
from .._client_files.findings import (
    DUPLICATE_KEY,
    NOT_YAML,
    UNKNOWN_KEY,
    UNREADABLE,
    WRONG_VALUE,
    FileFinding,
    listed,
)
from .._client_files.folder import ENCRYPTED, check_text, shown_path
from .._client_files.module_options import defaults
from .._client_files.section_checks import BUNDLES_PREFIX
from .._client_files.yaml_tree import (
    MapEntry,
    MapNode,
    ScalarNode,
    scalars,
    short,
)
from .._client_files.yaml_writer import Live, client_text
from .._engine.base import LocalResource, Options, Work
from .._engine.refusals import refusals
from .._http.settings import ARGUMENTS
from .._model.errors import InvalidFilesError, OptionError
from .._model.extension_numbers import read_name
from .._model.kinds import check_id, check_ids
from .._optional import PYYAML
from .client_settings import ClientSettings

_PRESERVED = ("client_id", "client_tags", "client_api", "client_registrations", "client_vars")
_SECRET = {name for name, spec in ARGUMENTS.items() if spec.get("no_log")}
_EDITOR = re.compile(r"# (yaml-language-server: [^\r\n]*)")
_UNUSABLE = (UNREADABLE, NOT_YAML, DUPLICATE_KEY, UNKNOWN_KEY, WRONG_VALUE)
_LENGTHS = range(2, 5)
"""The valid values of ``extension_len`` (reference section 2.1); other values of a PBX are not exported."""
_ARGUMENTS = {name: spec for name, spec in ClientSettings.arguments.items() if name != "client_id"}


@dataclass(frozen=True)
class ExportOptions:
    """The options. ``client`` and ``settings`` have the form of the info modules, ``bundles`` the form of the file."""

    path: str
    client: Mapping[str, Any]
    settings: Mapping[str, Any]
    bundles: tuple[Mapping[str, Any], ...]
    existing: str | None
    overwrite: bool


class ClientFileExport(LocalResource[ExportOptions]):
    """Writes the live state of a client, and preserves the sections that only its file contains."""

    name = "client_file"
    libraries = (PYYAML,)
    arguments: Mapping[str, Mapping[str, Any]] = {
        "path": {"type": "path", "required": True},
        "client": {"type": "dict", "required": True},
        "settings": {"type": "dict", "required": True},
        "bundles": {"type": "list", "elements": "dict", "required": True},
        "existing": {"type": "path"},
        "overwrite": {"type": "bool", "default": False},
    }

    def parse(self, options: Options) -> ExportOptions:
        """Check that the options have the form of the results of the info modules."""
        if "id" not in options["client"]:
            raise OptionError("client", "has no id", hint="Set it to the client that client_info returns")
        check_id("client.id", options["client"]["id"])
        bundles = tuple(_bundle(f"bundles[{index}]", entry) for index, entry in enumerate(options["bundles"]))
        paths = options["path"], options["existing"]
        return ExportOptions(
            paths[0], options["client"], options["settings"], bundles, paths[1], bool(options["overwrite"])
        )

    def prepare(self, wanted: ExportOptions) -> Work:
        """Read the file that describes the client so far, and the file to overwrite."""
        old = text_of(wanted.existing) if wanted.existing else None
        preserved: Mapping[str, Any] = {}
        placeholders: Mapping[str, str] = {}
        if wanted.existing:
            tree = _tree_of(wanted.existing, old)
            preserved, placeholders = _preserved(tree), _open_secrets(tree)
            _check_replaced(shown_path(wanted.existing), tree, preserved)
        host = host_of(wanted.path)[0]
        preserved = _with_placeholders(preserved, placeholders, host)
        settings, refused = _settings(wanted.settings)
        sections = {**_live(wanted, settings), **preserved}
        text = client_text(sections, _comments(old))
        before = text_of(wanted.path)
        shown, masked = _shown(wanted.path, before)
        changed = before != text
        facts = {
            "file": wanted.path,  # not "path": AnsibleModule adds the properties of a file of that name
            "kept": sorted(preserved),
            "placeholders": sorted(_variable(host, option) for option in placeholders),
            "diff": {
                "before_header": wanted.path, "after_header": wanted.path, "before": shown, "after": text,
            },
        }  # fmt: skip
        warnings = [
            f"{wanted.path}: {option} was stored in plain text. "
            f"It has been replaced by {{{{ {_variable(host, option)} }}}}; define that variable in a vault file"
            for option in sorted(placeholders)
        ]
        warnings += [
            f"{wanted.path}: {error.what}; left out, because client_settings rejects the value" for error in refused
        ]
        refusal = None
        if changed and before is not None and not wanted.overwrite:
            refusal = InvalidFilesError(
                f"{wanted.path} already exists with other contents, and was not overwritten",
                hint="Compare the contents with --check --diff. Move the file away, or set overwrite: true",
            )
        return Work(
            facts,
            changed,
            None if refusal else lambda: write_text(wanted.path, text),
            refusal,
            tuple(warnings),
            masked.union(placeholders.values()),
        )


def _tree_of(path: str, text: str | None) -> MapNode:
    """Return the tree of the file that describes the client so far; raises InvalidFilesError."""
    problem = f"cannot preserve the hand-written sections of {path}"
    if text is None:
        raise InvalidFilesError(f"{problem}: the file does not exist", hint="Correct the path, or leave existing out")
    if text.startswith(ENCRYPTED):
        hint = "Encrypt its values one by one (ansible-vault encrypt_string) instead of the file"
        raise InvalidFilesError(f"{problem}: it is encrypted as a whole", hint=hint)
    found = check_text(shown_path(path), text)
    finding = _unusable(found)
    if found.tree is None or finding:
        why = (finding or found.findings[0]).text()
        raise InvalidFilesError(f"{problem}: {why}", hint="Fix the file, then export again")
    return found.tree


def _check_replaced(shown: str, tree: MapNode, preserved: Mapping[str, Any]) -> None:
    """Raise InvalidFilesError if the export would replace a template or an encrypted value, which would be lost."""
    found = [
        f"{shown}:{scalar.place.line}: {entry.key}: {'encrypted value' if scalar.vault else short(str(scalar.value))}"
        for entry in tree.entries
        if entry.key not in preserved
        for scalar in scalars(entry.node)
        if scalar.opaque
    ]
    if found:
        raise InvalidFilesError(
            f"the export would replace a template or an encrypted value by its current value: {listed(found, '; ')}",
            hint="Write the value itself into the file or remove its key, then export again",
        )


def _live(wanted: ExportOptions, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections with the live state, sorted, by numbers, without values that the server computes."""
    bundles = sorted(wanted.bundles, key=_order)
    found: dict[str, Any] = {"client_id": check_id("client.id", wanted.client["id"])}
    length = wanted.client.get("extension_len")
    numbers = [number for entry in bundles for number in _numbers(entry)]
    if isinstance(length, int) and length in _LENGTHS and all(_digits(number) == length for number in numbers):
        found["extension_len"] = int(length)
    if settings:
        found["client_settings"] = settings
    if bundles:
        found["client_bundles"] = bundles
    return found


def _settings(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[OptionError]]:
    """Return the settings in the order of their documentation, and the errors of those that client_settings rejects."""
    given = {name: _plain(settings[name]) for name in _ARGUMENTS if settings.get(name) not in (None, [])}
    refused = list(
        refusals(ClientSettings().parse, {**defaults(ClientSettings.arguments), **given}, defaults(_ARGUMENTS))
    )
    names = {error.option.split("[")[0] for error in refused}
    good = {name: given[name] for name in sorted(given, key=lambda name: (name == "reset", name)) if name not in names}
    wanted = ClientSettings().parse({**defaults(ClientSettings.arguments), **good}).values
    for name, value in wanted.items():
        if isinstance(value, str) and value != good[name]:
            spaces = OptionError(name, f"{good.pop(name)!r} begins or ends with spaces", hint="Remove the spaces")
            refused.append(spaces)
    return good, refused


def _plain(value: Any) -> Any:
    """Return a value in plain types, without the tags of Ansible's own types."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else Live(value)


def _bundle(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bundle in the form of the file: by numbers if it has them, otherwise by ids."""
    if entry.get("extension") is not None:
        members = sorted((str(member) for member in entry.get("members") or ()), key=lambda text: (len(text), text))
        return {"extension": str(entry["extension"]), "members": members}
    if entry.get("extension_id") is None:
        hint = "Set it to the client_bundles that extensions_bundle_info returns"
        raise OptionError(where, "main extension is missing", hint=hint)
    return {
        "extension_id": check_id(f"{where}.extension_id", entry["extension_id"]),
        "bundle_list": check_ids(f"{where}.bundle_list", entry.get("bundle_list") or ()),
    }


def _order(entry: Mapping[str, Any]) -> tuple[bool, int, str]:
    text = str(entry.get("extension", entry.get("extension_id")))
    return "extension" not in entry, len(text), text


def _numbers(entry: Mapping[str, Any]) -> Sequence[str]:
    return [entry["extension"], *entry["members"]] if "extension" in entry else []


def _digits(text: str) -> int:
    number = read_name(text)
    return len(number.digits) if number else 0


def _preserved(tree: MapNode) -> dict[str, Any]:
    """Return the sections that only the file contains."""
    return {
        entry.key: entry.node
        for entry in tree.entries
        if entry.key in _PRESERVED or entry.key.startswith(BUNDLES_PREFIX)
    }


def _open_secrets(tree: MapNode) -> dict[str, str]:
    """Return the connection options that contain a secret in plain text."""
    api = tree.get("client_api")
    found = {}
    for entry in api.entries if isinstance(api, MapNode) else ():
        if isinstance(entry.node, ScalarNode) and not entry.node.opaque and entry.node.value:
            text = str(entry.node.value)
            if entry.key in _SECRET or (entry.key == "proxy" and _has_password(text)):
                found[entry.key] = text
    return found


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return True


def _with_placeholders(preserved: Mapping[str, Any], placeholders: Mapping[str, str], host: str) -> dict[str, Any]:
    api = preserved.get("client_api")
    if not placeholders or not isinstance(api, MapNode):
        return dict(preserved)
    entries = tuple(
        MapEntry(entry.key, entry.place, ScalarNode(entry.place, f"{{{{ {_variable(host, entry.key)} }}}}"))
        if entry.key in placeholders
        else entry
        for entry in api.entries
    )
    return {**preserved, "client_api": MapNode(api.place, entries)}


def _variable(host: str, option: str) -> str:
    return "vault_" + re.sub(r"\W", "_", f"{host}_{option}", flags=re.ASCII)


def _shown(path: str, text: str | None) -> tuple[str, frozenset[str]]:
    """Return the file at the path as a diff shows it, and its plain-text secrets, which are masked.

    Only in a valid file are the secrets known, so a diff shows no other file.
    """
    if text is None:
        return "", frozenset()
    found = check_text(path, text)
    if found.tree is None or _unusable(found):
        return f"# {path} is not shown: it is not a valid client file\n", frozenset()
    return text, frozenset(_open_secrets(found.tree).values())


def _unusable(file: ClientFile) -> FileFinding | None:
    """Return the first finding that makes the meaning of the file, or the place of its secrets, uncertain."""
    return next((finding for finding in file.findings if finding.rule in _UNUSABLE), None)


def _comments(old: str | None) -> list[str]:
    """Return the comments of the new file: the line for editors, if the old file has one."""
    found = _EDITOR.search(old or "")
    return [found[1]] if found else []
