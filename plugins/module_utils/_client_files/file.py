# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One client file, checked: its findings, and what other files must not say as well. Does no I/O but for time-zone data."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from hashlib import sha256

from .._http.settings import API_PATH
from .._model.errors import OptionError
from .._model.findings import Rule
from .._model.kinds import check_id
from .findings import (
    MISSING_KEY,
    NO_CLIENT_FILE,
    FileFinding,
    sorted_findings,
)
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
"""Stands where something is that cannot be checked, as a template does."""
_SCHEMA = client_file_schema()
_REQUIRED = {
    "type": "object",
    "required": _SCHEMA["required"],
    "properties": {name: {"description": _SCHEMA["properties"][name]["description"]} for name in _SCHEMA["required"]},
}
_EACH = {**_SCHEMA, "required": []}


@dataclass(frozen=True)
class Claim:
    """What a file says and another must not contradict: a client, an extension by its id, a tag. ``key`` tells what is the same."""

    key: str
    text: str
    place: Place


@dataclass(frozen=True)
class ClientFile:
    """A file as it was read: ``shown`` is how findings name it, ``host`` what it becomes.

    ``client`` is the client that it describes, ``None`` where that is not known before the run; ``extensions`` are those that it
    names by id, ``tags`` its tags. ``tree`` is ``None`` where the file is no mapping, and ``vaults`` are its encrypted values.
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
    """Read and check the text of a client file. Raises nothing: what is wrong is among the findings."""
    reading = read_tree(text)
    problems = list(reading.problems)
    tree = reading.node if isinstance(reading.node, MapNode) else None
    claims: tuple[Claim | None, tuple[Claim, ...], tuple[Claim, ...]] = (None, (), ())
    if tree is not None:
        problems += [found for found in check(tree, _REQUIRED) if found.rule == MISSING_KEY]
        good = []
        for entry in tree.entries:
            wrong = check(MapNode(tree.place, (entry,)), _EACH)
            problems += wrong
            good.append(_sound(entry) if wrong else entry)
        sound = MapNode(tree.place, tuple(good))
        problems += check_sections(sound)
        claims = (*_claims(sound), _tags(tree))
    host, wrong_name = host_of(shown)
    found = [
        FileFinding(item.rule, shown, item.place.line, item.place.column, item.message, item.hint) for item in problems
    ]
    return ClientFile(shown, host, tree, tuple(sorted_findings([*wrong_name, *found])), *claims)


def unreadable(shown: str, rule: Rule, message: str, hint: str) -> ClientFile:
    """Return a file that could not be read at all."""
    host, wrong_name = host_of(shown)
    return ClientFile(shown, host, None, (*wrong_name, FileFinding(rule, shown, 1, 1, message, hint)))


def host_of(shown: str) -> tuple[str, list[FileFinding]]:
    """Return the host that a file becomes, and what is wrong with its name."""
    name = posixpath.splitext(posixpath.basename(shown.replace("\\", "/")))[0]
    why = reserved(name)
    if _HOST.fullmatch(name) and why is None:
        return name, []
    host = re.sub(r"[^\w.-]", "_", name).strip("_.-") or "client"
    host = f"file_{host}" if reserved(host) else host
    message = f"the file's name gives the host its name, and {name!r} {why or 'cannot be one'}"
    hint = "Give the file another name" if why else "Use letters, digits, _, - and dots, as in romashka.yml"
    return host, [FileFinding(NO_CLIENT_FILE, shown, 1, 1, message, hint)]


def _sound(entry: MapEntry) -> MapEntry:
    """Return what can be checked of a section with problems: what has some is there, and counts as not known yet."""
    node = entry.node
    if isinstance(node, MapNode) and node.entries:
        options = [(option, _wrong(entry, MapNode(node.place, (option,)))) for option in node.entries]
        kept = (replace(option, node=_gap(option.node)) if bad else option for option, bad in options)
        return replace(entry, node=MapNode(node.place, tuple(kept)))
    if isinstance(node, ListNode) and node.items:
        wrong = [_wrong(entry, ListNode(node.place, (item,))) for item in node.items]
        items = (_gap(item) if bad else item for item, bad in zip(node.items, wrong))
        return replace(entry, node=ListNode(node.place, tuple(items)))
    return replace(entry, node=_gap(node))


def _gap(node: Node) -> Node:
    return ScalarNode(node.place, _UNKNOWN)


def _wrong(entry: MapEntry, node: Node) -> bool:
    return bool(check(MapNode(entry.place, (MapEntry(entry.key, entry.place, node),)), _EACH))


def _claims(tree: MapNode) -> tuple[Claim | None, tuple[Claim, ...]]:
    """Return the client, and the extensions that are named by id; both with the API, as ids are one API's."""
    api = _text(_connection(tree, "api_url")).rstrip("/").removesuffix(API_PATH).lower()
    own = tree.get("client_id")
    client = None
    if isinstance(own, ScalarNode) and not own.opaque:
        text = str(own.value).strip()
        account = [_connection(tree, name) for name in ("application_id", "access_token")] if text == "@me" else []
        # One template can be another account for every host.
        if not any(node and is_template(node.value) for node in account):
            client = Claim(_key(api, text, *map(_text, account)), text, own.place)
    ids = {number: Claim(_key(api, str(number)), str(number), place) for number, place in reversed(_ids(tree))}
    return client, tuple(ids[number] for number in sorted(ids))


def _tags(tree: MapNode) -> tuple[Claim, ...]:
    """Return the tags that are texts, wherever else something is wrong."""
    listed = [item for item in _items(tree.get("client_tags")) if isinstance(item, ScalarNode) and not item.opaque]
    return tuple(Claim(str(item.value), str(item.value), item.place) for item in listed if item.value not in (None, ""))


def _key(*texts: str) -> str:
    """Return a key that tells nothing: an address may hold a password, and keys are kept in a cache."""
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _connection(tree: MapNode, option: str) -> ScalarNode | None:
    node = tree.get("client_api")
    found = node.get(option) if isinstance(node, MapNode) else None
    return found if isinstance(found, ScalarNode) else None


def _text(node: ScalarNode | None) -> str:
    """Return an option as it is written, encrypted or not; empty where the environment has it."""
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
            try:
                found.append((check_id("", plain(node)), node.place))
            except OptionError:
                pass  # refused by the section's own check
    return found


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else ()


def _under(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, MapNode) else None
