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
from .._client_files.file import ClientFile, host_of, read_client_file
from .._client_files.findings import (
    DOUBLED_KEY,
    NOT_YAML,
    UNKNOWN_KEY,
    UNREADABLE,
    WRONG_VALUE,
    FileFinding,
)
from .._client_files.folder import ENCRYPTED, read_file
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

_KEPT = ("client_id", "client_tags", "client_api", "client_registrations", "client_vars")
_SECRET = {name for name, spec in ARGUMENTS.items() if spec.get("no_log")}
_EDITOR = re.compile(r"# (yaml-language-server: [^\r\n]*)")
_UNSOUND = (UNREADABLE, NOT_YAML, DOUBLED_KEY, UNKNOWN_KEY, WRONG_VALUE)
_TOLD = 10
_LENGTHS = range(2, 5)
"""What ``extension_len`` may be (reference section 2.1); a PBX that says something else is not quoted."""
_ARGUMENTS = {name: spec for name, spec in ClientSettings.arguments.items() if name != "client_id"}


@dataclass(frozen=True)
class ExportOptions:
    """What the options say; ``client`` and ``settings`` are as the info modules return them, ``bundles`` as the file says them."""

    path: str
    client: Mapping[str, Any]
    settings: Mapping[str, Any]
    bundles: tuple[Mapping[str, Any], ...]
    existing: str | None
    overwrite: bool


class ClientFileExport(LocalResource[ExportOptions]):
    """Writes what the PBX knows of a client, and keeps what only its file knows."""

    name = "client_file"
    libraries = (PYYAML,)
    arguments = {
        "path": {"type": "path", "required": True},
        "client": {"type": "dict", "required": True},
        "settings": {"type": "dict", "required": True},
        "bundles": {"type": "list", "elements": "dict", "required": True},
        "existing": {"type": "path"},
        "overwrite": {"type": "bool", "default": False},
    }

    def parse(self, options: Options) -> ExportOptions:
        """Check that the options are what the info modules return."""
        if "id" not in options["client"]:
            raise OptionError("client", "has no id", hint="Give what client_info returns as client")
        check_id("client.id", options["client"]["id"])
        bundles = tuple(_bundle(f"bundles[{index}]", entry) for index, entry in enumerate(options["bundles"]))
        paths = options["path"], options["existing"]
        return ExportOptions(
            paths[0], options["client"], options["settings"], bundles, paths[1], bool(options["overwrite"])
        )

    def prepare(self, wanted: ExportOptions) -> Work:
        """Read the file that described the client so far, and the one that is to be written."""
        old = self._existing(wanted.existing) if wanted.existing else None
        kept, placeholders = _kept(old.tree) if old and old.tree else ({}, {})
        if old and old.tree:
            _refuse_to_replace(old.shown, old.tree, kept)
        host = host_of(wanted.path)[0]
        kept = _with_placeholders(kept, placeholders, host)
        settings, refused = _settings(wanted.settings)
        sections = {**_live(wanted, settings), **kept}
        text = client_text(sections, _comments(wanted.existing))
        before = text_of(wanted.path)
        shown, masked = _shown(wanted.path, before)
        changed = before != text
        facts = {
            "file": wanted.path,  # not "path": AnsibleModule adds what it knows of a file of that name
            "kept": sorted(kept),
            "placeholders": sorted(_variable(host, option) for option in placeholders),
            "diff": {
                "before_header": wanted.path, "after_header": wanted.path, "before": shown, "after": text,
            },
        }  # fmt: skip
        warnings = [
            f"{wanted.path}: {option} was written in the open and is {{{{ {_variable(host, option)} }}}} now: put it into a vault"
            for option in sorted(placeholders)
        ]
        warnings += [
            f"{wanted.path}: {error.what}, so the PBX has a value that no task could set: left out" for error in refused
        ]
        refusal = None
        if changed and before is not None and not wanted.overwrite:
            refusal = InvalidFilesError(
                f"{wanted.path} says something else, and was not written",
                hint="Compare the two (--check --diff), move the file away, or set overwrite: true",
            )
        return Work(
            facts,
            changed,
            None if refusal else lambda: write_text(wanted.path, text),
            refusal,
            tuple(warnings),
            masked.union(placeholders.values()),
        )

    def _existing(self, path: str) -> ClientFile:
        if (text_of(path) or "").startswith(ENCRYPTED):
            hint = "Encrypt its values one by one (ansible-vault encrypt_string) instead of the file"
            raise InvalidFilesError(f"what {path} says cannot be kept: it is encrypted as a whole", hint=hint)
        found = read_file(path)
        unsound = _unsound(found)
        if found.tree is None or unsound:
            why = (unsound or found.findings[0]).told()
            raise InvalidFilesError(
                f"what {path} says beside the live state cannot be kept: {why}", hint="Mend the file first"
            )
        return found


