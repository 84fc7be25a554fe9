# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks one client file: findings, and claims for the check against other files. Only time-zone data need I/O."""

from __future__ import annotations

import contextlib
import posixpath
import re
from dataclasses import dataclass, replace
from hashlib import sha256

from .._http.settings import API_PATH
from .._model.errors import OptionError
from .._model.findings import Rule
from .._model.kinds import check_id
from .findings import MISSING_KEY, NO_CLIENT_FILE, FileFinding, sorted_findings
from .json_schema import check
from .reserved_names import reserved
from .schema import client_file_schema
from .section_checks import check_sections
from .yaml_reader import read_tree
from .yaml_tree import (
    ListNode,
    MapEntry,
    MapNode,
    Node,
    Place,
    ScalarNode,
    is_template,
    plain,
    scalars,
)

SUFFIXES = (".yml", ".yaml")
_HOST = re.compile(r"[^\W_](?:[\w.-]*\w)?")
_UNKNOWN = "{{ unknown }}"
"""Replaces a value with problems: later checks skip it as they skip a template."""
_SCHEMA = client_file_schema()
_REQUIRED = {
    "type": "object",
    "required": _SCHEMA["required"],
    "properties": {name: {"description": _SCHEMA["properties"][name]["description"]} for name in _SCHEMA["required"]},
}
_SECTION = {**_SCHEMA, "required": []}


@dataclass(frozen=True)
class Claim:
    """A client, an extension id or a tag of a file. Two claims are the same if they have the same ``key``."""

    key: str
    text: str
    place: Place


@dataclass(frozen=True)
class ClientFile:
    """A checked file: ``shown`` is its path in messages, ``host`` the name of its host.

    ``client`` is the client that it describes, ``None`` if that is known only in the run; ``extensions`` are the
    extension ids in it, ``tags`` its tags. ``tree`` is ``None`` if the file is not a mapping, or comes from the cache.
    """

    shown: str
    host: str
    tree: MapNode | None
    findings: tuple[FileFinding, ...]
    client: Claim | None = None
    extensions: tuple[Claim, ...] = ()
    tags: tuple[Claim, ...] = ()

    @property
    def vaults(self) -> tuple[ScalarNode, ...]:
        """The encrypted values."""
        return tuple(scalar for scalar in scalars(self.tree) if scalar.vault) if self.tree else ()


def read_client_file(shown: str, text: str) -> ClientFile:
    """Parse and check the text of a client file. Problems become findings; only a bug raises."""
    reading = read_tree(text)
    problems = list(reading.problems)
    tree = reading.node if isinstance(reading.node, MapNode) else None
    claims: tuple[Claim | None, tuple[Claim, ...], tuple[Claim, ...]] = (None, (), ())
    if tree is not None:
        problems += [found for found in check(tree, _REQUIRED) if found.rule == MISSING_KEY]
        entries = []
        for entry in tree.entries:
            wrong = check(MapNode(tree.place, (entry,)), _SECTION)
            problems += wrong
            entries.append(_without_problems(entry) if wrong else entry)
        valid = MapNode(tree.place, tuple(entries))
        problems += check_sections(valid)
        claims = (*_claims(valid), _tags(tree))
    host, wrong_name = host_of(shown)
    found = [
        FileFinding(item.rule, shown, item.place.line, item.place.column, item.message, item.hint) for item in problems
    ]
    return ClientFile(shown, host, tree, tuple(sorted_findings([*wrong_name, *found])), *claims)


def unreadable(shown: str, rule: Rule, message: str, hint: str) -> ClientFile:
    """Return the result for a file that cannot be read."""
    host, wrong_name = host_of(shown)
    return ClientFile(shown, host, None, (*wrong_name, FileFinding(rule, shown, 1, 1, message, hint)))