def _refuse_to_replace(shown: str, tree: MapNode, kept: Mapping[str, Any]) -> None:
    """Raise InvalidFilesError where a value that the export replaces is a template or encrypted: what stands for it would be lost."""
    found = [
        f"{shown}:{scalar.place.line}: {entry.key}: {'an encrypted value' if scalar.vault else short(str(scalar.value))}"
        for entry in tree.entries
        if entry.key not in kept
        for scalar in scalars(entry.node)
        if scalar.opaque
    ]
    if found:
        rest = f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        raise InvalidFilesError(
            f"the export would replace a template or an encrypted value by what it stands for: {'; '.join(found[:_TOLD])}{rest}",
            hint="Write the value itself into the file or leave its key out, then export again",
        )


def _live(wanted: ExportOptions, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections that the PBX knows: numbers, sorted, nothing that the server computes."""
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
    """Return the settings in the order of their documentation, without those that the module itself would refuse or change."""
    given = {name: _plain(settings[name]) for name in _ARGUMENTS if settings.get(name) not in (None, [])}
    refused = list(
        refusals(ClientSettings().parse, {**defaults(ClientSettings.arguments), **given}, defaults(_ARGUMENTS))
    )
    names = {error.option.split("[")[0] for error in refused}
    good = {name: given[name] for name in sorted(given, key=lambda name: (name == "reset", name)) if name not in names}
    wanted = ClientSettings().parse({**defaults(ClientSettings.arguments), **good}).values
    for name, value in wanted.items():
        if isinstance(value, str) and value != good[name]:
            spaces = OptionError(name, f"{good.pop(name)!r} begins or ends with spaces", hint="Set it without them")
            refused.append(spaces)
    return good, refused


def _plain(value: Any) -> Any:
    """Return a value in plain types: Ansible's own are marked in ways that nobody should write into a file."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else Live(value)


def _bundle(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bundle as the file says it: in numbers where it has them, in ids otherwise."""
    if entry.get("extension") is not None:
        members = sorted((str(member) for member in entry.get("members") or ()), key=lambda text: (len(text), text))
        return {"extension": str(entry["extension"]), "members": members}
    if entry.get("extension_id") is None:
        hint = "Give what extensions_bundle_info returns as client_bundles"
        raise OptionError(where, "names no main extension", hint=hint)
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


def _kept(tree: MapNode) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the sections that only the file knows, and the secrets in the open among the connection options."""
    kept = {
        entry.key: entry.node for entry in tree.entries if entry.key in _KEPT or entry.key.startswith(BUNDLES_PREFIX)
    }
    return kept, _open_secrets(tree)


def _open_secrets(tree: MapNode) -> dict[str, str]:
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


def _with_placeholders(kept: Mapping[str, Any], placeholders: Mapping[str, str], host: str) -> dict[str, Any]:
    api = kept.get("client_api")
    if not placeholders or not isinstance(api, MapNode):
        return dict(kept)
    entries = tuple(
        MapEntry(entry.key, entry.place, ScalarNode(entry.place, f"{{{{ {_variable(host, entry.key)} }}}}"))
        if entry.key in placeholders
        else entry
        for entry in api.entries
    )
    return {**kept, "client_api": MapNode(api.place, entries)}


def _variable(host: str, option: str) -> str:
    return "vault_" + re.sub(r"\W", "_", f"{host}_{option}", flags=re.ASCII)


def _shown(path: str, text: str | None) -> tuple[str, frozenset[str]]:
    """Return the file that stands at the path as a diff may show it, and the secrets in the open that are masked there.

    What is a secret can only be told of a sound file.
    """
    if text is None:
        return "", frozenset()
    found = read_client_file(path, text)
    if found.tree is None or _unsound(found):
        return f"# {path} is not shown: it is no sound client file\n", frozenset()
    return text, frozenset(_open_secrets(found.tree).values())


def _unsound(file: ClientFile) -> FileFinding | None:
    """Return the first finding after which nobody can be sure what a file means, or where a secret stands in it."""
    return next((finding for finding in file.findings if finding.rule in _UNSOUND), None)


def _comments(existing: str | None) -> list[str]:
    """Return the comments of the file: the line for editors, where the file that described the client has one."""
    found = _EDITOR.search(text_of(existing) or "") if existing else None
    return [found[1]] if found else []