def host_of(shown: str) -> tuple[str, list[FileFinding]]:
    """Return the name of the host of a file, and the findings on the name of the file."""
    name = posixpath.splitext(posixpath.basename(shown.replace("\\", "/")))[0]
    why = reserved(name)
    if _HOST.fullmatch(name) and why is None:
        return name, []
    host = re.sub(r"[^\w.-]", "_", name).strip("_.-") or "client"
    host = f"file_{host}" if reserved(host) else host
    message = f"the host gets the name of the file, and {name!r} {why or 'is not a valid host name'}"
    hint = "Rename the file" if why else "Use letters, digits, _, - and dots, as in romashka.yml"
    return host, [FileFinding(NO_CLIENT_FILE, shown, 1, 1, message, hint)]


def _without_problems(entry: MapEntry) -> MapEntry:
    """Return a section in which the values with problems are replaced by values that later checks skip."""
    node = entry.node
    if isinstance(node, MapNode) and node.entries:
        options = [(option, _has_problems(entry, MapNode(node.place, (option,)))) for option in node.entries]
        entries = (replace(option, node=_unknown(option.node)) if wrong else option for option, wrong in options)
        return replace(entry, node=MapNode(node.place, tuple(entries)))
    if isinstance(node, ListNode) and node.items:
        items = (_unknown(item) if _has_problems(entry, ListNode(node.place, (item,))) else item for item in node.items)
        return replace(entry, node=ListNode(node.place, tuple(items)))
    return replace(entry, node=_unknown(node))


def _unknown(node: Node) -> Node:
    return ScalarNode(node.place, _UNKNOWN)


def _has_problems(entry: MapEntry, node: Node) -> bool:
    return bool(check(MapNode(entry.place, (MapEntry(entry.key, entry.place, node),)), _SECTION))


def _claims(tree: MapNode) -> tuple[Claim | None, tuple[Claim, ...]]:
    """Return the client and the extension ids. Their keys include the API, because ids are unique within one API."""
    api = _text(_connection(tree, "api_url")).rstrip("/").removesuffix(API_PATH).lower()
    own = tree.get("client_id")
    client = None
    if isinstance(own, ScalarNode) and not own.opaque:
        text = str(own.value).strip()
        account = [_connection(tree, name) for name in ("application_id", "access_token")] if text == "@me" else []
        # A template can give each host a different account.
        if not any(node and is_template(node.value) for node in account):
            client = Claim(_key(api, text, *map(_text, account)), text, own.place)
    ids = {number: Claim(_key(api, str(number)), str(number), place) for number, place in reversed(_ids(tree))}
    return client, tuple(ids[number] for number in sorted(ids))


def _tags(tree: MapNode) -> tuple[Claim, ...]:
    """Return the tags that are strings, whatever else has problems."""
    listed = [item for item in _items(tree.get("client_tags")) if isinstance(item, ScalarNode) and not item.opaque]
    return tuple(Claim(str(item.value), str(item.value), item.place) for item in listed if item.value not in (None, ""))


def _key(*texts: str) -> str:
    """Return a digest, because an address can contain a password, and the cache stores keys."""
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _connection(tree: MapNode, option: str) -> ScalarNode | None:
    node = tree.get("client_api")
    found = node.get(option) if isinstance(node, MapNode) else None
    return found if isinstance(found, ScalarNode) else None


def _text(node: ScalarNode | None) -> str:
    """Return an option as written, encrypted or not; empty if the file does not set it."""
    return str(node.value).strip() if node else ""


def _ids(tree: MapNode) -> list[tuple[int, Place]]:
    nodes: list[Node | None] = []
    for bundle in _items(tree.get("client_bundles")):
        nodes += [_under(bundle, "extension_id"), *_items(_under(bundle, "bundle_list"))]
    policy = tree.get("client_registrations")
    nodes += _items(_under(policy, "extension_ids"))
    nodes += [_under(item, "extension_id") for item in _items(_under(policy, "absent"))]
    found = []
    for node in nodes:
        if isinstance(node, ScalarNode) and not node.opaque:
            with contextlib.suppress(OptionError):  # the check of the section reports it
                found.append((check_id("", plain(node)), node.place))
    return found


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else ()


def _under(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, MapNode) else None
